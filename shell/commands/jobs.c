/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "table.h"

#include <inttypes.h>

static int run(struct shell *shell, int argc, char **argv)
{
    static struct table table;
    char buffer[32];
    (void)argc, (void)argv;
    jobs_poll(shell);
    table_begin(&table, "<-|>-|<-|<-");
    for (unsigned i = 0; i < JOBS_MAX; i++) {
        struct job *job = &shell->jobs[i];
        if (job->pid == 0)
            continue;
        table_cell(&table, "[%u]", i + 1);
        table_cell(&table, "%" PRIu64, job->pid);
        table_cell(&table, "%s", job->ended ? status_describe(job->status_word, buffer, sizeof(buffer)) : "running");
        table_cell(&table, "%s", job->line);
        if (job->ended)
            job->pid = 0;
    }
    table_print(&table, stdout);
    return STATUS_OK;
}

const struct command command_jobs = {
    .name = "jobs",
    .usage = "",
    .summary = "list programs started with &",
    .help = "Number, process, state and line of each. One that has ended is shown once.\n",
    .words = "",
    .group = GROUP_PROCESSES,
    .run = run,
};
