/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "text.h"

#include "generated/process_client.h"
#include "pagoda/layout.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

extern const struct command command_kill;

/* By name, those that people type. */
static const struct {
    const char *name;
    uint64_t number;
} signals[] = {{"HUP", 1}, {"INT", 2}, {"QUIT", 3}, {"ABRT", 6}, {"KILL", 9}, {"TERM", PROCESS_SIGNAL_TERMINATE}};

/* parse_signal: -9, -KILL or -SIGKILL, in either case. */
static bool parse_signal(const char *text, uint64_t *signal)
{
    const char *name = strncasecmp(text, "-SIG", 4) == 0 ? text + 4 : text + 1;
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        if (strcasecmp(name, signals[i].name) == 0) {
            *signal = signals[i].number;
            return true;
        }
    }
    return text_parse_number(text + 1, signal) && *signal >= 1 && *signal <= 15;
}

static bool parse_target(struct shell *shell, const char *text, uint64_t *pid)
{
    const struct job *job = text[0] == '%' ? job_by_name(shell, text) : NULL;
    if (job != NULL)
        *pid = job->pid;
    return job != NULL || text_parse_number(text, pid);
}

static int kill_one(struct shell *shell, const char *name, const char *target, uint64_t signal)
{
    uint64_t pid, self, parent;
    if (!parse_target(shell, target, &pid))
        return shell_complain(name, target[0] == '%' ? "no job is called '%s'; 'jobs' lists them" : "'%s' is not a process number", target);
    if (process_self(LAYOUT_CAP_PROCESS, &self, &parent) == PAGODA_OK && pid == self)
        return shell_complain(name, "process %" PRIu64 " is this shell; 'poweroff' stops the machine", pid);
    int error = pid == 0 ? PAGODA_ERR_NO_SUCH_PROCESS : process_kill(LAYOUT_CAP_PROCESS, pid, signal);
    if (error == PAGODA_ERR_NOT_PERMITTED)
        return shell_complain(name, "process %" PRIu64 " is a service of the system, which cannot be ended", pid);
    if (error != PAGODA_OK)
        return shell_complain(name, "%s: %s", target, pagoda_error_text((uint64_t)error));
    return STATUS_OK;
}

static int run(struct shell *shell, int argc, char **argv)
{
    uint64_t signal = PROCESS_SIGNAL_TERMINATE;
    int first = 1, status = STATUS_OK;
    if (argv[1][0] == '-') {
        if (!parse_signal(argv[1], &signal))
            return command_usage(&command_kill, "'%s' is not a signal: a number from -1 to -15, -HUP, -INT, -QUIT, -ABRT, -KILL or -TERM", argv[1]);
        first = 2;
    }
    if (first == argc)
        return command_usage(&command_kill, "the process is missing");
    for (int i = first; i < argc; i++)
        if (kill_one(shell, argv[0], argv[i], signal) != STATUS_OK)
            status = STATUS_FAILED;
    return status;
}

const struct command command_kill = {
    .name = "kill",
    .usage = "[-SIGNAL] PID|%JOB...",
    .summary = "end processes",
    .help = "SIGNAL is a number from 1 to 15, or HUP, INT, QUIT, ABRT, KILL or TERM; without\n"
            "one it is TERM (15). Every signal ends the process; its status is 128 + the\n"
            "number. System services cannot be ended.\n",
    .words = "",
    .group = GROUP_PROCESSES,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
