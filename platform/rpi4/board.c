/* SPDX-License-Identifier: BSD-2-Clause */
/* Raspberry Pi 4 (BCM2711) and QEMU's raspi4b. */
#include "board.h"
#include "sysreg.h"

#define GPIO 0xfe200000ul
enum { GPFSEL1 = 0x04, GPIO_PUP_PDN0 = 0xe4 };

/* The PL011 goes to pins 14 and 15 (function ALT0), pull-up on the receive pin only. */
static void prepare_uart(void)
{
    uint32_t functions = mmio_read32(GPIO + GPFSEL1) & ~(7u << 12 | 7u << 15);
    mmio_write32(GPIO + GPFSEL1, functions | 4u << 12 | 4u << 15);
    uint32_t pulls = mmio_read32(GPIO + GPIO_PUP_PDN0) & ~(3u << 28 | 3u << 30);
    mmio_write32(GPIO + GPIO_PUP_PDN0, pulls | 1u << 30);
}

const struct board board_rpi4 = {
    .name = "rpi4",
    .compatible = "brcm,bcm2711",
    .uart_pa = 0xfe201000,
    .uart_clock = 48000000, /* from the firmware; the tree names a clock that only the firmware knows */
    .gicd_pa = 0xff841000,
    .gicc_pa = 0xff842000,
    .power_pa = 0xfe100000,
    .pins_pa = GPIO,
    .prepare_uart = prepare_uart,
};
