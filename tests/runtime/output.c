/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime.h"

enum { UART_DATA = 0x00 / 4, UART_FLAGS = 0x18 / 4, UART_FULL = 1 << 5 };

static volatile unsigned *uart;

void output_open(void *registers) { uart = registers; }

static void put(char c)
{
#ifdef PAGODA_DEBUG
    seL4_DebugPutChar(c);
#else
    while (uart && uart[UART_FLAGS] & UART_FULL)
        ;
    if (uart)
        uart[UART_DATA] = (unsigned char)c;
#endif
}

void print(const char *text)
{
    while (*text)
        put(*text++);
}

void print_number(seL4_Word number)
{
    char digits[21], *p = &digits[20];
    *p = 0;
    do
        *--p = (char)('0' + number % 10);
    while (number /= 10);
    print(p);
}

void fail(const char *what, seL4_Word number)
{
    print("runtime: FAILED: ");
    print(what);
    print(" ");
    print_number(number);
    print("\n");
    pagoda_PowerOff(seL4_CapIRQControl);
    for (;;)
        seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}
