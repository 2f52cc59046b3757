/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compaction's decisions: how scattered free memory is, what is worth emptying, where its pages go. Pure; each call O(1) or O(orders).
 */
#ifndef PAGER_POLICY_COMPACT_CHOICE_H
#define PAGER_POLICY_COMPACT_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#define COMPACT_ORDERS 10u /* blocks of 1 to 512 pages */

/* free[k]: free blocks of 2^k pages. */
struct free_blocks {
    uint64_t free[COMPACT_ORDERS];
};

#define FRAGMENTATION_NONE (-1)

/*
 * fragmentation_index: what a request of 2^order pages would meet. FRAGMENTATION_NONE: a block that is large enough. Otherwise 0..1000: towards 0 memory is
 * missing, towards 1000 it is there but scattered: 1000 * (1 - (1 + free pages / 2^order) / free blocks).
 */
int fragmentation_index(const struct free_blocks *b, unsigned order);

/* fragmentation_unusable: thousandths of free memory that lie in blocks smaller than 2^order pages. 0 when nothing is free. */
unsigned fragmentation_unusable(const struct free_blocks *b, unsigned order);

/* A group or chunk that might be emptied. */
struct compact_candidate {
    uint32_t number;
    uint32_t used;  /* pages in use that can be moved */
    uint32_t fixed; /* pages in use that cannot */
};

/* The cheapest of those considered. */
struct compact_choice {
    bool found;
    struct compact_candidate best;
};

/* compact_consider: one with no fixed page and at most `room` used ones can be chosen; of several the one with the fewest, of equals the first. */
void compact_consider(struct compact_choice *c, const struct compact_candidate *candidate, uint32_t room);

#endif
