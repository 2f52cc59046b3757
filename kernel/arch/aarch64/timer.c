/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual timer of the core: one absolute deadline, an interrupt when it is reached. */
#include "local.h"

static uint64_t frequency;
static unsigned interrupt;

ticks_t timer_now(void)
{
    isb(); /* the counter may be read early otherwise */
    return READ_SYSREG(cntvct_el0);
}

void timer_set_deadline(ticks_t at) { WRITE_SYSREG(cntv_cval_el0, at); }

uint64_t timer_frequency(void) { return frequency; }
unsigned irq_timer(void) { return interrupt; }

void timer_init(const struct boot_descriptor *boot)
{
    frequency = boot->timer_frequency;
    interrupt = boot->timer_irq;
    timer_set_deadline(UINT64_MAX);
    WRITE_SYSREG(cntv_ctl_el0, 1);
    WRITE_SYSREG(cntkctl_el1, boot->flags & BOOT_EXPORT_VCNT ? 2 : 0); /* EL0VCTEN: CNTVCT_EL0 and CNTFRQ_EL0 */
    isb();
}
