/* SPDX-License-Identifier: BSD-2-Clause */
/* SchedControl_ConfigureFlags; see ABI section 10.2. */
#include "object/sched_control.h"

#include "generated/invocations.h"
#include "object/sched_context.h"
#include "sched/sched.h"

enum { FLAG_SPORADIC = 1 };

static error_t configure(struct invocation *inv)
{
    struct args_sched_control_configure_flags a;
    if (!args_sched_control_configure_flags_read(inv, &a))
        return truncated_message();
    const struct cap *cap = &inv->caps[0]->cap;

    word_t max_us = sched_max_period_us();
    if (a.budget > max_us || a.period > max_us)
        return range_error(MIN_BUDGET_US, max_us);
    ticks_t budget = ticks_from_us(a.budget), period = ticks_from_us(a.period);
    if (budget < sched_min_budget() || period < sched_min_budget())
        return range_error(MIN_BUDGET_US, max_us);
    if (budget > period)
        return range_error(MIN_BUDGET_US, a.period);
    if (cap_type(cap) != CAP_SCHED_CONTEXT)
        return invalid_capability(1);
    word_t max_extra = (BIT(cap->sched_context.size_bits) - SCHED_CONTEXT_CORE_BYTES) / sizeof(struct refill);
    if (max_extra > UINT32_MAX - REFILLS_MIN) /* a context of 64 GiB */
        max_extra = UINT32_MAX - REFILLS_MIN;
    if (a.extra_refills > max_extra)
        return range_error(0, max_extra);

    sched_context_configure(CAP_OBJECT(cap->sched_context), budget, period, (uint32_t)a.extra_refills + REFILLS_MIN, a.badge,
                            a.flags & FLAG_SPORADIC);
    return ok();
}

error_t sched_control_invoke(struct invocation *inv)
{
    return inv->label == LABEL_SCHED_CONTROL_CONFIGURE_FLAGS ? configure(inv) : illegal_operation();
}
