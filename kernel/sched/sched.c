/* SPDX-License-Identifier: BSD-2-Clause */
/* Choice of the next thread, time accounting, the release queue; see sched.h. */
#include "sched/sched.h"

#include "cpu.h"
#include "entry/entry.h"
#include "object/sched_context.h"
#include "object/vspace.h"
#include "panic.h"
#include "sched/direct.h"
#include "sched/refill.h"

#define END_OF_TIME UINT64_MAX

/* ---- units ---- */

static struct {
    uint64_t units;        /* ticks per microsecond, or per millisecond if the timer does not run at a whole number of MHz */
    uint64_t units_per;    /* 1 or 1000: microseconds in which that many ticks pass */
} timing;

ticks_t ticks_from_us(uint64_t us) { return us * timing.units / timing.units_per; }

uint64_t ticks_to_us(ticks_t ticks)
{
    return ticks / timing.units * timing.units_per + ticks % timing.units * timing.units_per / timing.units;
}

/* The product in ticks_from_us must fit for 8 times that, so that a period can be added to any time. */
uint64_t sched_max_period_us(void) { return UINT64_MAX / timing.units / 8; }
ticks_t sched_min_budget(void) { return this_cpu()->min_budget; }

void sched_init(void)
{
    struct cpu *cpu = this_cpu();
    uint64_t frequency = timer_frequency();
    bool whole_mhz = frequency % 1000000 == 0;
    timing.units = whole_mhz ? frequency / 1000000 : frequency / 1000;
    timing.units_per = whole_mhz ? 1 : 1000;
    cpu->min_budget = ticks_from_us(MIN_BUDGET_US);
    cpu->space_epoch = 1;
    cpu->release_at = END_OF_TIME;
    cpu->budget_end = END_OF_TIME;
}

/* ---- queues ---- */

bool sched_is_schedulable(const struct thread *thread)
{
    return thread_is_runnable(thread) && thread->sc && sched_context_is_configured(thread->sc) && !thread->in_release_queue;
}

void sched_enqueue_first(struct thread *thread)
{
    if (!thread->in_ready_queue)
        run_queues_insert_first(&this_cpu()->queues, thread);
}

void sched_enqueue_last(struct thread *thread)
{
    if (!thread->in_ready_queue)
        run_queues_insert_last(&this_cpu()->queues, thread);
}

static void release_remove(struct cpu *cpu, struct thread *thread)
{
    if (thread->ready_prev)
        thread->ready_prev->ready_next = thread->ready_next;
    else
        cpu->release_first = thread->ready_next;
    if (thread->ready_next)
        thread->ready_next->ready_prev = thread->ready_prev;
    thread->ready_next = NULL;
    thread->ready_prev = NULL;
    thread->in_release_queue = false;
    cpu->release_at = cpu->release_first ? refill_first(cpu->release_first->sc)->time : END_OF_TIME;
}

void sched_wait_for_refill(struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    sched_remove(thread);
    ticks_t at = refill_first(thread->sc)->time;
    struct thread *before = NULL, *after = cpu->release_first;
    while (after && refill_first(after->sc)->time <= at) {
        before = after;
        after = after->ready_next;
    }
    thread->ready_prev = before;
    thread->ready_next = after;
    if (before)
        before->ready_next = thread;
    else
        cpu->release_first = thread;
    if (after)
        after->ready_prev = thread;
    thread->in_release_queue = true;
    cpu->release_at = refill_first(cpu->release_first->sc)->time;
    cpu->reschedule = true; /* the deadline of the timer may have changed */
}

void sched_remove(struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    if (thread->in_ready_queue)
        run_queues_remove(&cpu->queues, thread);
    else if (thread->in_release_queue)
        release_remove(cpu, thread);
    else if (cpu->woken == thread)
        cpu->woken = NULL;
}

void sched_request(void)
{
    struct cpu *cpu = this_cpu();
    cpu->reschedule = true;
    if (cpu->woken) {
        sched_enqueue_first(cpu->woken);
        cpu->woken = NULL;
    }
}

void sched_wake(struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *sc = thread->sc;
    if (!sc || !sched_context_is_configured(sc) || thread == cpu->current || thread == cpu->woken || thread->in_ready_queue ||
        thread->in_release_queue)
        return;
    if (sc->sporadic)
        refill_unblock(sc, cpu->now);
    if (!refill_is_ready(sc, cpu->now)) {
        sched_wait_for_refill(thread);
    } else if (!cpu->woken && !cpu->reschedule) {
        cpu->woken = thread;
    } else {
        sched_request();
        sched_enqueue_first(thread);
    }
}

static bool is_ready(const struct thread *thread)
{
    return thread->in_ready_queue || thread == this_cpu()->woken;
}

void sched_pass(struct thread *thread)
{
    if (!is_ready(thread))
        return;
    sched_remove(thread);
    sched_enqueue_last(thread);
    sched_request();
}

void sched_set_priority(struct thread *thread, uint8_t priority)
{
    bool queued = is_ready(thread);
    if (queued)
        sched_remove(thread);
    thread->priority = priority;
    if (queued)
        sched_enqueue_first(thread);
    if (queued || thread == this_cpu()->current)
        sched_request();
}

/* Threads whose refill has come may run again. */
static void release_due(struct cpu *cpu)
{
    while (cpu->release_at <= cpu->now) {
        struct thread *thread = cpu->release_first;
        release_remove(cpu, thread);
        KASSERT(thread_is_runnable(thread));
        sched_wake(thread);
    }
}

/* ---- time ---- */

/* When the current context will have too little left: its first refill counts from accounted_at. */
static void set_budget_end(struct cpu *cpu)
{
    if (!cpu->sc || !sched_context_is_configured(cpu->sc)) {
        cpu->budget_end = END_OF_TIME;
        return;
    }
    ticks_t amount = refill_first(cpu->sc)->amount;
    cpu->budget_end = amount < cpu->min_budget ? 0 : cpu->accounted_at + amount - cpu->min_budget + 1;
}

static void arm_timer(struct cpu *cpu)
{
    ticks_t deadline = cpu->release_at;
    if (cpu->sc) {
        ticks_t used_up = cpu->accounted_at + refill_first(cpu->sc)->amount;
        if (used_up < deadline)
            deadline = used_up;
    }
    timer_set_deadline(deadline);
}

bool sched_enter(void)
{
    struct cpu *cpu = this_cpu();
    cpu->now = arch_time_at_entry();
    return cpu->now < cpu->budget_end;
}

void sched_charge(void)
{
    struct cpu *cpu = this_cpu();
    ticks_t used = cpu->now - cpu->accounted_at;
    cpu->accounted_at = cpu->now;
    if (!cpu->sc || !sched_context_is_configured(cpu->sc))
        return;
    cpu->sc->consumed += used;
    refill_charge(cpu->sc, used, cpu->min_budget);
    set_budget_end(cpu);
}

void sched_timer_fired(void)
{
    sched_request();
}

void sched_budget_changed(void)
{
    struct cpu *cpu = this_cpu();
    set_budget_end(cpu);
    cpu->reschedule = true;
}

void sched_forget_context(struct sched_context *sc)
{
    struct cpu *cpu = this_cpu();
    if (cpu->sc != sc)
        return;
    sched_charge();
    cpu->sc = NULL;
    set_budget_end(cpu);
}

/* The current thread's first refill is finished: a new slice at the back of the queue, or the next refill when its time has come. */
static void next_refill(struct cpu *cpu, struct thread *thread)
{
    struct sched_context *sc = thread->sc;
    if (sched_context_is_round_robin(sc))
        refill_start(sc, cpu->now);
    set_budget_end(cpu);
    if (refill_is_ready(sc, cpu->now))
        sched_enqueue_last(thread);
    else
        sched_wait_for_refill(thread);
    sched_request();
}

void sched_out_of_budget(void)
{
    struct cpu *cpu = this_cpu();
    struct thread *current = cpu->current;
    current->state = THREAD_RESTART; /* what brought it here is done again */
    sched_charge();
    if (!sched_context_is_round_robin(current->sc) && fault_has_timeout_handler(current))
        fault_raise_timeout(current);
    else
        next_refill(cpu, current);
}

void sched_yield_current(void)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *sc = cpu->sc;
    ticks_t used = cpu->now - cpu->accounted_at;
    sc->consumed += used;
    cpu->accounted_at = cpu->now;
    /* All of the refill is given up, also what was not used. */
    ticks_t given_up = refill_first(sc)->amount > used ? refill_first(sc)->amount : used;
    refill_charge(sc, given_up, cpu->min_budget);
    next_refill(cpu, cpu->current);
}

/* ---- choice ---- */

static struct thread *take_top(struct cpu *cpu)
{
    int priority = run_queues_top(&cpu->queues);
    if (priority < 0)
        return NULL;
    struct thread *thread = cpu->queues.list[priority].first;
    run_queues_remove(&cpu->queues, thread);
    return thread;
}

/* The rules of ABI section 8.5. Leaves reschedule and woken clear, the thread returned in no queue, all others that can run in one. */
static struct thread *choose(struct cpu *cpu)
{
    struct thread *current = cpu->current, *woken = cpu->woken;
    bool current_goes_on = current && sched_is_schedulable(current);

    if (cpu->reschedule) {
        sched_request();
        cpu->reschedule = false;
        if (current_goes_on)
            sched_enqueue_first(current);
        return take_top(cpu);
    }
    cpu->woken = NULL;
    if (!woken)
        return current_goes_on ? current : take_top(cpu);
    if (!current_goes_on) {
        if (woken->priority >= run_queues_top(&cpu->queues))
            return woken;
        sched_enqueue_first(woken);
        return take_top(cpu);
    }
    if (woken->priority > current->priority) {
        sched_enqueue_first(current);
        return woken;
    }
    if (woken->priority == current->priority)
        sched_enqueue_last(woken);
    else
        sched_enqueue_first(woken);
    return current;
}

/* Charge the old context, start to use the new one. False: it has no refill that can be used now. */
static bool change_context(struct cpu *cpu, struct sched_context *sc)
{
    sched_charge();
    cpu->sc = sc;
    if (sc) {
        if (!sc->sporadic)
            refill_unblock(sc, cpu->now);
        if (!refill_is_ready(sc, cpu->now)) {
            cpu->sc = NULL;
            return false;
        }
    }
    set_budget_end(cpu);
    return true;
}

static struct thread *go_idle(struct cpu *cpu)
{
    change_context(cpu, NULL);
    cpu->current = NULL;
    cpu->idle = true;
    arm_timer(cpu);
    return NULL;
}

/* The thread gets the CPU: what it still has to do before it goes on in user mode. */
static void finish(struct thread *thread)
{
    if (thread->state == THREAD_RESTART) {
        arch_restart(&thread->context);
        thread->state = THREAD_RUNNING;
    }
    if (unlikely(thread->yield_to != NULL))
        sched_context_complete_yield(thread);
}

/* Nothing has happened that could make another thread run, or change when the timer must fire. */
static inline bool current_simply_goes_on(const struct cpu *cpu)
{
    const struct thread *current = cpu->current;
    return !cpu->reschedule && !cpu->woken && current && current->state == THREAD_RUNNING && current->sc == cpu->sc && cpu->sc &&
           cpu->release_at > cpu->now;
}

struct thread *schedule(void)
{
    struct cpu *cpu = this_cpu();
    struct thread *next;
    if (likely(current_simply_goes_on(cpu)))
        return cpu->current;
    if (unlikely(cpu->release_at <= cpu->now))
        release_due(cpu);
    for (;;) {
        next = choose(cpu);
        if (!next)
            return go_idle(cpu);
        if (next->sc == cpu->sc || change_context(cpu, next->sc))
            break;
        sched_wait_for_refill(next);
    }
    finish(next);
    if (next != cpu->current) {
        cpu->current = next;
        cpu->idle = false;
        direct_switch_slowly(cpu, next);
    }
    arm_timer(cpu);
    return next;
}

struct thread *sched_start(void)
{
    struct cpu *cpu = this_cpu();
    cpu->now = timer_now();
    cpu->accounted_at = cpu->now;
    return schedule();
}

struct thread *direct_switch_slowly(struct cpu *cpu, struct thread *thread)
{
    struct asid_entry *space = vspace_entry_quick(cpu, thread);
    arch_switch_space(space);
    thread->switch_key = space ? arch_switch_key(space) : 0;
    thread->switch_epoch = thread->space_epoch;
    arch_fpu_switch(thread);
    return thread;
}
