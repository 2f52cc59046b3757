/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot stage carries: the kernel's ELF file and the boot archive. */
    .section .payload, "a"
    .balign 4096
    .global payload_archive, payload_archive_end, payload_kernel, payload_kernel_end
payload_archive:
    .incbin PAYLOAD_ARCHIVE
payload_archive_end:
    .balign 4096
payload_kernel:
    .incbin PAYLOAD_KERNEL
payload_kernel_end:
    .balign 8
