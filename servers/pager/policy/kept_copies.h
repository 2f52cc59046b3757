/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a page that came back from memory's store because it was read keeps its stored copy beside its frame. Pure; O(1).
 *
 * A copy that is kept saves storing the page once more, if it leaves again before it is written. Until then it takes memory that could hold other pages, and for the longest time of
 * all: what has just come back leaves last. The first write costs a fault, and the copy was for nothing. So it pays where pages are hardly written, which each space tells of
 * its own: writes come early, so they tell soon. A copy on a disk takes no memory: it is always kept.
 */
#ifndef PAGER_POLICY_KEPT_COPIES_H
#define PAGER_POLICY_KEPT_COPIES_H

#include <stdbool.h>
#include <stdint.h>

/* Few are one for so many frames of memory; while memory is short, when pages leave for them. */
#define KEPT_COPIES_FEW 112u
#define KEPT_COPIES_FEW_SHORT 1024u
/* Copies are kept while no more than one in so many is lost by a write, and until so many have been kept. */
#define KEPT_COPIES_SHARE 16u
#define KEPT_COPIES_SAMPLE 64u
/* Else one in so many is kept all the same, to learn when that changes. */
#define KEPT_COPIES_RETRY 255u
/* When so many have been kept all count half. */
#define KEPT_COPIES_FADE 256u

/* Zero at the start. Any value is valid. */
struct kept_copies {
    uint16_t kept, lost; /* copies; of these, those that a write made useless */
    uint8_t skipped;     /* not kept since the last that was */
};

/* kept_copies_keep: the answer for one page; `few`: all copies there are take hardly any memory, which is answer enough. kept_copies_lost: a page whose copy was kept is written. */
bool kept_copies_keep(struct kept_copies *k, bool few);
void kept_copies_lost(struct kept_copies *k);

#endif
