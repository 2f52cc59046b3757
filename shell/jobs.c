/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell.h"
#include "text.h"

#include "generated/process_client.h"
#include "pagoda/layout.h"

#include <stdio.h>
#include <string.h>

unsigned job_add(struct shell *shell, uint64_t pid, const char *line, size_t line_length)
{
    for (unsigned i = 0; i < JOBS_MAX; i++) {
        struct job *job = &shell->jobs[i];
        if (job->pid != 0)
            continue;
        *job = (struct job){.pid = pid};
        snprintf(job->line, sizeof(job->line), "%.*s", (int)line_length, line);
        return i + 1;
    }
    return 0;
}

struct job *job_by_pid(struct shell *shell, uint64_t pid)
{
    for (unsigned i = 0; pid != 0 && i < JOBS_MAX; i++)
        if (shell->jobs[i].pid == pid)
            return &shell->jobs[i];
    return NULL;
}

struct job *job_by_name(struct shell *shell, const char *name)
{
    uint64_t number;
    if (!text_parse_number(name[0] == '%' ? name + 1 : name, &number))
        return NULL;
    if (name[0] != '%')
        return job_by_pid(shell, number);
    if (number < 1 || number > JOBS_MAX || shell->jobs[number - 1].pid == 0)
        return NULL;
    return &shell->jobs[number - 1];
}

unsigned job_number(const struct shell *shell, const struct job *job)
{
    return (unsigned)(job - shell->jobs) + 1;
}

void job_ended(struct shell *shell, uint64_t pid, uint64_t word)
{
    struct job *job = job_by_pid(shell, pid);
    if (job == NULL)
        return;
    job->ended = true;
    job->status_word = word;
    job->status = status_of_word(word);
}

void jobs_poll(struct shell *shell)
{
    uint64_t pid, word;
    while (process_wait(LAYOUT_CAP_PROCESS, 0, PROCESS_WAIT_NOHANG, &pid, &word) == PAGODA_OK)
        job_ended(shell, pid, word);
}

void jobs_report(struct shell *shell)
{
    char buffer[32];
    for (unsigned i = 0; i < JOBS_MAX; i++) {
        struct job *job = &shell->jobs[i];
        if (job->pid == 0 || !job->ended)
            continue;
        printf("[%u] %s: %s\n", i + 1, status_describe(job->status_word, buffer, sizeof(buffer)), job->line);
        job->pid = 0;
    }
}
