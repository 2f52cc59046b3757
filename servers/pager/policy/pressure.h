/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory pressure: four levels (0 none, 1 low, 2 medium, 3 critical) from several signals, each with hysteresis. Pure; O(signals x levels).
 *
 * Each signal has a level of its own: level i is entered when the signal is at or beyond enter[i - 1] and left only when it is back behind
 * leave[i - 1], so that a value that swings round a threshold does not make the level flap. The level is the greatest of them, the reason
 * the first signal (in the order of enum pressure_reason) that has it.
 *
 *   signal            low      medium    critical  left at
 *   free pages        1/8      1/16      1/32      5/4 of it    of RAM, fewer than (critical: pressure_held_at)
 *   stalls            1/16     1/6       2/5       3/4 of it    of the time of some thread in the last 10 s
 *   refaults          1/64     1/16      1/4       3/4          of RAM, pages per second
 *   consumption       64 ms    16 ms     -         twice        until no page is free at the present rate, less than
 *   fragmentation     4/5      -         -         3/4          of the free pages, those in no free group of 64 KiB
 */
#ifndef PAGER_POLICY_PRESSURE_H
#define PAGER_POLICY_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

#define PRESSURE_LEVELS 4

enum pressure_reason {
    PRESSURE_FREE,
    PRESSURE_STALL,
    PRESSURE_REFAULT,
    PRESSURE_CONSUMPTION,
    PRESSURE_FRAGMENTATION,
    PRESSURE_REASONS,
};

/* Rates are taken over periods of at least this, and smoothed over four of them. */
#define PRESSURE_PERIOD_NS 16000000ull

struct pressure {
    uint64_t enter[PRESSURE_LEVELS - 1]; /* of free pages */
    uint64_t leave[PRESSURE_LEVELS - 1];
    uint64_t entered[PRESSURE_LEVELS]; /* how often each level was reached */
    uint32_t level;
    enum pressure_reason reason;

    uint64_t total_pages;
    uint32_t levels[PRESSURE_REASONS]; /* of each signal */
    uint64_t period_start_ns, period_free, period_refaults; /* at the start of the present period */
    uint64_t consumed_per_s, refaults_per_s; /* pages, smoothed */
};

/* All signals at one time. */
struct pressure_signals {
    uint64_t now_ns;
    uint64_t free_pages;
    uint64_t refaults;     /* pages brought back so far */
    uint32_t stall;        /* share of time in which some thread waited, 10 s average, of STALL_ALL (policy/stall.h) */
    uint64_t scattered_pages; /* free pages that lie in no wholly free group of 64 KiB */
};

/* What a subscriber is told. */
struct pressure_request {
    uint32_t level;
    enum pressure_reason reason;
    uint64_t pages;       /* that should be given back in all to reach level 0; 0 at level 0 */
    uint64_t deadline_ns; /* from now: when no page will be free at the present rate; UINT64_MAX: not in sight */
};

/* pressure_init: thresholds for this much RAM, in pages. */
void pressure_init(struct pressure *p, uint64_t total_pages);

/* pressure_held_at: from now on something takes pages away below this many free ones (0: nothing does). Critical is what it cannot hold: half of that, and no
 * more than 1/32 of RAM. Takes effect at the next update. */
void pressure_held_at(struct pressure *p, uint64_t pages);

/* pressure_moves: the number of free pages does not fit its level any more. */
static inline bool pressure_moves(const struct pressure *p, uint64_t free_pages)
{
    uint32_t level = p->levels[PRESSURE_FREE];
    return (level < PRESSURE_LEVELS - 1 && free_pages < p->enter[level]) || (level > 0 && free_pages >= p->leave[level - 1]);
}

/* pressure_floor: the level of free memory stays as it is while no fewer pages than this are free, and no more than there are now. */
static inline uint64_t pressure_floor(const struct pressure *p)
{
    uint32_t level = p->levels[PRESSURE_FREE];
    return level < PRESSURE_LEVELS - 1 ? p->enter[level] : 0;
}

/* pressure_update: take the present number of free pages into account, and the other signals as they were; returns the level. */
uint32_t pressure_update(struct pressure *p, uint64_t free_pages);

/* pressure_assess: take all signals into account. Returns the level. */
uint32_t pressure_assess(struct pressure *p, const struct pressure_signals *signals);

/* pressure_ask: what should happen now, from the last assessment and the pages free now. */
struct pressure_request pressure_ask(const struct pressure *p, uint64_t free_pages);

/* pressure_reason_name: "free", "stall", "refault", "consumption", "fragmentation". */
const char *pressure_reason_name(enum pressure_reason reason);

#endif
