/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promotion: 2 MiB of a region whose 512 pages all are in use, each in a frame of its own somewhere, become one large frame (large.h). It saves their translation table's
 * entries and 511 of 512 entries in the TLB, and their frames are free again, so that other chunks become whole.
 *
 * It is made in steps, between which anything may happen; one range at a time. First a free chunk is made one large frame, which the pager maps in a window of its own. Then
 * the pages are copied into it while the client goes on using them: each is mapped read-only before it is copied, and its entry is marked (ENTRY_COPIED). A write is a fault
 * like any other, which maps it writable again, so the entry tells that the copy is old; whatever else happens to a page takes the mark away. Rounds go over the range until at
 * most PROMOTE_STEP pages are not copied. A range that is written faster than it is copied gets a round that closes it: then who writes to a page that is copied makes a step instead,
 * and comes back with the same fault. The last step takes all pages from the client, copies the rest, and maps the large frame. The old frames are given back in steps, too.
 *
 * Each step looks at what is there, and no step relies on what another one saw. A range that has become something else keeps what it has, and the chunk is free again; so it
 * is at once if anybody wants memory (promote_give_up). Nothing of the range depends on the copy before the last step.
 */
#ifndef PAGER_PROMOTE_H
#define PAGER_PROMOTE_H

#include "large.h"
#include "pagemap.h"
#include "policy/promotion.h"

struct space;

struct promote_counters {
    uint64_t promoted;  /* large frames since boot; among those given (large.h) */
    uint64_t abandoned; /* begun, but not ended so */
    uint64_t steps;
    uint64_t copied; /* pages; some more than once */
    uint64_t again;  /* of those: because they were written meanwhile, which was a fault each */
    uint64_t ticks;  /* that steps took */
    uint64_t broken[LARGE_REASONS]; /* of those promoted */
};
extern struct promote_counters promote_counters;

/* What is known of ranges, and whether it pays (policy/promotion.h). */
extern struct promotion promotion;
uint32_t promote_pause(void); /* seconds until it goes on */
/* promote_whole: frames that were promoted and have not been broken up. */
uint64_t promote_whole(void);

/* promote_init: window_va is 2 MiB of the pager's addresses in which nothing is mapped, beside some that are (no table of the last level is there, all others are). */
void promote_init(uint64_t window_va);

/* What one step does at most: so many pages copied; so many groups of the chunk unmade; so many old frames given back. Up to 30000 instructions, but for the one in which the kernel zeroes
 * the chunk: 104000 (docs/optimizer.md). */
#define PROMOTE_STEP 16u
#define PROMOTE_GROUPS 2u
#define PROMOTE_FREED 128u
/* Rounds over a range; the last one closes it. */
#define PROMOTE_ROUNDS 3u
/* So no promotion takes more steps than this. */
#define PROMOTE_STEPS_MAX (32u / PROMOTE_GROUPS + 2u + PROMOTE_ROUNDS * (PAGEMAP_FANOUT / PROMOTE_STEP + 1u) + PAGEMAP_FANOUT / PROMOTE_FREED)

/* promote_next: look at the 2 MiB ranges of a space from the one of `page` on, PROMOTE_LOOKED of them with pages at most. *found says whether the last one looked at can be
 * promoted: policy/large.h decides, with the same limits as for untouched ranges. Unless `dry`, that takes many calls, each a step: until the range has become a large frame,
 * *found is false, and the range is what is returned. If memory was short after all, or the range was not left alone, it is passed over. While a range of another space
 * is being promoted, a call is a step of that, and returns `page`; there is none in between if there was nothing to be done.
 * Returns the page to go on with; PAGEMAP_PAGES: all were looked at. Looking costs up to 3000 instructions a range. */
#define PROMOTE_LOOKED 16u
uint64_t promote_next(struct space *s, uint64_t page, bool dry, bool *found);

/* promote_hold_write: while a range is closed: a write fault there, of which the thread is to come again; a step has been made instead. false: it is served as ever. */
bool promote_hold_write(const struct space *s, uint64_t va); /* if promote_closing */
extern bool promote_closing;

/* promote_give_up: whatever a promotion holds is free memory again. false: it held nothing. promote_forget: the space ends, or all that is in it. */
bool promote_give_up(void);
void promote_forget(const struct space *s);

/* promote_holds: the i-th frame that a promotion holds and no page map, a FRAME_ANON that is FRAME_PINNED; BUDDY_NONE: there are no more. For checks. */
uint32_t promote_holds(unsigned i);

/* promote_broken: a large frame that was promoted is broken up. */
void promote_broken(const struct space *s, uint64_t page, enum large_reason reason);

/* promote_tick: once a second, if that is wished (pager.compact, LARGE_POPULATED) and memory is not short: ranges that are known are looked at, PROMOTE_TICK_STEPS steps go on to find others, and the
 * hottest, if one has proved hot, is promoted. One that is being promoted comes to an end in any case. promote_pending: a step is due. promote_background: take it: a look of 8 pages
 * (10000 instructions), a search as promote_next makes it, or a step of a promotion. */
#define PROMOTE_TICK_STEPS 16u
void promote_tick(void);
extern uint32_t promote_steps_due;
static inline bool promote_pending(void)
{
    return promote_steps_due > 0;
}
void promote_background(void);

#endif
