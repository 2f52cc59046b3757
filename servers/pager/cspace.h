/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pager's capability space: a root CNode of leaves (pagoda/startup.h). This module hands out leaf numbers; who takes one
 * puts a CNode there. Single slots for things that stay for ever come from arena.h.
 */
#ifndef PAGER_CSPACE_H
#define PAGER_CSPACE_H

#include "kernel_if.h"

#include <pagoda/startup.h>

#define CSPACE_LEAF_BITS PAGER_CSPACE_LEAF_BITS
#define CSPACE_LEAF_SLOTS (1u << CSPACE_LEAF_BITS)
#define CSPACE_CNODE_BITS (CSPACE_LEAF_BITS + 5) /* size of a leaf's CNode in memory */
#define CSPACE_NO_LEAF UINT32_MAX

static inline cptr_t cptr_at(uint32_t leaf, uint32_t slot)
{
    return (cptr_t)leaf << CSPACE_LEAF_BITS | slot;
}

static inline uint32_t cptr_leaf(cptr_t cptr)
{
    return (uint32_t)(cptr >> CSPACE_LEAF_BITS);
}

static inline uint32_t cptr_slot(cptr_t cptr)
{
    return (uint32_t)(cptr & (CSPACE_LEAF_SLOTS - 1));
}

void cspace_init(uint32_t next_leaf, uint32_t root_bits);

/* cspace_leaf_take: a leaf number whose root slot is empty; CSPACE_NO_LEAF when all are in use, or set aside. Amortised O(1). */
uint32_t cspace_leaf_take(void);

/* cspace_set_aside: of the free numbers so many are for cspace_leaf_take_aside only: what memory that is not in use yet will need must not go to those who have slots for mappings.
 * cspace_leaf_take_aside: one of these; when there are none, as cspace_leaf_take. */
void cspace_set_aside(uint32_t n);
uint32_t cspace_leaf_take_aside(void);

/* cspace_leaf_put: give a number back; its root slot must be empty again. */
void cspace_leaf_put(uint32_t leaf);

/* cspace_leaves: how many numbers exist; for tables indexed by leaf. */
uint32_t cspace_leaves(void);

/* cspace_leaves_left: how many of them are free and not set aside. */
uint32_t cspace_leaves_left(void);

#endif
