/* SPDX-License-Identifier: BSD-2-Clause */
#include "promote.h"

#include "frame.h"
#include "large.h"
#include "mapping.h"
#include "migrate.h"
#include "page_ops.h"
#include "space.h"
#include "state.h"

#include <pagoda/startup.h>
#include <string.h>

struct promote_counters promote_counters;
uint32_t promote_steps_due;

static uint64_t window;
static struct {
    uint64_t space, page; /* that is looked at next in the background */
} hand;

void promote_init(uint64_t window_va)
{
    window = window_va;
    promote_steps_due = 0;
    memset(&promote_counters, 0, sizeof promote_counters);
    memset(&hand, 0, sizeof hand);
}

/* populated: each page of the leaf is in a frame that is its own and may be moved. */
static bool populated(const page_entry *leaf)
{
    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        if (entry_state(leaf[i]) != PAGE_PRIVATE || frame_at(entry_frame(leaf[i]))->flags & FRAME_PINNED) {
            return false;
        }
    }
    return true;
}

static bool possible(struct space *s, uint64_t page, const page_entry *leaf)
{
    const struct region *r = region_find(&s->regions, page << PAGE_BITS);

    return r && large_region(r, page) && !s->traced && !pagemap_leaf_shared(leaf) && !large_is(leaf) && populated(leaf) &&
           large_affordable(s, large_room_of_all());
}

/* see_frames: windows to all frames of the leaf; to those in a row by one call. */
static void see_frames(const page_entry *leaf)
{
    for (unsigned i = 0, n; i < PAGEMAP_FANOUT; i += n) {
        uint32_t first = entry_frame(leaf[i]);
        for (n = 1; i + n < PAGEMAP_FANOUT && entry_frame(leaf[i + n]) == first + n && (first + n) % FRAMES_SEEN_AT_ONCE != 0; n++) {
        }
        frames_see(first, n);
    }
}

/* copy_to: the contents of all pages, which are not mapped in the client, into the large frame that begins with `first`. */
static void copy_to(uint32_t first, const page_entry *leaf)
{
    cptr_t copy = page_second_cap(first);

    must(kernel_copy(copy, page_cap(first), KERNEL_READ | KERNEL_WRITE), "promote: copy");
    must(kernel_page_map(copy, PAGER_CAP_VSPACE, window, true, false), "promote: window");
    see_frames(leaf);
    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        page_copy((uint8_t *)(uintptr_t)window + ((uint64_t)i << PAGE_BITS), frame_window(entry_frame(leaf[i])));
    }
    must(kernel_delete(copy), "promote: delete");
}

static bool promote(struct space *s, uint64_t page)
{
    page_entry *leaf = mapping_ready(s) ? pagemap_make(&s->map, page) : NULL;
    uint32_t first = leaf ? frames_take_large() : BUDDY_NONE;

    if (first == BUDDY_NONE) {
        return false;
    }
    must(kernel_unmap_range(s->vspace, page << PAGE_BITS, PAGEMAP_FANOUT), "promote: unmap");
    copy_to(first, leaf);
    space_release_pages(s, page, page + PAGEMAP_FANOUT);
    large_put(s, page, leaf, first);
    promote_counters.promoted++;
    migrate_counters.moved[MIGRATE_PRIVATE] += PAGEMAP_FANOUT;
    return true;
}

uint64_t promote_next(struct space *s, uint64_t page, bool dry, bool *found)
{
    *found = false;
    for (unsigned looked = 0; looked < PROMOTE_LOOKED && !*found; looked++) {
        const page_entry *leaf = s->copied ? NULL : pagemap_next_leaf(&s->map, &page, PAGEMAP_PAGES);
        if (!leaf) {
            return PAGEMAP_PAGES;
        }
        page &= ~(uint64_t)(PAGEMAP_FANOUT - 1);
        *found = possible(s, page, leaf) && (dry || promote(s, page));
        page += PAGEMAP_FANOUT;
    }
    return page;
}

/* ---- in the background ---- */

void promote_tick(void)
{
    promote_steps_due = pager.large == LARGE_POPULATED && pager.pressure.level == 0 ? PROMOTE_TICK_STEPS : 0;
}

void promote_background(void)
{
    struct space *s = space_first_from(hand.space);
    bool found = false;

    if (!s || s->id != hand.space) {
        hand.page = 0;
    }
    hand.space = s ? s->id : 1;
    hand.page = s && s->started && !s->ended ? promote_next(s, hand.page, false, &found) : PAGEMAP_PAGES;
    if (hand.page >= PAGEMAP_PAGES) {
        hand.space++;
        hand.page = 0;
    }
    promote_steps_due = found || !s ? 0 : promote_steps_due - 1;
}
