/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <stdio.h>

static struct job *newest(struct shell *shell)
{
    struct job *found = NULL;
    for (unsigned i = 0; i < JOBS_MAX; i++)
        if (shell->jobs[i].pid != 0 && (found == NULL || shell->jobs[i].pid > found->pid))
            found = &shell->jobs[i];
    return found;
}

static int run(struct shell *shell, int argc, char **argv)
{
    jobs_poll(shell);
    struct job *job = argc > 1 ? job_by_name(shell, argv[1]) : newest(shell);
    if (job == NULL && argc > 1)
        return shell_complain(argv[0], "no job is called '%s'; 'jobs' lists them", argv[1]);
    if (job == NULL)
        return shell_complain(argv[0], "there is no job");
    if (job->ended) {
        int status = job->status;
        jobs_report(shell);
        return status;
    }
    printf("%s\n", job->line);
    fflush(stdout);
    int status = shell_wait_foreground(shell, job->pid);
    job->pid = 0;
    return status;
}

const struct command command_fg = {
    .name = "fg",
    .usage = "[PID|%JOB]",
    .summary = "bring a job to the foreground",
    .help = "It gets the terminal: it can read what is typed and ^C ends it.\n"
            "Without argument: the job started last.\n",
    .words = "",
    .group = GROUP_PROCESSES,
    .max_args = 1,
    .run = run,
};
