/* SPDX-License-Identifier: BSD-2-Clause */
#include "large.h"

#include "compact.h"
#include "mapping.h"
#include "policy/large.h"
#include "promote.h"
#include "reclaim.h"
#include "space.h"
#include "state.h"

#include <string.h>

_Static_assert(LARGE_PAGES == CHUNK_PAGES && LARGE_PAGES == PAGEMAP_FANOUT, "a large frame is a chunk, and what a leaf is about");

struct large_counters large_counters;

/* Chunks that are emptied by moving pages, for large frames that programs have asked for. */
static struct {
    bool made;          /* there is one, and it may be taken */
    unsigned steps;     /* since the last one */
    uint64_t again_ns;  /* not before; the last attempt was in vain */
} moving;
#define AGAIN_NS 1000000000ull

void large_init(void)
{
    memset(&large_counters, 0, sizeof large_counters);
    memset(&moving, 0, sizeof moving);
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

static struct large_facts facts(bool any_colour, uint64_t pages)
{
    return (struct large_facts){
        .any_colour = any_colour,
        .pressure = pager.pressure.level,
        .chunks = chunk_count(),
        .chunks_free = chunks_free(),
        .room = pages,
    };
}

static struct large_facts facts_of(const struct space *s, uint64_t pages)
{
    return facts(pager.colours <= 1 || s->colour_set == UINT32_MAX >> (COLOURS_MAX - pager.colours), pages);
}

static bool allowed(void)
{
    return pager.large != LARGE_NEVER && pager.evict < EVICT_ALWAYS;
}

static bool affordable(bool any_colour, uint64_t pages)
{
    struct large_facts f = facts(any_colour, pages);
    return allowed() && large_wanted(&f);
}

bool large_affordable(const struct space *s, uint64_t pages)
{
    struct large_facts f = facts_of(s, pages);
    return allowed() && large_wanted(&f);
}

/* movable: a chunk is all that is missing. */
static bool movable(const struct space *s)
{
    struct large_facts f = facts_of(s, room(s));
    return allowed() && large_worth_moving(&f);
}

uint64_t large_allowed(void)
{
    return affordable(true, large_room_of_all()) ? large_spare(chunk_count(), chunks_free()) : 0;
}

static bool untouched(struct space *s, const struct region *r, uint64_t page)
{
    page_entry *entry;

    return large_region(r, page) && pagemap_next(&s->map, page, page + LARGE_PAGES, &entry) == UINT64_MAX;
}

static bool wanted(struct space *s, const struct region *r, uint64_t page)
{
    return untouched(s, r, page) && (large_affordable(s, room(s)) || (moving.made && movable(s)));
}

/* may_come: there is reason to make room for one. */
static bool may_come(struct space *s, const struct region *r, uint64_t page)
{
    return movable(s) && ticks_to_ns(kernel_ticks()) >= moving.again_ns && untouched(s, r, page);
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
    moving.made = false;
    moving.steps = 0;
    return true;
}

/* Steps after which a chunk is emptied, or it is in vain: all chunks may have to be counted. */
static unsigned steps_most(void)
{
    return chunk_count() + 2 * CHUNK_GROUPS;
}

/* make_room: a step of emptying a chunk. true: ask again. */
static bool make_room(struct space *s, const struct region *r, uint64_t page)
{
    if (!may_come(s, r, page)) {
        return false;
    }
    enum compact_outcome outcome = compact_for_chunk(LARGE_MOVES);
    moving.made = outcome == COMPACT_MADE;
    large_counters.moved_for += moving.made;
    if (outcome == COMPACT_VAIN || ++moving.steps > steps_most()) {
        moving.again_ns = ticks_to_ns(kernel_ticks()) + AGAIN_NS;
        moving.steps = 0;
        return false;
    }
    return true;
}

/* walks: the predictor takes this page for the next of a walk that has lasted. */
static bool walks(const struct region *r, uint64_t page)
{
    const struct predict *p = &r->predict;
    bool lasted = r->advice == PREDICT_SEQUENTIAL || (pager.large >= LARGE_WALKED && large_walk_lasts(p->used, predict_precision(p)));

    return pager.predict && r->advice != PREDICT_RANDOM && lasted && p->stride == 1 && (uint32_t)page - p->last == 1;
}

/* asked: the program said that it will walk through the region. */
static bool asked(const struct region *r)
{
    return r->advice == PREDICT_SEQUENTIAL;
}

bool large_walked_to(struct space *s, uint64_t va)
{
    const struct region *r = region_find(&s->regions, va);
    uint64_t page = va >> PAGE_BITS;

    return r && walks(r, page) && (wanted(s, r, page) || (asked(r) && may_come(s, r, page)));
}

enum large_outcome large_fault(struct space *s, uint64_t va, bool write)
{
    if (!large_due(s, va, write) || !memory_ready(3)) {
        return LARGE_NOT;
    }
    struct region *r = region_find(&s->regions, va);
    uint64_t page = va >> PAGE_BITS;
    if (!large_give(s, r, page)) {
        return asked(r) && make_room(s, r, page) ? LARGE_LATER : LARGE_NOT;
    }
    r->predict.last = (uint32_t)page + LARGE_PAGES - 1; /* it goes on behind them */
    return LARGE_GIVEN;
}

void large_split(struct space *s, uint64_t page, page_entry *leaf, enum large_reason reason)
{
    mapping_unmap_large(leaf);
    frames_split_large(entry_frame(leaf[0]));
    if (reason != LARGE_ENDED) {
        mapping_make_large(s, page & ~(uint64_t)(LARGE_PAGES - 1), leaf, reason != LARGE_RELEASED);
    }
    large_counters.broken[reason]++;
    if (frame_at(frame_of_window(leaf))->flags & FRAME_PROMOTED) {
        promote_broken(s, page, reason);
    }
    frame_at(frame_of_window(leaf))->flags &= (uint8_t)~(FRAME_LARGE | FRAME_PROMOTED);
}
