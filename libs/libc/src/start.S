/* SPDX-License-Identifier: BSD-2-Clause */
/* First instructions of a program. SP points to argc, argv, NULL, envp, NULL (libs/loader builds it); no register carries anything. */
#include "pagoda/layout.h"

    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    /* Thread-local storage is used where the linker put its initial image: there is one thread. */
    adrp    x1, __tls_pointer
    add     x1, x1, :lo12:__tls_pointer
    msr     tpidr_el0, x1
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, sp
    b       program_start
    .size _start, . - _start

/* libgcc's atomic helpers ask here for LSE instructions; without this object their start-up code would want an auxiliary vector. */
    .data
    .global __aarch64_have_lse_atomics
    .type __aarch64_have_lse_atomics, %object
__aarch64_have_lse_atomics:
    .byte 0
    .size __aarch64_have_lse_atomics, 1

/* Never leave the initial image of thread-local storage empty: the linker would then place it, and its base symbol, elsewhere. */
    .section .tdata.start, "awT", %progbits
    .balign 16
    .xword 0, 0

    .section .note.GNU-stack, "", %progbits
