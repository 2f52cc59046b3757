/* SPDX-License-Identifier: BSD-2-Clause */
/* The child process: its code is in a section of its own, whose pages the parent maps into the child's address space; it uses no other memory of the program. */
#include "runtime.h"

#define CHILD __attribute__((section("child"), aligned(4096), flatten))

static inline seL4_Word raw_syscall(seL4_Word number, seL4_Word argument)
{
    register seL4_Word x0 asm("x0") = argument;
    register seL4_Word x7 asm("x7") = number;
    asm volatile("svc #0" : "+r"(x0) : "r"(x7) : "memory");
    return x0;
}

static inline seL4_Word call_for_sum(seL4_Word n)
{
    for (seL4_Word i = 0; i < n; i++)
        seL4_SetMR((int)i, i * i);
    seL4_MessageInfo_t info = seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(MESSAGE_SUM, 0, 0, n));
    return seL4_MessageInfo_get_length(info) == 1 ? seL4_GetMR(0) : 0;
}

static inline int sums_are_right(void)
{
    for (seL4_Word n = 1, sum = 0; n <= seL4_MsgMaxLength; n++) {
        sum += (n - 1) * (n - 1);
        if (call_for_sum(n) != sum)
            return 0;
    }
    return 1;
}

static inline int floats_work(seL4_Word three)
{
    double x;
    asm volatile("scvtf %d0, %1\n fmov v17.2d, #1.5\n fmul %d0, %d0, d17" : "=w"(x) : "r"(three) : "v17");
    seL4_Yield();
    return (int)(x * 2) == 9;
}

CHILD void child_main(void)
{
    seL4_Word did = 0, cycles = 0;
    asm volatile("msr tpidr_el0, %0" ::"r"((seL4_Word)CHILD_TLS) : "memory");
    seL4_SetIPCBuffer((seL4_IPCBuffer *)CHILD_BUFFER);
    if (sums_are_right())
        did |= DID_CALL;
    if (*(volatile seL4_Word *)CHILD_FAULT == FAULT_ANSWER)
        did |= DID_FAULT;
    if (raw_syscall(UNKNOWN_SYSCALL, 1) == EMULATED_ANSWER)
        did |= DID_UNKNOWN_SYSCALL;
    if (floats_work(3))
        did |= DID_FLOAT;
    asm volatile("mrs %0, pmccntr_el0" : "+r"(cycles)); /* the parent steps over it if it faults */
    if (cycles)
        did |= READ_CYCLES;
    if (raw_syscall((seL4_Word)seL4_SysBenchmarkNullSyscall, 1) == 1) /* its fault is answered with another x0 */
        did |= MADE_NULL_SYSCALL;
    seL4_Signal(CHILD_NOTIFICATION);
    seL4_SetMR(0, did);
    seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(MESSAGE_DONE, 0, 0, 1));
    for (;;)
        seL4_Yield();
}
