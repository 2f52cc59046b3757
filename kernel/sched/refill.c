/* SPDX-License-Identifier: BSD-2-Clause */
/* Refill arithmetic; see refill.h. */
#include "sched/refill.h"

static struct refill pop_first(struct sched_context *sc)
{
    struct refill first = *refill_first(sc);
    sc->first = sc->first + 1 == sc->refills_max ? 0 : sc->first + 1;
    sc->count--;
    return first;
}

/* Put `used` back at the end. What touches the last refill joins it. If the ring is full the last refill waits until it touches the new
 * one: it comes later than it could, never earlier. */
static void append(struct sched_context *sc, struct refill used)
{
    struct refill *last = sc->count ? refill_at(sc, sc->count - 1) : NULL;
    if (last && used.time <= last->time + last->amount) {
        last->amount += used.amount;
    } else if (sc->count == sc->refills_max) {
        last->time = used.time - last->amount;
        last->amount += used.amount;
    } else {
        *refill_at(sc, sc->count) = used;
        sc->count++;
    }
}

/* A first refill too small for a kernel entry joins the next one, whose beginning moves forward by as much: still not before its own time
 * ends. */
static void join_small_first(struct sched_context *sc, ticks_t min_budget)
{
    while (sc->count > 1 && refill_first(sc)->amount < min_budget) {
        struct refill small = pop_first(sc);
        refill_first(sc)->time -= small.amount;
        refill_first(sc)->amount += small.amount;
    }
}

void refill_start(struct sched_context *sc, ticks_t now)
{
    sc->first = 0;
    sc->count = 1;
    sc->refills[0] = (struct refill){now, sc->budget};
}

void refill_restart(struct sched_context *sc, struct refill first, ticks_t now, ticks_t min_budget)
{
    if (first.time < now)
        first.time = now;
    if (first.amount > sc->budget)
        first.amount = sc->budget;
    sc->first = 0;
    sc->count = 1;
    sc->refills[0] = first;
    if (first.amount < sc->budget) {
        append(sc, (struct refill){first.time + sc->period, sc->budget - first.amount});
        join_small_first(sc, min_budget);
    }
}

void refill_unblock(struct sched_context *sc, ticks_t now)
{
    if (sched_context_is_round_robin(sc) || refill_first(sc)->time > now)
        return;
    refill_first(sc)->time = now;
    while (sc->count > 1) {
        struct refill *first = refill_first(sc), *second = refill_at(sc, 1);
        if (second->time > first->time + first->amount)
            return;
        struct refill joined = {first->time, first->amount + second->amount};
        pop_first(sc);
        *refill_first(sc) = joined;
    }
}

/* More than a whole budget was used (interrupts were masked for long, or the machine stood still): every refill goes round n times. */
static void charge_whole_budgets(struct sched_context *sc, ticks_t n)
{
    ticks_t delay;
    if (__builtin_mul_overflow(n, sc->period, &delay) || delay > (ticks_t)1 << 62)
        delay = (ticks_t)1 << 62;
    for (uint32_t i = 0; i < sc->count; i++)
        refill_at(sc, i)->time += delay;
}

void refill_charge(struct sched_context *sc, ticks_t used, ticks_t min_budget)
{
    if (sched_context_is_round_robin(sc)) {
        struct refill *slice = refill_first(sc);
        slice->amount = used < slice->amount ? slice->amount - used : 0;
        return;
    }
    if (used >= sc->budget) {
        charge_whole_budgets(sc, used / sc->budget);
        used %= sc->budget;
    }
    while (used >= refill_first(sc)->amount) {
        struct refill whole = pop_first(sc);
        used -= whole.amount;
        whole.time += sc->period;
        append(sc, whole);
    }
    if (used > 0) {
        struct refill *first = refill_first(sc);
        struct refill piece = {first->time + sc->period, used};
        first->time += used;
        first->amount -= used;
        append(sc, piece);
    }
    join_small_first(sc, min_budget);
}
