/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMSAv8-64 descriptors and control registers, 4 KiB granule, 48-bit addresses (Arm ARM DDI 0487, D8).
 * Used by the boot stage, which switches the MMU on, and by the kernel, which takes over its settings: the memory
 * types must mean the same to both, so they stand here once.
 */
#ifndef ARCH_AARCH64_PAGING_H
#define ARCH_AARCH64_PAGING_H

/* Constants that the assembler reads, too. */
#ifdef __ASSEMBLER__
#define U64(n) n
#else
#include <stdint.h>
#define U64(n) n##ull
#endif

#define PTE_VALID (U64(1) << 0)
#define PTE_TABLE (U64(1) << 1) /* levels 0..2: next level; level 3: a page (must be set) */
#define PTE_ATTR(index) (U64(1) * (index) << 2)
#define PTE_USER (U64(1) << 6)      /* AP[1]: EL0 may access */
#define PTE_READ_ONLY (U64(1) << 7) /* AP[2] */
#define PTE_INNER_SHAREABLE (U64(3) << 8)
#define PTE_ACCESSED (U64(1) << 10)
#define PTE_NOT_GLOBAL (U64(1) << 11)
/* 52: PTE_GROUPED, arch.h */
#define PTE_DBM (U64(1) << 51) /* EL0 may write; with PTE_READ_ONLY: but has not yet since that was last asked (paging_entries.c) */
#define PTE_PXN (U64(1) << 53)
#define PTE_UXN (U64(1) << 54)
#define PTE_MAPPED_RIGHTS(r) (U64(1) * (r) << 56) /* software, two bits: RIGHT_WRITE and RIGHT_READ as it was mapped with */
#define PTE_WRITTEN (U64(1) << 63)                /* software: was written before write access was taken away */
#define PTE_ADDRESS U64(0x0000fffffffff000)

/* Memory types: index into MAIR_EL1. */
#define MEMORY_NORMAL U64(0) /* write-back, read and write allocate */
#define MEMORY_DEVICE U64(1) /* Device-nGnRnE */
#define MAIR_VALUE (U64(0xff) << (8 * MEMORY_NORMAL) | U64(0x00) << (8 * MEMORY_DEVICE))

/* Kernel mappings (global). */
#define PTE_KERNEL (PTE_VALID | PTE_ACCESSED | PTE_INNER_SHAREABLE | PTE_UXN | PTE_ATTR(MEMORY_NORMAL))
#define PTE_KERNEL_DATA (PTE_KERNEL | PTE_PXN)
#define PTE_KERNEL_RODATA (PTE_KERNEL | PTE_PXN | PTE_READ_ONLY)
#define PTE_KERNEL_TEXT (PTE_KERNEL | PTE_READ_ONLY)
#define PTE_KERNEL_DEVICE (PTE_VALID | PTE_ACCESSED | PTE_UXN | PTE_PXN | PTE_ATTR(MEMORY_DEVICE))

/* TCR_EL1 without the physical address size: both halves 48 bits, 4 KiB granule, walks cacheable and inner shareable. */
#define TCR_T0SZ (U64(16) << 0)
#define TCR_WALK0 (U64(1) << 8 | U64(1) << 10 | U64(3) << 12) /* IRGN0, ORGN0, SH0 */
#define TCR_T1SZ (U64(16) << 16)
#define TCR_WALK1 (U64(1) << 24 | U64(1) << 26 | U64(3) << 28)
#define TCR_TG1_4K (U64(2) << 30)
#define TCR_IPS(size) (U64(1) * (size) << 32)
#define TCR_ASID16 (U64(1) << 36)
#define TCR_HA (U64(1) << 39) /* the table walker sets PTE_ACCESSED */
#define TCR_HD (U64(1) << 40) /* the table walker clears PTE_READ_ONLY where PTE_DBM is set */
#define TCR_VALUE (TCR_T0SZ | TCR_WALK0 | TCR_T1SZ | TCR_WALK1 | TCR_TG1_4K)

/* SCTLR_EL1. */
#define SCTLR_M (U64(1) << 0)
#define SCTLR_C (U64(1) << 2)
#define SCTLR_SA (U64(1) << 3) /* EL1 checks SP alignment; EL0 (SA0) does not */
#define SCTLR_I (U64(1) << 12)
#define SCTLR_DZE (U64(1) << 14)  /* EL0 may use DC ZVA */
#define SCTLR_UCT (U64(1) << 15)  /* EL0 may read CTR_EL0 */
#define SCTLR_NTWI (U64(1) << 16) /* EL0 WFI and WFE do not trap */
#define SCTLR_NTWE (U64(1) << 18)
#define SCTLR_UCI (U64(1) << 26)  /* EL0 may use DC CVAU, CVAC, CIVAC, IC IVAU */
#define SCTLR_RES1 (U64(1) << 29 | U64(1) << 28 | U64(1) << 23 | U64(1) << 22 | U64(1) << 20 | U64(1) << 11)
#define SCTLR_MMU_OFF SCTLR_RES1
#define SCTLR_BOOT (SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA)
#define SCTLR_KERNEL (SCTLR_BOOT | SCTLR_DZE | SCTLR_UCT | SCTLR_UCI | SCTLR_NTWI | SCTLR_NTWE)

#endif
