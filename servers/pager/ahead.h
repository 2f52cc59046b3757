/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that are brought in before they are wanted. policy/predict.h says which and how many; here they get what a fault would have given them, mapped
 * by as few calls as their frames allow, while the thread whose fault shows the pattern still waits.
 *
 * They take only what is at hand: frames that are ready and not needed for the watermark, the leaf of the page map with its translation table of the page that faulted.
 * They stay in region, leaf and the space's maximum, and take nothing away from anybody.
 */
#ifndef PAGER_AHEAD_H
#define PAGER_AHEAD_H

#include "space.h"

#include <pagoda/layout.h>

/* Pages brought in ahead since boot, and those of them that were used. Of the rest it is known that they were wasted, or nothing yet. */
struct ahead_counters {
    uint64_t brought, used;
};
extern struct ahead_counters ahead_counters;

void ahead_init(void);

/* ahead_zeroed_follow: for ahead_zeroed: a fault that keeps the distance of those before it. */
void ahead_zeroed_follow(struct space *s, struct region *r, uint64_t page, page_entry *entry, enum page_state state);

/* ahead_zeroed: the page, whose entry is in the leaf made last, was given a zeroed frame of its own by a fault; it was PAGE_NONE or PAGE_ZERO before, and so are those that
 * get one with it. Call before the thread goes on. */
static inline void ahead_zeroed(struct space *s, struct region *r, uint64_t page, page_entry *entry, enum page_state state)
{
    if (__builtin_expect(predict_follows(&r->predict, (uint32_t)page) && pager.predict && r->advice != PREDICT_RANDOM, 0)) {
        ahead_zeroed_follow(s, r, page, entry, state);
    }
}

#endif
