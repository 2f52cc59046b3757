/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promotion: 2 MiB of a region whose 512 pages all are in use, each in a frame of its own somewhere, become one large frame (large.h). It saves their translation table's
 * entries and 511 of 512 entries in the TLB, and their frames are free again, so that other chunks become whole.
 *
 * The pages are copied into the new frame, which the pager maps in a window of its own for that time; the client has none of them mapped meanwhile. No client loses anything
 * if it cannot be done: nothing is changed before the frame is at hand.
 */
#ifndef PAGER_PROMOTE_H
#define PAGER_PROMOTE_H

#include "pagemap.h"

struct space;

struct promote_counters {
    uint64_t promoted; /* large frames since boot; among those given (large.h) */
};
extern struct promote_counters promote_counters;

/* promote_init: window_va is 2 MiB of the pager's addresses in which nothing is mapped, beside some that are (no table of the last level is there, all others are). */
void promote_init(uint64_t window_va);

/* promote_next: look at the 2 MiB ranges of a space from the one of `page` on, PROMOTE_LOOKED of them with pages at most. *found says whether the last one looked at can be
 * promoted: policy/large.h decides, with the same limits as for untouched ranges. Unless `dry`, it was; if memory was short after all it was not, and is not counted as found.
 * Returns the first page that was not looked at; PAGEMAP_PAGES: all were. Looking costs up to 3000 instructions a range, promotion about 500000. */
#define PROMOTE_LOOKED 16u
uint64_t promote_next(struct space *s, uint64_t page, bool dry, bool *found);

/* promote_tick: once a second: allows PROMOTE_TICK_STEPS steps in the background if that is wished (LARGE_POPULATED) and memory is not short. promote_pending: one is due.
 * promote_background: take it: look on in the next space, or promote one range; then no more until the next tick. */
#define PROMOTE_TICK_STEPS 16u
void promote_tick(void);
extern uint32_t promote_steps_due;
static inline bool promote_pending(void)
{
    return promote_steps_due > 0;
}
void promote_background(void);

#endif
