/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compaction: making larger blocks of free memory by moving pages (migrate.h) into the gaps between others.
 *
 * Groups. Translation tables and capability slots are made in groups of 16 pages that are wholly free. When memory is full of single pages
 * there may be none, although many pages are free; then the cheapest of some groups is emptied. This happens when the reserve is
 * filled up after a reply, in advance of need.
 *
 * Chunks. A pass makes chunks of 2 MiB wholly free: it counts all pages, then empties the chunk with the fewest pages in use, as often as it can, into the gaps of
 * others: first of those that cannot be emptied, then of the fullest. It is made in steps of at most 16 pages moved or COUNTED chunks counted (about 40000
 * instructions): by command, or in the background when free memory is scattered.
 */
#ifndef PAGER_COMPACT_H
#define PAGER_COMPACT_H

#include <stdbool.h>
#include <stdint.h>

void compact_init(void);

/*
 * compact_group: empty a group of frames, so that there is a free group. Looks at GROUPS_LOOKED groups and takes the cheapest; at further ones while none of
 * them can be emptied. When all have been looked at in vain, it does nothing for a number of calls in proportion to that. Moves at most 16 pages. false: no group
 * could be emptied, or so few frames are free that they are needed.
 */
bool compact_group(void);

/* compact_group_now: the same, however vain it was lately. */
bool compact_group_now(void);

/* compact_stir: move the next n pages that can be, though there is no need; looks at no more than STIR_LOOKED in groups of frames. Returns how many were moved. For tests. */
#define STIR_LOOKED 8192u
uint32_t compact_stir(uint32_t n);

/* ---- chunks ---- */

/* compact_step: one step of a pass, which it begins if there is none. false: the pass is over. */
bool compact_step(void);

/* compact_for_chunk: one step of a pass, for somebody who waits for a free chunk. COMPACT_MADE: there is one more. COMPACT_VAIN: there will be none, or more than `most`
 * pages would have to be moved for the next one. */
enum compact_outcome { COMPACT_MORE, COMPACT_MADE, COMPACT_VAIN };
enum compact_outcome compact_for_chunk(uint32_t most);

/* compact_tick: once a second: begin a pass in the background if free memory is scattered (fragmentation_index of a chunk above COMPACT_THRESHOLD), the
 * last one was of use or long ago, and pager.compact allows it; allow it COMPACT_TICK_STEPS further steps. */
#define COMPACT_THRESHOLD 500
#define COMPACT_TICK_STEPS 128u
void compact_tick(void);

/* compact_pending: a step in the background is due. compact_background: do it. */
extern uint32_t compact_steps_due;
static inline bool compact_pending(void)
{
    return compact_steps_due > 0;
}
void compact_background(void);

/* What a pass would do, and what is in its way. */
struct compact_survey {
    uint64_t chunks;     /* whole ones */
    uint64_t free;       /* of these, free now */
    uint64_t fixed;      /* with pages that cannot be moved */
    uint64_t could_free; /* that a pass would make free */
    uint64_t moves;      /* pages that it would move */
    uint64_t fixed_pages;
};
void compact_survey(struct compact_survey *s);

struct compact_counters {
    uint64_t groups; /* emptied for tables and slots */
    uint64_t chunks; /* emptied */
    uint64_t passes; /* finished */
    uint64_t steps;
};
extern struct compact_counters compact_counters;

/* compact_room: enough frames are free for a group to be emptied. */
bool compact_room(void);

#endif
