/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv2 (GIC-400). Priority drop and deactivation are separate (EOImode 1). A held interrupt is masked at the distributor, so that its line
 * can be configured meanwhile; a held software-generated one, which cannot be masked, stays active instead.
 */
#include "gic_registers.h"
#include "local.h"

enum { GICC_CTLR = 0x00, GICC_PMR = 0x04, GICC_BPR = 0x08, GICC_IAR = 0x0c, GICC_EOIR = 0x10, GICC_DIR = 0x1000 };
enum { CTLR_ENABLE = 1, CTLR_EOI_ONLY_DROPS = 1 << 9 };

static uintptr_t distributor, cpu_interface;
static uint32_t acknowledged;       /* last value of IAR: for an SGI it also names the sender, which EOIR and DIR want back */
static uint32_t held_software[16];  /* the same for SGIs that are held */

static void set_masked(unsigned irq, bool masked) { gic_write_bit(distributor, masked ? GICD_ICENABLER : GICD_ISENABLER, irq); }

static void set_trigger(unsigned irq, bool edge)
{
    if (irq >= 16) /* software-generated ones are always edge */
        gic_set_trigger(distributor, irq, edge);
}

static unsigned acknowledge(void)
{
    acknowledged = mmio_read32(cpu_interface + GICC_IAR);
    unsigned irq = acknowledged & 0x3ff;
    return irq >= IRQ_SPURIOUS ? IRQ_NONE : irq;
}

static bool is_software(unsigned irq) { return irq < 16; }
static void drop_priority(void) { mmio_write32(cpu_interface + GICC_EOIR, acknowledged); }

static void end(unsigned irq)
{
    (void)irq; /* the one just acknowledged */
    drop_priority();
    mmio_write32(cpu_interface + GICC_DIR, acknowledged);
}

static void hold(unsigned irq)
{
    if (is_software(irq)) {
        held_software[irq] = acknowledged;
        drop_priority();
    } else {
        set_masked(irq, true);
        end(irq);
    }
}

static void release(unsigned irq)
{
    if (is_software(irq))
        mmio_write32(cpu_interface + GICC_DIR, held_software[irq]);
    else
        set_masked(irq, false);
}

static bool send_sgi(unsigned sgi, word_t target)
{
    if (target > 7)
        return false;
    mmio_write32(distributor + GICD_SGIR, 1u << (16 + target) | sgi);
    return true;
}

const struct gic_driver gic_v2 = {set_masked, set_trigger, acknowledge, end, hold, release, send_sgi};

void gic_v2_init(const struct boot_descriptor *boot)
{
    distributor = boot->gicd_va;
    cpu_interface = boot->gicc_va;

    mmio_write32(distributor + GICD_CTLR, 0);
    uint32_t this_core = mmio_read32(distributor + GICD_ITARGETSR) & 0xff; /* reads as the core that reads; 0 if there is only one */
    for (unsigned irq = 0; irq <= boot->max_irq; irq += 32) {
        mmio_write32(distributor + GICD_ICENABLER + irq / 8, ~0u);
        mmio_write32(distributor + GICD_ICPENDR + irq / 8, ~0u);
        mmio_write32(distributor + GICD_ICACTIVER + irq / 8, ~0u);
    }
    for (unsigned irq = 0; irq <= boot->max_irq; irq += 4) {
        mmio_write32(distributor + GICD_IPRIORITYR + irq, GIC_PRIORITY_ALL);
        if (irq >= IRQ_FIRST_SHARED)
            mmio_write32(distributor + GICD_ITARGETSR + irq, this_core * 0x01010101u);
    }
    mmio_write32(distributor + GICD_CTLR, 1);
    mmio_write32(cpu_interface + GICC_PMR, 0xf0);
    mmio_write32(cpu_interface + GICC_BPR, 0);
    mmio_write32(cpu_interface + GICC_CTLR, CTLR_ENABLE | CTLR_EOI_ONLY_DROPS);
}
