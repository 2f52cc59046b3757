/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Births and deaths: what the process table decides, done with spaces, threads and capabilities. Calls the pager and the console,
 * never a client. After any failure everything that was begun is taken back.
 */
#ifndef PROCESS_LIFE_H
#define PROCESS_LIFE_H

#include "table.h"
#include <stdint.h>

#include "server/server.h"

extern struct table table;

/* life_init: the system processes enter the table, which holds `limit`. spaces: the pager's numbers of console and process. */
void life_init(struct server *server, unsigned limit, uint64_t console_space, uint64_t process_space);

/* What a process may hold and keep when memory is short; see the pager's space_set_share and space_set_limit. */
struct life_share {
    uint64_t min_pages, weight, max_pages;
};

/* What to start. */
struct life_start {
    uint64_t pid;    /* 0: the next free one */
    uint64_t parent; /* 0: none */
    bool observer;
    const struct life_share *share; /* NULL: the parent's */
    const char *path;
    const uint8_t *arguments; /* length bytes, see loader/arguments.h */
    uint64_t length;
};

/* life_spawn: a new process with `path`, complete but not running. 0 and *out, or a pagoda_error. life_run: it runs; false: the kernel refuses. life_undo: take back one
 * that never ran, as if it had not been spawned. */
uint64_t life_spawn(const struct life_start *start, struct process **out);
bool life_run(const struct process *process);
void life_undo(struct process *process);

/* life_fork: a copy of `parent`, which waits in its request: the child gets pid 0 as the reply to the same request. UNFINISHED: it has to ask again. */
uint64_t life_fork(struct process *parent, struct process **out);

/*
 * life_exec: replace the program of `process`, which waits in its request. 0: it runs the new program, or has ended because the new one could
 * not be set up after the old was gone; no reply then. Else a pagoda_error and nothing has changed.
 */
uint64_t life_exec(struct process *process, const char *path, const uint8_t *arguments, uint64_t length);

/* life_lend_thread: give the pager the process's thread, from which it reads the stack pointer. When the pager has no memory for it, it does without. */
void life_lend_thread(const struct process *process);

/* life_pass: others go first; the process repeats the request that it waits for. */
void life_pass(const struct process *process);

/* life_slow: leave the process's thread `budget_us` of each THREAD_SLOW_PERIOD_US, or with 0 give it its slices back. When the kernel refuses, that is said on the
 * console, once, and `slowed_us` stays as it was. */
void life_slow(struct process *process, uint32_t budget_us);

/* life_suspend: stop the process's thread, which waits in a request: it repeats the request when it goes on. life_resume: it goes on. */
void life_suspend(struct process *process);
void life_resume(struct process *process);

/* life_notification: give the process a notification of its own, in slot LAYOUT_CAP_NOTIFICATION of its CNode, if it has none. 0 or PAGODA_ERR_NO_MEMORY. */
uint64_t life_notification(struct process *process);

/* life_end: stop it, give everything back, tell the parent. status as wait reports it. `process` may be free afterwards. */
void life_end(struct process *process, uint64_t status);

/* life_end_family: the process and all its descendants. */
void life_end_family(uint64_t pid, uint64_t status);

/* life_cpu_us: CPU time used so far, microseconds. */
uint64_t life_cpu_us(struct process *process);

/* life_say: a line on the console. */
void life_say(const char *text, uint64_t length);

/* The process that has the terminal's input; 0: nobody. */
uint64_t life_owner(void);
void life_set_owner(uint64_t pid);

/* Status words of wait. */
static inline uint64_t life_status(uint64_t how, uint64_t value)
{
    return how << 8 | (value & 0xff);
}

#endif
