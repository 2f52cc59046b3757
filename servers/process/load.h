/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process server's part of load control: the pager's plan says who thrashes and who is slowed; here threads get their time accordingly, and the pager is
 * told how many others want the processor. What this server works for a process counts for its share of the servers' work, of which the pager
 * keeps the account; the request of one that has used it up is held: its thread is suspended, and repeats the request when it goes on.
 */
#ifndef PROCESS_LOAD_H
#define PROCESS_LOAD_H

#include "table.h"

/* load_follow: after a signal of the pager, at `now_us`: ask for the plan and carry it out. What fails is said on the console, once for each process, and tried again
 * at the next signal. */
void load_follow(uint64_t now_us);

/* load_init: so many ticks are a millisecond. */
void load_init(uint64_t ticks_ms);

/*
 * load_came: a request of `p` has come, at `now` in ticks. true: what was worked for it is to be told to the pager before the request is handled.
 * load_admit: does that, by a message of its own: the caller keeps the request's. false: the request is held, or others go first; it must be neither handled nor answered:
 * the process will repeat it.
 */
bool load_came(struct process *p, uint64_t now);
bool load_admit(struct process *p);

/* Who asked: pids; 0: there is none. */
struct load_caller {
    uint64_t pid, parent, child; /* the last child, before the request was handled */
};

/* load_served: the request that came at `start` has been handled, at `now`. If the process has ended with it, it counts for its last child, if that lives, else for its
 * parent. */
void load_served(const struct load_caller *caller, uint64_t start, uint64_t now);

#endif
