/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB oracle: in debug builds, a model of what a real TLB may still hold. Emulators forget translations that hardware keeps (QEMU drops all of them
 * when the ASID changes), so tests alone do not show a missing invalidation. All that changes translations is told here, and the kernel stops
 * with a report at the first thing that would be wrong on some processor that keeps to the architecture:
 *
 *   - back to the user while an entry that was changed may still be cached: not invalidated, invalidated before the store was visible, or not waited for
 *   - a valid entry changed in what needs break-before-make, without it
 *   - back to the user with a group (object/paging_group.h) of which not all sixteen entries are as they must be; one of its entries made valid before all of
 *     the former group was invalidated
 *   - a hardware ASID handed out while it is held, or while translations of another space may be cached under it
 *   - TTBR0_EL1 set to a space with an ASID that is not its own; back to the user with an ASID there that was given back
 *   - memory given to a new owner that is a table in use, or to which a translation may still be cached
 *   - a page made executable whose instructions were not made visible
 *
 * What it knows, bounds and blind spots: docs/kernel.md. Builds without PAGODA_DEBUG have none of it.
 * Source of the rules: Arm ARM DDI 0487, D8 "Translation lookaside buffers", "Using break-before-make", "TLB maintenance".
 */
#ifndef ARCH_AARCH64_TLB_ORACLE_H
#define ARCH_AARCH64_TLB_ORACLE_H

#include "types.h"

enum tlbi_scope {
    TLBI_ALL,
    TLBI_ASID,           /* operand: ASID in bits 63:48 */
    TLBI_PAGE,           /* and page number in 43:0; entries of all levels that translate it */
    TLBI_PAGE_LAST_LEVEL /* the same, but no table entries */
};

#ifdef PAGODA_DEBUG
/* An entry is about to get this value. Learns from it where tables are. */
void tlb_oracle_store(uint64_t *entry, uint64_t value);
/* n (up to 512) entries next to each other are about to change; they have changed. */
void tlb_oracle_run_begin(uint64_t *entries, unsigned n);
void tlb_oracle_run_end(void);
/* Barriers: stores are visible to the table walker; that, and all invalidations are complete; the context is synchronised. */
void tlb_oracle_visible(void);
void tlb_oracle_complete(void);
void tlb_oracle_synchronised(void);
/* An invalidation with this very operand. */
void tlb_oracle_tlbi(enum tlbi_scope scope, uint64_t operand, bool inner_shareable);
/* A hardware ASID is handed out, is given back; a new generation starts in which only `kept` (0: none) is held. */
void tlb_oracle_asid_given(uint64_t number, pa_t root);
void tlb_oracle_asid_returned(uint64_t number);
void tlb_oracle_generation(uint64_t kept);
void tlb_oracle_ttbr0(uint64_t value);
/* The kernel writes memory as a whole, makes memory's instructions visible. */
void tlb_oracle_written(const void *p, size_t len);
void tlb_oracle_unified(const void *p, size_t len);
/* From vectors.S, as the last thing before every return to user mode. */
void tlb_oracle_return(void);
#else
static inline void tlb_oracle_store(uint64_t *entry, uint64_t value) { (void)entry, (void)value; }
static inline void tlb_oracle_run_begin(uint64_t *entries, unsigned n) { (void)entries, (void)n; }
static inline void tlb_oracle_run_end(void) {}
static inline void tlb_oracle_visible(void) {}
static inline void tlb_oracle_complete(void) {}
static inline void tlb_oracle_synchronised(void) {}
static inline void tlb_oracle_tlbi(enum tlbi_scope scope, uint64_t operand, bool inner_shareable) { (void)scope, (void)operand, (void)inner_shareable; }
static inline void tlb_oracle_asid_given(uint64_t number, pa_t root) { (void)number, (void)root; }
static inline void tlb_oracle_asid_returned(uint64_t number) { (void)number; }
static inline void tlb_oracle_generation(uint64_t kept) { (void)kept; }
static inline void tlb_oracle_ttbr0(uint64_t value) { (void)value; }
static inline void tlb_oracle_written(const void *p, size_t len) { (void)p, (void)len; }
static inline void tlb_oracle_unified(const void *p, size_t len) { (void)p, (void)len; }
#endif

#endif
