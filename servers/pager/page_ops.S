/* SPDX-License-Identifier: BSD-2-Clause */
/* page_ops.h. Zeroing and copying, which faults need, use general registers only: there the pager makes the kernel switch no FP/SIMD state. */

    .arch   armv8-a+crc+simd

#define PAGE_SIZE 4096

    .text

/* DC ZVA zeroes a block whose size DCZID_EL0 tells; the common 64 bytes have the unrolled loop. */
    .global page_zero
    .type page_zero, %function
page_zero:
    mrs     x1, dczid_el0
    cmp     x1, #4                  /* log2 words, and bit 4: not allowed */
    add     x2, x0, #PAGE_SIZE
    b.ne    2f
    .rept 64
    dc      zva, x0
    add     x0, x0, #64
    .endr
    ret
2:
    .rept 8
    stp     xzr, xzr, [x0], #16
    .endr
    cmp     x0, x2
    b.ne    2b
    ret
    .size page_zero, . - page_zero

    .global page_copy
    .type page_copy, %function
page_copy:
    add     x2, x0, #PAGE_SIZE
1:
    .irp offset, 0, 64, 128, 192, 256, 320, 384, 448
    ldp     x3, x4, [x1, #\offset]
    ldp     x5, x6, [x1, #\offset + 16]
    ldp     x7, x8, [x1, #\offset + 32]
    ldp     x9, x10, [x1, #\offset + 48]
    stp     x3, x4, [x0, #\offset]
    stp     x5, x6, [x0, #\offset + 16]
    stp     x7, x8, [x0, #\offset + 32]
    stp     x9, x10, [x0, #\offset + 48]
    .endr
    add     x1, x1, #512
    add     x0, x0, #512
    cmp     x0, x2
    b.ne    1b
    ret
    .size page_copy, . - page_copy

    .global page_fill
    .type page_fill, %function
page_fill:
    add     x2, x0, #PAGE_SIZE
1:
    .rept 8
    stp     x1, x1, [x0], #16
    .endr
    cmp     x0, x2
    b.ne    1b
    ret
    .size page_fill, . - page_fill

/* Most pages differ early: three words tell before the whole page is read. */
    .global page_same
    .type page_same, %function
page_same:
    ldr     x2, [x0]
    ldr     x3, [x0, #8]
    ldr     x4, [x0, #2048]
    ldr     x5, [x0, #4088]
    str     x2, [x1]
    cmp     x2, x3
    ccmp    x2, x4, #0, eq
    ccmp    x2, x5, #0, eq
    b.ne    3f
    add     x3, x0, #PAGE_SIZE
    movi    v16.2d, #0
    movi    v17.2d, #0
    cbz     x2, 2f
    dup     v0.2d, x2
1:  /* differences from the word, 64 bytes a turn */
    ldp     q1, q2, [x0], #32
    ldp     q3, q4, [x0], #32
    eor     v1.16b, v1.16b, v0.16b
    eor     v2.16b, v2.16b, v0.16b
    eor     v3.16b, v3.16b, v0.16b
    eor     v4.16b, v4.16b, v0.16b
    orr     v1.16b, v1.16b, v2.16b
    orr     v3.16b, v3.16b, v4.16b
    orr     v16.16b, v16.16b, v1.16b
    orr     v17.16b, v17.16b, v3.16b
    cmp     x0, x3
    b.ne    1b
    b       4f
2:  /* the same for zeros, 1024 bytes a turn */
    .rept 16
    ld1     {v0.2d-v3.2d}, [x0], #64
    orr     v0.16b, v0.16b, v1.16b
    orr     v2.16b, v2.16b, v3.16b
    orr     v16.16b, v16.16b, v0.16b
    orr     v17.16b, v17.16b, v2.16b
    .endr
    cmp     x0, x3
    b.ne    2b
4:
    orr     v16.16b, v16.16b, v17.16b
    umov    x3, v16.d[0]
    umov    x4, v16.d[1]
    orr     x3, x3, x4
    cmp     x3, #0
3:
    cset    w0, eq
    ret
    .size page_same, . - page_same

    .global page_checksum
    .type page_checksum, %function
page_checksum:
    subs    x3, x1, #64
    b.lo    2f
1:
    ldp     x4, x5, [x0], #16
    ldp     x6, x7, [x0], #16
    ldp     x8, x9, [x0], #16
    ldp     x10, x11, [x0], #16
    crc32cx w2, w2, x4
    crc32cx w2, w2, x5
    crc32cx w2, w2, x6
    crc32cx w2, w2, x7
    crc32cx w2, w2, x8
    crc32cx w2, w2, x9
    crc32cx w2, w2, x10
    crc32cx w2, w2, x11
    subs    x3, x3, #64
    b.hs    1b
2:  /* fewer than 64 are left */
    and     x1, x1, #63
    lsr     x3, x1, #3
    cbz     x3, 4f
3:
    ldr     x4, [x0], #8
    crc32cx w2, w2, x4
    subs    x3, x3, #1
    b.ne    3b
4:
    ands    x1, x1, #7
    b.eq    6f
5:
    ldrb    w4, [x0], #1
    crc32cb w2, w2, w4
    subs    x1, x1, #1
    b.ne    5b
6:
    mov     w0, w2
    ret
    .size page_checksum, . - page_checksum

    .global page_common
    .type page_common, %function
page_common:
    sub     x9, x2, #64
    cmp     x0, x9
    b.hi    2f
1:  /* 64 bytes a turn */
    .irp offset, 0, 16, 32, 48
    ldp     x3, x4, [x0, #\offset]
    ldp     x5, x6, [x1, #\offset]
    cmp     x3, x5
    ccmp    x4, x6, #0, eq
    b.ne    3f + \offset / 2
    .endr
    add     x0, x0, #64
    add     x1, x1, #64
    cmp     x0, x9
    b.ls    1b
2:  /* fewer than 64 are left */
    add     x9, x9, #48
    cmp     x0, x9
    b.hi    5f
    ldp     x3, x4, [x0]
    ldp     x5, x6, [x1]
    cmp     x3, x5
    ccmp    x4, x6, #0, eq
    b.ne    4f
    add     x0, x0, #16
    add     x1, x1, #16
    sub     x9, x9, #48
    b       2b
3:  /* two instructions for each offset: the branches above count on it */
    .irp offset, 0, 16, 32, 48
    add     x0, x0, #\offset
    b       4f
    .endr
4:  /* the first of 128 bits that differ */
    eor     x3, x3, x5
    cbz     x3, 6f
    rbit    x3, x3
    clz     x3, x3
    add     x0, x0, x3, lsr #3
    ret
6:
    eor     x4, x4, x6
    rbit    x4, x4
    clz     x4, x4
    add     x0, x0, #8
    add     x0, x0, x4, lsr #3
    ret
5:  /* fewer than 16 are left */
    cmp     x0, x2
    b.eq    7f
    ldrb    w3, [x0]
    ldrb    w4, [x1], #1
    cmp     w3, w4
    b.ne    7f
    add     x0, x0, #1
    b       5b
7:
    ret
    .size page_common, . - page_common

    .section .note.GNU-stack, "", %progbits
