/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened to pages lately: one ring for all, oldest entries overwritten. First touches are not in it, they are too many and the page's
 * state tells; what moves a page between stores or frames is. Writing an entry takes some ten instructions.
 */
#ifndef PAGER_TRAIL_H
#define PAGER_TRAIL_H

#include <pagoda/page_event.h>
#include <stdint.h>

#define TRAIL_EVENTS 2048u      /* kept */
#define TRAIL_DETAIL_MAX 0xfffffu

void trail_init(void);

/* trail_note: `kind` (PAGER_PAGE_EVENT_*, below 16) happened to a page of a space (its number, below 2^28). */
void trail_note(uint32_t space, uint64_t page, uint32_t kind, uint32_t detail);

/* trail_read: events of one page, newest first. Returns how many, at most max. O(TRAIL_EVENTS). */
unsigned trail_read(uint32_t space, uint64_t page, struct page_event *out, unsigned max);

/* trail_since_us: time of the oldest event of any page that is kept; 0: none. */
uint64_t trail_since_us(void);

#endif
