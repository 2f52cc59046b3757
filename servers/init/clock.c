/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"
#include "thread.h"
#include <pagoda/layout.h>
#include <pagoda/startup.h>

#define STACK_BYTES 4096
#define BUDGET_US 1000 /* far more than a run takes, also in an emulator on a busy machine */

static uint8_t stack[STACK_BYTES] __attribute__((aligned(16)));
static struct clock_wires wires;

static void __attribute__((noreturn)) loop(void)
{
    for (unsigned periods = 1;; periods++) {
        seL4_Yield(); /* gives up the rest of this period */
        if (take_signal(wires.wanted)) {
            seL4_Signal(wires.console);
        }
        if (periods % CLOCK_PAGER_PERIODS == 0) {
            seL4_Signal(wires.pager);
        }
    }
}

void clock_start(struct block *block, const seL4_BootInfo *info, const struct clock_wires *w)
{
    const struct bare_thread thread = {
        .entry = loop, .stack_end = stack + STACK_BYTES, .budget_us = BUDGET_US, .period_us = CLOCK_PERIOD_US, .priority = PRIORITY_INIT};
    wires = *w;
    bare_thread_start(block, info, &thread);
}
