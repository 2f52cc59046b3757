/* SPDX-License-Identifier: BSD-2-Clause */
#include "large.h"

#include "mapping.h"
#include "policy/large.h"
#include "reclaim.h"
#include "space.h"
#include "state.h"

#include <string.h>

_Static_assert(LARGE_PAGES == CHUNK_PAGES && LARGE_PAGES == PAGEMAP_FANOUT, "a large frame is a chunk, and what a leaf is about");

struct large_counters large_counters;

void large_init(void)
{
    memset(&large_counters, 0, sizeof large_counters);
}

uint64_t large_now(void)
{
    uint64_t n = large_counters.given;

    for (unsigned reason = 0; reason < LARGE_REASONS; reason++) {
        n -= large_counters.broken[reason];
    }
    return n;
}

bool large_region(const struct region *r, uint64_t page)
{
    bool data = r->kind == PAGER_REGION_ANONYMOUS && (r->prot & PAGER_PROT_WRITE) && !(r->prot & PAGER_PROT_EXEC);

    return data && page % LARGE_PAGES == 0 && page >= r->start >> PAGE_BITS && page + LARGE_PAGES <= r->end >> PAGE_BITS;
}

uint64_t large_room_of_all(void)
{
    return frames_obtainable() > reclaim_low() ? frames_obtainable() - reclaim_low() : 0;
}

static uint64_t room(const struct space *s)
{
    uint64_t held = space_pages(s), all = large_room_of_all();
    uint64_t own = s->max_pages == 0 ? UINT64_MAX : held < s->max_pages ? s->max_pages - held : 0;

    return own < all ? own : all;
}

static bool affordable(bool any_colour, uint64_t pages)
{
    struct large_facts facts = {
        .any_colour = any_colour,
        .pressure = pager.pressure.level,
        .chunks = chunk_count(),
        .chunks_free = chunks_free(),
        .room = pages,
    };
    return pager.large != LARGE_NEVER && pager.evict < EVICT_ALWAYS && large_wanted(&facts);
}

bool large_affordable(const struct space *s, uint64_t pages)
{
    return affordable(pager.colours <= 1 || s->colour_set == UINT32_MAX >> (COLOURS_MAX - pager.colours), pages);
}

uint64_t large_allowed(void)
{
    return affordable(true, large_room_of_all()) ? large_spare(chunk_count(), chunks_free()) : 0;
}

static bool wanted(struct space *s, const struct region *r, uint64_t page)
{
    page_entry *entry;

    return large_region(r, page) && pagemap_next(&s->map, page, page + LARGE_PAGES, &entry) == UINT64_MAX && large_affordable(s, room(s));
}

void large_put(struct space *s, uint64_t page, page_entry *leaf, uint32_t first)
{
    mapping_give_large(s, page, leaf, first);
    frame_at(frame_of_window(leaf))->flags |= FRAME_LARGE;
    s->map.last_leaf = NULL;
    large_counters.given++;
}

bool large_give(struct space *s, const struct region *r, uint64_t page)
{
    page_entry *leaf = wanted(s, r, page) && mapping_ready(s) ? pagemap_make(&s->map, page) : NULL;
    uint32_t first = leaf ? frames_take_large() : BUDDY_NONE;

    if (first == BUDDY_NONE) {
        return false;
    }
    large_put(s, page, leaf, first);
    return true;
}

/* walks: the predictor takes this page for the next of a walk that has lasted. */
static bool walks(const struct region *r, uint64_t page)
{
    const struct predict *p = &r->predict;
    bool lasted = r->advice == PREDICT_SEQUENTIAL || (pager.large >= LARGE_WALKED && large_walk_lasts(p->used, predict_precision(p)));

    return pager.predict && r->advice != PREDICT_RANDOM && lasted && p->stride == 1 && (uint32_t)page - p->last == 1;
}

bool large_walked_to(struct space *s, uint64_t va)
{
    const struct region *r = region_find(&s->regions, va);

    return r && walks(r, va >> PAGE_BITS) && wanted(s, r, va >> PAGE_BITS);
}

bool large_fault(struct space *s, uint64_t va, bool write)
{
    if (!large_due(s, va, write) || !memory_ready(3)) {
        return false;
    }
    struct region *r = region_find(&s->regions, va);
    uint64_t page = va >> PAGE_BITS;
    if (!large_give(s, r, page)) {
        return false;
    }
    r->predict.last = (uint32_t)page + LARGE_PAGES - 1; /* it goes on behind them */
    return true;
}

void large_split(struct space *s, uint64_t page, page_entry *leaf, enum large_reason reason)
{
    mapping_unmap_large(leaf);
    frames_split_large(entry_frame(leaf[0]));
    if (reason != LARGE_ENDED) {
        mapping_make_large(s, page & ~(uint64_t)(LARGE_PAGES - 1), leaf, reason != LARGE_RELEASED);
    }
    frame_at(frame_of_window(leaf))->flags &= (uint8_t)~FRAME_LARGE;
    large_counters.broken[reason]++;
}
