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

/* compact_destination: how good it is to fill the gaps of a chunk with `used` pages: the greater the better, never 0. First those that cannot be emptied. */
uint32_t compact_destination(bool can_be_emptied, uint32_t used);

/*
 * What emptying one after the other, always the one with the fewest pages in use, would come to. compact_plan_add for each chunk that can be emptied: its pages in
 * use (0..512), and the free ones in the same chunk that are no room for others then. compact_plan_solve: with room for so many pages in all gaps, those of these
 * chunks included. O(COMPACT_PLAN_SIZES).
 */
#define COMPACT_PLAN_SIZES 513u
struct compact_plan {
    uint32_t chunks[COMPACT_PLAN_SIZES]; /* by pages in use */
    uint64_t gaps[COMPACT_PLAN_SIZES];   /* sum */
    uint64_t emptied, moves;             /* the outcome */
};
void compact_plan_add(struct compact_plan *p, uint32_t used, uint32_t gaps);
void compact_plan_solve(struct compact_plan *p, uint64_t room);

#endif
