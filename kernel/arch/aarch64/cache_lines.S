/* SPDX-License-Identifier: BSD-2-Clause */
/* One cache operation on each of x1 (at least one) lines from address x0 on, x2 bytes apart; eight a round. */
    .text

    .macro lines name, op:vararg
    .global \name
    .type \name, %function
\name:
    subs x1, x1, #8
    b.lo 2f
1:  .rept 8
    \op, x0
    add x0, x0, x2
    .endr
    subs x1, x1, #8
    b.hs 1b
2:  adds x1, x1, #8
    b.eq 4f
3:  \op, x0
    add x0, x0, x2
    subs x1, x1, #1
    b.ne 3b
4:  ret
    .endm

    lines cache_lines_cvac, dc cvac
    lines cache_lines_cvau, dc cvau
    lines cache_lines_ivac, dc ivac
    lines cache_lines_civac, dc civac
    lines cache_lines_zva, dc zva
    lines icache_lines_ivau, ic ivau
