/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buddy allocator over numbered units. Pure: no kernel calls, no allocation; the links live in the caller's table, one entry
 * for each unit. The pager has three: free pages of groups made into frames, the same for object pages, and whole groups.
 *
 * A free block of order k is 2^k units, aligned to 2^k, described by the entry of its first unit. Blocks are kept in two sets
 * of lists, clean (contents are zero) and dirty; a merged block is clean when both halves are.
 * All operations are O(max_order).
 */
#ifndef PAGER_BUDDY_H
#define PAGER_BUDDY_H

#include <stdbool.h>
#include <stdint.h>

#define BUDDY_NONE UINT32_MAX
#define BUDDY_ORDERS 10

struct buddy_unit {
    uint32_t next; /* links of the free list, valid while head is set; otherwise free for the owner's use */
    uint32_t prev;
    uint8_t order; /* of the free block that begins here, valid while head is set */
    uint8_t head;  /* 1: a free block begins here */
    uint8_t clean; /* which list */
    uint8_t user;  /* not touched by the allocator */
};

struct buddy {
    uint8_t *units;     /* first entry of the caller's table; each begins with a struct buddy_unit */
    uint32_t stride;    /* bytes from entry to entry */
    uint32_t max_order; /* blocks are never merged beyond */
    uint32_t free;      /* units in all lists */
    uint32_t heads[2][BUDDY_ORDERS]; /* [clean][order] */
    uint32_t mask[2];   /* bit k: list of order k is not empty */
};

void buddy_init(struct buddy *b, void *units, uint32_t stride, uint32_t max_order);

static inline struct buddy_unit *buddy_unit(const struct buddy *b, uint32_t index)
{
    return (struct buddy_unit *)(void *)(b->units + (uint64_t)index * b->stride);
}

/* buddy_insert: free a block that is not in the lists; merges it upwards. Returns the order of the block that it became part
 * of; its first unit is index with the low bits cleared. */
uint32_t buddy_insert(struct buddy *b, uint32_t index, uint32_t order, bool clean);

/* buddy_take_from: take 2^order units from the list (clean, from_order), which must not be empty; from_order >= order. What is
 * left of the block goes back to the lists. Returns the first unit. */
uint32_t buddy_take_from(struct buddy *b, bool clean, uint32_t from_order, uint32_t order);

/* buddy_take: the same from the smallest block that is large enough, dirty ones first among equals. BUDDY_NONE: none. */
uint32_t buddy_take(struct buddy *b, uint32_t order);

/* buddy_remove: take out exactly the free block that begins at index. */
void buddy_remove(struct buddy *b, uint32_t index);

/* buddy_largest: order of the largest free block; -1 when there is none. */
int buddy_largest(const struct buddy *b);

#endif
