/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seeded bugs, to see that the tests and the TLB oracle find them. Only the build preset "mutants" has them; in all others mutant() is false and
 * nothing is left of it. One kernel holds them all; tests/target/run_mutants.py chooses one by writing its number into the image, and says what
 * must find it.
 */
#ifndef KERNEL_MUTANTS_H
#define KERNEL_MUTANTS_H

#include "types.h"

enum mutant {
    MUTANT_NONE,
    /* hardware ASIDs */
    MUTANT_ASID_FREED_NOT_INVALIDATED, /* a number is given back with its translations */
    MUTANT_ASID_LIVE_HANDED_OUT,       /* a new generation does not keep the number in TTBR0 */
    MUTANT_ASID_HANDED_OUT_TWICE,      /* the next number stays the next one */
    MUTANT_ASID_RESTART_FORGOTTEN,     /* when generations start over, numbers of the same generation of earlier stay valid */
    MUTANT_ROLLOVER_NOT_INVALIDATED,
    MUTANT_ROLLOVER_NOT_SYNCHRONISED,  /* invalidated while walks may still use the table before the last switch */
    MUTANT_TTBR0_WRONG_ASID,
    MUTANT_TTBR0_KEPT,                 /* a space disappears and stays in TTBR0 */
    MUTANT_TTBR0_NOT_SYNCHRONISED,     /* its number is given back while walks may still use it */
    /* invalidation */
    MUTANT_TLBI_OPERAND_SHIFT,         /* the address, not the page number */
    MUTANT_TLBI_WRONG_ASID,
    MUTANT_TLBI_LOCAL,                 /* on this core only */
    MUTANT_TLBI_CURRENT_ONLY,          /* spaces that do not run are left out */
    MUTANT_DSB_BEFORE_TLBI_MISSING,
    MUTANT_DSB_AFTER_TLBI_MISSING,
    MUTANT_HARVEST_NOT_INVALIDATED,    /* nor the other calls on ranges */
    /* entries */
    MUTANT_UNMAP_NOT_INVALIDATED,      /* another frame at the address, and the old one is still seen */
    MUTANT_UNMAP_STALE_CAPABILITY,     /* what the capability remembers is taken for what is mapped */
    MUTANT_BREAK_BEFORE_MAKE_MISSING,
    MUTANT_GROUP_NOT_BROKEN,           /* one page of a group is changed */
    MUTANT_GROUP_BROKEN_IN_PLACE,      /* without break-before-make */
    MUTANT_GROUP_BROKEN_BY_PAGES,      /* each entry with break-before-make, while those behind it have the hint still */
    MUTANT_GROUP_OF_FIFTEEN,           /* the last page is mapped without the hint */
    MUTANT_TABLE_INVALIDATED_AS_PAGE,  /* a table goes, only its first page is invalidated */
    MUTANT_TABLE_FREED_EARLY,          /* cleared for its next use before it is taken out */
    MUTANT_CODE_NOT_UNIFIED,
    MUTANTS
};

#ifdef PAGODA_MUTANTS
struct mutant_choice {
    char mark[16]; /* by which the number behind it is found in an image */
    uint32_t chosen;
};
extern const volatile struct mutant_choice mutant_choice;
static inline bool mutant(enum mutant which) { return mutant_choice.chosen == (uint32_t)which; }
#else
static inline bool mutant(enum mutant which) { return (void)which, false; }
#endif

#endif
