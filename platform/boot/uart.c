/* SPDX-License-Identifier: BSD-2-Clause */
/* PL011: set up for output (115200 8n1). */
#include "boot.h"
#include "sysreg.h"

enum { DR = 0x00, FR = 0x18, IBRD = 0x24, FBRD = 0x28, LCRH = 0x2c, CR = 0x30, IMSC = 0x38, ICR = 0x44 };
enum { FR_BUSY = 1 << 3, LCRH_8BIT_FIFO = 0x70, CR_ENABLE_TX_RX = 0x301, BAUD = 115200 };

void uart_setup(uint64_t uart_pa, uint32_t clock_hz)
{
    while (mmio_read32(uart_pa + FR) & FR_BUSY)
        ;
    mmio_write32(uart_pa + CR, 0);
    if (clock_hz >= 16 * BAUD) {
        uint32_t divisor = (uint32_t)((4ull * clock_hz + BAUD / 2) / BAUD); /* clock / (16 * baud), in 64ths */
        mmio_write32(uart_pa + IBRD, divisor >> 6);
        mmio_write32(uart_pa + FBRD, divisor & 63);
    }
    mmio_write32(uart_pa + LCRH, LCRH_8BIT_FIFO);
    mmio_write32(uart_pa + IMSC, 0);
    mmio_write32(uart_pa + ICR, 0x7ff);
    mmio_write32(uart_pa + CR, CR_ENABLE_TX_RX);
}
