/* SPDX-License-Identifier: BSD-2-Clause */
#include "idle.h"
#include "thread.h"
#include <pagoda/startup.h>

#define STACK_BYTES 1024

static uint8_t stack[STACK_BYTES] __attribute__((aligned(16)));
static seL4_CPtr idle_wanted, idle_pager;

static void __attribute__((noreturn)) loop(void)
{
    for (;;) {
        wait_signal(idle_wanted);
        seL4_Signal(idle_pager);
    }
}

seL4_CPtr idle_start(struct block *block, const seL4_BootInfo *info, seL4_CPtr wanted, seL4_CPtr pager)
{
    const struct bare_thread thread = {
        .entry = loop, .stack_end = stack + STACK_BYTES, .budget_us = TIME_SLICE_US, .period_us = TIME_SLICE_US, .priority = PRIORITY_INIT};
    idle_wanted = wanted;
    idle_pager = pager;
    seL4_CPtr tcb = bare_thread_start(block, info, &thread);
    seL4_Yield(); /* it begins to wait: a thread that is ready, even if it never runs, is one more for the scheduler to look at */
    init_check(seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, PRIORITY_IDLE), "giving the idle thread its priority");
    return tcb;
}
