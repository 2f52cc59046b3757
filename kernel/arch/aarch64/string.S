/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiler calls for structure copies and fills: short, so few instructions before the first store. The last bytes are
 * done by an access that overlaps the ones before. Pages have memory_zero and memory_copy_page.
 */
    .text

    .global memset
    .type memset, %function
memset:
    and x1, x1, #255
    mov x3, x0
    cbz x1, 1f
    mov x4, #0x0101010101010101
    mul x1, x1, x4
1:  add x5, x0, x2 /* end */
    subs x2, x2, #16
    b.lo 4f
    subs x2, x2, #16
    b.lo 3f
2:  stp x1, x1, [x3]
    stp x1, x1, [x3, #16]
    add x3, x3, #32
    subs x2, x2, #32
    b.hs 2b
    tbz x2, #4, 5f /* x2 = bytes left - 32 */
3:  stp x1, x1, [x3]
5:  stp x1, x1, [x5, #-16]
    ret
4:  cmp x3, x5
    b.eq 6f
    strb w1, [x3], #1
    b 4b
6:  ret

    .global memcpy
    .type memcpy, %function
memcpy:
    mov x3, x0
    add x4, x1, x2
    add x5, x0, x2
    subs x2, x2, #16
    b.lo 3f
    b.eq 2f
1:  ldp x6, x7, [x1], #16
    stp x6, x7, [x3], #16
    subs x2, x2, #16
    b.hi 1b
2:  ldp x6, x7, [x4, #-16]
    stp x6, x7, [x5, #-16]
    ret
3:  cmp x1, x4
    b.eq 4f
    ldrb w6, [x1], #1
    strb w6, [x3], #1
    b 3b
4:  ret

    /* Byte by byte: nothing that is measured moves overlapping memory. */
    .global memmove
    .type memmove, %function
memmove:
    cmp x0, x1
    b.hi 2f
    mov x3, x0
    add x4, x1, x2
1:  cmp x1, x4
    b.eq 3f
    ldrb w6, [x1], #1
    strb w6, [x3], #1
    b 1b
2:  cbz x2, 3f
    sub x2, x2, #1
    ldrb w6, [x1, x2]
    strb w6, [x0, x2]
    b 2b
3:  ret

    .global memcmp
    .type memcmp, %function
memcmp:
    mov x3, x0
    mov w0, #0
1:  cbz x2, 2f
    ldrb w4, [x3], #1
    ldrb w5, [x1], #1
    sub x2, x2, #1
    subs w0, w4, w5
    b.eq 1b
2:  ret
