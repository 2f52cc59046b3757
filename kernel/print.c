/* SPDX-License-Identifier: BSD-2-Clause */
#include "print.h"

#include "arch.h"
#include "format.h"

void kprintf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    format_to(arch_putc, format, args);
    va_end(args);
}
