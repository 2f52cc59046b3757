/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libc_check: the C library's promises, checked from inside an ordinary program. Prints "ok NAME" or "FAIL NAME: what" for each test,
 * then how many passed; exits with 0 only if all did. It is /bin/libc_check of the archive and needs /README there.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "generated/pager_client.h"
#include "pagoda/layout.h"
#include "pagoda/pagoda.h"

#define FILE_PATH "/README"

static jmp_buf failed;
static char *self; /* path of this program */

#define CHECK(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            printf("FAIL %s:%d: %s (errno %d)\n", __func__, __LINE__, #condition, errno); \
            longjmp(failed, 1);                                                  \
        }                                                                        \
    } while (0)
#define CHECK_ERRNO(call, number)      \
    do {                               \
        errno = 0;                     \
        CHECK((long)(call) == -1);     \
        CHECK(errno == (number));      \
    } while (0)

static void file_read_gives_contents_in_pieces(void)
{
    struct stat st;
    CHECK(stat(FILE_PATH, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 20);
    char *whole = malloc((size_t)st.st_size), *pieces = malloc((size_t)st.st_size);
    int fd = open(FILE_PATH, O_RDONLY);
    CHECK(whole && pieces && fd >= 3);
    CHECK(read(fd, whole, (size_t)st.st_size + 100) == st.st_size);
    CHECK(read(fd, whole, 1) == 0);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    off_t at = 0;
    for (ssize_t got; (got = read(fd, pieces + at, 7)) > 0;)
        at += got;
    CHECK(at == st.st_size && memcmp(whole, pieces, (size_t)at) == 0);
    CHECK(lseek(fd, -3, SEEK_END) == st.st_size - 3 && read(fd, pieces, 10) == 3);
    CHECK(lseek(fd, 5, SEEK_CUR) == st.st_size + 5 && read(fd, pieces, 1) == 0);
    CHECK(close(fd) == 0);
    free(whole);
    free(pieces);
}

static void file_errors_are_the_usual_ones(void)
{
    char byte;
    struct stat st;
    CHECK_ERRNO(open("/no/such/file", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("", O_RDONLY), ENOENT);
    CHECK_ERRNO(open(FILE_PATH, O_WRONLY), EROFS);
    CHECK_ERRNO(open(FILE_PATH, O_RDWR), EROFS);
    CHECK_ERRNO(open("/new", O_RDWR | O_CREAT, 0644), EROFS);
    CHECK_ERRNO(open(FILE_PATH, O_RDONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    CHECK_ERRNO(close(3), EBADF);
    CHECK_ERRNO(close(-1), EBADF);
    CHECK_ERRNO(read(50, &byte, 1), EBADF);
    CHECK_ERRNO(write(1000, &byte, 1), EBADF);
    CHECK_ERRNO(lseek(1, 0, SEEK_SET), ESPIPE);
    CHECK_ERRNO(stat("/no", &st), ENOENT);
    CHECK_ERRNO(fstat(40, &st), EBADF);
    CHECK_ERRNO(access(FILE_PATH, W_OK), EROFS);
    CHECK(access(FILE_PATH, R_OK) == 0);
    CHECK_ERRNO(unlink(FILE_PATH), EROFS);
    int fd = open(FILE_PATH, O_RDONLY);
    CHECK_ERRNO(write(fd, "x", 1), EBADF);
    CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_ERRNO(lseek(fd, 0, 77), EINVAL);
    CHECK(!isatty(fd) && isatty(0) && isatty(1));
    close(fd);
}

static void dup_shares_the_offset(void)
{
    char a, b;
    int fd = open(FILE_PATH, O_RDONLY), second = dup(fd);
    CHECK(second > fd && read(fd, &a, 1) == 1 && read(second, &b, 1) == 1);
    CHECK(lseek(fd, 0, SEEK_CUR) == 2);
    CHECK(close(fd) == 0 && read(second, &a, 1) == 1);
    CHECK(dup2(second, 9) == 9 && close(second) == 0 && read(9, &a, 1) == 1 && close(9) == 0);
    CHECK_ERRNO(dup(33), EBADF);
    CHECK_ERRNO(dup2(1, -1), EBADF);
}

static void stdio_reads_lines_of_a_file(void)
{
    char line[200], text[64];
    FILE *f = fopen(FILE_PATH, "r");
    CHECK(f && fgets(line, sizeof line, f) && strlen(line) > 0);
    CHECK(fseek(f, 0, SEEK_END) == 0 && ftell(f) > 0);
    CHECK(fclose(f) == 0);
    CHECK(!fopen("/no", "r") && errno == ENOENT);
    snprintf(text, sizeof text, "%5.2f|%-4d|%#x|%llu|%s|%zu", 3.14159, 7, 255, 18446744073709551615ull, "s", (size_t)9);
    CHECK(strcmp(text, " 3.14|7   |0xff|18446744073709551615|s|9") == 0);
    double d;
    CHECK(sscanf("12 2.5", "%*d %lf", &d) == 1 && d == 2.5);
}

static void mmap_anonymous_is_zero_and_writable(void)
{
    size_t length = 5 * PAGE_SIZE;
    unsigned char *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED && (uintptr_t)p % PAGE_SIZE == 0);
    for (size_t i = 0; i < length; i += 512)
        CHECK(p[i] == 0);
    memset(p, 0xa5, length);
    CHECK(madvise(p + PAGE_SIZE, PAGE_SIZE, MADV_DONTNEED) == 0);
    CHECK(p[PAGE_SIZE] == 0 && p[PAGE_SIZE - 1] == 0xa5 && p[2 * PAGE_SIZE] == 0xa5);
    CHECK(munmap(p + 2 * PAGE_SIZE, PAGE_SIZE) == 0); /* a hole */
    CHECK(p[PAGE_SIZE - 1] == 0xa5 && p[3 * PAGE_SIZE] == 0xa5);
    CHECK(munmap(p, length) == 0 && munmap(p, length) == 0);
}

static void mmap_fixed_replaces_or_refuses(void)
{
    char *p = mmap(NULL, 3 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    memset(p, 1, 3 * PAGE_SIZE);
    CHECK_ERRNO(mmap(p + PAGE_SIZE, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    CHECK(mmap(p + PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + PAGE_SIZE);
    CHECK(p[0] == 1 && p[PAGE_SIZE] == 0 && p[2 * PAGE_SIZE] == 1);
    CHECK(munmap(p, 3 * PAGE_SIZE) == 0);
}

static void mmap_of_a_file_shows_it_and_zeros_after(void)
{
    struct stat st;
    char first[16];
    int fd = open(FILE_PATH, O_RDONLY);
    CHECK(fstat(fd, &st) == 0 && read(fd, first, 16) == 16);
    size_t pages = ((size_t)st.st_size + PAGE_SIZE - 1) / PAGE_SIZE;
    char *p = mmap(NULL, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(p != MAP_FAILED && memcmp(p, first, 16) == 0);
    for (size_t i = (size_t)st.st_size; i < pages * PAGE_SIZE; i++)
        CHECK(p[i] == 0);
    p[0] = (char)~p[0];
    CHECK(p[0] == (char)~first[0]);
    char *q = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(q != MAP_FAILED && q[0] == first[0]);
    CHECK(close(fd) == 0 && q[1] == first[1]);
    CHECK(munmap(p, pages * PAGE_SIZE) == 0 && munmap(q, PAGE_SIZE) == 0);
}

static void mapping_errors_are_the_usual_ones(void)
{
    CHECK_ERRNO(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERRNO(mmap(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERRNO(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 44, 0), EBADF);
    CHECK_ERRNO(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 1, 0), EACCES);
    CHECK_ERRNO(mmap((void *)123, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EINVAL);
    CHECK_ERRNO(mmap(NULL, (size_t)1 << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
    CHECK_ERRNO(munmap((void *)1, 4096), EINVAL);
    CHECK_ERRNO(munmap((void *)4096, 0), EINVAL);
    CHECK_ERRNO(mprotect((void *)0x600000000000, 4096, PROT_READ), ENOMEM);
    CHECK_ERRNO(madvise((void *)0x600000000000, 4096, MADV_DONTNEED), ENOMEM);
    CHECK_ERRNO(madvise((void *)4096, 4096, 99), EINVAL);
    CHECK(pagoda_last_error() == PAGODA_ERR_NOT_MAPPED);
}

/* Whether figures say something: pages leave memory and allocations fail only for a reason. */
static bool undisturbed(void)
{
    uint64_t evict = 0, fail = 0;
    CHECK(pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_EVICT, &evict) == PAGODA_OK);
    return evict == 1 && (pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_FAIL_ALLOC, &fail) != PAGODA_OK || fail == 0);
}

static uint64_t faults_so_far(void)
{
    struct pager_fault_counts_reply r;
    uint64_t sum = 0;
    CHECK(pager_fault_counts(LAYOUT_CAP_PAGER, &r) == PAGODA_OK);
    for (unsigned i = 0; i < sizeof r.counts / sizeof r.counts[0]; i++)
        sum += r.counts[i];
    return sum;
}

#define HINTED 64u

/* Faults that writing HINTED new pages takes after a hint. */
static uint64_t faults_after(int advice)
{
    unsigned char *p = mmap(NULL, HINTED * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED && madvise(p, HINTED * PAGE_SIZE, advice) == 0);
    uint64_t before = faults_so_far();
    for (size_t i = 0; i < HINTED; i++)
        p[i * PAGE_SIZE] = (unsigned char)(i + 1);
    uint64_t faults = faults_so_far() - before;
    for (size_t i = 0; i < HINTED; i++)
        CHECK(p[i * PAGE_SIZE] == i + 1 && p[i * PAGE_SIZE + 1] == 0);
    CHECK(munmap(p, HINTED * PAGE_SIZE) == 0);
    return faults;
}

static void madvise_hints_change_how_many_faults_there_are(void)
{
    uint64_t random = faults_after(MADV_RANDOM), sequential = faults_after(MADV_SEQUENTIAL), needed = faults_after(MADV_WILLNEED);
    if (undisturbed())
        CHECK(random >= HINTED && sequential <= HINTED / 4 && needed <= 4);
}

static void madvise_cold_sends_pages_to_a_store(void)
{
    struct pager_space_memory_reply before, cold, after;
    unsigned char *p = mmap(NULL, HINTED * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    for (size_t i = 0; i < HINTED * PAGE_SIZE; i++)
        p[i] = (unsigned char)(i / PAGE_SIZE + i % 64);
    CHECK(pager_space_memory(LAYOUT_CAP_PAGER, 0, &before) == PAGODA_OK);
    CHECK(madvise(p, HINTED * PAGE_SIZE, MADV_COLD) == 0);
    CHECK(pager_space_memory(LAYOUT_CAP_PAGER, 0, &cold) == PAGODA_OK);
    for (size_t i = 0; i < HINTED * PAGE_SIZE; i++)
        CHECK(p[i] == (unsigned char)(i / PAGE_SIZE + i % 64));
    CHECK(pager_space_memory(LAYOUT_CAP_PAGER, 0, &after) == PAGODA_OK);
    if (undisturbed()) {
        CHECK(cold.stored >= before.stored + HINTED && cold.held + HINTED / 2 <= before.held);
        CHECK(after.refaults >= before.refaults + HINTED);
    }
    CHECK(munmap(p, HINTED * PAGE_SIZE) == 0);
}

static void heap_grows_and_shrinks(void)
{
    char *before = sbrk(0);
    CHECK(before != (void *)-1 && sbrk(3 * PAGE_SIZE) == before);
    memset(before, 7, 3 * PAGE_SIZE);
    CHECK(sbrk(-3 * PAGE_SIZE) == before + 3 * PAGE_SIZE && sbrk(0) == before);
    CHECK(sbrk(3 * PAGE_SIZE) == before && before[2 * PAGE_SIZE + 100] == 0);
    CHECK(sbrk(-3 * PAGE_SIZE) != (void *)-1);
    CHECK_ERRNO(sbrk((intptr_t)1 << 40), ENOMEM);
    void *p = malloc(1 << 20);
    CHECK(p);
    memset(p, 1, 1 << 20);
    free(p);
    CHECK(!malloc((size_t)1 << 40) && errno == ENOMEM);
}

/* child: run `body` in a child; its wait status. */
static int child(void (*body)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        body();
        _exit(99);
    }
    int status = -1;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    return status;
}

static void exit_with_42(void) { _exit(42); }
static void exit_with_300(void) { _exit(300); }
static void kill_itself(void) { kill(getpid(), SIGTERM); }
static void abort_itself(void) { abort(); }
static volatile uintptr_t unmapped = 0x10;
static void touch_nothing(void) { *(volatile char *)unmapped = 1; }
static void write_text(void) { *(volatile char *)(uintptr_t)exit_with_42 = 1; }
static void undefined_instruction(void) { __asm__ volatile("udf #0"); }

static void wait_tells_how_a_child_ended(void)
{
    int status = child(exit_with_42);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    status = child(exit_with_300);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 300 % 256);
    status = child(kill_itself);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    status = child(abort_itself);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void wait_tells_why_a_child_faulted(void)
{
    int status = child(touch_nothing);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    status = child(write_text);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    status = child(undefined_instruction);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGILL);
}

static void wait_and_kill_errors_are_the_usual_ones(void)
{
    CHECK_ERRNO(waitpid(-1, NULL, 0), ECHILD);
    CHECK_ERRNO(waitpid(12345, NULL, 0), ECHILD);
    CHECK_ERRNO(waitpid(-1, NULL, 0x1000), EINVAL);
    CHECK_ERRNO(kill(54321, SIGKILL), ESRCH);
    CHECK_ERRNO(kill(54321, 0), ESRCH);
    CHECK_ERRNO(kill(getpid(), 99), EINVAL);
    CHECK_ERRNO(kill(1, SIGKILL), EPERM); /* the shell: no descendant of ours */
    CHECK(kill(getpid(), 0) == 0);
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            usleep(1000);
    CHECK(pid > 0 && waitpid(pid, NULL, WNOHANG) == 0);
    int status;
    CHECK(kill(pid, SIGKILL) == 0 && wait(&status) == pid && WTERMSIG(status) == SIGKILL);
}

static volatile int value = 1;

static void fork_copies_memory_registers_and_offsets(void)
{
    double kept = 1.0 / 3;
    __asm__ volatile("" : "+w"(kept)); /* in a floating-point register across the fork */
    int *shared = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    *shared = 5;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        bool right = value == 1 && kept == 1.0 / 3 && getppid() == parent && getpid() != parent;
        value = 2;
        *shared = 6;
        _exit(right && value == 2 ? 0 : 1);
    }
    int status;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
    CHECK(value == 1 && kept == 1.0 / 3 && *shared == 6);
    munmap(shared, PAGE_SIZE);
}

static void exec_passes_arguments(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        char *const argv[] = {self, "--arguments", "two words", "", "last", NULL};
        execv(self, argv);
        _exit(1);
    }
    int status;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 17);
    char *const argv[] = {self, "--arguments", "two words", "", "last", NULL};
    pid = pagoda_spawn(self, argv, 0);
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 17);
}

static void exec_errors_are_the_usual_ones(void)
{
    static char long_argument[2000];
    memset(long_argument, 'x', sizeof long_argument - 1);
    char *const argv[] = {"x", NULL}, *const long_argv[] = {"x", long_argument, NULL};
    CHECK_ERRNO(execv("/bin/no_such_program", argv), ENOENT);
    CHECK_ERRNO(execv(FILE_PATH, argv), ENOEXEC);
    CHECK_ERRNO(execv(self, long_argv), E2BIG);
    CHECK_ERRNO(execvp("no_such_program", argv), ENOENT);
    CHECK_ERRNO(pagoda_spawn("/bin/no_such_program", argv, 0), ENOENT);
}

static void clocks_run_and_sleep_takes_its_time(void)
{
    struct timespec a, b, resolution;
    struct timeval tv;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && usleep(2000) == 0 && clock_gettime(CLOCK_MONOTONIC, &b) == 0);
    long long ns = (b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec - a.tv_nsec;
    CHECK(ns >= 2000000 && ns < 2000000000);
    CHECK(gettimeofday(&tv, NULL) == 0 && tv.tv_usec < 1000000);
    CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_nsec > 0);
    CHECK_ERRNO(clock_gettime((clockid_t)77, &a), EINVAL);
    clock_t before = clock();
    for (volatile int i = 0; i < 300000000 && (i % 1000000 || clock() == before); i++) /* on a fast machine its step is many rounds */
        ;
    CHECK(clock() > before);
}

static void raise_runs_a_handler(void)
{
    CHECK(signal(SIGUSR1, SIG_IGN) == SIG_DFL && raise(SIGUSR1) == 0 && signal(SIGUSR1, SIG_DFL) == SIG_IGN);
}

static int check_arguments(int argc, char **argv)
{
    bool right = argc == 5 && !strcmp(argv[2], "two words") && !*argv[3] && !strcmp(argv[4], "last") && !argv[5] && !getenv("PATH");
    return right ? 17 : 18;
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
#define TEST(name) {#name, name}
    TEST(file_read_gives_contents_in_pieces), TEST(file_errors_are_the_usual_ones), TEST(dup_shares_the_offset), TEST(stdio_reads_lines_of_a_file),
    TEST(mmap_anonymous_is_zero_and_writable), TEST(mmap_fixed_replaces_or_refuses), TEST(mmap_of_a_file_shows_it_and_zeros_after),
    TEST(mapping_errors_are_the_usual_ones), TEST(madvise_hints_change_how_many_faults_there_are),
    TEST(madvise_cold_sends_pages_to_a_store), TEST(heap_grows_and_shrinks), TEST(wait_tells_how_a_child_ended), TEST(wait_tells_why_a_child_faulted),
    TEST(wait_and_kill_errors_are_the_usual_ones), TEST(fork_copies_memory_registers_and_offsets), TEST(exec_passes_arguments),
    TEST(exec_errors_are_the_usual_ones), TEST(clocks_run_and_sleep_takes_its_time), TEST(raise_runs_a_handler),
};

int main(int argc, char **argv)
{
    self = "/bin/libc_check";
    if (argc > 1 && !strcmp(argv[1], "--arguments"))
        return check_arguments(argc, argv);
    unsigned n = sizeof tests / sizeof *tests;
    volatile unsigned passed = 0;
    for (volatile unsigned i = 0; i < n; i++) {
        if (setjmp(failed))
            continue;
        tests[i].run();
        printf("ok %s\n", tests[i].name);
        passed++;
    }
    printf("libc_check: %u of %u passed\n", passed, n);
    return passed == n ? 0 : 1;
}
