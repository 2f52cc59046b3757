/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes: fork, exec, exit, wait, kill, all by requests to the process server. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "generated/pager_protocol.h"
#include "generated/process_client.h"
#include "internal.h"

#define ARGUMENTS_MAX sizeof(((struct process_exec_args *)0)->arguments.data)

struct fork_answer {
    seL4_MessageInfo_t info;
    uint64_t pid;
};
struct fork_answer fork_call(seL4_CPtr process, seL4_MessageInfo_t info); /* fork_call.S */

static struct fork_answer ask_for_copy(void)
{
    return fork_call(LAYOUT_CAP_PROCESS, seL4_MessageInfo_new(PROCESS_OP_FORK, 0, 0, 0));
}

/* fork_in_parts: there was an error, which may be that it has to be asked for again. */
static __attribute__((cold, noinline)) pid_t fork_in_parts(struct fork_answer answer)
{
    int error;
    unsigned parts = 0;

    while ((error = (int)seL4_MessageInfo_get_label(answer.info)) == PAGODA_ERR_UNFINISHED) {
        pagoda_part_done(&parts);
        answer = ask_for_copy();
    }
    if (error) /* an error with words is the kernel's: nobody is there */
        return pagoda_set_errno(seL4_MessageInfo_get_length(answer.info) ? PAGODA_ERR_NO_SERVER : error);
    return (pid_t)answer.pid;
}

pid_t fork(void)
{
    struct fork_answer answer = ask_for_copy();
    return seL4_MessageInfo_get_label(answer.info) ? fork_in_parts(answer) : (pid_t)answer.pid;
}

/* The child has its own memory and the parent goes on: no program can tell the difference, except by what vfork forbids. */
pid_t vfork(void)
{
    return fork();
}

int64_t pagoda_pack_arguments(char *const argv[], char *data, uint64_t max)
{
    uint64_t at = 0;
    for (; *argv; argv++) {
        uint64_t length = strlen(*argv) + 1;
        if (length > max - at)
            return set_errno(E2BIG);
        memcpy(data + at, *argv, length);
        at += length;
    }
    return (int64_t)at;
}

/* pack: arguments for spawn and exec; argv[0] is the path when there are none. */
static int64_t pack(const char *path, char *const argv[], char *data)
{
    char *const only_path[] = {(char *)(uintptr_t)path, NULL};
    return pagoda_pack_arguments(argv && *argv ? argv : only_path, data, ARGUMENTS_MAX);
}

/* The environment is not passed on: programs start with an empty one. */
int execve(const char *path, char *const argv[], char *const envp[])
{
    (void)envp;
    char data[ARGUMENTS_MAX];
    int64_t length = pack(path, argv, data);
    if (length < 0)
        return -1;
    return pagoda_set_errno(process_exec(LAYOUT_CAP_PROCESS, path, data, (uint64_t)length));
}

int execv(const char *path, char *const argv[])
{
    return execve(path, argv, NULL);
}

/* execvp: a name without slash is looked for in /bin. */
int execvp(const char *name, char *const argv[])
{
    char path[128] = "/bin/";
    if (strchr(name, '/'))
        return execv(name, argv);
    if (strlen(name) >= sizeof path - strlen(path))
        return set_errno(ENAMETOOLONG);
    strcat(path, name);
    return execv(path, argv);
}

pid_t pagoda_spawn(const char *path, char *const argv[], unsigned flags)
{
    char data[ARGUMENTS_MAX];
    int64_t length = pack(path, argv, data);
    if (length < 0)
        return -1;
    uint64_t pid;
    streams_flush();
    return pagoda_set_errno(process_spawn(LAYOUT_CAP_PROCESS, flags, 0, 0, 0, path, data, (uint64_t)length, &pid)) ? -1 : (pid_t)pid;
}

void _exit(int status)
{
    process_exit(LAYOUT_CAP_PROCESS, (uint64_t)status & 0xff);
    /* Nobody took the request (the process server itself): an exception tells whoever watches this thread. */
    for (;;)
        __builtin_trap();
}

/* fault_signal: which signal would have ended a program for this reason. */
static int fault_signal(uint64_t reason)
{
    switch (reason) {
    case PAGER_EVENT_BAD_ADDRESS:
    case PAGER_EVENT_PROTECTION:
    case PAGER_EVENT_STACK_OVERFLOW: return SIGSEGV;
    case PAGER_EVENT_EXCEPTION: return SIGILL;
    case PAGER_EVENT_UNKNOWN_SYSCALL:
    case PAGER_EVENT_CAP_FAULT: return SIGSYS;
    case PAGER_EVENT_STORE_DAMAGED: return SIGBUS;
    default: return SIGKILL; /* out of memory, over its limit */
    }
}

/* wait_status: the process server's status word as <sys/wait.h> takes it apart. */
static int wait_status(uint64_t status)
{
    uint64_t value = status & 0xff;
    switch (status >> 8) {
    case PROCESS_STATUS_EXITED: return (int)value << 8;
    case PROCESS_STATUS_SIGNALLED: return (int)value & 0x7f;
    default: return fault_signal(value);
    }
}

/* There are no process groups: every pid below 1 means any child. */
pid_t waitpid(pid_t pid, int *status, int options)
{
    if (options & ~(WNOHANG | WUNTRACED))
        return set_errno(EINVAL);
    uint64_t ended, word;
    int error = process_wait(LAYOUT_CAP_PROCESS, pid > 0 ? (uint64_t)pid : 0, options & WNOHANG ? PROCESS_WAIT_NOHANG : 0, &ended, &word);
    if (error == PAGODA_ERR_WOULD_BLOCK)
        return 0;
    if (error)
        return pagoda_set_errno(error);
    if (status)
        *status = wait_status(word);
    return (pid_t)ended;
}

pid_t wait(int *status)
{
    return waitpid(-1, status, 0);
}

/* find_process: the list entry of one process. */
static int find_process(uint64_t pid, struct process_list_reply *out)
{
    for (uint64_t i = 0;; i++) {
        int error = process_list(LAYOUT_CAP_PROCESS, i, out);
        if (error == PAGODA_ERR_END)
            return pagoda_set_errno(PAGODA_ERR_NO_SUCH_PROCESS);
        if (error)
            return pagoda_set_errno(error);
        if (out->pid == pid)
            return 0;
    }
}

int kill(pid_t pid, int signal)
{
    if (pid < 1 || signal < 0)
        return set_errno(EINVAL);
    if (signal == 0) {
        struct process_list_reply entry;
        return find_process((uint64_t)pid, &entry);
    }
    if (pid == getpid())
        streams_flush(); /* abort() ends here */
    return pagoda_set_errno(process_kill(LAYOUT_CAP_PROCESS, (uint64_t)pid, (uint64_t)signal));
}

pid_t getpid(void)
{
    uint64_t pid;
    return pagoda_set_errno(process_self(LAYOUT_CAP_PROCESS, &pid, NULL)) ? -1 : (pid_t)pid;
}

pid_t getppid(void)
{
    uint64_t parent;
    return pagoda_set_errno(process_self(LAYOUT_CAP_PROCESS, NULL, &parent)) ? -1 : (pid_t)parent;
}

/* Signals cannot be held back: they end a process at once. */
int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    (void)how;
    (void)set;
    if (old)
        *old = 0;
    return 0;
}

uint64_t process_cpu_us(void);
uint64_t process_cpu_us(void)
{
    struct process_list_reply entry;
    pid_t pid = getpid();
    return pid < 0 || find_process((uint64_t)pid, &entry) ? 0 : entry.cpu_us;
}
