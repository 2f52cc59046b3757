/* SPDX-License-Identifier: BSD-2-Clause */
/* Text on the kernel console: boot line, debug calls, last words. Never used on a path that is measured. */
#ifndef KERNEL_PRINT_H
#define KERNEL_PRINT_H

/* kprintf: formats as format.h says; newlines become CR LF on the UART. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
