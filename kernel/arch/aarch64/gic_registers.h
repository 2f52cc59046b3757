/* SPDX-License-Identifier: BSD-2-Clause */
/* Distributor registers that GICv2 and GICv3 share (Arm IHI 0048, IHI 0069), with those of the redistributor's second frame, which repeat them. */
#ifndef ARCH_AARCH64_GIC_REGISTERS_H
#define ARCH_AARCH64_GIC_REGISTERS_H

#include "sysreg.h"

enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ICPENDR = 0x280,
    GICD_ICACTIVER = 0x380,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xc00,
    GICD_SGIR = 0xf00,
};

enum { IRQ_FIRST_SHARED = 32, IRQ_SPURIOUS = 1020 }; /* numbers from 1020 up mean that nothing is pending */
#define GIC_PRIORITY_ALL 0xa0a0a0a0u                 /* one priority for all, below the mask */

/* Write one interrupt's bit of a set/clear register array. */
static inline void gic_write_bit(uintptr_t base, unsigned array, unsigned irq)
{
    mmio_write32(base + array + irq / 32 * 4, 1u << irq % 32);
}

/* The configuration may only change while the interrupt is disabled; it is enabled again if it was. */
static inline void gic_set_trigger(uintptr_t base, unsigned irq, int edge)
{
    uintptr_t config = base + GICD_ICFGR + irq / 16 * 4;
    uint32_t bit = 2u << irq % 16 * 2;
    uint32_t was_enabled = mmio_read32(base + GICD_ISENABLER + irq / 32 * 4) & 1u << irq % 32;

    gic_write_bit(base, GICD_ICENABLER, irq);
    mmio_write32(config, edge ? mmio_read32(config) | bit : mmio_read32(config) & ~bit);
    if (was_enabled)
        gic_write_bit(base, GICD_ISENABLER, irq);
}

#endif
