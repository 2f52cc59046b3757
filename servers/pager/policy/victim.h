/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fairness: whose pages are taken when memory is short, and who is ended when nothing is left to take. Pure; O(VICTIM_ROWS) per client, fed
 * one at a time.
 *
 * Every client has a minimum, a weight and perhaps a maximum. A client at or below its minimum is never chosen. Those above
 * their maximum come before all others. Then the greatest (pages - min) / weight, compared exactly; of equal ones the requester, else the first.
 *
 * `pages` is what the choice is about: for eviction the resident pages, for the end of a client all that it holds, stored pages too.
 */
#ifndef PAGER_POLICY_VICTIM_H
#define PAGER_POLICY_VICTIM_H

#include <stdbool.h>
#include <stdint.h>

/* What every client is entitled to while nothing else is configured: enough for a small program with its tables (512 KiB). */
#define VICTIM_MIN_PAGES 128u

#define VICTIM_WEIGHT_MAX 65535u /* page counts are below 2^40, so that products with a weight fit 64 bits */

struct victim_candidate {
    uint32_t id;
    uint32_t weight; /* 1..VICTIM_WEIGHT_MAX */
    uint64_t pages;  /* that it holds */
    uint64_t min;    /* that it is entitled to */
    uint64_t max;    /* that it may hold; 0: no limit */
};

#define VICTIM_ROWS 8u

struct victim_choice {
    uint32_t requester; /* id; 0: nobody */
    /* Those that come first, best first: the table that justifies the choice. Clients that are not to be chosen come last. */
    struct victim_candidate rows[VICTIM_ROWS];
    uint32_t n_rows;
};

void victim_begin(struct victim_choice *v, uint32_t requester);
void victim_consider(struct victim_choice *v, const struct victim_candidate *c);

/* victim_best: the one chosen; NULL when nobody exceeds its minimum. Points into v. */
const struct victim_candidate *victim_best(const struct victim_choice *v);

/* victim_end: the id of the client to end; if nobody exceeds its minimum, the requester: it asked for what is not there. */
uint32_t victim_end(const struct victim_choice *v);

/*
 * victim_allowance: how many pages may be taken from the chosen client before another choice has to be made: until the next one would be
 * chosen, or its minimum is reached; at least 1, and 0 when nobody was chosen. O(log pages).
 */
uint64_t victim_allowance(const struct victim_choice *v);

/* victim_share: (pages - min) / weight of a candidate, rounded down, for the table; 0 at or below the minimum. */
uint64_t victim_share(const struct victim_candidate *c);

#endif
