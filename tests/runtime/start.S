/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel gives x0 = boot information and nothing else, not even a stack. */
    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    cbnz x29, 1f
    cbnz x30, 1f
    mov x1, sp
    cbnz x1, 1f
    adrp x1, runtime_stack_top
    add x1, x1, :lo12:runtime_stack_top
    mov sp, x1
    b runtime_main
1:  brk #1 /* registers were not 0 */
    .size _start, . - _start

    .section .bss.runtime_stack, "aw", %nobits
    .balign 16
    .skip 0x8000
runtime_stack_top:

/* libgcc's atomic helpers ask here for LSE instructions. */
    .data
    .global __aarch64_have_lse_atomics
__aarch64_have_lse_atomics:
    .byte 0
    .section .note.GNU-stack, "", %progbits
