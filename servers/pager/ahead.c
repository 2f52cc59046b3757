/* SPDX-License-Identifier: BSD-2-Clause */
#include "ahead.h"

#include "frame.h"
#include "large.h"
#include "mapping.h"
#include "reclaim.h"
#include "store.h"
#include "swap.h"
#include "trace.h"
#include "trail.h"

#include <string.h>

/* In thousandths of the fault that they save, by instructions (docs/prediction.md). Zeroing and mapping a page of a run; a page by itself, which needs a frame
 * of its colour and a call of its own, costs as much as its fault. */
static const struct predict_cost zeroed_cost = {.near = 300, .far = PREDICT_FAULT};

/* From this level of pressure on no memory is spent on guesses. */
#define NO_GUESSES 2u

/* A stored page: expanding it costs nearly what its fault does; a read that is under way with others costs little beside waiting for it. */
static const struct predict_cost expanded_cost = {.near = 850, .far = 850}, read_cost = {.near = 300, .far = 300};

/* A page of a file, mapped by a copy of its capability: one of a run behind the page that faulted, others by calls of their own. */
static const struct predict_cost file_cost = {.near = AHEAD_FILE_COST, .far = PREDICT_FAULT};

/* The zero page. */
static const struct predict_cost zero_cost = {.near = AHEAD_ZERO_COST, .far = PREDICT_FAULT};

/* So many ready frames are left for the faults that come before more are made ready: a guess must not spoil their colours. */
#define FRAMES_LEFT (FRAMES_ARMED_MIN / 2)
#define ARMED_LEFT (FRAMES_RESERVE + FRAMES_LEFT)

struct ahead_counters ahead_counters;

void ahead_init(void)
{
    memset(&ahead_counters, 0, sizeof ahead_counters);
}

static uint32_t least(uint64_t a, uint64_t b)
{
    return (uint32_t)(a < b ? a : b);
}

/* room_for_frames: frames that may be spent on guesses: none while memory is short, so what is laid aside for requests need not be looked at. */
static uint32_t room_for_frames(const struct space *s)
{
    uint64_t obtainable = frames_obtainable(), low = reclaim_low();

    if (pager.pressure.level >= NO_GUESSES || obtainable <= low) {
        return 0;
    }
    uint64_t room = least(frames_armed() > ARMED_LEFT ? frames_armed() - ARMED_LEFT : 0, obtainable - low);
    if (s->max_pages) {
        uint64_t held = space_pages(s);
        room = least(room, held < s->max_pages ? s->max_pages - held : 0);
    }
    return (uint32_t)room;
}

/* reach: how many of the n pages behind `page` with this distance lie in its leaf and region. */
static uint32_t reach(const struct region *r, uint64_t page, int64_t stride, uint32_t n)
{
    uint64_t base = page & ~(uint64_t)(PAGEMAP_FANOUT - 1);
    uint64_t low = r->start >> PAGE_BITS, high = r->end >> PAGE_BITS;

    low = low > base ? low : base;
    high = high < base + PAGEMAP_FANOUT ? high : base + PAGEMAP_FANOUT;
    return least(n, stride > 0 ? (high - 1 - page) / (uint64_t)stride : (page - low) / (uint64_t)-stride);
}

/* asked: what the predictor says, where it may act. Counts what became of the pages ahead. */
static uint32_t asked(struct predict *p, const struct region *r, struct predict_cost cost, uint32_t room)
{
    uint32_t before = p->ahead;
    uint32_t n = predict_fault(p, cost, (enum predict_advice)r->advice, room);

    ahead_counters.used += before;
    return p->stride != 0 ? n : 0;
}

/* same_colours: n pages from `page` on want the colours that frames in a row have. */
static uint32_t same_colours(const struct space *s, uint64_t page, uint32_t n)
{
    uint32_t i = 1, first = colour_of_page(&s->colours, page);

    while (i < n && !((colour_of_page(&s->colours, page + i) ^ (first + i)) & frame_colour_mask)) {
        i++;
    }
    return i;
}

/* give_zeroed: the pages page + first, page + first + step ... (n of them, in the order of addresses, so that frames in a row meet pages in a row) get zeroed
 * frames of their own; those in a row are mapped by one call. Returns how many did. */
static uint32_t give_zeroed(struct space *s, const struct region *r, uint64_t page, page_entry *entry, int64_t first, int64_t step, uint32_t n)
{
    uint32_t given = 0;

    while (given < n) {
        int64_t at = first + step * (int64_t)given;
        uint64_t here = page + (uint64_t)at;
        uint32_t colour = colour_of_page(&s->colours, here), frame = frame_take_quick(true, colour);
        if (frame == BUDDY_NONE) {
            break;
        }
        if ((frame ^ colour) & frame_colour_mask) { /* there will be one of the right colour when the page is touched */
            frame_at(frame)->flags &= (uint8_t)~FRAME_MAPPED;
            frame_put(frame);
            break;
        }
        uint32_t run = 1 + (step == 1 ? frame_take_behind(frame, same_colours(s, here, n - given) - 1) : 0);
        mapping_give_run(s, here, &entry[at], frame, run, r->prot & PAGER_PROT_WRITE, r->prot & PAGER_PROT_EXEC);
        given += run;
    }
    return given;
}

void ahead_zeroed_follow(struct space *s, struct region *r, uint64_t page, page_entry *entry, enum page_state state)
{
    int64_t stride = r->predict.stride;
    bool near = stride == 1 || stride == -1; /* others are only learned */
    uint32_t n = asked(&r->predict, r, zeroed_cost, near ? room_for_frames(s) : 0), found = 0;

    if (n == 0 || r->kind != PAGER_REGION_ANONYMOUS || !pagemap_is_made(&s->map, page) || !pagemap_has_table(&s->map)) {
        return;
    }
    n = reach(r, page, stride, n);
    if (stride == 1 && pager.hint) {
        n = predict_whole((uint32_t)page, n, HINT_PAGES);
    }
    while (found < n && entry_state(entry[stride * (found + 1)]) == state) {
        found++;
    }
    uint32_t given = stride > 0 ? give_zeroed(s, r, page, entry, stride, stride, found) : give_zeroed(s, r, page, entry, stride * (int64_t)found, -stride, found);
    if (given == found || stride > 0) { /* otherwise a gap is left before the page that is expected next */
        predict_brought(&r->predict, given, zeroed_cost);
    }
    ahead_counters.brought += given;
    if (state == PAGE_ZERO) {
        zero_page_broken(&r->zero, given);
    }
}

/* ---- pages that others show too ---- */

/* whole_pages: how many pages behind this one are whole pages of the archive, in its leaf and region. */
static uint32_t whole_pages(const struct region *r, uint64_t page)
{
    uint64_t at = ((page + 1) << PAGE_BITS) - r->start;

    return at < r->file.length ? least((r->file.length - at) >> PAGE_BITS, reach(r, page, 1, PREDICT_MAX)) : 0;
}

/* guess: how many pages to map with one that was read: as many as the walk is worth or, if there is none, around it. */
static uint32_t guess(struct predict *p, const struct region *r, struct predict_cost cost, bool follows, uint32_t room)
{
    uint32_t n = follows ? asked(p, r, cost, room) : 0;

    return n ? n : predict_around(p, cost, (enum predict_advice)r->advice, room);
}

static void file_pages(struct space *s, struct region *r, uint64_t page, page_entry *entry, bool can)
{
    bool follows = predict_follows(&r->predict, (uint32_t)page);
    bool forward = !follows || r->predict.stride == 1; /* backwards each page would take a call of its own */
    uint32_t n = guess(&r->predict, r, file_cost, follows, can && forward ? whole_pages(r, page) : 0), found = 0;

    while (found < n && entry[found + 1] == 0) {
        found++;
    }
    if (found > 0) {
        uint64_t frame = FRAME_ARCHIVE + ((r->file.offset + ((page + 1) << PAGE_BITS) - r->start) >> PAGE_BITS);
        uint32_t mapped = mapping_borrow_run(s, page + 1, entry + 1, (uint32_t)frame, found, r->prot & PAGER_PROT_EXEC);
        predict_brought(&r->predict, mapped, file_cost);
        ahead_counters.brought += mapped;
    }
}

/* is_alike: the entry is as another one was: PAGE_NONE, or PAGE_ZERO without a mapping. */
static bool is_alike(page_entry e, enum page_state was)
{
    return entry_state(e) == was && !(e & ENTRY_MAPPED);
}

/* zero_pages: the neighbours have no contents either; they may come in both directions, as it is one frame. Where the next one is not alike nothing is asked
 * for: a walk down would never be seen among guesses upwards. */
static void zero_pages(struct space *s, struct region *r, uint64_t page, page_entry *entry, enum page_state was, bool can)
{
    struct predict *p = &r->anonymous.reads;
    bool follows = predict_follows(p, (uint32_t)page);
    int64_t stride = follows ? p->stride : 1;
    bool near = (stride == 1 || stride == -1) && !(r->prot & PAGER_PROT_EXEC);
    uint32_t room = can && near ? reach(r, page, stride, PREDICT_MAX) : 0, found = 0;
    uint32_t n = guess(p, r, zero_cost, follows, room > 0 && is_alike(entry[stride], was) ? room : 0);

    while (found < n && is_alike(entry[stride * (found + 1)], was)) {
        found++;
    }
    if (found == 0) {
        return;
    }
    int64_t first = stride > 0 ? 1 : -(int64_t)found;
    uint32_t mapped = mapping_zero_run(s, page + (uint64_t)first, entry + first, found, was == PAGE_ZERO);
    if (mapped == found || stride > 0) { /* otherwise a gap is left before the page that is expected next */
        predict_brought(p, mapped, zero_cost);
    }
    ahead_counters.brought += mapped;
    if (was == PAGE_NONE) {
        zero_page_shared(&r->zero, mapped);
    }
}

void ahead_shown_follow(struct space *s, struct region *r, uint64_t page, page_entry *entry, enum page_state was)
{
    bool can = pager.pressure.level < NO_GUESSES && pagemap_is_made(&s->map, page) && pagemap_has_table(&s->map);

    if (r->kind == PAGER_REGION_FILE && entry_state(*entry) == PAGE_FILE) {
        file_pages(s, r, page, entry, can);
    } else if (r->kind == PAGER_REGION_ANONYMOUS) {
        zero_pages(s, r, page, entry, was, can);
    }
}

/* ---- stored pages ---- */

/* bring_back: a stored page, in a leaf of the space's own, comes to memory, or its read begins. false: not now. */
static bool bring_back(struct space *s, const struct region *r, uint64_t page, page_entry *entry)
{
    page_entry stored = *entry;
    uint32_t handle = entry_handle(stored);
    enum store_where where = store_fetch_ahead(handle);

    if (where != STORE_HERE) {
        return where == STORE_COMING;
    }
    uint32_t frame = mapping_ready(s) ? frame_take_colour(FRAME_ANON, false, colour_of_page(&s->colours, page)) : BUDDY_NONE;
    if (frame == BUDDY_NONE) {
        return false;
    }
    if (store_get(handle, entry_generation(stored), page, frame_window(frame))) {
        frame_put(frame); /* who touches the page will hear of it */
        return false;
    }
    space_keep_copy(s, frame, handle, false);
    space_set_page(s, entry, entry_with_age(entry_make(PAGE_PRIVATE, frame), evict_page_in(&s->evict, entry_stamp(stored))));
    mapping_make(s, page, entry, (r->prot & PAGER_PROT_WRITE) && !frame_stored(frame), r->prot & PAGER_PROT_EXEC);
    s->refaults++;
    pager.refaults++;
    trail_note(s->id, page, PAGER_PAGE_EVENT_BACK, 0);
    if (s->traced) {
        trace_ahead(s, page);
    }
    return true;
}

void ahead_stored_follow(struct space *s, struct region *r, uint64_t page, page_entry *entry, bool on_disk)
{
    struct predict_cost cost = on_disk ? read_cost : expanded_cost;
    int64_t stride = r->predict.stride;
    uint32_t n = asked(&r->predict, r, cost, room_for_frames(s)), i = 0;

    if (n == 0 || r->kind == PAGER_REGION_STACK || r->kind == PAGER_REGION_SHARED || !pagemap_is_made(&s->map, page)) {
        return;
    }
    n = reach(r, page, stride, n);
    while (i < n && entry_state(entry[stride * (i + 1)]) == PAGE_STORED && bring_back(s, r, page + (uint64_t)(stride * (i + 1)), &entry[stride * (i + 1)])) {
        i++;
    }
    predict_brought(&r->predict, i, cost);
    ahead_counters.brought += i;
    swap_submit();
}

void ahead_came(uint32_t handle)
{
    const struct record *record = record_at(handle);
    struct space *s = space_at(record->space);
    uint64_t page = record->page;
    bool shared = false;
    page_entry *entry = s && s->started && !s->copied ? pagemap_find(&s->map, page, &shared) : NULL;
    const struct region *r = entry && !shared ? region_find(&s->regions, page << PAGE_BITS) : NULL;

    if (!r || entry_state(*entry) != PAGE_STORED || entry_handle(*entry) != handle || frames_available() == 0 || frames_obtainable() <= reclaim_low() || !space_may_grow(s, 1)) {
        return;
    }
    entry = pagemap_make(&s->map, page); /* takes nothing: it is there */
    bring_back(s, r, page, entry);
}

/* ---- what a program says that it will need ---- */

/* needed: one page, or with it up to n untouched ones; how many have what they need now. 0: memory is short. *entry is in the leaf made last. */
static uint32_t needed(struct space *s, const struct region *r, uint64_t page, page_entry *entry, uint32_t n)
{
    uint32_t untouched = 0;

    if (entry_state(*entry) == PAGE_STORED && r->kind != PAGER_REGION_SHARED) {
        return bring_back(s, r, page, entry);
    }
    if (*entry != 0 || r->kind != PAGER_REGION_ANONYMOUS || !(r->prot & PAGER_PROT_WRITE)) {
        return 1; /* it is there, or comes cheaply at its fault */
    }
    n = predict_whole((uint32_t)page - 1, least(1 + reach(r, page, 1, n - 1), room_for_frames(s)), HINT_PAGES);
    n = n ? n : 1;
    while (untouched < n && entry[untouched] == 0) {
        untouched++;
    }
    return give_zeroed(s, r, page, entry, 0, 1, untouched);
}

uint64_t ahead_bring(struct space *s, uint64_t page, uint64_t end)
{
    uint32_t budget = AHEAD_BATCH, done;

    for (; page < end && budget > 0; page += done, budget -= done) {
        const struct region *r = region_find(&s->regions, page << PAGE_BITS);
        if (page % PAGEMAP_FANOUT == 0 && end - page >= PAGEMAP_FANOUT && budget == AHEAD_BATCH && memory_ready(1 + FRAMES_LEFT) && large_give(s, r, page)) {
            return page + PAGEMAP_FANOUT;
        }
        if (!memory_ready(HINT_PAGES + FRAMES_LEFT) || room_for_frames(s) == 0 || !space_may_grow(s, 8)) {
            break;
        }
        page_entry *entry = pagemap_make(&s->map, page);
        done = entry ? needed(s, r, page, entry, least(budget, end - page)) : 0;
        if (done == 0) {
            break;
        }
    }
    swap_submit();
    return page;
}
