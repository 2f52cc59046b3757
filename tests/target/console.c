/* SPDX-License-Identifier: BSD-2-Clause */
/* The test program's own output: a PL011 that is written to when its transmit queue has room. */
#include "harness.h"

#include <stdarg.h>
#include <stdio.h>

#define PL011_DR 0x00
#define PL011_FR 0x18
#define PL011_FR_TXFF (1u << 5)

static volatile uint32_t *uart;
static seL4_CPtr uart_frame;

/* Both boards of this project have their first PL011 at a fixed address. */
static unsigned long uart_address(void)
{
    return device_tree_mentions("raspberrypi,4-model-b") ? 0xfe201000 : 0x09000000;
}

void console_init(void *page_va)
{
    uart_frame = device_page(uart_address());
    if (seL4_ARM_Page_Map(uart_frame, OWN_VSPACE, (unsigned long)page_va, seL4_ReadWrite, seL4_ARM_ExecuteNever) == seL4_NoError)
        uart = page_va;
}

unsigned long console_frame(void)
{
    return uart_frame;
}

static void put(char c)
{
    while (uart[PL011_FR / 4] & PL011_FR_TXFF) {
    }
    uart[PL011_DR / 4] = (unsigned char)c;
}

void console_print(const char *format, ...)
{
    static char line[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (uart == NULL)
        return;
    for (const char *c = line; *c != '\0'; c++) {
        if (*c == '\n')
            put('\r');
        put(*c);
    }
}
