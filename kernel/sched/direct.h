/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Direct switches: what schedule() would come to in the most frequent cases, in line and without its loops. For entry/fastpath.c.
 * Release times need no look: the timer is set to the earliest, so that its interrupt is taken before the next thread executes anything.
 */
#ifndef KERNEL_SCHED_DIRECT_H
#define KERNEL_SCHED_DIRECT_H

#include "cpu.h"
#include "info.h"
#include "object/sched_context.h"
#include "object/vspace.h"
#include "sched/sched.h"

/* direct_enter: as sched_enter, with the time of this entry in *now instead of cpu->now. */
static inline bool direct_enter(const struct cpu *cpu, ticks_t *now)
{
    *now = arch_time_at_entry();
    return likely(*now < cpu->budget_end);
}

/* direct_is_next: would schedule() choose this thread, just woken, when the current one cannot go on? */
static inline bool direct_is_next(const struct cpu *cpu, const struct thread *thread)
{
    return likely(!cpu->queues.groups) || thread->priority >= run_queues_top(&cpu->queues);
}

/* direct_goes_on: has nothing happened in this entry that could make another thread than `current` run, or change when the timer must fire? */
static inline bool direct_goes_on(const struct cpu *cpu, const struct thread *current)
{
    return likely(!cpu->reschedule && !cpu->woken && current->state == THREAD_RUNNING && current->sc == cpu->sc && cpu->sc);
}

/* direct_can_use: switching from the current context to this one needs no refill arithmetic. */
static inline bool direct_can_use(const struct cpu *cpu, const struct sched_context *sc)
{
    return !(sc->period | cpu->sc->period); /* both are configured and round robin */
}

/* direct_next: the thread that schedule() would choose when the current one cannot go on; NULL: none. */
static inline struct thread *direct_next(const struct cpu *cpu)
{
    int priority = run_queues_top(&cpu->queues);
    return likely(priority >= 0) ? cpu->queues.list[priority].first : NULL;
}

/* direct_can_switch: may a thread of the ready queues become the current one by direct_use and direct_switch alone? */
static inline bool direct_can_switch(const struct cpu *cpu, const struct thread *next)
{
    return likely(!next->yield_to && next->state == THREAD_RUNNING && direct_can_use(cpu, next->sc));
}

/* direct_use: charge the current context up to `now` and use this one, another, from then on; direct_can_use was true. */
static inline void direct_use(struct cpu *cpu, struct sched_context *sc, ticks_t now)
{
    struct sched_context *old = cpu->sc;
    struct refill *slice = &old->refills[0]; /* round robin contexts have no other */
    ticks_t used = now - cpu->accounted_at, amount = sc->refills[0].amount, used_up = now + amount;
    old->consumed += used;
    slice->amount -= used; /* not more than it had: direct_enter was true */
    cpu->sc = sc;
    cpu->accounted_at = now;
    cpu->budget_end = amount < cpu->min_budget ? 0 : used_up - cpu->min_budget + 1;
    timer_set_deadline(cpu->release_at < used_up ? cpu->release_at : used_up);
}

/* direct_switch_slowly: the rare cases of direct_switch. */
NOINLINE struct thread *direct_switch_slowly(struct cpu *cpu, struct thread *thread);

/* direct_switch: the thread is the current one from now on; its context is in use. To be called last: `return direct_switch(...)`. */
static inline struct thread *direct_switch(struct cpu *cpu, struct thread *thread, struct kernel_info *info)
{
    cpu->current = thread;
    if (unlikely(thread->switch_epoch != cpu->space_epoch || thread->space == cpu->space))
        return direct_switch_slowly(cpu, thread);
    arch_switch_directly(cpu, thread->space, thread->switch_key);
    if (unlikely(cpu->fpu_owner == thread)) {
        if (!cpu->fpu_open && !(thread->flags & THREAD_FLAG_FPU_DISABLED))
            arch_fpu_set_open(cpu, true);
    } else if (unlikely(cpu->fpu_open)) {
        arch_fpu_set_open(cpu, false);
    }
    info->switches_other_space++;
    return thread;
}

#endif
