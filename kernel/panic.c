/* SPDX-License-Identifier: BSD-2-Clause */
#include "panic.h"

#include "arch.h"
#include "format.h"
#include "print.h"

void kernel_panic(const char *format, ...)
{
    kprintf("\npagoda: kernel: ");
    va_list args;
    va_start(args, format);
    format_to(arch_putc, format, args);
    va_end(args);
    kprintf("\n");
    arch_stop();
}
