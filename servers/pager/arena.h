/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for what the pager needs about its memory: CNodes, translation tables of its own window, the frame table and other
 * tables. Its size is computed at boot for all of RAM and set aside then, so that making a further chunk usable later can
 * neither fail nor change the number of free pages. Nothing is ever given back.
 */
#ifndef PAGER_ARENA_H
#define PAGER_ARENA_H

#include "kernel_if.h"

/* arena_init: the pager's VSpace, the empty slots it starts with, and the addresses for arena_memory. */
void arena_init(cptr_t vspace, cptr_t free_slot, cptr_t free_slot_end, uint64_t memory_va);

/* arena_add: set an unused untyped of `bytes` aside. Those smaller than a leaf hold pages only. */
void arena_add(cptr_t untyped, uint64_t bytes);

/* arena_settle: everything was added, and no page was taken yet; so many leaves (those made before included) will be needed in all. */
void arena_settle(uint64_t leaves);

/* arena_ready: so many pages on one path, their tables and so many leaves can be taken. */
bool arena_ready(uint64_t pages, uint64_t leaves);

/* arena_slots: further empty slots, before the first ones are used up. */
void arena_slots(cptr_t slot, cptr_t slot_end);

/* arena_slot: an empty slot for a capability that stays. arena_row: the first of n such in a row, in one leaf; up to n - 1 others are lost. */
cptr_t arena_slot(void);
cptr_t arena_row(unsigned n);

/* arena_leaf: make a full-size leaf; returns its number. */
uint32_t arena_leaf(void);

/* arena_tables: make the translation tables on the path to one page of the pager's own. */
void arena_tables(uint64_t va);

/* arena_page: map one zeroed page at va in the pager. Like arena_leaf and arena_tables it stops the pager when the arena is used up. */
void arena_page(uint64_t va);

/* arena_memory: zeroed memory of at least `bytes`, aligned to cache lines. What it takes is arena_round of the bytes, and the rest of the last page. */
void *arena_memory(uint64_t bytes);
static inline uint64_t arena_round(uint64_t bytes)
{
    return (bytes + 63) & ~63ull;
}

/* arena_pages: all pages set aside; arena_pages_left: of those not used yet. */
uint64_t arena_pages(void);
uint64_t arena_pages_left(void);

#endif
