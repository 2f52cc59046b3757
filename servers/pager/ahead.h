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

/* What mapping a further page of a file costs, in thousandths of its fault. */
#define AHEAD_FILE_COST 180u
/* The same of a neighbour that shows the zero page: up to 300 are mapping it, the rest is what a write costs more later that finds it mapped. */
#define AHEAD_ZERO_COST 400u

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
    if (__builtin_expect(r->advice != PREDICT_RANDOM && predict_follows(&r->predict, (uint32_t)page) && pager.predict, 0)) {
        ahead_zeroed_follow(s, r, page, entry, state);
    }
}

/* ahead_shown: a page that was read shows a page of the archive as it is (then it was untouched), or the zero page (then it was PAGE_NONE, or PAGE_ZERO
 * without a mapping); its entry is in the leaf made last. Those behind it are mapped too, as far as they are what it was, also when no pattern is known
 * (fault-around). That takes no frames. */
void ahead_shown_follow(struct space *s, struct region *r, uint64_t page, page_entry *entry, enum page_state was);
static inline void ahead_shown(struct space *s, struct region *r, uint64_t page, page_entry *entry, enum page_state was)
{
    if (r->advice != PREDICT_RANDOM && pager.predict) {
        ahead_shown_follow(s, r, page, entry, was);
    }
}

/* ahead_stored: a stored page is brought back, or is being read, for a fault; its entry is in the leaf made last, and where it was stored `on_disk`. Its neighbours come too,
 * read-only and with their stored copies, so that they can leave again for nothing. To be called once more when the page is there does no harm. */
void ahead_stored_follow(struct space *s, struct region *r, uint64_t page, page_entry *entry, bool on_disk);
static inline void ahead_stored(struct space *s, struct region *r, uint64_t page, page_entry *entry, bool on_disk)
{
    if (r->advice != PREDICT_RANDOM && predict_follows(&r->predict, (uint32_t)page) && pager.predict) {
        ahead_stored_follow(s, r, page, entry, on_disk);
    }
}

/* ahead_came: the page of this record, asked for ahead, was read: store_get gets it. */
void ahead_came(uint32_t handle);

/* ahead_bring: for a program that says what it will need: pages of [page, end) that are untouched or stored, at most AHEAD_BATCH of them, get what a fault would have given
 * them; those on disk are asked for. Returns the first page that was not looked at; `page`: memory is short. Not in the fault path. */
#define AHEAD_BATCH 64u
uint64_t ahead_bring(struct space *s, uint64_t page, uint64_t end);

#endif
