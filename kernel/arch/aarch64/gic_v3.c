/* SPDX-License-Identifier: BSD-2-Clause */
/* GICv3: priority drop and deactivation are separate; a held interrupt stays active until it is released. */
#include "gic_registers.h"
#include "local.h"
#include "panic.h"

#define ICC_PMR_EL1 S3_0_C4_C6_0
#define ICC_DIR_EL1 S3_0_C12_C11_1
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define ICC_IAR1_EL1 S3_0_C12_C12_0
#define ICC_EOIR1_EL1 S3_0_C12_C12_1
#define ICC_BPR1_EL1 S3_0_C12_C12_3
#define ICC_CTLR_EL1 S3_0_C12_C12_4
#define ICC_SRE_EL1 S3_0_C12_C12_5
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7

enum {
    GICD_IROUTER = 0x6000,
    GICR_CTLR = 0x0000,
    GICR_TYPER = 0x0008,
    GICR_WAKER = 0x0014,
    GICR_SGI_FRAME = 0x10000, /* registers of interrupts 0..31, laid out as in the distributor */
    GICR_STRIDE = 0x20000,
};
#define CTLR_WRITE_PENDING (1u << 31)
#define CTLR_AFFINITY_ROUTING (1u << 4)
#define CTLR_ENABLE_GROUP1 3u /* bit 0 or bit 1, by the security state of the access: the other one does no harm */
#define REDISTRIBUTOR_WRITE_PENDING (1u << 3)
#define WAKER_SLEEP (1u << 1)
#define WAKER_CHILDREN_ASLEEP (1u << 2)

static uintptr_t distributor, redistributor, private_frame;

static void wait_distributor(void)
{
    while (mmio_read32(distributor + GICD_CTLR) & CTLR_WRITE_PENDING)
        ;
}

static void wait_for_write(unsigned irq)
{
    if (irq >= IRQ_FIRST_SHARED) {
        wait_distributor();
        return;
    }
    while (mmio_read32(redistributor + GICR_CTLR) & REDISTRIBUTOR_WRITE_PENDING)
        ;
}

static uintptr_t frame_of(unsigned irq) { return irq < IRQ_FIRST_SHARED ? private_frame : distributor; }

static void set_masked(unsigned irq, bool masked)
{
    gic_write_bit(frame_of(irq), masked ? GICD_ICENABLER : GICD_ISENABLER, irq);
    if (masked)
        wait_for_write(irq);
}

static void set_trigger(unsigned irq, bool edge)
{
    if (irq >= 16)
        gic_set_trigger(frame_of(irq), irq, edge);
}

static unsigned acknowledge(void)
{
    unsigned irq = READ_SYSREG(ICC_IAR1_EL1) & 0xffffff;
    dsb_sy();
    return irq >= IRQ_SPURIOUS ? IRQ_NONE : irq;
}

static void hold(unsigned irq)
{
    WRITE_SYSREG(ICC_EOIR1_EL1, irq);
    isb();
}

static void release(unsigned irq)
{
    WRITE_SYSREG(ICC_DIR_EL1, irq);
    isb();
}

static void end(unsigned irq)
{
    hold(irq);
    release(irq);
}

/* target: Aff3.Aff2.Aff1.Aff0, a byte each. */
static bool send_sgi(unsigned sgi, word_t target)
{
    if (target > UINT32_MAX)
        return false;
    uint64_t aff0 = target & 0xff, aff1 = target >> 8 & 0xff, aff2 = target >> 16 & 0xff, aff3 = target >> 24;
    dsb_sy(); /* what was written before is seen before the interrupt */
    WRITE_SYSREG(ICC_SGI1R_EL1, aff3 << 48 | (aff0 >> 4) << 44 | aff2 << 32 | (uint64_t)sgi << 24 | aff1 << 16 | 1ull << (aff0 & 15));
    isb();
    return true;
}

const struct gic_driver gic_v3 = {set_masked, set_trigger, acknowledge, end, hold, release, send_sgi};

/* Affinity of this core, Aff3.Aff2.Aff1.Aff0. */
static uint32_t this_affinity(void)
{
    uint64_t mpidr = READ_SYSREG(mpidr_el1);
    return (uint32_t)((mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24);
}

static void find_redistributor(const struct boot_descriptor *boot)
{
    for (uint64_t offset = 0; offset + GICR_STRIDE <= boot->gicr_size;) {
        uintptr_t at = boot->gicr_va + offset;
        uint64_t low = mmio_read32(at + GICR_TYPER), affinity = mmio_read32(at + GICR_TYPER + 4);
        if (affinity == this_affinity()) {
            redistributor = at;
            private_frame = at + GICR_SGI_FRAME;
            return;
        }
        offset += low & 2 ? 2 * GICR_STRIDE : GICR_STRIDE; /* with virtual LPIs there are two more frames */
    }
    kernel_panic("no interrupt redistributor for core %x", this_affinity());
}

static void init_distributor(const struct boot_descriptor *boot)
{
    uint64_t mpidr = READ_SYSREG(mpidr_el1);

    mmio_write32(distributor + GICD_CTLR, 0);
    wait_distributor();
    for (unsigned irq = IRQ_FIRST_SHARED; irq <= boot->max_irq; irq += 32) {
        mmio_write32(distributor + GICD_IGROUPR + irq / 8, ~0u);
        mmio_write32(distributor + GICD_ICENABLER + irq / 8, ~0u);
        mmio_write32(distributor + GICD_ICPENDR + irq / 8, ~0u);
        mmio_write32(distributor + GICD_ICACTIVER + irq / 8, ~0u);
    }
    for (unsigned irq = IRQ_FIRST_SHARED; irq <= boot->max_irq; irq += 4)
        mmio_write32(distributor + GICD_IPRIORITYR + irq, GIC_PRIORITY_ALL);
    wait_distributor();
    mmio_write32(distributor + GICD_CTLR, CTLR_AFFINITY_ROUTING);
    wait_distributor();
    mmio_write32(distributor + GICD_CTLR, CTLR_AFFINITY_ROUTING | CTLR_ENABLE_GROUP1);
    wait_distributor();
    for (unsigned irq = IRQ_FIRST_SHARED; irq <= boot->max_irq; irq++)
        mmio_write64(distributor + GICD_IROUTER + 8ul * irq, mpidr & 0xff00ffffff);
}

static void init_redistributor(void)
{
    mmio_write32(redistributor + GICR_WAKER, mmio_read32(redistributor + GICR_WAKER) & ~WAKER_SLEEP);
    while (mmio_read32(redistributor + GICR_WAKER) & WAKER_CHILDREN_ASLEEP)
        ;
    mmio_write32(private_frame + GICD_IGROUPR, ~0u);
    mmio_write32(private_frame + GICD_ICENABLER, ~0u);
    mmio_write32(private_frame + GICD_ICPENDR, ~0u);
    mmio_write32(private_frame + GICD_ICACTIVER, ~0u);
    for (unsigned irq = 0; irq < IRQ_FIRST_SHARED; irq += 4)
        mmio_write32(private_frame + GICD_IPRIORITYR + irq, GIC_PRIORITY_ALL);
    wait_for_write(0);
}

static void init_cpu_interface(void)
{
    WRITE_SYSREG(ICC_SRE_EL1, READ_SYSREG(ICC_SRE_EL1) | 1);
    isb();
    WRITE_SYSREG(ICC_PMR_EL1, 0xf0);
    WRITE_SYSREG(ICC_BPR1_EL1, 0);
    WRITE_SYSREG(ICC_CTLR_EL1, 1 << 1); /* EOImode: EOIR only drops the priority, DIR deactivates */
    WRITE_SYSREG(ICC_IGRPEN1_EL1, 1);
    isb();
}

void gic_v3_init(const struct boot_descriptor *boot)
{
    distributor = boot->gicd_va;
    find_redistributor(boot);
    init_distributor(boot);
    init_redistributor();
    init_cpu_interface();
}
