/* SPDX-License-Identifier: BSD-2-Clause */
/* What makes the image large: 6 MiB of constants, the first word of each page being its number, as a test program carries an archive; 3 MiB of bss. */
    .section .rodata.image, "a", %progbits
    .balign 8
    .global image_constants, image_constants_end
image_constants:
    .set page, 0
    .rept 1536
    .xword page
    .fill 511, 8, 0x44413030
    .set page, page + 1
    .endr
image_constants_end:

    .section .bss.image, "aw", %nobits
    .balign 8
    .global image_zeros, image_zeros_end
image_zeros:
    .skip 3 << 20
image_zeros_end:
    .section .note.GNU-stack, "", %progbits
