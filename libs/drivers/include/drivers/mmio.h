/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access to device registers, 32 bits at a time, and its order. In host tests the test supplies the two functions: a fake device.
 * Every access is ordered with all memory accesses before and after it, those that the device sees by DMA included.
 */
#ifndef DRIVERS_MMIO_H
#define DRIVERS_MMIO_H

#include <stdint.h>

#ifdef PAGODA_HOST

uint32_t mmio_read32(uintptr_t address);
void mmio_write32(uintptr_t address, uint32_t value);

#else

static inline uint32_t mmio_read32(uintptr_t address)
{
    uint32_t value = *(volatile const uint32_t *)address;
    __asm__ volatile("dmb osh" ::: "memory");
    return value;
}

static inline void mmio_write32(uintptr_t address, uint32_t value)
{
    __asm__ volatile("dmb osh" ::: "memory");
    *(volatile uint32_t *)address = value;
    __asm__ volatile("" ::: "memory");
}

#endif

#endif
