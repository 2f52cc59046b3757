/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PL011 UART, interrupt-driven. Leaves baud rate and frame format as the firmware set them.
 * Source: Arm PrimeCell UART (PL011) Technical Reference Manual, DDI 0183.
 * All functions take the address at which the registers are mapped (device memory); they wait for nothing unless said.
 */
#ifndef DRIVERS_PL011_H
#define DRIVERS_PL011_H

#include <stdbool.h>
#include <stdint.h>

/* pl011_init: FIFOs on, receive interrupts (level and timeout) on, transmit interrupt off, anything pending dropped. */
void pl011_init(uintptr_t base);

/* pl011_put: put one byte into the transmit FIFO; false when it is full. */
bool pl011_put(uintptr_t base, uint8_t byte);

/* What pl011_get took from the receive FIFO besides the byte. */
#define PL011_ERROR_FRAMING 1u
#define PL011_ERROR_PARITY 2u
#define PL011_ERROR_BREAK 4u
#define PL011_ERROR_OVERRUN 8u

/* pl011_get: take one byte from the receive FIFO, with its PL011_ERROR_* bits; false when it is empty. */
bool pl011_get(uintptr_t base, uint8_t *byte, unsigned *errors);

/* pl011_transmit_interrupt: ask for an interrupt when the transmit FIFO has drained to its mark, or no longer. */
void pl011_transmit_interrupt(uintptr_t base, bool on);

/* pl011_acknowledge: clear the interrupts that are pending in the device (call before looking at the FIFOs). */
void pl011_acknowledge(uintptr_t base);

/* pl011_busy: a byte is still in the FIFO or on the line. */
bool pl011_busy(uintptr_t base);

#endif
