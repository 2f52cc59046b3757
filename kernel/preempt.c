/* SPDX-License-Identifier: BSD-2-Clause */
/* Preemption points; see preempt.h. */
#include "preempt.h"
#include "arch.h"
#include "info.h"

bool preemption_point(void)
{
    if (!irq_is_pending())
        return false;
    kernel_info->preemptions++;
    return true;
}
