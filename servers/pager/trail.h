/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened to pages lately: one ring for all, oldest entries overwritten. Every page's moves between frames and stores are in it. First
 * touches and looks at a page are far more frequent, and their faults are served the quick way: they are noted for followed pages only, which are
 * the last few that somebody asked about. A followed page has a ring of its own besides, which begins with what the common one knew of it: under
 * pressure the common one holds a second or two. Writing an entry takes some ten instructions, for a followed page some forty.
 */
#ifndef PAGER_TRAIL_H
#define PAGER_TRAIL_H

#include <pagoda/page_event.h>
#include <stdbool.h>
#include <stdint.h>

#define TRAIL_EVENTS 2048u /* kept */
#define TRAIL_FOLLOWED 8u  /* pages, the last ones */
#define TRAIL_SPACE_MAX 0xfffffffu

void trail_init(void);

/* trail_note: `kind` (PAGER_PAGE_EVENT_*) happened to a page of a space (its number, at most TRAIL_SPACE_MAX). */
void trail_note(uint32_t space, uint64_t page, uint32_t kind, uint32_t detail);

/* trail_note_aged: the same for a page that was used `age` generations ago (policy/evict.h). */
void trail_note_aged(uint32_t space, uint64_t page, uint32_t kind, uint32_t detail, uint32_t age);

/* trail_mark: number of events noted so far. */
uint64_t trail_mark(void);

/* trail_read: events of one page since a mark, newest first. Returns how many, at most max; of a followed page the last PAGE_EVENTS_MAX are kept,
 * whatever happens to others. O(TRAIL_EVENTS). */
unsigned trail_read(uint32_t space, uint64_t page, uint64_t mark, struct page_event *out, unsigned max);

/* trail_since_us: from when on nothing of this page is missing; 0: nothing was noted yet, of any page. */
uint64_t trail_since_us(uint32_t space, uint64_t page);

/* trail_follow: note everything of this page from now on, in the place of the one asked about the longest ago, and keep what is known of it since
 * the mark. Returns the space that has no followed page any more because of that; 0: none. trail_forget: a space has ended or runs another
 * program: none of its pages is followed. */
uint32_t trail_follow(uint32_t space, uint64_t page, uint64_t mark);
void trail_forget(uint32_t space);

/* trail_follows: the page is one of them. O(TRAIL_FOLLOWED). */
bool trail_follows(uint32_t space, uint64_t page);

#endif
