/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SD memory card behind an SD host controller (SDHCI), interrupt-driven, by programmed I/O.
 *
 * Programmed I/O because it is the same everywhere: how the DMA of the BCM2711's controller sees memory depends on the chip's revision, and
 * a card moves 12 MB/s at the 25 MHz used here. Registers are accessed 32 bits at a time only: the older Broadcom controllers need that.
 * One request at a time; the card's erase is not offered as discard: it works in allocation units and can hold the card for seconds.
 *
 * Sources: SD Host Controller Simplified Specification 3.00 (registers 2.2, sequences 3); SD Physical Layer Simplified Specification 6.00
 * (commands 4.7, card identification 4.2, CSD 5.3).
 */
#ifndef DRIVERS_SDHCI_H
#define DRIVERS_SDHCI_H

#include <drivers/disk.h>

struct sdhci {
    struct disk disk; /* first */
    uintptr_t base;
    const struct disk_clock *clock;
    uint32_t base_clock_khz;
    bool block_addressed;    /* SDHC, SDXC: the card counts sectors, not bytes */
    bool started;            /* has been usable: `cid` is its card's */
    uint32_t address;        /* of the card, in the upper half (RCA) */
    uint32_t cid[4];         /* which card */
    struct disk_transfer *active;
    uint32_t n_moved;        /* sectors of it, through the buffer */
};

/*
 * sdhci_start: reset the controller, identify the card. `disk` is usable afterwards, or disk.problem says why not. Pauses.
 *   base    its registers
 *   socket  whether the controller's card-detect bit means something; if not, the card is simply tried
 */
void sdhci_start(struct sdhci *sd, uintptr_t base, bool socket, const struct disk_clock *clock);

/* What disk.problem is when there is no card: a normal state. */
extern const char sdhci_no_card[];

#endif
