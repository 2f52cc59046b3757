/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free frames are zeroed ahead of those who will take them (policy/prezero.h), in idle time only. What idle is, a thread of init tells that has the lowest priority of
 * all: the pager signals it when frames are lacking, and it signals back (SIGNAL_IDLE) as soon as it runs, that is, when nothing else can. For each of its
 * signals the pager makes one step: zero the pages of one free block, 16 at most; or make a group of free pages frames, which the kernel zeroes for that. So a
 * program that computes loses nothing, and a request or fault that comes meanwhile waits for one step at most.
 */
#ifndef PAGER_PREZERO_H
#define PAGER_PREZERO_H

#include "policy/prezero.h"

/* Of general memory, in hundredths: what may be kept zeroed to begin with. PAGER_PREZERO_LIMIT_MAX: as much as free frames are kept at all (frame.h). */
#define PREZERO_LIMIT 6u

struct prezero_counters {
    uint64_t steps;
    uint64_t zeroed; /* frames, by the pager */
    uint64_t ticks;  /* that zeroing these took */
    uint64_t armed;  /* by the kernel, in groups made frames */
};
extern struct prezero_counters prezero_counters;

/* prezero_start: frames are known, and general memory. prezero_limit_now: pager.prezero_limit has changed. */
void prezero_start(void);
void prezero_limit_now(void);

/* prezero_tick: a period of the clock is over. O(COLOURS_MAX). Asks for idle time if frames are lacking. */
void prezero_tick(void);

/* prezero_ask: idle time is wanted for spaces that leave (leaving.h), which are emptied in it when no frame is lacking. */
void prezero_ask(void);

/* prezero_idle: nothing else can run: make a step, and ask for more time if there is more to do. */
void prezero_idle(void);

/* prezero_state: frames at hand, how many there should be, taken in a period of the clock; the limit, and how many may be zeroed before more are taken. And of the
 * zeroed frames taken since boot, those that were zero already, and those zeroed then (modulo 2^32 by the low bits of frame numbers). */
struct prezero_state {
    uint64_t clean, target, rate, limit, account;
    uint64_t hits, missed;
    uint64_t missed_lately; /* in the last period */
    uint64_t zero_ns;       /* to zero one frame, as measured in idle time; 0: none has been */
};
void prezero_state(struct prezero_state *state);

#endif
