/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compaction: making larger blocks of free memory by moving pages (migrate.h) into the gaps between others.
 *
 * Groups. Translation tables and capability slots are made in groups of 16 pages that are wholly free. When memory is full of single pages
 * there may be none, although many pages are free; then the cheapest of some groups is emptied. This happens when the reserve is
 * filled up after a reply, in advance of need.
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

/* compact_stir: move the next n pages that can be, though there is no need; looks at no more than STIR_LOOKED. Returns how many were moved. For tests. */
#define STIR_LOOKED 1024u
uint32_t compact_stir(uint32_t n);

/* compact_room: enough frames are free for a group to be emptied. */
bool compact_room(void);

#endif
