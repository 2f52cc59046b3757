/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell: one program, one thread, a client of console, process, pager and init by their generated protocols only.
 * It holds observer capabilities (slots LAYOUT_CAP_*): it may read everything and change settings.
 *
 * main.c      start; interactive loop; the lines given as arguments
 * execute.c   a line: parse, then each command in turn
 * launch.c    programs: spawn, wait, what became of them
 * jobs.c      programs started with &
 * commands/   one file per command
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include "edit.h"
#include "history.h"
#include "parse.h"
#include "share.h"

#include <stdbool.h>
#include <stdint.h>

#define STATUS_OK 0
#define STATUS_FAILED 1
#define STATUS_USAGE 2       /* wrong arguments */
#define STATUS_NO_START 126  /* found, but cannot be started */
#define STATUS_NOT_FOUND 127
#define STATUS_SIGNAL 128    /* + signal number: ended by a signal or a fault */

#define JOBS_MAX 32

struct job {
    uint64_t pid; /* 0: the entry is free */
    bool ended;   /* `status` is valid; the entry goes away when that was reported */
    int status;   /* as $? */
    uint64_t status_word; /* as process.wait gave it */
    char line[64];        /* what was typed, shortened */
};

struct shell {
    int status;       /* $? */
    bool interactive; /* a terminal is at the other end, not --command */
    bool first;       /* process 1, with observer rights; a shell started as a program has no more rights than any program */
    struct job jobs[JOBS_MAX]; /* job n is jobs[n - 1] */
    struct history history;
    struct editor editor;
    struct parsed_line parsed; /* the line being run */
    const char *background;    /* its command that is to run in the background, for the job list; NULL: in the foreground */
    size_t background_length;
};

/* ---- execute.c ---- */

/* shell_run_line: run every command of one line in order. A wrong line runs nothing.
 * Returns true when every command had status 0; shell->status is that of the last one. */
bool shell_run_line(struct shell *shell, const char *line);

/* shell_error: one line "shell: ..." on the standard error, after everything printed before. */
void shell_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* shell_complain: the same with a command's name in front instead of "shell". Returns STATUS_FAILED, for `return shell_complain(...)`. */
int shell_complain(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* shell_failed: complain of an error that a server answered (PAGODA_ERR_*). Returns STATUS_FAILED. */
int shell_failed(const char *name, int error);

/* ---- launch.c ---- */

/* shell_launch: start a program of the archive; a name without '/' is looked up in bin/. In the foreground: and wait for its end.
 *   share  what it may hold; NULL: what it inherits
 * Returns the status for $?; prints what went wrong. */
int shell_launch(struct shell *shell, char **argv, const struct share *share);

/* shell_wait_foreground: give the terminal to a child, wait for its end, take the terminal back. Returns its status for $?. */
int shell_wait_foreground(struct shell *shell, uint64_t pid);

/* status_of_word: the number for $? of a status word of process.wait. */
int status_of_word(uint64_t word);

/* status_describe: what a status word says, as "done", "exit 3", "interrupted", "stack overflow" ... Static or in `buffer`. */
const char *status_describe(uint64_t word, char *buffer, size_t size);

/* ---- jobs.c ---- */

/* job_add: remember a program started in the background. Returns the job's number, 0 when the table is full. */
unsigned job_add(struct shell *shell, uint64_t pid, const char *line, size_t line_length);

/* job_by_pid, job_by_name: the entry of a job, NULL when there is none. Name: "%N" or a pid. */
struct job *job_by_pid(struct shell *shell, uint64_t pid);
struct job *job_by_name(struct shell *shell, const char *name);

unsigned job_number(const struct shell *shell, const struct job *job);

/* jobs_poll: collect children that have ended, without waiting. */
void jobs_poll(struct shell *shell);

/* jobs_report: print a line for each job that has ended and forget it. */
void jobs_report(struct shell *shell);

/* job_ended: note the end of any child (status word of process.wait). Children that are no jobs are ignored. */
void job_ended(struct shell *shell, uint64_t pid, uint64_t word);

#endif
