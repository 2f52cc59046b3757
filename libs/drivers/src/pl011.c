/* SPDX-License-Identifier: BSD-2-Clause */
#include <drivers/pl011.h>

enum {
    REG_DATA = 0x00,
    REG_FLAGS = 0x18,
    REG_LINE_CONTROL = 0x2c,
    REG_CONTROL = 0x30,
    REG_FIFO_LEVELS = 0x34,
    REG_INTERRUPT_MASK = 0x38,
    REG_INTERRUPT_CLEAR = 0x44,
};

enum { FLAG_BUSY = 1 << 3, FLAG_RECEIVE_EMPTY = 1 << 4, FLAG_TRANSMIT_FULL = 1 << 5 };
enum { LINE_FIFO_ENABLE = 1 << 4 };
enum { CONTROL_ENABLE = 1 << 0, CONTROL_TRANSMIT = 1 << 8, CONTROL_RECEIVE = 1 << 9 };
enum { INTERRUPT_RECEIVE = 1 << 4, INTERRUPT_TRANSMIT = 1 << 5, INTERRUPT_RECEIVE_TIMEOUT = 1 << 6, INTERRUPT_ALL = 0x7ff };
enum { DATA_ERRORS_SHIFT = 8, DATA_ERRORS_MASK = 0xf };

static uint32_t reg_read(uintptr_t base, unsigned reg)
{
    return *(volatile const uint32_t *)(base + reg);
}

static void reg_write(uintptr_t base, unsigned reg, uint32_t value)
{
    *(volatile uint32_t *)(base + reg) = value;
}

void pl011_init(uintptr_t base)
{
    reg_write(base, REG_INTERRUPT_MASK, 0);
    reg_write(base, REG_INTERRUPT_CLEAR, INTERRUPT_ALL);
    reg_write(base, REG_LINE_CONTROL, reg_read(base, REG_LINE_CONTROL) | LINE_FIFO_ENABLE);
    reg_write(base, REG_FIFO_LEVELS, 0); /* receive at 1/8 full, transmit at 1/8 left */
    reg_write(base, REG_CONTROL, reg_read(base, REG_CONTROL) | CONTROL_ENABLE | CONTROL_TRANSMIT | CONTROL_RECEIVE);
    reg_write(base, REG_INTERRUPT_MASK, INTERRUPT_RECEIVE | INTERRUPT_RECEIVE_TIMEOUT);
}

bool pl011_put(uintptr_t base, uint8_t byte)
{
    if (reg_read(base, REG_FLAGS) & FLAG_TRANSMIT_FULL) {
        return false;
    }
    reg_write(base, REG_DATA, byte);
    return true;
}

bool pl011_get(uintptr_t base, uint8_t *byte, unsigned *errors)
{
    if (reg_read(base, REG_FLAGS) & FLAG_RECEIVE_EMPTY) {
        return false;
    }
    uint32_t data = reg_read(base, REG_DATA);
    *byte = (uint8_t)data;
    *errors = data >> DATA_ERRORS_SHIFT & DATA_ERRORS_MASK;
    return true;
}

void pl011_transmit_interrupt(uintptr_t base, bool on)
{
    uint32_t mask = reg_read(base, REG_INTERRUPT_MASK);
    reg_write(base, REG_INTERRUPT_MASK, on ? mask | INTERRUPT_TRANSMIT : mask & ~(uint32_t)INTERRUPT_TRANSMIT);
}

void pl011_acknowledge(uintptr_t base)
{
    reg_write(base, REG_INTERRUPT_CLEAR, INTERRUPT_ALL);
}

bool pl011_busy(uintptr_t base)
{
    return reg_read(base, REG_FLAGS) & FLAG_BUSY;
}
