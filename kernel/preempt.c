/* SPDX-License-Identifier: BSD-2-Clause */
/* Preemption points; see preempt.h. */
#include "preempt.h"
#include "arch.h"
#include "info.h"

enum { STEPS_PER_CHECK = 100 }; /* keeps the time between checks around ten microseconds: a step is about a tenth of one */

static unsigned steps;

bool preemption_check(void)
{
    steps = 0;
    if (!irq_is_pending())
        return false;
    kernel_info->preemptions++;
    return true;
}

bool preemption_point(void) { return ++steps >= STEPS_PER_CHECK && preemption_check(); }
