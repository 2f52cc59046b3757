/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a page that came back from memory's store because it was read keeps its stored copy beside its frame. Pure; O(1).
 *
 * A copy that is kept saves storing the page once more, if it leaves again before it is written; until then it takes memory that could hold other pages, and the first
 * write costs a fault. So it pays where enough of the copies are used in the end, which each space tells of its own. A copy on a disk takes no memory: it is always kept.
 */
#ifndef PAGER_POLICY_KEPT_COPIES_H
#define PAGER_POLICY_KEPT_COPIES_H

#include <stdbool.h>
#include <stdint.h>

/* Copies are kept while at least one in so many is used, and until so many have come to an end. */
#define KEPT_COPIES_SHARE 3u
#define KEPT_COPIES_SAMPLE 64u
/* Else one in so many is kept all the same, to learn when that changes. */
#define KEPT_COPIES_RETRY 16u
/* When so many have come to an end they count half. */
#define KEPT_COPIES_FADE 1024u

/* Zero at the start. Any value is valid. What is written is written soon, what leaves again leaves late: nothing is counted before the first copy was used. */
struct kept_copies {
    uint16_t used, lost; /* copies with which a page left again; those that a write made useless */
    uint8_t skipped;     /* not kept since the last that was */
    bool begun;          /* one was used */
};

/* kept_copies_keep: the answer for one page. kept_copies_used, kept_copies_lost: what became of a copy that was kept. */
bool kept_copies_keep(struct kept_copies *k);
void kept_copies_used(struct kept_copies *k);
void kept_copies_lost(struct kept_copies *k);

#endif
