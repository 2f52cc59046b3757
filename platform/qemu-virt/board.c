/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's "virt" machine. */
#include "board.h"

#include <stddef.h>

const struct board board_qemu_virt = {
    .name = "virt",
    .compatible = "linux,dummy-virt",
    .uart_pa = 0x09000000,
    .gicd_pa = 0x08000000,
    .gicc_pa = 0x08010000,
    .gicr_pa = 0x080a0000,
};
