/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's UART: PL011, polled, output only. The boot stage has set it up; user-level drivers may use it as well. */
#include "local.h"

enum { UART_DATA = 0x00, UART_FLAGS = 0x18, UART_FLAG_TX_FULL = 1 << 5 };

static uintptr_t base; /* 0: there is none */

void uart_init(const struct boot_descriptor *boot) { base = boot->uart_va; }

static void put(char c)
{
    while (mmio_read32(base + UART_FLAGS) & UART_FLAG_TX_FULL)
        ;
    mmio_write32(base + UART_DATA, (uint8_t)c);
}

void arch_putc(char c)
{
    if (!base)
        return;
    if (c == '\n')
        put('\r');
    put(c);
}
