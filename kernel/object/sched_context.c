/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduling contexts; see sched_context.h. The arithmetic of refills is in sched/refill.c. */
#include "object/sched_context.h"

#include "cpu.h"
#include "entry/entry.h"
#include "generated/invocations.h"
#include "object/notification.h"
#include "object/reply.h"
#include "sched/refill.h"
#include "sched/sched.h"

void sched_context_init(struct sched_context *sc, unsigned size_bits)
{
    sc->period = 1; /* all else is zero: bound to nothing, not configured */
    (void)size_bits;
}

void sched_context_configure(struct sched_context *sc, ticks_t budget, ticks_t period, uint32_t n_refills, word_t badge, bool sporadic)
{
    struct cpu *cpu = this_cpu();
    bool keep = sched_context_is_configured(sc) && sc->thread && thread_is_runnable(sc->thread) && budget != period;
    if (cpu->sc == sc)
        sched_charge();
    if (sc->thread)
        sched_remove(sc->thread); /* its place in the release queue may be another now */

    struct refill first = keep ? *refill_first(sc) : (struct refill){0};
    sc->budget = budget;
    sc->period = budget == period ? 0 : period;
    sc->refills_max = n_refills;
    sc->badge = badge;
    sc->sporadic = sporadic;
    if (keep)
        refill_restart(sc, first, cpu->now, sched_min_budget());
    else
        refill_start(sc, cpu->now);

    if (cpu->sc == sc)
        sched_budget_changed();
    if (!sc->thread || !thread_is_runnable(sc->thread))
        return;
    if (sc->thread != cpu->current)
        sched_wake(sc->thread);
    else if (refill_is_ready(sc, cpu->now))
        sched_request();
    else
        sched_wait_for_refill(sc->thread);
}

void sched_context_bind_thread(struct sched_context *sc, struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    sc->thread = thread;
    thread->sc = sc;
    if (!sched_is_schedulable(thread))
        return;
    if (sc->sporadic)
        refill_unblock(sc, cpu->now);
    if (refill_is_ready(sc, cpu->now)) {
        sched_enqueue_first(thread);
        sched_request();
    } else {
        sched_wait_for_refill(thread);
    }
}

void sched_context_unbind_thread(struct sched_context *sc)
{
    struct thread *thread = sc->thread;
    if (!thread)
        return;
    sched_remove(thread);
    thread->sc = NULL;
    sc->thread = NULL;
}

void sched_context_donate(struct sched_context *sc, struct thread *thread)
{
    sched_context_unbind_thread(sc);
    sc->thread = thread;
    thread->sc = sc;
}

void sched_context_bind_notification(struct sched_context *sc, struct notification *notification)
{
    sc->notification = notification;
    notification->sc = sc;
}

void sched_context_unbind_notification(struct sched_context *sc)
{
    if (!sc->notification)
        return;
    sc->notification->sc = NULL;
    sc->notification = NULL;
}

bool sched_context_is_released(const struct sched_context *sc)
{
    return sched_context_is_configured(sc) && refill_is_ready(sc, this_cpu()->now);
}

uint64_t sched_context_take_consumed_us(struct sched_context *sc)
{
    uint64_t us = ticks_to_us(sc->consumed);
    sc->consumed = 0;
    return us;
}

void sched_context_complete_yield(struct thread *yielder)
{
    word_t us = sched_context_take_consumed_us(yielder->yield_to);
    arch_set_badge(&yielder->context, 0);
    arch_set_info(&yielder->context, info_make(ERR_NONE, 0, 0, 1));
    arch_set_mr(&yielder->context, 0, us);
    sched_context_drop_yield(yielder);
}

void sched_context_drop_yield(struct thread *yielder)
{
    if (!yielder->yield_to)
        return;
    yielder->yield_to->yield_from = NULL;
    yielder->yield_to = NULL;
}

static void unbind_all(struct sched_context *sc)
{
    sched_context_unbind_thread(sc);
    sched_context_unbind_notification(sc);
    reply_stack_detach(sc);
}

void sched_context_destroy(struct sched_context *sc)
{
    sched_forget_context(sc);
    if (sc->yield_from)
        sched_context_complete_yield(sc->yield_from);
    unbind_all(sc);
    sc->refills_max = 0;
    sc->period = 1;
}

/* ---- invocations ---- */

static error_t bind(struct sched_context *sc, struct invocation *inv)
{
    if (inv->n_caps < 1)
        return truncated_message();
    const struct cap *cap = &inv->caps[0]->cap;
    if (cap_type(cap) == CAP_THREAD) {
        struct thread *thread = CAP_OBJECT(cap->thread);
        if (sc->thread || thread->sc)
            return illegal_operation();
        if (thread_is_blocked(thread) && !sched_context_is_released(sc))
            return illegal_operation();
        sched_context_bind_thread(sc, thread);
        return ok();
    }
    if (cap_type(cap) == CAP_NOTIFICATION) {
        struct notification *notification = CAP_OBJECT(cap->endpoint);
        if (sc->notification || notification->sc)
            return illegal_operation();
        sched_context_bind_notification(sc, notification);
        return ok();
    }
    return invalid_capability(1);
}

static error_t unbind_object(struct sched_context *sc, struct invocation *inv)
{
    if (inv->n_caps < 1)
        return truncated_message();
    const struct cap *cap = &inv->caps[0]->cap;
    if (cap_type(cap) == CAP_THREAD) {
        struct thread *thread = CAP_OBJECT(cap->thread);
        if (sc->thread != thread || thread == inv->caller)
            return illegal_operation();
        sched_context_unbind_thread(sc);
        return ok();
    }
    if (cap_type(cap) == CAP_NOTIFICATION) {
        if (sc->notification != (struct notification *)CAP_OBJECT(cap->endpoint))
            return illegal_operation();
        sched_context_unbind_notification(sc);
        return ok();
    }
    return invalid_capability(1);
}

static error_t unbind(struct sched_context *sc, struct invocation *inv)
{
    if (sc->thread == inv->caller)
        return illegal_operation();
    unbind_all(sc);
    return ok();
}

static error_t consumed(struct sched_context *sc, struct invocation *inv)
{
    if (this_cpu()->sc == sc)
        sched_charge();
    invocation_result(inv, 0, sched_context_take_consumed_us(sc));
    return ok();
}

static error_t yield_to(struct sched_context *sc, struct invocation *inv)
{
    struct thread *target = sc->thread, *caller = inv->caller;
    if (!target || target == caller || target->priority > caller->mcp)
        return illegal_operation();

    if (sc->yield_from)
        sched_context_complete_yield(sc->yield_from);
    if (!sched_is_schedulable(target))
        return consumed(sc, inv);
    sched_remove(target);
    if (target->priority < caller->priority) {
        sched_enqueue_first(target);
        return consumed(sc, inv);
    }
    if (inv->is_call) { /* else nobody waits for the answer */
        sc->yield_from = caller;
        caller->yield_to = sc;
    }
    sched_enqueue_first(caller);
    sched_enqueue_first(target);
    sched_request();
    return error_plain(ERR_NO_REPLY);
}

error_t sched_context_invoke(struct invocation *inv)
{
    struct sched_context *sc = CAP_OBJECT(inv->slot->cap.sched_context);
    switch (inv->label) {
    case LABEL_SCHED_CONTEXT_BIND: return bind(sc, inv);
    case LABEL_SCHED_CONTEXT_UNBIND: return unbind(sc, inv);
    case LABEL_SCHED_CONTEXT_UNBIND_OBJECT: return unbind_object(sc, inv);
    case LABEL_SCHED_CONTEXT_CONSUMED: return consumed(sc, inv);
    case LABEL_SCHED_CONTEXT_YIELD_TO: return yield_to(sc, inv);
    default: return illegal_operation();
    }
}
