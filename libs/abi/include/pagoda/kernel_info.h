/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel information page: counters that only the kernel can keep, and cache geometry.
 * Written by the kernel, read-only for whoever holds its frame capability (extension label Kernel_InfoFrame).
 * All counters start at 0 at boot and count events, unless a unit is given.
 */
#ifndef PAGODA_KERNEL_INFO_H
#define PAGODA_KERNEL_INFO_H

#include <stdint.h>

#define KERNEL_INFO_MAGIC 0x6f666e696b676170ull /* "pagkinfo" */
#define KERNEL_INFO_VERSION 1

struct kernel_info {
    uint64_t magic;
    uint64_t version;

    /* Time. */
    uint64_t timer_frequency; /* Hz of CNTVCT_EL0 */
    uint64_t boot_ticks;      /* CNTVCT_EL0 at kernel entry */
    uint64_t root_ticks;      /* CNTVCT_EL0 when the root task was entered */

    /* Memory. */
    uint64_t ram_bytes; /* all RAM in the boot descriptor */

    /* Context switches. */
    uint64_t switches_same_space;  /* another thread of the same VSpace, or back to the same after idling */
    uint64_t switches_other_space; /* TTBR0_EL1 written */
    uint64_t idle_entries;         /* nothing to run */

    /* Address-space numbers. */
    uint64_t hw_asid_bits;      /* 8 or 16, what the CPU implements */
    uint64_t hw_asids_usable;   /* how many the kernel uses (boot argument asids=) */
    uint64_t hw_asid_in_use;    /* assigned in the current generation */
    uint64_t hw_asid_assigned;  /* hand-outs since boot */
    uint64_t hw_asid_rollovers; /* generations finished: each invalidates the whole TLB once */
    uint64_t vspaces;           /* user ASIDs assigned now */

    /* TLB maintenance operations by kind. */
    uint64_t tlbi_page;    /* by address and ASID */
    uint64_t tlbi_asid;    /* by ASID */
    uint64_t tlbi_all;     /* everything (boot and rollover) */
    uint64_t tlbi_skipped; /* not needed: the space holds no hardware ASID of this generation */

    /* Entries into the kernel. */
    uint64_t syscalls;
    uint64_t faults_vm;
    uint64_t faults_other;  /* user exceptions, unknown system calls, capability faults, timeouts */
    uint64_t interrupts;
    uint64_t timer_interrupts;
    uint64_t fpu_switches;  /* FP/SIMD state moved */
    uint64_t ipc_fast;      /* messages passed by a fast path */
    uint64_t ipc_slow;      /* messages passed otherwise */
    uint64_t preemptions;   /* long operations interrupted and restarted */
    uint64_t faults_noted;  /* page faults that only noted an access or a write and went on (no message; CPUs whose table walker cannot) */

    /* Caches (CTR_EL0, CLIDR_EL1, CCSIDR_EL1); 0 where the level does not exist. */
    uint64_t dcache_line_bytes; /* smallest data cache line */
    uint64_t icache_line_bytes;
    uint64_t icache_policy;     /* CTR_EL0.L1Ip: 2 VIPT, 3 PIPT */
    struct {
        uint64_t size_bytes;
        uint64_t ways;
        uint64_t sets;
        uint64_t line_bytes;
    } dcache[3];                /* data or unified cache of level 1, 2, 3 */
    uint64_t page_colours;      /* of the last level found: sets * line / 4096, at least 1 */

    /* Groups: 64 KiB that a TLB may hold in one entry (seL4_ARM_Contiguous). */
    uint64_t groups_mapped;
    uint64_t groups_broken; /* taken apart because something was done to a part of one; not: unmapped as a whole */
};

_Static_assert(sizeof(struct kernel_info) <= 4096, "the kernel information page is one page");

#endif
