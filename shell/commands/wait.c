/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

/* Waits for one job and forgets it. It owns the terminal meanwhile, so that ^C ends it and not the whole session. */
static int wait_for(struct shell *shell, struct job *job)
{
    int status = job->ended ? job->status : shell_wait_foreground(shell, job->pid);
    jobs_report(shell);
    return status;
}

static int wait_for_all(struct shell *shell)
{
    int status = STATUS_OK;
    jobs_poll(shell);
    for (unsigned i = 0; i < JOBS_MAX; i++) {
        if (shell->jobs[i].pid == 0)
            continue;
        int ended = wait_for(shell, &shell->jobs[i]);
        if (ended != STATUS_OK)
            status = ended;
    }
    return status;
}

static int run(struct shell *shell, int argc, char **argv)
{
    int status = STATUS_OK;
    if (argc == 1)
        return wait_for_all(shell);
    jobs_poll(shell);
    for (int i = 1; i < argc; i++) {
        struct job *job = job_by_name(shell, argv[i]);
        if (job == NULL)
            return shell_complain(argv[0], "no job is called '%s'; 'jobs' lists them", argv[i]);
        status = wait_for(shell, job);
    }
    return status;
}

const struct command command_wait = {
    .name = "wait",
    .usage = "[PID|%JOB...]",
    .summary = "wait for jobs to end: these, or all",
    .help = "The status is that of the last one given; without arguments, 0 if all jobs\n"
            "ended with 0. ^C ends the job that is waited for.\n",
    .words = "",
    .group = GROUP_PROCESSES,
    .max_args = -1,
    .run = run,
};
