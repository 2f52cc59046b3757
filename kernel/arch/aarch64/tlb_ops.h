/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions of which address translation consists. Each also tells the TLB oracle, so nothing else in the kernel may use them for translations. */
#ifndef ARCH_AARCH64_TLB_OPS_H
#define ARCH_AARCH64_TLB_OPS_H

#include "mutants.h"
#include "sysreg.h"
#include "tlb_oracle.h"

/* walk_barrier: entries stored before are seen by table walks, and are ordered before invalidations. */
static inline void walk_barrier(void)
{
    if (mutant(MUTANT_DSB_BEFORE_TLBI_MISSING))
        return;
    dsb_ishst();
    tlb_oracle_visible();
}

/* tlbi_barrier: waits for the invalidations before it. */
static inline void tlbi_barrier(void)
{
    if (mutant(MUTANT_DSB_AFTER_TLBI_MISSING))
        return;
    dsb_ish();
    tlb_oracle_complete();
}

/* context_barrier: from now on the system registers written before are in effect. */
static inline void context_barrier(void)
{
    isb();
    tlb_oracle_synchronised();
}

static inline void tlbi_all(void)
{
    __asm__ volatile("tlbi vmalle1is" ::: "memory");
    tlb_oracle_tlbi(TLBI_ALL, 0, true);
}

/* tlbi_operand: what names one page; the next page's is 1 more. */
static inline uint64_t tlbi_operand(uint64_t number, va_t va)
{
    if (mutant(MUTANT_TLBI_OPERAND_SHIFT))
        return number << 48 | (va & MASK(44));
    return (number + mutant(MUTANT_TLBI_WRONG_ASID)) << 48 | (va >> 12 & MASK(44));
}

static inline void tlbi_asid(uint64_t number)
{
    __asm__ volatile("tlbi aside1is, %0" ::"r"(number << 48) : "memory");
    tlb_oracle_tlbi(TLBI_ASID, number << 48, true);
}

static inline void tlbi_page(uint64_t operand)
{
    if (mutant(MUTANT_TLBI_LOCAL)) {
        __asm__ volatile("tlbi vae1, %0" ::"r"(operand) : "memory");
        tlb_oracle_tlbi(TLBI_PAGE, operand, false);
        return;
    }
    __asm__ volatile("tlbi vae1is, %0" ::"r"(operand) : "memory");
    tlb_oracle_tlbi(TLBI_PAGE, operand, true);
}

static inline void tlbi_page_last_level(uint64_t operand)
{
    __asm__ volatile("tlbi vale1is, %0" ::"r"(operand) : "memory");
    tlb_oracle_tlbi(TLBI_PAGE_LAST_LEVEL, operand, true);
}

/* ttbr0_write: in effect from the next context_barrier or return to user mode on; until then walks may use either table. */
static inline void ttbr0_write(uint64_t value)
{
    WRITE_SYSREG(ttbr0_el1, value);
    tlb_oracle_ttbr0(value);
}

#endif
