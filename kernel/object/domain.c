/* SPDX-License-Identifier: BSD-2-Clause */
/* Domain capability; see ABI sections 6.1 and 10.1. With one domain the schedule decides nothing, but it is kept and checked as if it
 * did. */
#include "object/domain.h"

#include "generated/invocations.h"

enum { DOMAINS = 1, SCHEDULES = 2, DURATION_BITS = 56 };

static struct {
    word_t domain, duration; /* duration 0: end marker */
} schedule_table[SCHEDULES] = {{0, MASK(DURATION_BITS)}, {0, 0}};
static word_t schedule_start;

static error_t set(struct invocation *inv)
{
    struct args_domain_set_set a;
    if (!args_domain_set_set_read(inv, &a))
        return truncated_message();
    if (a.domain >= DOMAINS)
        return invalid_argument(0);
    if (cap_type(&inv->caps[0]->cap) != CAP_THREAD)
        return invalid_argument(1);
    struct thread *thread = CAP_OBJECT(inv->caps[0]->cap.thread);
    thread->domain = (uint8_t)a.domain;
    return ok();
}

static error_t schedule_configure(struct invocation *inv)
{
    struct args_domain_set_schedule_configure a;
    if (!args_domain_set_schedule_configure_read(inv, &a))
        return truncated_message();
    if (a.index > SCHEDULES - 2) /* the last entry is always an end marker */
        return range_error(0, SCHEDULES - 2);
    if (a.domain > DOMAINS - 1)
        return range_error(0, DOMAINS - 1);
    if (a.duration > MASK(DURATION_BITS))
        return invalid_argument(2);
    if (a.duration == 0 && a.domain != 0)
        return invalid_argument(1);
    if (a.duration == 0 && a.index == schedule_start)
        return invalid_argument(2);
    schedule_table[a.index].domain = a.domain;
    schedule_table[a.index].duration = a.duration;
    return ok();
}

static error_t schedule_set_start(struct invocation *inv)
{
    struct args_domain_set_schedule_set_start a;
    if (!args_domain_set_schedule_set_start_read(inv, &a))
        return truncated_message();
    if (a.index > SCHEDULES - 1)
        return range_error(0, SCHEDULES - 1);
    if (schedule_table[a.index].duration == 0)
        return invalid_argument(0);
    schedule_start = a.index;
    return ok();
}

error_t domain_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_DOMAIN_SET_SET: return set(inv);
    case LABEL_DOMAIN_SET_SCHEDULE_CONFIGURE: return schedule_configure(inv);
    case LABEL_DOMAIN_SET_SCHEDULE_SET_START: return schedule_set_start(inv);
    default: return illegal_operation();
    }
}
