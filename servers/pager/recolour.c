/* SPDX-License-Identifier: BSD-2-Clause */
#include "recolour.h"

#include "compact.h"
#include "frame.h"
#include "migrate.h"

enum outcome { MOVED, NOT_NEEDED, NOT_NOW };

/* recolour: one page. */
static enum outcome recolour(const struct space *s, uint64_t page, page_entry e)
{
    uint32_t wanted = colour_of_page(&s->colours, page), from = entry_frame(e);
    bool own = entry_state(e) == PAGE_PRIVATE || entry_state(e) == PAGE_COW;

    if (!own || frame_is_archive(from) || frame_colour(from, frame_colours()) == wanted || !migrate_possible(from)) {
        return NOT_NEEDED;
    }
    uint32_t to = compact_room() ? frame_destination(wanted) : BUDDY_NONE;
    if (to == BUDDY_NONE) {
        return NOT_NOW;
    }
    bool right = frame_colour(to, frame_colours()) == wanted, moved = right && migrate_frame(from, to);
    frame_destination_unused(moved ? from : to);
    return !right ? NOT_NOW : moved ? MOVED : NOT_NEEDED;
}

uint64_t recolour_pages(struct space *s, uint64_t page, uint32_t n, uint64_t *moved)
{
    page_entry *entry;

    *moved = 0;
    for (uint32_t looked = 0; !s->copied && looked < RECOLOUR_LOOKED && *moved < n; looked++, page++) {
        page = pagemap_next(&s->map, page, PAGEMAP_PAGES, &entry);
        if (page == UINT64_MAX) {
            return PAGEMAP_PAGES;
        }
        enum outcome outcome = recolour(s, page, *entry);
        if (outcome == NOT_NOW) {
            break;
        }
        *moved += outcome == MOVED;
    }
    return page;
}
