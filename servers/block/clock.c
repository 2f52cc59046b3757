/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"
#include <pagoda/startup.h>

#include "sel4/sel4.h"

/* The thread has neither an IPC buffer nor thread-local storage: the three system calls that it makes keep to registers. */
static uint8_t stack[2048] __attribute__((aligned(16)));
static bool is_wanted;

static void tick(void)
{
    seL4_Word badge, words[4] = {0};
    for (;;) {
        seL4_WaitWithMRs(BLOCK_CAP_CLOCK_NOTIFICATION, &badge, &words[0], &words[1], &words[2], &words[3]);
        while (__atomic_load_n(&is_wanted, __ATOMIC_ACQUIRE)) {
            seL4_Yield();
            seL4_Signal(BLOCK_CAP_SIGNAL_TIME);
        }
    }
}

void clock_start(void)
{
    seL4_UserContext registers = {.pc = (uint64_t)tick, .sp = (uint64_t)stack + sizeof(stack)};
    seL4_TCB_WriteRegisters(BLOCK_CAP_CLOCK_TCB, 1, 0, SEL4_CONTEXT_WORDS, &registers);
}

void clock_want(bool wanted)
{
    bool before = __atomic_exchange_n(&is_wanted, wanted, __ATOMIC_ACQ_REL);
    if (wanted && !before) {
        seL4_Signal(BLOCK_CAP_CLOCK_NOTIFICATION);
    }
}
