/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "programs/list.h"
#include "suggest.h"

#include "generated/pager_client.h"
#include "generated/process_client.h"
#include "pagoda/layout.h"
#include "pagoda/pagoda.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PATH_MAX_BYTES 127     /* of process.spawn */
#define ARGUMENTS_MAX_BYTES 720

/* Number of the signal that other systems report for a fault, so that $? looks as people expect. */
static int signal_of_fault(uint64_t reason)
{
    switch (reason) {
    case PAGER_EVENT_OVER_LIMIT:
    case PAGER_EVENT_NO_MEMORY:
        return 9; /* as if killed */
    case PAGER_EVENT_EXCEPTION:
        return 4; /* illegal instruction and its relatives */
    case PAGER_EVENT_UNKNOWN_SYSCALL:
        return 31; /* bad system call */
    default:
        return 11; /* bad memory access */
    }
}

int status_of_word(uint64_t word)
{
    int value = (int)(word & 0xff);
    switch (word >> 8) {
    case PROCESS_STATUS_EXITED:
        return value;
    case PROCESS_STATUS_SIGNALLED:
        return STATUS_SIGNAL + value;
    default:
        return STATUS_SIGNAL + signal_of_fault((uint64_t)value);
    }
}

static const char *describe_fault(uint64_t reason)
{
    static const char *const texts[] = {
        [PAGER_EVENT_BAD_ADDRESS] = "bad address",         [PAGER_EVENT_PROTECTION] = "access not allowed",
        [PAGER_EVENT_STACK_OVERFLOW] = "stack overflow",   [PAGER_EVENT_OVER_LIMIT] = "over its memory limit",
        [PAGER_EVENT_NO_MEMORY] = "out of memory",         [PAGER_EVENT_EXCEPTION] = "processor exception",
        [PAGER_EVENT_UNKNOWN_SYSCALL] = "bad system call", [PAGER_EVENT_CAP_FAULT] = "bad capability",
        [PAGER_EVENT_STORE_DAMAGED] = "stored page damaged",
    };
    return reason < sizeof(texts) / sizeof(texts[0]) && texts[reason] != NULL ? texts[reason] : "fault";
}

const char *status_describe(uint64_t word, char *buffer, size_t size)
{
    unsigned value = (unsigned)(word & 0xff);
    switch (word >> 8) {
    case PROCESS_STATUS_EXITED:
        if (value == 0)
            return "done";
        snprintf(buffer, size, "exit %u", value);
        return buffer;
    case PROCESS_STATUS_SIGNALLED:
        if (value == PROCESS_SIGNAL_INTERRUPT)
            return "interrupted";
        snprintf(buffer, size, "killed (signal %u)", value);
        return buffer;
    default:
        return describe_fault(value);
    }
}

static void suggest_name(const char *typed)
{
    struct suggestion best = {0};
    const struct command *command;
    for (unsigned i = 0; (command = command_at(i)) != NULL; i++)
        suggest_consider(&best, typed, command->name);
    for (unsigned i = 0; i < n_programs; i++)
        suggest_consider(&best, typed, programs[i].name);
    if (best.word != NULL)
        shell_error("no command or program is called '%s'; did you mean '%s'?", typed, best.word);
    else
        shell_error("no command or program is called '%s'; 'help' lists them", typed);
}

static int report_no_start(const char *name, int error)
{
    switch (error) {
    case PAGODA_ERR_NO_SUCH_FILE:
        suggest_name(name);
        return STATUS_NOT_FOUND;
    case PAGODA_ERR_TOO_LONG:
        shell_error("%s: the arguments are longer than %d bytes together", name, ARGUMENTS_MAX_BYTES);
        return STATUS_NO_START;
    default:
        shell_error("%s: %s", name, pagoda_error_text((uint64_t)error));
        return STATUS_NO_START;
    }
}

static int spawn(char **argv, uint64_t flags, const struct share *share, uint64_t *pid)
{
    char path[PATH_MAX_BYTES + 1];
    char packed[ARGUMENTS_MAX_BYTES];
    const char *folder = strchr(argv[0], '/') == NULL ? "bin/" : "";
    int path_length = snprintf(path, sizeof(path), "%s%s", folder, argv[0]);
    if (argv[0][0] == '\0' || path_length > PATH_MAX_BYTES)
        return PAGODA_ERR_NO_SUCH_FILE;
    int64_t length = pagoda_pack_arguments(argv, packed, sizeof(packed));
    if (length < 0)
        return PAGODA_ERR_TOO_LONG;
    if (share == NULL)
        return process_spawn(LAYOUT_CAP_PROCESS, flags, 0, 0, 0, path, packed, (uint64_t)length, pid);
    return process_spawn(LAYOUT_CAP_PROCESS, flags | PROCESS_SPAWN_SHARE, share->min_pages, share->weight, share->max_pages, path, packed,
                         (uint64_t)length, pid);
}

int shell_launch(struct shell *shell, char **argv, const struct share *share)
{
    uint64_t pid;
    bool background = shell->background != NULL;
    int error = spawn(argv, background ? PROCESS_SPAWN_BACKGROUND : 0, share, &pid);
    if (error != PAGODA_OK)
        return report_no_start(argv[0], error);
    if (!background)
        return shell_wait_foreground(shell, pid);
    unsigned number = job_add(shell, pid, shell->background, shell->background_length);
    if (number == 0)
        shell_error("process %" PRIu64 " runs, but is not in the job list, which is full", pid);
    else if (shell->interactive)
        printf("[%u] %" PRIu64 "\n", number, pid);
    return STATUS_OK;
}

int shell_wait_foreground(struct shell *shell, uint64_t pid)
{
    uint64_t ended, word;
    int error = process_foreground(LAYOUT_CAP_PROCESS, pid);
    /* A program that has ended already cannot own the terminal; its status is still there to be taken. */
    if (error == PAGODA_OK || error == PAGODA_ERR_NO_SUCH_PROCESS)
        error = process_wait(LAYOUT_CAP_PROCESS, pid, 0, &ended, &word);
    process_foreground(LAYOUT_CAP_PROCESS, 0);
    if (error != PAGODA_OK) {
        shell_error("process %" PRIu64 ": %s", pid, pagoda_error_text((uint64_t)error));
        return STATUS_FAILED;
    }
    job_ended(shell, ended, word);
    return status_of_word(word);
}
