/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways into and out of EL1.
 *
 * While a thread runs at EL0, SP_EL1 points at its struct thread, whose first member is the register context: entry stores
 * straight into it, with no scratch register. Then SP_EL1 becomes the kernel stack of the core, which ends at struct cpu (TPIDR_EL1).
 * Everything is saved: a system call may end in another thread, and only the message registers may change.
 */
#include "arch_types.h"

#define ESR_CLASS_SHIFT 26
#define ESR_CLASS_SVC 0x15
#define SYSCALL_CALL -1 /* enum syscall, entry/entry.h */
#define SYSCALL_REPLY_RECV -2
#define FATAL_VECTOR CONTEXT_BYTES /* struct fatal_frame, fatal.c */
#define CPU_AREA_CPU 16384         /* struct cpu_area, local.h */

    /* After this: x0 = thread, x10 = return address, x12 = TPIDR_EL0 (to be stored with fault_pc), kernel stack in use, x2..x8 as the user left them.
     * Fits into a vector slot with six more instructions. */
    .macro save_user
    stp x0, x1, [sp, #CONTEXT_X(0)]
    stp x2, x3, [sp, #CONTEXT_X(2)]
    stp x4, x5, [sp, #CONTEXT_X(4)]
    stp x6, x7, [sp, #CONTEXT_X(6)]
    stp x8, x9, [sp, #CONTEXT_X(8)]
    stp x10, x11, [sp, #CONTEXT_X(10)]
    stp x12, x13, [sp, #CONTEXT_X(12)]
    stp x14, x15, [sp, #CONTEXT_X(14)]
    stp x16, x17, [sp, #CONTEXT_X(16)]
    stp x18, x19, [sp, #CONTEXT_X(18)]
    stp x20, x21, [sp, #CONTEXT_X(20)]
    stp x22, x23, [sp, #CONTEXT_X(22)]
    stp x24, x25, [sp, #CONTEXT_X(24)]
    stp x26, x27, [sp, #CONTEXT_X(26)]
    stp x28, x29, [sp, #CONTEXT_X(28)]
    mrs x9, sp_el0
    stp x30, x9, [sp, #CONTEXT_X(30)]
    mrs x10, elr_el1
    mrs x11, spsr_el1
    stp x10, x11, [sp, #CONTEXT_PC]
    mrs x12, tpidr_el0
    mov x0, sp
    mrs x14, tpidr_el1
    mov sp, x14
    .endm

    /* Debug builds: may x0, a thread, be returned to? Nothing of the user is in a register yet. */
    .macro check_return
#ifdef PAGODA_DEBUG
    mov x19, x0
    bl tlb_oracle_return
    mov x0, x19
#endif
    .endm

    .macro fatal_vector kind
    .balign 128
    msr tpidrro_el0, x0 /* no register is free and the stack may be gone; the machine stops anyway */
    mov x0, #\kind
    b fatal_entry
    .endm

    .section .text.vectors, "ax"
    .balign 2048
    .global vector_table
vector_table:
    fatal_vector 0 /* EL1 with SP_EL0: never used */
    fatal_vector 1
    fatal_vector 2
    fatal_vector 3
    fatal_vector 4 /* EL1: the kernel took an exception itself */
    fatal_vector 5
    fatal_vector 6
    fatal_vector 7
    .balign 128 /* EL0, synchronous */
    save_user
    mrs x1, esr_el1
    lsr x9, x1, #ESR_CLASS_SHIFT
    cmp x9, #ESR_CLASS_SVC
    b.ne other_exception
    sub x10, x10, #4
    b system_call
    .balign 128 /* EL0, IRQ */
    save_user
    stp x10, x12, [x0, #CONTEXT_FAULT_PC]
    bl entry_interrupt
    b exit_to_user
    fatal_vector 10 /* FIQ: masked */
    fatal_vector 11 /* SError */
    fatal_vector 12 /* EL0 in AArch32: cannot be entered */
    fatal_vector 13
    fatal_vector 14
    fatal_vector 15

other_exception:
    stp x10, x12, [x0, #CONTEXT_FAULT_PC]
    bl exception_from_user
    b exit_to_user

system_call: /* x7: its number; the two most frequent ones go straight to where entry_syscall would send them */
    stp x10, x12, [x0, #CONTEXT_FAULT_PC]
    adr x30, exit_to_user
    cmn x7, #-SYSCALL_CALL
    b.eq fastpath_call
    cmn x7, #-SYSCALL_REPLY_RECV
    b.eq fastpath_reply_recv
    b entry_syscall
exit_to_user: /* x0: thread to continue, 0: none */
    cbz x0, idle
    .global arch_return_to_user
    .type arch_return_to_user, %function
arch_return_to_user:
    check_return
    mov sp, x0
    ldp x10, x11, [x0, #CONTEXT_PC]
    ldp x12, x13, [x0, #CONTEXT_TPIDR]
    ldp x30, x9, [x0, #CONTEXT_X(30)]
    msr elr_el1, x10
    msr spsr_el1, x11
    msr tpidr_el0, x12
    msr tpidrro_el0, x13
    msr sp_el0, x9
    ldp x2, x3, [x0, #CONTEXT_X(2)]
    ldp x4, x5, [x0, #CONTEXT_X(4)]
    ldp x6, x7, [x0, #CONTEXT_X(6)]
    ldp x8, x9, [x0, #CONTEXT_X(8)]
    ldp x10, x11, [x0, #CONTEXT_X(10)]
    ldp x12, x13, [x0, #CONTEXT_X(12)]
    ldp x14, x15, [x0, #CONTEXT_X(14)]
    ldp x16, x17, [x0, #CONTEXT_X(16)]
    ldp x18, x19, [x0, #CONTEXT_X(18)]
    ldp x20, x21, [x0, #CONTEXT_X(20)]
    ldp x22, x23, [x0, #CONTEXT_X(22)]
    ldp x24, x25, [x0, #CONTEXT_X(24)]
    ldp x26, x27, [x0, #CONTEXT_X(26)]
    ldp x28, x29, [x0, #CONTEXT_X(28)]
    ldp x0, x1, [x0, #CONTEXT_X(0)]
    eret

    .global arch_idle
    .type arch_idle, %function
arch_idle:
idle:
    mrs x14, tpidr_el1
    mov sp, x14
    bl idle_entered
1:  dsb sy
    wfi /* wakes for a masked interrupt too */
    bl entry_interrupt
    cbz x0, 1b
    b arch_return_to_user

/* x0 = which vector, TPIDRRO_EL0 = x0 of the interrupted code. The stack is not touched: having none left is one of the reasons to be
 * here. TPIDR_EL1 is given up as second scratch register: the report needs no struct cpu. */
fatal_entry:
    msr tpidr_el1, x1
    adrp x1, fatal_frame
    add x1, x1, :lo12:fatal_frame
    str x0, [x1, #FATAL_VECTOR]
    mrs x0, tpidrro_el0
    str x0, [x1, #CONTEXT_X(0)]
    mrs x0, tpidr_el1
    str x0, [x1, #CONTEXT_X(1)]
    stp x2, x3, [x1, #CONTEXT_X(2)]
    stp x4, x5, [x1, #CONTEXT_X(4)]
    stp x6, x7, [x1, #CONTEXT_X(6)]
    stp x8, x9, [x1, #CONTEXT_X(8)]
    stp x10, x11, [x1, #CONTEXT_X(10)]
    stp x12, x13, [x1, #CONTEXT_X(12)]
    stp x14, x15, [x1, #CONTEXT_X(14)]
    stp x16, x17, [x1, #CONTEXT_X(16)]
    stp x18, x19, [x1, #CONTEXT_X(18)]
    stp x20, x21, [x1, #CONTEXT_X(20)]
    stp x22, x23, [x1, #CONTEXT_X(22)]
    stp x24, x25, [x1, #CONTEXT_X(24)]
    stp x26, x27, [x1, #CONTEXT_X(26)]
    stp x28, x29, [x1, #CONTEXT_X(28)]
    mov x0, sp
    stp x30, x0, [x1, #CONTEXT_X(30)]
    mrs x2, elr_el1
    mrs x3, spsr_el1
    stp x2, x3, [x1, #CONTEXT_PC]
    adrp x2, emergency_stack_top
    add sp, x2, :lo12:emergency_stack_top
    mov x0, x1
    b fatal_report

/* The boot stage jumps here: x0 = boot descriptor (kernel window), interrupts masked, .bss zeroed, identity map still in TTBR0_EL1. */
    .section .text.start, "ax"
    .global kernel_start
kernel_start:
    adrp x1, boot_cpu_area
    add x1, x1, :lo12:boot_cpu_area
    mov x2, #CPU_AREA_CPU
    add x1, x1, x2
    msr tpidr_el1, x1
    mov sp, x1
    adrp x1, vector_table
    add x1, x1, :lo12:vector_table
    msr vbar_el1, x1
    msr daifset, #15
    isb
    mov x29, xzr
    mov x30, xzr
    b arch_start

    .bss
    .balign 16
    .skip 8192
emergency_stack_top:
