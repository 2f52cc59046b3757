/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling contexts: the right to use the CPU for `budget` out of every `period`.
 *
 * Refills form a ring behind the structure: amounts of time that may be used from their times on, ascending; their sum is the budget.
 * sched/refill.h has the arithmetic. A context may be bound to one thread (who uses it now: donation moves it) and one notification (that
 * lends it).
 */
#ifndef KERNEL_OBJECT_SCHED_CONTEXT_H
#define KERNEL_OBJECT_SCHED_CONTEXT_H

#include "object/error.h"

struct refill {
    ticks_t time;   /* usable from then on */
    ticks_t amount;
};

enum { REFILLS_MIN = 2 };

struct sched_context {
    struct thread *thread;             /* thread->sc points back */
    struct notification *notification; /* notification->sc points back */
    struct reply *replies;             /* newest link of the call stack, see reply.h */
    struct thread *yield_from;         /* its yield_to points back: it reports the consumption when it runs again */
    ticks_t period;                    /* 0: round robin; not 0 while not configured */
    ticks_t budget;
    ticks_t consumed;                  /* used since the counter was last read */
    word_t badge;                      /* data word of timeout faults */
    uint32_t refills_max;              /* size of the ring in use; 0: not configured */
    uint32_t first;                    /* index of the earliest refill */
    uint32_t count;                    /* refills in the ring, at least 1 when configured */
    bool sporadic;
    struct refill refills[REFILLS_MIN]; /* more of them follow, as many as the object's size allows */
};
#define SCHED_CONTEXT_MIN_BITS 7
#define SCHED_CONTEXT_CORE_BYTES 128
_Static_assert(sizeof(struct sched_context) <= SCHED_CONTEXT_CORE_BYTES, "ABI: 128 bytes and 16 for each extra refill");
_Static_assert(sizeof(struct refill) == 16, "ABI: 16 bytes for each extra refill");

static inline bool sched_context_is_configured(const struct sched_context *sc) { return sc->refills_max != 0; }
static inline bool sched_context_is_round_robin(const struct sched_context *sc) { return sc->period == 0; }

/* sched_context_init: zeroed memory becomes an unconfigured context. */
void sched_context_init(struct sched_context *sc, unsigned size_bits);
/* sched_context_configure: budget and period in ticks, MIN_BUDGET <= budget <= period; budget == period: round robin. n_refills >=
 * REFILLS_MIN. */
void sched_context_configure(struct sched_context *sc, ticks_t budget, ticks_t period, uint32_t n_refills, word_t badge, bool sporadic);
/* sched_context_bind_thread: neither has a partner. The thread is scheduled if it is runnable. */
void sched_context_bind_thread(struct sched_context *sc, struct thread *thread);
void sched_context_unbind_thread(struct sched_context *sc); /* harmless when not bound; the thread stops */
void sched_context_bind_notification(struct sched_context *sc, struct notification *notification);
void sched_context_unbind_notification(struct sched_context *sc);
/* sched_context_donate: from the thread that has it, if any, to `thread`, which has none. Schedules nobody. */
void sched_context_donate(struct sched_context *sc, struct thread *thread);
/* sched_context_is_released: a blocked thread may only get a context whose first refill can be used now. */
bool sched_context_is_released(const struct sched_context *sc);
/* sched_context_take_consumed_us: microseconds used since this was last called. */
uint64_t sched_context_take_consumed_us(struct sched_context *sc);
/* sched_context_complete_yield: give the thread that yielded to a context its answer. */
void sched_context_complete_yield(struct thread *yielder);
/* sched_context_drop_yield: forget that answer. */
void sched_context_drop_yield(struct thread *yielder);
/* sched_context_destroy: the last capability is gone. */
void sched_context_destroy(struct sched_context *sc);

error_t sched_context_invoke(struct invocation *inv);

#endif
