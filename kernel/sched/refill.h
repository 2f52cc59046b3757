/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refill arithmetic of scheduling contexts (sporadic server): pure functions of the context and the time.
 *
 * Invariants of a configured context with a period: 1 <= count <= refills_max; times ascend and no refill begins before the one ahead of
 * it ends; the amounts add up to the budget; the first amount is at least min_budget. So in any stretch of one period at most the budget
 * is used.
 * Round robin contexts have one refill: what is left of the slice; its time is not looked at.
 */
#ifndef KERNEL_SCHED_REFILL_H
#define KERNEL_SCHED_REFILL_H

#include "object/sched_context.h"

static inline struct refill *refill_first(struct sched_context *sc) { return &sc->refills[sc->first]; }
static inline const struct refill *refill_first_const(const struct sched_context *sc) { return &sc->refills[sc->first]; }
/* refill_at: the i-th from the first, i < refills_max. */
static inline struct refill *refill_at(struct sched_context *sc, uint32_t i)
{
    uint32_t index = sc->first + i;
    return &sc->refills[index >= sc->refills_max ? index - sc->refills_max : index];
}
static inline bool refill_is_ready(const struct sched_context *sc, ticks_t now)
{
    return sched_context_is_round_robin(sc) || refill_first_const(sc)->time <= now;
}

/* refill_start: all of the budget, usable from `now`. */
void refill_start(struct sched_context *sc, ticks_t now);
/* refill_restart: budget and period have changed while the thread may run: keep (at most) what the first refill had left, give
 * the rest one period after it. refills_max, budget and period are the new ones, `first` the old first refill. */
void refill_restart(struct sched_context *sc, struct refill first, ticks_t now, ticks_t min_budget);
/* refill_unblock: the context starts to be used at `now`: a first refill from the past counts from now on, and takes in those that it
 * runs into. */
void refill_unblock(struct sched_context *sc, ticks_t now);
/* refill_charge: `used` ticks were used: they come back one period after their use began. Round robin: the slice shrinks, to no less than
 * 0. */
void refill_charge(struct sched_context *sc, ticks_t used, ticks_t min_budget);

#endif
