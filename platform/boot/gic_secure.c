/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entered at EL3, before it is left for ever: hand all interrupts to the non-secure side (group 1). Nobody else can do this later.
 * MMU off, no device tree yet: addresses come from the board that the load address suggests.
 */
#include "boot.h"
#include "sysreg.h"

enum { GICD_CTLR = 0x0, GICD_TYPER = 0x4, GICD_IGROUPR = 0x80, GICD_IGRPMODR = 0xd00 };
enum { GICC_CTLR = 0x0, GICC_PMR = 0x4 };
enum { GICR_TYPER = 0x8, GICR_WAKER = 0x14, GICR_SGI_FRAME = 0x10000, GICR_STRIDE = 0x20000 };

void gic_secure_setup(uint64_t base);

static void all_to_group1(uint64_t distributor)
{
    uint32_t words = (mmio_read32(distributor + GICD_TYPER) & 31) + 1;
    for (uint32_t i = 0; i < words; i++)
        mmio_write32(distributor + GICD_IGROUPR + 4 * i, ~0u);
}

static void setup_v2(const struct board *board)
{
    if (!(mmio_read32(board->gicd_pa + GICD_TYPER) & 1 << 10))
        return; /* no security states: the kernel uses group 0, as it is after reset */
    all_to_group1(board->gicd_pa);
    mmio_write32(board->gicd_pa + GICD_CTLR, 3);
    mmio_write32(board->gicc_pa + GICC_PMR, 0xff); /* the non-secure side may then use the upper half */
    mmio_write32(board->gicc_pa + GICC_CTLR, 3);
}

static void setup_redistributors(uint64_t frame)
{
    for (;; frame += GICR_STRIDE) {
        uint32_t type = mmio_read32(frame + GICR_TYPER);
        mmio_write32(frame + GICR_WAKER, mmio_read32(frame + GICR_WAKER) & ~2u);
        while (mmio_read32(frame + GICR_WAKER) & 4)
            ;
        mmio_write32(frame + GICR_SGI_FRAME + GICD_IGROUPR, ~0u);
        mmio_write32(frame + GICR_SGI_FRAME + GICD_IGRPMODR, 0);
        if (type & 1 << 4) /* last one */
            return;
        if (type & 2) /* two more frames for virtual LPIs */
            frame += GICR_STRIDE;
    }
}

static void setup_v3(const struct board *board)
{
    mmio_write32(board->gicd_pa + GICD_CTLR, 0);
    mmio_write32(board->gicd_pa + GICD_CTLR, 1 << 5 | 1 << 4); /* affinity routing, both security states */
    mmio_write32(board->gicd_pa + GICD_CTLR, 1 << 5 | 1 << 4 | 7); /* all groups on */
    all_to_group1(board->gicd_pa);
    setup_redistributors(board->gicr_pa);
}

void gic_secure_setup(uint64_t base)
{
    const struct board *board = board_guess(base);
    if (board->gicr_pa && (READ_SYSREG(id_aa64pfr0_el1) >> 24 & 15))
        setup_v3(board);
    else
        setup_v2(board);
}
