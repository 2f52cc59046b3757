/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking pages away from clients when free memory runs short: which space, which of its pages, and where they go.
 *
 * There are no global lists. Each space has a hand that goes round its pages in blocks: one harvest tells which pages of a block were used,
 * policy/evict.h decides about each resident one, and the victims are unmapped in runs and stored (store.h). The space is the one with the
 * greatest (pages - min) / weight; one at or below its minimum, or made by init (a server that others wait for), is never touched.
 *
 * It works after replies, a block at a time, from the low watermark up to the high one. A fault that finds no frame does the same at once.
 */
#ifndef PAGER_RECLAIM_H
#define PAGER_RECLAIM_H

#include "space.h"

void reclaim_init(void);

/* reclaim_when: EVICT_*, and what pressure means with it. */
void reclaim_when(uint64_t when);

/* reclaim_may_take_from: servers must not wait, and into a space that has not run yet its maker still writes: from these nothing is taken. */
bool reclaim_may_take_from(const struct space *s);

/* reclaim_wanted: free frames are below the low watermark, or were and are not above the high one yet. */
bool reclaim_wanted(void);

/* reclaim_low: the low watermark, in obtainable frames. */
uint64_t reclaim_low(void);

/* reclaim_step: a bounded piece of work towards the high watermark: at most RECLAIM_BLOCKS blocks looked at. */
void reclaim_step(void);

/* reclaim_now: free at least one frame, looking at every page if need be. `only`: take it from this space, whatever others hold; NULL:
 * from whom it is due. false: nothing can be taken away from anybody. */
bool reclaim_now(struct space *only);

/* reclaim_cold: let the policy judge pages of [page, end) of a space, from the first on, as ones that it will not need soon, and store the victims among
 * them: up to the first block of which any left memory, and in PAGEMAP_DROPPED leaves of the page map at most. Returns where to go on; *gone: how many left.
 * For madvise. */
uint64_t reclaim_cold(struct space *s, uint64_t page, uint64_t end, uint64_t *gone);

/* reclaim_awaits_disk: pages that could leave memory stay, only because too many are on their way to the disk. */
bool reclaim_awaits_disk(void);

/* Counters since boot. */
struct reclaim_counters {
    uint64_t blocks;   /* harvested */
    uint64_t scanned;  /* resident pages looked at */
    uint64_t evicted;  /* pages that left memory */
    uint64_t clean;    /* of them, those whose stored copy was still good */
    uint64_t zero;     /* of them, those full of zeros: they share the zero page again */
    uint64_t dropped;  /* mappings of file pages that were taken away */
    uint64_t kept;     /* victims that no store could take */
    uint64_t tables;   /* translation tables, of leaves with nothing mapped, that were given back; with the leaves, where nothing was touched any more */
};
extern struct reclaim_counters reclaim_counters;

#endif
