/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"
#include <pagoda/layout.h>
#include <pagoda/startup.h>

#define STACK_BYTES 4096
#define BUDGET_US 1000 /* far more than a run takes, also in an emulator on a busy machine */

static uint8_t stack[STACK_BYTES] __attribute__((aligned(16)));
static struct clock_wires wires;

/* The stubs that receive use the IPC buffer and thread-local storage; this thread has neither. */
static bool take_signal(seL4_CPtr notification)
{
    struct seL4_SyscallRegisters r = {notification, 0, 0, 0, 0, 0};
    return seL4_SyscallExchange(seL4_SysNBWait, r, 0).x0 != 0;
}

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
    seL4_CPtr tcb = memory_object(block, seL4_TCBObject, 0);
    seL4_CPtr sched_context = memory_object(block, seL4_SchedContextObject, seL4_MinSchedContextBits);
    seL4_Word guard = seL4_CNode_CapData_new(0, 64 - info->initThreadCNodeSizeBits).words[0];
    seL4_UserContext registers = {.pc = (uint64_t)loop, .sp = (uint64_t)stack + STACK_BYTES};
    wires = *w;
    init_check(seL4_TCB_Configure(tcb, INIT_CNODE, guard, seL4_CapInitThreadVSpace, 0, 0, 0), "configuring the clock");
    init_check(seL4_SchedControl_Configure(info->schedcontrol.start, sched_context, BUDGET_US, CLOCK_PERIOD_US, 0, 0), "giving the clock its period");
    init_check(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, PRIORITY_INIT, PRIORITY_INIT, sched_context, seL4_CapNull), "scheduling the clock");
    init_check(seL4_TCB_WriteRegisters(tcb, 1, 0, SEL4_CONTEXT_WORDS, &registers), "starting the clock");
}
