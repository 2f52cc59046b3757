/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf-style formatting to a character sink. Also compiled into the boot stage, so it uses nothing of the kernel.
 * Understood: %% %c %s %d %i %u %x %p, with l, ll or z for 64-bit values, a width, and the flags 0 and -.
 */
#ifndef KERNEL_FORMAT_H
#define KERNEL_FORMAT_H

#include <stdarg.h>

typedef void (*format_sink)(char c);
/* format_to: write the formatted text to `sink`, one character at a time. An unknown conversion is copied as it stands. */
void format_to(format_sink sink, const char *format, va_list args);

#endif
