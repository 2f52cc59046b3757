/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time lost to waiting for memory ("pressure stall"), for one client or for the whole machine. Pure.
 *
 *   some   at least one thread waited
 *   full   at least one waited and no other thread could have worked: all `threads` waited
 *
 * Each has a total in ns, exact, and three averages, shares of time that decay exponentially with 10, 60 and 300 s. Threads that wait for
 * something else count as able to work, so `full` is a lower bound.
 *
 * A client and the machine are one struct each; the pager reports every event to both. All functions take the time, which must not go
 * backwards (an earlier time is taken as the latest known). Cost: O(1), and O(log n) when n periods passed since the last call.
 */
#ifndef PAGER_POLICY_STALL_H
#define PAGER_POLICY_STALL_H

#include <stdint.h>

/* Averages take in what happened once per period. */
#define STALL_PERIOD_NS 250000000ull
/* A share of time: 65536 is all of it. */
#define STALL_ALL 65536u

enum stall_span { STALL_10S, STALL_60S, STALL_300S, STALL_SPANS };

struct stall_line {
    uint64_t total_ns;
    uint64_t period_ns;         /* within the present period */
    uint64_t average[STALL_SPANS]; /* 2^32 is all of the time */
};

struct stall {
    uint64_t period_start, last; /* ns */
    uint32_t threads;
    uint32_t waiting; /* threads that wait now */
    struct stall_line some, full;
};

/* stall_init: nobody waits; one thread. */
void stall_init(struct stall *s, uint64_t now_ns);

/* stall_begin, stall_end: one thread starts or stops waiting. An end without begin changes nothing. */
void stall_begin(struct stall *s, uint64_t now_ns);
void stall_end(struct stall *s, uint64_t now_ns);

/* stall_spent: one thread waited from the one time to the other, which is now, and nothing else was told meanwhile: begin and end in one. */
void stall_spent(struct stall *s, uint64_t from_ns, uint64_t to_ns);

/* stall_threads: how many threads there are from now on. */
void stall_threads(struct stall *s, uint32_t threads, uint64_t now_ns);

/* stall_update: count the time up to now; call it before reading. */
void stall_update(struct stall *s, uint64_t now_ns);

/* stall_share: an average as a share of STALL_ALL. */
uint32_t stall_share(const struct stall_line *line, enum stall_span span);

#endif
