/* SPDX-License-Identifier: BSD-2-Clause */
/* What differs from board to board and stands in no device tree, or is needed before the tree is read. One instance per folder of platform/. */
#ifndef BOOT_BOARD_H
#define BOOT_BOARD_H

#include <stdint.h>

struct board {
    const char *name;
    const char *compatible;  /* of the device tree's root node */
    uint64_t uart_pa;        /* for messages before, or without, a device tree */
    uint32_t uart_clock;     /* Hz, when the tree names no fixed clock; 0: leave the baud rate alone */
    uint64_t gicd_pa;        /* for the secure set-up at EL3, before the tree is read; GICv3 redistributors: gicr_pa */
    uint64_t gicc_pa, gicr_pa;
    uint64_t power_pa;       /* BCM power block, 0: none */
    uint64_t pins_pa;        /* page of the pin controller, to be mapped for prepare_uart; 0: none */
    void (*prepare_uart)(void); /* pins of the UART; NULL: nothing to do */
};

extern const struct board board_rpi4, board_qemu_virt;

#endif
