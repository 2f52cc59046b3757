/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability slots of a space for its shared mappings: each mapping of a frame that others hold too needs a copy of the frame's
 * capability. The slots come in leaves of 128 that belong to one space, so that destroying a space returns exactly what it took and
 * one revoke per leaf empties them.
 *
 * A slot that is given back may still hold the capability of the mapping that it served: deleting it would take longer than everything
 * else about a fault, and a reply that maps a copy (kernel_if.h) puts the next one in its place. Who fills a slot in another way
 * empties it first (slot_empty).
 *
 * A slot id is leaf << SLOT_LEAF_BITS | index; it fits 24 bits.
 */
#ifndef PAGER_SLOTS_H
#define PAGER_SLOTS_H

#include "cspace.h"
#include "reserve.h"

#define SLOT_NONE UINT32_MAX

struct slot_set {
    uint32_t partial; /* first leaf with a free slot; CSPACE_NO_LEAF: none */
    uint32_t full;    /* first leaf without */
    uint32_t leaves;
    uint32_t used;
};

/* slots_init: make the table of leaves (from the arena); slots_table_bytes: what it takes. */
void slots_init(void);
uint64_t slots_table_bytes(uint32_t leaves);

void slot_set_init(struct slot_set *set);

static inline cptr_t slot_cap(uint32_t slot)
{
    return cptr_at(slot >> SLOT_LEAF_BITS, slot & (SLOT_LEAF_SLOTS - 1));
}

/* slot_ready: slot_take will succeed without a leaf from the reserve. */
static inline bool slot_ready(const struct slot_set *set)
{
    return set->partial != CSPACE_NO_LEAF;
}

/* slot_take: a slot; takes a leaf from the reserve when the set has none. SLOT_NONE: the reserve is empty too. O(1). */
uint32_t slot_take(struct slot_set *set);

/* slot_take_run: up to n slots in a row, of a leaf that the set has; *first is the first. 0: it has no free slot. O(1). */
unsigned slot_take_run(struct slot_set *set, unsigned n, uint32_t *first);

/* slot_put: give back a slot. Nothing is mapped by what it holds, and nobody relies on that. */
void slot_put(struct slot_set *set, uint32_t slot);

/* slot_empty: delete what a slot still holds of former use. slot_filled: its present use counts as former from now on. */
void slot_empty(uint32_t slot);
void slot_filled(uint32_t slot);

/* slot_set_trim: give back leaves that are not in use at all; slot_set_clear: all leaves with what is in them. */
void slot_set_trim(struct slot_set *set);
void slot_set_clear(struct slot_set *set);

/* slot_set_count: used slots found by walking the leaves; UINT32_MAX when a leaf is in the wrong list. For checks. */
uint32_t slot_set_count(const struct slot_set *set);

#endif
