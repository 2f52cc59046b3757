/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks that shrink: the pages below the stack pointer hold nothing, so they are given back, without a copy in any store.
 *
 * The stack pointer is read from the thread, whose capability the manager lends when it is asked for it (EVENT_THREAD_WANTED); asking is a signal,
 * nobody waits. There is one processor and no client has the pager's priority: while the pager works no client runs, so what the kernel has saved of the thread is all there is.
 * A thread whose stack pointer is elsewhere (in another stack region, or in memory that is none) has its stack left alone.
 */
#ifndef PAGER_STACK_H
#define PAGER_STACK_H

#include "space.h"

/* Bytes below the stack pointer that are kept. The procedure call standard of AArch64 has no such zone; some of its variants do, of this size. */
#define STACK_RED_ZONE 128u
/* A stack of so many pages is not worth looking at. */
#define STACK_PAGES_KEPT 2u

/* Counters since boot. */
struct stack_counters {
    uint64_t trims; /* times that a stack shrank */
    uint64_t given; /* pages given back by it */
};
extern struct stack_counters stack_counters;

/* stack_has_grown: the stack of a space was grown to so many pages; on the fault path. */
static inline void stack_has_grown(struct space *s, uint32_t pages)
{
    s->deep = s->deep || pages > STACK_PAGES_KEPT;
}

/* stack_tick: a period is over: sample all stacks worth looking at, shrink those that are idle. At most one kernel call for each space and those of unmapping. */
void stack_tick(void);

/* stack_give_back: shrink the stack of a space to what is in use now; the pages given back. For when memory is short. */
uint32_t stack_give_back(struct space *s);

/* stack_tidy: free the page map and the tables of pages that a stack has given back. Apart from giving back, because who makes room may hold on to leaves. */
void stack_tidy(struct space *s);

/* stack_thread_wanted: the space's thread is not known; its manager is asked if it has not been. */
bool stack_thread_wanted(struct space *s);

/* stack_thread: keep the capability that has just been received. 0, or PAGODA_ERR_NO_MEMORY or TOO_MANY (there is one already), with nothing kept. */
uint64_t stack_thread(struct space *s);

#endif
