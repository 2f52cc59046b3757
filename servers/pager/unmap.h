/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking mappings away, while the pages stay, when capability slots run short: the pager has four for each page of RAM (pagoda/startup.h), but pages of zeros, of files and of other
 * processes can be mapped any number of times. Whoever has most slots gives them; a page that is used again is mapped again by one fault.
 *
 * Mappings by a frame's own capability take no slot and stay.
 */
#ifndef PAGER_UNMAP_H
#define PAGER_UNMAP_H

#include "cspace.h"
#include "reserve.h"
#include "space.h"

/* unmap_wanted: hardly any leaf number is left. */
static inline bool unmap_wanted(void)
{
    return cspace_leaves_left() < cspace_leaves() / 16;
}

/* unmap_needed: none is left, and no leaf of slots is in reserve: who needs one has to wait for unmap_now. */
static inline bool unmap_needed(void)
{
    return reserve_leaves() == 0 && cspace_leaves_left() == 0;
}

/* unmap_step: take the mappings of at most 512 pages, one leaf of a page map, from the space that has most slots. true: leaves of slots were given back by that. */
bool unmap_step(void);

/* unmap_now: take mappings until there is a leaf of slots to be had. false: nobody has any to give. O(pages of the space with most slots). */
bool unmap_now(void);

/* Mappings taken away since boot, those of the zero page that the hand of eviction takes included. */
extern uint64_t unmap_count;

#endif
