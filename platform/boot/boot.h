/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot stage: what its files share.
 *
 * Order: start.S -> early_map (MMU off) -> boot_main: device tree (machine.c), memory plan (ranges.c), archive (cpio.c) and ELF files (elf.c)
 * checked, kernel and root task placed (main.c), kernel page tables built (tables.c), jump. Memory is reached at its
 * physical address through the identity map for the image, the device tree, an initrd and devices, and through the kernel window for all else.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "board.h"
#include "pagoda/boot_descriptor.h"
#include "ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096ull
#define PAGE_UP(x) (((x) + PAGE - 1) & ~(PAGE - 1))
#define PAGE_DOWN(x) ((x) & ~(PAGE - 1))
#define NORETURN __attribute__((noreturn))

/* Linker symbols (boot.ld). */
extern char image_start[], image_end[];
extern const uint8_t payload_archive[], payload_archive_end[], payload_kernel[], payload_kernel_end[];

/* What the device tree says. Physical addresses in bytes; 0 where something is absent. */
struct machine {
    const void *fdt;
    uint64_t fdt_size;
    const struct board *board;
    struct range_set ram;      /* whole pages */
    struct range_set reserved; /* never free: firmware, memreserve, spin tables */
    struct range_set no_map;   /* part of reserved that must not even be mapped */
    const char *arguments;     /* /chosen/bootargs, "" if absent */
    uint64_t initrd_pa, initrd_size;
    uint32_t gic_version;
    uint64_t gicd_pa, gicd_size, gicc_pa, gicr_pa, gicr_size;
    uint64_t uart_pa;
    uint32_t uart_irq;
    uint32_t uart_clock; /* Hz, 0: unknown, the baud rate is left alone */
    uint32_t timer_irq;
    uint64_t timer_frequency;
    uint32_t power_method; /* enum boot_power_method */
    uint64_t power_pa;
    uint32_t n_cpus;
};

/* Boot arguments that the boot stage itself understands. */
struct options {
    uint64_t memory_limit; /* bytes, UINT64_MAX: none */
    uint32_t max_hw_asids; /* 0: all */
    uint32_t root_cnode_bits; /* 0: chosen by need */
    uint32_t flags;        /* enum boot_flags */
};

/* ---- early.c: runs with the MMU off ---- */
enum early_tree { TREE_FOUND, TREE_ABSENT, TREE_BAD_SIZE };
extern enum early_tree early_tree;
/* early_map: build the identity map of image, device tree and the board's usual UART. Returns the device tree's address, 0 if there is none. */
uint64_t early_map(uint64_t tree, uint64_t base);
/* identity_map: more of it later; `attributes` from paging.h. */
void identity_map(uint64_t pa, uint64_t size, uint64_t attributes);
const struct board *board_guess(uint64_t base);

/* ---- say.c ---- */
void say_init(uint64_t uart_pa);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* boot_fail: "pagoda: boot: <message>", then stop; power off if a means is known and the arguments ask for it. */
NORETURN void boot_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* boot_fail_power: what boot_fail may use from now on. */
void boot_fail_power(uint32_t method, uint64_t registers_pa);
NORETURN void boot_exception(uint64_t esr, uint64_t offset, uint64_t far);

/* ---- uart.c ---- */
void uart_setup(uint64_t uart_pa, uint32_t clock_hz);

/* ---- machine.c ---- */
/* machine_read: fill `m` from the device tree; fails with a message when something needed is missing. `entered_el`: exception level of entry. */
void machine_read(struct machine *m, const void *fdt, unsigned entered_el);

/* ---- options.c ---- */
/* options_read: defaults for an archive boot or a bare root task, changed by the arguments; a malformed value fails with a message. */
void options_read(struct options *o, const char *arguments, bool has_archive);
/* options_poweroff: does the text ask for power-off when the machine stops? (needed before all else is checked) */
bool options_poweroff(const char *arguments);

/* ---- start.S ---- */
NORETURN void boot_enter_kernel(uint64_t entry, uint64_t descriptor);

/* ---- main.c ---- */
NORETURN void boot_main(uint64_t tree, unsigned entered_el, uint64_t base);

#endif
