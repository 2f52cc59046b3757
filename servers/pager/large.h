/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Large frames: 2 MiB of a client's memory as one chunk, one capability and one entry of the translation tables.
 *
 * A leaf of a page map with FRAME_LARGE: its 512 entries are those of private pages, mapped writable by their original capabilities, whose frames are those of
 * one chunk in order; but the chunk is still one large frame, and that is what is mapped. The leaf has one holder and is not the leaf made last. Its translation
 * table was taken with the frame and waits in the page map, so breaking needs no memory. Nothing of such a leaf is changed and the pager does not look into its
 * frames, which are FRAME_PINNED: who wants to calls large_break first (pagemap_make does). After it the chunk is 32 ordinary groups of frames, and
 * nothing else has changed: contents stay where they are.
 */
#ifndef PAGER_LARGE_H
#define PAGER_LARGE_H

#include "frame.h"
#include "pagemap.h"

#include <pagoda/layout.h>

struct space;
struct region;

/* Why a large frame was broken up. LARGE_RELEASED: all its pages are about to be given back, and are not mapped. LARGE_ENDED: so is the space, which has no VSpace any
 * more. */
enum large_reason { LARGE_TOUCHED, LARGE_UNMAPPED, LARGE_PROTECTED, LARGE_FORKED, LARGE_EVICTED, LARGE_RELEASED, LARGE_ENDED, LARGE_REASONS };

struct large_counters {
    uint64_t given; /* since boot */
    uint64_t broken[LARGE_REASONS];
    uint64_t moved_for; /* chunks that were emptied for one */
};
extern struct large_counters large_counters;
void large_init(void);
/* large_now: large frames in use. */
uint64_t large_now(void);

/* large_region: the 2 MiB from `page` on are aligned and lie in one region of writable data. large_affordable: policy/large.h allows the space one more, of so many pages that
 * it may take. large_room_of_all: pages that anybody may take. large_allowed: how many more large frames there may be with the chunks that are free now. */
bool large_region(const struct region *r, uint64_t page);
bool large_affordable(const struct space *s, uint64_t pages);
uint64_t large_room_of_all(void);
uint64_t large_allowed(void);

/* large_put: 512 untouched pages, whose leaf was made last, get the frame that frames_take_large gave. */
void large_put(struct space *s, uint64_t page, page_entry *leaf, uint32_t first);

/* large_give: the 2 MiB from `page` on, a multiple of 512, get a large frame, mapped, if policy/large.h wants that and what it takes is at hand (memory_ready(3) first).
 * false: nothing is changed. About 200 instructions a page, zeroing included; up to 700 if the chunk was used for small frames before. Not in the fault path. */
bool large_give(struct space *s, const struct region *r, uint64_t page);

/* large_due: a write fault at va for which a large frame is worth it: a walk from page to page comes to 2 MiB of which nothing was touched. A few instructions elsewhere than at
 * the first page of such. large_fault: it gets one; or not; or later: a program that said that it would walk there waits while a chunk is made
 * free by moving pages (compact.h), if that is all that is missing and was not in vain during the last second. Others have their turn after each step of 40000 instructions. */
bool large_walked_to(struct space *s, uint64_t va); /* for large_due */
static inline bool large_due(struct space *s, uint64_t va, bool write)
{
    return __builtin_expect(write && va >> PAGE_BITS << (64 - (CHUNK_BITS - PAGE_BITS)) == 0, 0) && large_walked_to(s, va);
}
enum large_outcome { LARGE_GIVEN, LARGE_LATER, LARGE_NOT };
enum large_outcome large_fault(struct space *s, uint64_t va, bool write);

/* large_break: the leaf of `page` is an ordinary one from now on. About 60000 instructions if it was large; no memory. */
void large_split(struct space *s, uint64_t page, page_entry *leaf, enum large_reason reason); /* for large_break */
static inline bool large_is(const page_entry *leaf)
{
    return frame_at(frame_of_window(leaf))->flags & FRAME_LARGE;
}
static inline void large_break(struct space *s, uint64_t page, page_entry *leaf, enum large_reason reason)
{
    if (__builtin_expect(large_is(leaf), 0)) {
        large_split(s, page, leaf, reason);
    }
}

#endif
