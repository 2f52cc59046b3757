/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct fork_answer fork_call(seL4_CPtr process, seL4_Word info): the request to the process server that returns twice.
 *
 * The kernel lets the server copy the general registers of the waiting parent to the child, but not the floating-point registers. So
 * those that a function must preserve wait on the stack, which the child has a copy of.
 *   in   x0 endpoint, x1 message info
 *   out  x0 message info of the answer, x1 its first word
 */
    .text
    .global fork_call
    .type fork_call, %function
fork_call:
    sub     sp, sp, #80
    stp     d8, d9, [sp]
    stp     d10, d11, [sp, #16]
    stp     d12, d13, [sp, #32]
    stp     d14, d15, [sp, #48]
    mrs     x2, fpcr
    str     x2, [sp, #64]
    mov     x2, xzr
    mov     x7, #-1
    svc     #0
    ldr     x3, [sp, #64]
    msr     fpcr, x3
    ldp     d8, d9, [sp]
    ldp     d10, d11, [sp, #16]
    ldp     d12, d13, [sp, #32]
    ldp     d14, d15, [sp, #48]
    add     sp, sp, #80
    mov     x0, x1
    mov     x1, x2
    ret
    .size fork_call, . - fork_call

    .section .note.GNU-stack, "", %progbits
