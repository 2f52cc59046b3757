/* SPDX-License-Identifier: BSD-2-Clause */
#include "reclaim.h"

#include "frame.h"
#include "large.h"
#include "load.h"
#include "mapping.h"
#include "policy/victim.h"
#include "page_ops.h"
#include "promote.h"
#include "shared.h"
#include "stack.h"
#include "store.h"
#include "trace.h"
#include "trail.h"
#include "swap.h"
#include "unmap.h"

#include <pagoda/layout.h>
#include <string.h>

/* Pages of one harvest: what a call costs is spread over them, and one step stays short. */
#define BLOCK 64u
_Static_assert(BLOCK == TRACE_BLOCK_PAGES, "a scan is one record");
/* Pages between the watermarks at least. */
#define BATCH 8u
/* Of the low one, pages that a fault, and the page map and the store on its behalf, may take before reclaiming begins: below what frames_refill keeps armed, others have to wait for it. */
#define MARGIN 4u
/* One in so many pages of general memory is added to both: programs take pages the faster the larger the machine is. */
#define RAM_SHARE 8192u
/* Blocks that one step looks at when it finds no victims. */
#define RECLAIM_BLOCKS 16u
/* After so many rounds of a hand without a victim there is none: used pages are victims in the second round at EVICT_DESPERATE. */
#define DRY_ROUNDS 4u

struct reclaim_counters reclaim_counters;
static uint64_t low, high;
static bool filling; /* from the low watermark up to the high one */

/* Whose turn it is, and how many pages may be taken before the others are looked at again: choosing goes through all spaces. */
#define TURN_PAGES 64u
static struct {
    uint32_t space;
    uint64_t pages;
} turn;

/* Nothing more is written while too many pages are in flight; it goes on when the disk has done some of it. */
#define DISK_BATCH 8u
static bool disk_behind;

/* wait_for_disk: a page had to stay because the disk is behind, and it still is. */
static bool wait_for_disk(void)
{
    disk_behind = disk_behind && swap_stalled(DISK_BATCH);
    return disk_behind;
}

bool reclaim_awaits_disk(void)
{
    return wait_for_disk();
}

void reclaim_init(void)
{
    memset(&reclaim_counters, 0, sizeof reclaim_counters);
    /* Below what frames_refill keeps armed there would be no time to reclaim in advance. What is between and beyond stands empty most of the time. */
    low = FRAMES_ARMED_MIN + MARGIN + pager.general_pages / RAM_SHARE;
    high = low + BATCH + pager.general_pages / RAM_SHARE;
    filling = false;
    disk_behind = false;
    turn.pages = 0;
    reclaim_when(pager.evict);
}

void reclaim_when(uint64_t when)
{
    pager.evict = when;
    pressure_held_at(&pager.pressure, when == EVICT_NEVER ? 0 : low);
}

uint64_t reclaim_low(void)
{
    return low;
}

bool reclaim_wanted(void)
{
    uint64_t free = frames_obtainable();

    filling = free < (filling ? high : low);
    return pager.evict >= EVICT_ALWAYS || (filling && pager.evict == EVICT_WHEN_SHORT);
}

/* ---- who may be taken from ---- */

bool reclaim_may_take_from(const struct space *s)
{
    return s->manager != MANAGER_INIT && !s->ended && s->started && !s->copied;
}

static bool at_minimum(const struct space *s)
{
    return space_pages(s) <= s->min_pages;
}

/* Why pages leave a space. */
enum cause {
    CAUSE_OTHERS, /* others want memory, and it is the one that has the most beyond its share */
    CAUSE_OWN,    /* its own wish, or its own maximum; or a test that takes from everybody */
};

/* How a block is looked at. */
struct view {
    enum evict_urgency urgency;
    enum cause cause;
    bool cold; /* its owner says that it will not need it soon */
};

/* may_take: one more page. */
static bool may_take(const struct space *s, const struct view *how)
{
    return how->cause == CAUSE_OWN || !at_minimum(s);
}

/* check_victim: the promise of the minimum, at every page that leaves. */
static void check_victim(const struct space *s, enum cause cause)
{
#ifdef PAGODA_DEBUG
    if (cause == CAUSE_OTHERS && (!reclaim_may_take_from(s) || at_minimum(s))) {
        pager_panic("reclaim: taken from a space that may keep what it holds", s->id);
    }
#else
    (void)s;
    (void)cause;
#endif
}

/* ---- one page ---- */

/* Frames in a row, all zeros, that the block being looked at has let go of and that are not free yet: they become free together. */
static struct {
    uint32_t first, n;
} zeros;

/* free_zeros: before anything else happens to frames, as nobody knows of these. */
static void free_zeros(void)
{
    if (zeros.n > 0) {
        frames_put_zero(zeros.first, zeros.n);
        zeros.n = 0;
    }
}

/* put_zero: a page lets go of a frame full of zeros that has no stored copy. */
static void put_zero(uint32_t frame)
{
    if (frame_at(frame)->refs > 1) {
        frame_put(frame);
        return;
    }
    if (zeros.first + zeros.n != frame) {
        free_zeros();
        zeros.first = frame;
    }
    zeros.n++;
}

/* forget_zero: a page full of zeros shares the zero page again, from its next read on. */
static void forget_zero(struct space *s, page_entry *entry)
{
    uint32_t frame = entry_frame(*entry);

    space_set_page(s, entry, entry_make(PAGE_ZERO, pager.zero_page));
    put_zero(frame);
    reclaim_counters.zero++;
}

/* is_zero: reads it. *same: all of its words are equal. */
static bool is_zero(uint32_t frame, bool *same)
{
    uint64_t word;

    *same = page_same(frame_window(frame), &word);
    return *same && word == 0;
}

/* A page that is to be stored, and who lets go of it. */
struct leaving {
    uint32_t space; /* 0: nobody; a page of a shared object that no space has */
    uint64_t page;  /* of the space */
    uint64_t index; /* of the space, or of the shared object: what it is stored under */
    bool cold;
    uint32_t age;   /* generations since its last use */
    struct store_history *history;
};

static void note(const struct leaving *l, uint32_t what, uint32_t detail)
{
    if (l->space) {
        trail_note_aged(l->space, l->page, what, detail, l->age);
    }
}

static void note_stored(const struct leaving *l, const struct record *r)
{
    static const uint8_t kinds[RECORD_KINDS] = {
        [RECORD_SAME] = PAGER_PAGE_EVENT_SAME, [RECORD_COMPRESSED] = PAGER_PAGE_EVENT_COMPRESSED, [RECORD_DISK] = PAGER_PAGE_EVENT_DISK};

    note(l, kinds[r->kind], r->kind == RECORD_DISK ? swap_slot(r) : r->length);
}

/* stored_copy: the handle of a copy of the frame, with a reference for the caller; 0: no store takes it. Holders of one frame share its copy. `same`: as is_zero found, if
 * there is no copy yet. */
static uint32_t stored_copy(const struct leaving *l, uint32_t frame, bool same)
{
    uint32_t handle = frame_stored(frame);

    if (handle) {
        reclaim_counters.clean++;
        note(l, PAGER_PAGE_EVENT_CLEAN, 0);
    } else {
        struct store_source source = {.space = l->space, .page = l->index, .cold = l->cold, .mixed = !same, .history = l->history};
        handle = store_put(frame_window(frame), &source);
        if (!handle) {
            disk_behind = swap_stalled(1);
            frame_at(frame)->flags |= disk_behind ? 0 : FRAME_REFUSED;
            reclaim_counters.kept++;
            note(l, PAGER_PAGE_EVENT_REFUSED, 0);
            return 0;
        }
        frame_set_stored(frame, handle);
        note_stored(l, record_at(handle));
    }
    store_retain(handle);
    return handle;
}

/* store_shared: the page of a shared object leaves memory; of its frame only the object's reference is left, and the caller's, if it has one. false: it stays. */
static bool store_shared(const struct leaving *l, page_entry *entry)
{
    uint32_t frame = entry_frame(*entry);
    bool same = true;

    if (!frame_stored(frame) && is_zero(frame, &same)) {
        pagemap_set(entry, 0);
        reclaim_counters.zero++;
        note(l, PAGER_PAGE_EVENT_ZERO, 0);
    } else {
        uint32_t handle = stored_copy(l, frame, same);
        if (!handle) {
            return false;
        }
        pagemap_set(entry, entry_make_stored(handle, store_generation(handle), 0));
        reclaim_counters.evicted++;
    }
    frame_put(frame);
    return true;
}

/* evict_shared: the space lets go of a page of a shared object; the last one stores it. */
static bool evict_shared(struct space *s, uint64_t page, page_entry *entry, bool cold)
{
    uint32_t frame = entry_frame(*entry);

    if (frame_at(frame)->refs == 2) { /* the object's and this one */
        const struct region *r = region_find(&s->regions, page << PAGE_BITS);
        const struct leaving l = {.space = s->id, .page = page, .index = shared_index(r, page), .cold = cold, .age = evict_age(&s->evict, entry_age(*entry)), .history = &s->compressing};
        if (!store_shared(&l, shared_page(r->object.object, l.index))) {
            return false;
        }
        s->evictions++;
    } else {
        reclaim_counters.dropped++;
        trail_note(s->id, page, PAGER_PAGE_EVENT_DROPPED, 0);
    }
    evict_page_gone(&s->evict);
    space_set_page(s, entry, 0);
    frame_put(frame);
    return true;
}

/* evict: an unmapped page leaves memory. */
static bool evict(struct space *s, uint64_t page, page_entry *entry, const struct view *how)
{
    uint32_t frame = entry_frame(*entry);
    uint8_t byte = entry_age(*entry);

    check_victim(s, how->cause);
    if (entry_state(*entry) == PAGE_SHARED) {
        free_zeros();
        return evict_shared(s, page, entry, how->cold);
    }
    uint32_t aged = evict_age(&s->evict, byte);
    if (entry_state(*entry) == PAGE_FILE) {
        space_set_page(s, entry, 0);
        reclaim_counters.dropped++;
        trail_note_aged(s->id, page, PAGER_PAGE_EVENT_DROPPED, 0, aged);
        return true;
    }
    bool same = true;
    if (!frame_stored(frame) && is_zero(frame, &same)) {
        evict_page_gone(&s->evict);
        forget_zero(s, entry);
        trail_note_aged(s->id, page, PAGER_PAGE_EVENT_ZERO, 0, aged);
        return true;
    }
    free_zeros();
    const struct leaving l = {.space = s->id, .page = page, .index = page, .cold = how->cold, .age = aged, .history = &s->compressing};
    uint32_t handle = stored_copy(&l, frame, same);
    if (!handle) {
        return false;
    }
    space_set_page(s, entry, entry_make_stored(handle, store_generation(handle), evict_page_out(&s->evict, byte)));
    frame_put(frame);
    s->evictions++;
    reclaim_counters.evicted++;
    return true;
}

/* ---- one block ---- */

struct block {
    uint64_t page, end;
    page_entry *first; /* entry of `page` */
};

/* used_large: the leaf is a large frame that was used since the hand came by last: one look at it is one at all of its pages. At the last resort it does not count. */
static bool used_large(struct space *s, uint64_t page, const page_entry *leaf, enum evict_urgency urgency)
{
    uint64_t accessed;

    if (!large_is(leaf) || urgency >= EVICT_DESPERATE) {
        return false;
    }
    must(kernel_harvest(s->vspace, page << PAGE_BITS, 1, &accessed), "reclaim: harvest");
    reclaim_counters.blocks++;
    load_looked(s, 1, accessed & 1);
    return accessed & 1;
}

/* next_block: a large frame that is in use is passed over. So is a leaf that fork shares, unless pages are really needed: then the space gets one of its own, and its frames
 * come free when the other holders have done the same. */
static bool next_block(struct space *s, uint64_t page, uint64_t end, enum evict_urgency urgency, struct block *b)
{
    page_entry *leaf;

    while ((leaf = pagemap_next_leaf(&s->map, &page, end)) != NULL) {
        page_entry *entry = &leaf[page % PAGEMAP_FANOUT];
        if (pagemap_leaf_shared(leaf)) {
            entry = urgency >= EVICT_NEEDED ? pagemap_make(&s->map, page) : NULL;
        } else if (used_large(s, page, leaf, urgency)) {
            entry = NULL;
        }
        if (entry) {
            large_break(s, page, leaf, LARGE_EVICTED);
            *b = (struct block){.page = page, .end = (page | (BLOCK - 1)) + 1, .first = entry};
            return true;
        }
        page = pagemap_leaf_end(page, end);
    }
    return false;
}

/* worth_asking: nothing is gained from a page that no store takes; at the last resort they are asked again, as it may have changed. */
static bool worth_asking(page_entry e, enum evict_urgency urgency)
{
    return entry_state(e) == PAGE_FILE || urgency == EVICT_DESPERATE || !(frame_at(entry_frame(e))->flags & FRAME_REFUSED);
}

/* resident_pages: those that can leave; bit i for the i-th. */
static uint64_t resident_pages(const struct block *b)
{
    uint64_t mask = 0, n = b->end - b->page;

    if (n == BLOCK) {
#pragma GCC unroll 8
        for (unsigned i = BLOCK; i-- > 0;) {
            mask = mask << 1 | entry_resident(b->first[i]);
        }
    } else {
        while (n-- > 0) {
            mask = mask << 1 | entry_resident(b->first[n]);
        }
    }
    return SPACE_IPC_PAGE - b->page < BLOCK ? mask & ~(1ull << (SPACE_IPC_PAGE - b->page)) : mask;
}

/* worth_asking_of: of the policy's victims, those worth asking. */
static uint64_t worth_asking_of(const struct block *b, uint64_t victims, enum evict_urgency urgency)
{
    uint64_t worth = 0;

    for (; victims; victims &= victims - 1) {
        unsigned i = (unsigned)__builtin_ctzll(victims);
        worth |= (uint64_t)worth_asking(b->first[i], urgency) << i;
    }
    return worth;
}

/* harvest: which pages of a block were accessed since the last time; from the first of `pages` to the last. */
static uint64_t harvest(const struct space *s, const struct block *b, uint64_t pages)
{
    unsigned first = (unsigned)__builtin_ctzll(pages), last = 63 - (unsigned)__builtin_clzll(pages);
    uint64_t accessed;

    must(kernel_harvest(s->vspace, (b->page + first) << PAGE_BITS, last - first + 1, &accessed), "reclaim: harvest");
    return accessed << first;
}

/* note_looks: of the pages of a block that are followed. */
static __attribute__((cold, noinline)) void note_looks(const struct space *s, const struct block *b, uint64_t pages, uint64_t accessed)
{
    for (; pages; pages &= pages - 1) {
        unsigned i = (unsigned)__builtin_ctzll(pages);
        if (trail_follows(s->id, b->page + i)) {
            trail_note_aged(s->id, b->page + i, PAGER_PAGE_EVENT_LOOKED, accessed >> i & 1, evict_age(&s->evict, entry_age(b->first[i])));
        }
    }
}

/* judge: the policy's verdict on these pages of a block; returns the victims. */
static uint64_t judge(struct space *s, const struct block *b, uint64_t pages, uint64_t accessed, const struct view *how)
{
    page_entry *const entries = b->first;
    const enum evict_urgency urgency = how->urgency;
    const bool cold = how->cold;
    uint64_t victims = 0;
    unsigned n = 0, used = 0;

    for (uint64_t left = pages; left; left &= left - 1, n++) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        bool now = accessed >> i & 1;
        struct evict_verdict v = evict_scanned(&s->evict, entry_age(entries[i]), now, cold, urgency);
        entries[i] = entry_with_age(entries[i], v.byte);
        victims |= (uint64_t)v.victim << i;
        used += now;
    }
    load_looked(s, n, used);
    reclaim_counters.scanned += n;
    if (s->followed) {
        note_looks(s, b, pages, accessed);
    }
    return victims;
}

/* unmap_victims: take their mappings away, by runs. */
static void unmap_victims(struct space *s, const struct block *b, uint64_t victims)
{
    for (uint64_t left = victims; left;) {
        unsigned first = (unsigned)__builtin_ctzll(left), n = 0;
        bool mapped = false;
        for (; first + n < BLOCK && (left >> (first + n) & 1); n++) {
            mapped |= (b->first[first + n] & ENTRY_MAPPED) != 0;
        }
        if (mapped) {
            must(kernel_unmap_range(s->vspace, (b->page + first) << PAGE_BITS, n), "reclaim: unmap");
        }
        for (unsigned i = first; i < first + n; i++) {
            mapping_lost(s, b->first[i]);
            b->first[i] &= ~ENTRY_MAPPING;
        }
        left &= n == BLOCK ? 0 : ~(((1ull << n) - 1) << first);
    }
}

/* ---- for the trace ---- */

/* The scan that is going on, of the space that is recorded. */
static struct trace_scan traced;

/* trace_before: what is known of a block before its pages are judged. */
static __attribute__((cold, noinline)) void trace_before(const struct block *b, uint64_t pages, uint64_t accessed, const struct view *how)
{
    traced = (struct trace_scan){.page = b->page & ~(uint64_t)(TRACE_BLOCK_PAGES - 1), .urgency = how->urgency, .directed = how->cold};
    unsigned shift = (unsigned)(b->page - traced.page);

    traced.masks[TRACE_MASK_RANGE] = UINT64_MAX >> (TRACE_BLOCK_PAGES - (b->end - b->page)) << shift;
    traced.masks[TRACE_MASK_RESIDENT] = pages << shift;
    traced.masks[TRACE_MASK_ACCESSED] = (pages & accessed) << shift;
    for (uint64_t left = pages; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        traced.masks[TRACE_MASK_NEW] |= (uint64_t)(entry_age(b->first[i]) == EVICT_NEW) << i << shift;
        traced.masks[TRACE_MASK_FILE] |= (uint64_t)(entry_state(b->first[i]) == PAGE_FILE) << i << shift;
    }
}

/* trace_after: and what became of them. */
static __attribute__((cold, noinline)) void trace_after(struct space *s, const struct block *b, uint64_t victims)
{
    unsigned shift = (unsigned)(b->page - traced.page);

    traced.masks[TRACE_MASK_VERDICTS] = victims << shift;
    for (; victims; victims &= victims - 1) {
        unsigned i = (unsigned)__builtin_ctzll(victims);
        traced.masks[TRACE_MASK_GONE] |= (uint64_t)!entry_resident(b->first[i]) << i << shift;
        traced.masks[TRACE_MASK_ZERO] |= (uint64_t)(entry_state(b->first[i]) == PAGE_ZERO) << i << shift;
    }
    traced.masks[TRACE_MASK_FILE] &= traced.masks[TRACE_MASK_GONE];
    trace_scan(s, &traced);
}

/* keeps_zeros: of a space that is recorded, as a trace goes by pages that were touched; when there is nothing else left to take, the trace ends. */
static __attribute__((cold, noinline)) bool keeps_zeros(struct space *s, enum evict_urgency urgency)
{
    if (urgency < EVICT_DESPERATE) {
        return true;
    }
    trace_end(s, TRACE_END_MEMORY);
    return false;
}

/* forget_zeros: pages of an anonymous region that only read as zeros are as if they had never been touched; a leaf of the page map without others is given back at the next
 * pass. */
static void forget_zeros(struct space *s, const struct block *b, uint64_t pages, enum evict_urgency urgency)
{
    const struct region *r = region_find(&s->regions, b->page << PAGE_BITS);

    if (!r || r->kind != PAGER_REGION_ANONYMOUS || r->end < b->end << PAGE_BITS || (s->traced && keeps_zeros(s, urgency))) {
        return;
    }
    for (; pages; pages &= pages - 1) {
        space_set_page(s, &b->first[__builtin_ctzll(pages)], 0);
    }
}

/*
 * lose_zeros: of a block with nothing to take, the mappings of the zero page that were not used since the last look: they give their slots back, at the end of a leaf its
 * table. Those pages are forgotten.
 */
static __attribute__((noinline)) void lose_zeros(struct space *s, const struct block *b, enum evict_urgency urgency)
{
    uint64_t mapped = 0, unmapped = 0;

    for (unsigned i = 0; i < b->end - b->page; i++) {
        page_entry e = b->first[i];
        if (entry_state(e) == PAGE_ZERO) {
            *(e & ENTRY_MAPPED ? &mapped : &unmapped) |= 1ull << i;
        }
    }
    if (mapped) {
        uint64_t unused = urgency < EVICT_DESPERATE ? mapped & ~harvest(s, b, mapped) : mapped;
        unmap_victims(s, b, unused);
        unmap_count += (unsigned)__builtin_popcountll(unused);
        unmapped |= unused;
    }
    if (unmapped) {
        forget_zeros(s, b, unmapped, urgency);
    }
}

static uint32_t do_block(struct space *s, const struct block *b, const struct view *how)
{
    uint64_t accessed;
    uint32_t gone = 0;

    uint64_t pages = resident_pages(b);

    if (!pages) {
        lose_zeros(s, b, how->urgency);
        return 0;
    }
    if (wait_for_disk()) {
        return 0;
    }
    accessed = harvest(s, b, pages);
    reclaim_counters.blocks++;
    if (s->traced) {
        trace_before(b, pages, accessed, how);
    }
    uint64_t verdicts = judge(s, b, pages, accessed, how), victims = worth_asking_of(b, verdicts, how->urgency);
    unmap_victims(s, b, victims);
    for (; victims && may_take(s, how) && !disk_behind; victims &= victims - 1) {
        unsigned i = (unsigned)__builtin_ctzll(victims);
        gone += evict(s, b->page + i, &b->first[i], how);
    }
    free_zeros();
    if (s->traced) {
        trace_after(s, b, verdicts);
    }
    store_submit();
    return gone;
}

/* ---- one space ---- */

static enum evict_urgency urgency_of(const struct space *s)
{
    static const enum evict_urgency by_rounds[DRY_ROUNDS] = {EVICT_WANTED, EVICT_NEEDED, EVICT_DESPERATE, EVICT_DESPERATE};
    return by_rounds[s->dry < DRY_ROUNDS ? s->dry : DRY_ROUNDS - 1];
}

/* Leaves of the page map without touched pages that are given back on the way from one block to the next. */
#define EMPTY_LEAVES 16u

/* give_back_slots: the leaves of slots that nothing is mapped by any more. */
static uint32_t give_back_slots(struct space *s)
{
    uint32_t before = s->slots.leaves;

    if (s->slots.used + SLOT_LEAF_SLOTS < before * SLOT_LEAF_SLOTS) {
        slot_set_trim(&s->slots);
    }
    return before - s->slots.leaves;
}

/* give_back_table: of a leaf, when nothing in it is mapped. */
static uint32_t give_back_table(struct space *s, const struct block *b)
{
    const page_entry *leaf = b->first - b->page % PAGEMAP_FANOUT;

    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        if (leaf[i] & ENTRY_MAPPED) {
            return 0;
        }
    }
    return pagemap_drop_table(&s->map, b->page);
}

/* take_block: the next block under the hand of a space. */
static uint32_t take_block(struct space *s, enum evict_urgency urgency, enum cause cause)
{
    struct view how = {.urgency = urgency, .cause = cause};
    struct block b;
    bool more = next_block(s, s->hand, PAGEMAP_PAGES, urgency, &b);
    bool near = more && b.page - s->hand < PAGEMAP_FANOUT; /* no leaf lies between */
    uint32_t tables = near ? 0 : pagemap_trim_some(&s->map, s->hand, more ? b.page : PAGEMAP_PAGES, EMPTY_LEAVES);

    if (!more) {
        reclaim_counters.tables += tables;
        evict_pass_end(&s->evict);
        if (s->traced) {
            trace_pass_end(s);
        }
        s->hand = 0;
        s->dry++;
        return tables;
    }
    s->hand = b.end;
    uint32_t gone = do_block(s, &b, &how);
    if (b.end % PAGEMAP_FANOUT == 0) { /* the last block of a leaf */
        gone += give_back_slots(s);
        tables += give_back_table(s, &b);
    }
    reclaim_counters.tables += tables;
    gone += tables;
    turn.pages -= gone < turn.pages ? gone : turn.pages;
    s->dry = gone ? 0 : s->dry;
    return gone;
}

/* take_stack: what is below the stack pointer goes before anything else: it costs no store and never comes back. */
static uint32_t take_stack(struct space *s)
{
    return pager.stack_trim ? stack_give_back(s) : 0;
}

/* ---- pages of shared objects that no space has ---- */

/* take_left_behind: look at up to n pages of shared objects, not beyond the end of the round, until a block of them has left memory; returns how many. */
static uint32_t take_left_behind(uint64_t n)
{
    static struct store_history history;
    uint32_t gone = 0;
    uint64_t page;
    page_entry *entry;

    while (n-- > 0 && gone < BLOCK && !wait_for_disk() && (entry = shared_look(&page)) != NULL) {
        uint32_t frame = entry_frame(*entry);
        if (entry_state(*entry) == PAGE_SHARED && frame_at(frame)->refs == 1 && !(frame_at(frame)->flags & FRAME_REFUSED)) {
            gone += store_shared(&(struct leaving){.index = page, .cold = true, .history = &history}, entry);
        }
    }
    store_submit();
    return gone;
}

/* may_give: pages can be taken from it. */
static bool may_give(const struct space *s)
{
    return reclaim_may_take_from(s) && !at_minimum(s) && s->dry < DRY_ROUNDS;
}

/* While a client is slowed, its pages are for those whose turn it is: it counts as if its weight were that much smaller. */
static uint32_t weight_now(const struct space *s)
{
    return load_slowed(s) ? s->weight : s->weight * LOAD_TURN_FACTOR;
}

static struct space *choose_space(void)
{
    struct victim_choice choice;

    victim_begin(&choice, 0);
    for (const struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        if (may_give(s)) {
            victim_consider(&choice, &(struct victim_candidate){.id = s->id, .weight = weight_now(s), .pages = space_pages(s), .min = s->min_pages, .max = s->max_pages});
        }
    }
    uint64_t allowance = victim_allowance(&choice);
    turn.pages = allowance < TURN_PAGES ? allowance : TURN_PAGES;
    turn.space = victim_end(&choice);
    return victim_best(&choice) ? space_at(turn.space) : NULL;
}

static struct space *whose_turn(void)
{
    struct space *s = turn.pages > 0 ? space_at(turn.space) : NULL;
    return s && may_give(s) ? s : choose_space();
}

/* rest: every space has been looked at in vain; they will be again when they have run. */
static void rest(void)
{
    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        s->dry = 0;
    }
}

/* always: for tests, take pages away although there is no need to, also those used a moment ago. */
static void always(void)
{
    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        if (reclaim_may_take_from(s)) {
            take_block(s, EVICT_DESPERATE, CAUSE_OWN);
        }
    }
    take_left_behind(BLOCK);
}

static void fill(void)
{
    if (take_left_behind(BLOCK) > 0) {
        return;
    }
    for (unsigned i = 0; i < RECLAIM_BLOCKS && frames_obtainable() < high && !wait_for_disk(); i++) {
        struct space *s = whose_turn();
        if (!s) {
            rest();
            return;
        }
        if (take_stack(s) > 0 || take_block(s, urgency_of(s), CAUSE_OTHERS) > 0) {
            return;
        }
    }
}

/* note_moved: the copy went to the disk. Its record tells whose page it was when it was stored; it is noted if that still is so. */
static void note_moved(const struct record *r)
{
    struct space *s = space_at(r->space);
    bool shared;
    const page_entry *entry = s ? pagemap_find(&s->map, r->page, &shared) : NULL;

    if (entry && entry_state(*entry) == PAGE_STORED && record_at(entry_handle(*entry)) == r) {
        trail_note(s->id, r->page, PAGER_PAGE_EVENT_MOVED, swap_slot(r));
    }
}

void reclaim_step(void)
{
    if (promote_give_up()) {
        return;
    }
    if (pager.evict >= EVICT_ALWAYS) {
        always();
    } else {
        fill();
    }
    store_write_out(note_moved);
    store_tidy();
}

bool reclaim_now(struct space *only)
{
    uint64_t before = frames_obtainable();

    if (!only && promote_give_up()) {
        return true;
    }
    if (pager.evict == EVICT_NEVER) {
        return false;
    }
    if (only) {
        only->dry = 0;
    } else {
        rest();
    }
    while (!wait_for_disk()) {
        struct space *s = only && only->dry < DRY_ROUNDS ? only : only ? NULL : whose_turn();
        if (!s) {
            break;
        }
        uint64_t pages = space_pages(s);
        if (take_stack(s) == 0) {
            take_block(s, urgency_of(s), only ? CAUSE_OWN : CAUSE_OTHERS);
        }
        if (only ? space_pages(s) < pages : frames_obtainable() > before) {
            return true;
        }
    }
    for (unsigned rounds = 0; rounds < 2 && !only && frames_obtainable() <= before; rounds++) {
        take_left_behind(UINT64_MAX); /* the first is what is left of one */
    }
    while (store_tidy()) {
    }
    return frames_obtainable() > before;
}

uint64_t reclaim_cold(struct space *s, uint64_t page, uint64_t end, uint64_t *gone)
{
    struct block b;

    end = pagemap_piece(&s->map, page, end, PAGEMAP_DROPPED);
    for (*gone = 0; *gone == 0 && page < end; page = b.end) {
        if (!next_block(s, page, end, EVICT_DESPERATE, &b)) {
            return end;
        }
        b.end = b.end < end ? b.end : end;
        *gone = do_block(s, &b, &(struct view){.urgency = EVICT_WANTED, .cause = CAUSE_OWN, .cold = true});
    }
    return page;
}
