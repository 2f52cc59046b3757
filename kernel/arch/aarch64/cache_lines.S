/* SPDX-License-Identifier: BSD-2-Clause */
/* One cache operation on each of x1 (at least one) lines from address x0 on, x2 bytes apart; eight a round, of whole pages to be cleared 32. */
    .text

    .macro each_line n, op:vararg
    .rept \n
    \op, x0
    add x0, x0, x2
    .endr
    .endm

    .macro lines name, op:vararg
    .global \name
    .type \name, %function
\name:
    subs x1, x1, #8
    b.lo 2f
1:  each_line 8, \op
    subs x1, x1, #8
    b.hs 1b
2:  adds x1, x1, #8
    b.eq 4f
3:  each_line 1, \op
    subs x1, x1, #1
    b.ne 3b
4:  ret
    .endm

    lines cache_lines_cvac, dc cvac
    lines cache_lines_cvau, dc cvau
    lines cache_lines_ivac, dc ivac
    lines cache_lines_civac, dc civac
    lines cache_lines_zva_rest, dc zva

    .global cache_lines_zva
    .type cache_lines_zva, %function
cache_lines_zva:
    subs x1, x1, #32
    b.lo 2f
1:  each_line 32, dc zva
    subs x1, x1, #32
    b.hs 1b
2:  adds x1, x1, #32
    b.ne cache_lines_zva_rest
    ret

    lines icache_lines_ivau, ic ivau
