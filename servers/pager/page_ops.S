/* SPDX-License-Identifier: BSD-2-Clause */
/* page_ops.h. General registers only, so that the pager never makes the kernel switch FP/SIMD state. */

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

    .section .note.GNU-stack, "", %progbits
