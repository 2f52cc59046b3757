/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot descriptor: everything that the boot stage tells the kernel.
 *
 * Written by platform/boot, read once by the kernel (kernel/boot.c). The kernel parses no
 * device tree and no ELF: what it has to know about the machine stands here. All `pa` are physical
 * addresses in bytes, all `va` kernel virtual addresses that the boot stage has already mapped.
 * The descriptor lies in RAM that the kernel window covers and that becomes free memory: the kernel copies it first.
 *
 * Hand-over: MMU and caches on, EL1h, DAIF masked, x0 = kernel-window address of the descriptor, jump to the kernel's ELF entry.
 * TTBR0_EL1 then holds the boot stage's identity map, which the kernel replaces before it frees that memory.
 */
#ifndef PAGODA_BOOT_DESCRIPTOR_H
#define PAGODA_BOOT_DESCRIPTOR_H

#ifndef __ASSEMBLER__
#include <stdint.h>
#endif

#define BOOT_MAGIC 0x746f6f6261646f67ull /* "godaboot" */
#define BOOT_VERSION 1

#define BOOT_MAX_RAM 16
#define BOOT_MAX_RESERVED 32

/* Kernel virtual memory, as the boot stage maps it through TTBR1_EL1 (48-bit, 4 KiB granule). */
#define KERNEL_WINDOW_BASE 0xffff000000000000ull /* RAM at pa is at KERNEL_WINDOW_BASE + pa: RW, XN, cacheable */
#define KERNEL_IMAGE_BASE 0xffffffff80000000ull  /* the kernel's own segments, page by page with their ELF rights */
#define KERNEL_DEVICE_BASE 0xffffffffc0000000ull /* interrupt controller, UART, power control: Device-nGnRnE */

#ifndef __ASSEMBLER__

struct boot_range {
    uint64_t pa;   /* 4 KiB aligned */
    uint64_t size; /* bytes, 4 KiB multiple */
};

enum boot_power_method {
    BOOT_POWER_NONE = 0,      /* stop in wfi */
    BOOT_POWER_PSCI_HVC = 1,  /* SYSTEM_OFF by hvc */
    BOOT_POWER_PSCI_SMC = 2,  /* SYSTEM_OFF by smc */
    BOOT_POWER_BCM_PM = 3,    /* BCM2711 watchdog block, registers at power_va */
};

enum boot_flags {
    BOOT_EXPORT_VCNT = 1 << 0,       /* EL0 may read CNTVCT_EL0 and CNTFRQ_EL0 */
    BOOT_EXPORT_PMU = 1 << 1,        /* EL0 may read PMCCNTR_EL0 (PMUSERENR_EL0.EN) */
    BOOT_POWEROFF_ON_STOP = 1 << 2,  /* a kernel stop (panic, DebugHalt) powers off instead of idling */
    BOOT_BENCHMARK_CALLS = 1 << 3,   /* the benchmark system calls exist */
};

struct boot_descriptor {
    uint64_t magic;   /* BOOT_MAGIC */
    uint32_t version; /* BOOT_VERSION */
    uint32_t size;    /* sizeof(struct boot_descriptor) */

    /* Memory. `ram` is ascending and disjoint, already capped by mem=. `reserved` is what must never become free
     * memory (firmware reservations, kernel image, kernel page tables, device tree, root image). RAM that is
     * in neither (the boot stage itself, the original archive, this descriptor) is free for the kernel once it has read this. */
    uint32_t n_ram;
    uint32_t n_reserved;
    struct boot_range ram[BOOT_MAX_RAM];
    struct boot_range reserved[BOOT_MAX_RESERVED];

    /* Root task: one physically contiguous, page-aligned image, to be mapped at root_va. */
    uint64_t root_pa;
    uint64_t root_va;
    uint64_t root_size;
    uint64_t root_entry; /* user virtual address */

    /* Device tree blob handed to the root task as extra bootinfo (0, 0 if there is none). */
    uint64_t dtb_pa;
    uint64_t dtb_size;

    /* Interrupt controller. */
    uint32_t gic_version; /* 2 or 3 */
    uint32_t max_irq;     /* highest INTID that the distributor implements */
    uint64_t gicd_pa, gicd_va;
    uint64_t gicc_pa, gicc_va; /* version 2: CPU interface, two pages */
    uint64_t gicr_pa, gicr_va, gicr_size; /* version 3: redistributors (0x20000 bytes a CPU, all mapped) */

    /* Kernel console, for debug output and for the last words of a dying kernel. PL011; 0 if none. */
    uint64_t uart_pa, uart_va;
    uint32_t uart_irq; /* INTID */

    uint32_t timer_irq;       /* INTID of the virtual timer, 27 on both boards */
    uint64_t timer_frequency; /* Hz; CNTFRQ_EL0 or the device tree's clock-frequency */

    uint32_t power_method; /* enum boot_power_method */
    uint32_t flags;        /* enum boot_flags */
    uint64_t power_va;     /* registers of the power block when the method needs them */

    uint32_t root_cnode_bits; /* radix of the root CNode, 13 unless the archive or a boot argument wants more */
    uint32_t max_hw_asids;    /* 0: all that the CPU has; else the number of hardware ASIDs the kernel may use (>= 2) */
    uint32_t page_colours;    /* reserved, 0 */
    uint32_t n_cpus;          /* CPUs found in the device tree; the kernel uses one */
};

#endif /* __ASSEMBLER__ */
#endif
