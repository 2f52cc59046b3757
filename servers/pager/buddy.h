/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buddy allocator over numbered units. Pure: no kernel calls, no allocation; the links live in the caller's table, one entry
 * for each unit. The pager has three: free pages of groups made into frames, the same for object pages, and whole groups.
 *
 * A free block of order k is 2^k units, aligned to 2^k, described by the entry of its first unit. Blocks are kept in two sets
 * of lists, clean (contents are zero) and dirty; a merged block is clean when both halves are.
 * All operations are O(max_order).
 *
 * Coloured (buddy_colour): where the blocks of an order begin in a window of aligned units tells which colours they contain, so each place has a list
 * of its own, numbered as the nodes of a binary tree over the window: 1 the whole, 2 and 3 its halves, and so on. Blocks that contain a certain colour are
 * then those in the lists on the ways from its leaves to the root, and one AND finds the lists that have any.
 */
#ifndef PAGER_BUDDY_H
#define PAGER_BUDDY_H

#include <stdbool.h>
#include <stdint.h>

#define BUDDY_NONE UINT32_MAX
#define BUDDY_ORDERS 10
#define BUDDY_LISTS 64
#define BUDDY_WINDOW_MAX 5u /* order of the largest window */

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
    uint32_t window;    /* order of the window; 0: not coloured, a list for each order */
    uint32_t free;      /* units in all lists */
    uint32_t heads[2][BUDDY_LISTS]; /* [clean][order], or [clean][node] */
    uint64_t lists[2];  /* bit i: list i is not empty */
    uint32_t turn;      /* coloured: the list that a block of any colour was taken from last; the next one comes from the following, so that colours take turns */
    uint32_t mask[2];   /* bit k: some block of order k is there */
};

void buddy_init(struct buddy *b, void *units, uint32_t stride, uint32_t max_order);

/* buddy_colour: keep blocks by their place in windows of 2^window units from now on, max_order <= window <= BUDDY_WINDOW_MAX; 0: not any more. O(free blocks). */
void buddy_colour(struct buddy *b, uint32_t window);

/* buddy_list_of: the list in which a free block of this order stands that begins at index. */
uint32_t buddy_list_of(const struct buddy *b, uint32_t index, uint32_t order);

/* buddy_colour_lists: the lists of blocks that contain a unit whose number is `colour` modulo 2^bits (bits <= window). Of a coloured one. */
uint64_t buddy_colour_lists(const struct buddy *b, uint32_t colour, uint32_t bits);

/* buddy_orders: of the blocks in these lists, bit k: there is one of order k. Of a coloured one. */
uint32_t buddy_orders(const struct buddy *b, bool clean, uint64_t lists);

/* buddy_find: some block of an order in these lists, which buddy_orders has shown to be there; it stays where it is. */
uint32_t buddy_find(const struct buddy *b, bool clean, uint64_t lists, uint32_t order);

/* buddy_take_units: take the units [first, first + n) out of the free block that begins at index. The rest stays free. */
void buddy_take_units(struct buddy *b, uint32_t index, uint32_t first, uint32_t n);

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
