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

_Static_assert(PROMOTE_FREED % GROUP_PAGES == 0 && PAGEMAP_FANOUT % PROMOTE_FREED == 0, "old frames are given back by groups where they are such");

/* Pages of which the copy may be old after a round for the next one to let writes go on as well. */
#define FEW_OLD (PAGEMAP_FANOUT / 4)

struct promote_counters promote_counters;
struct promotion promotion;
uint32_t promote_steps_due;
bool promote_closing;

static uint64_t window;
static uint32_t now_s; /* ticks; what policy/promotion.h takes for seconds */
static struct {
    uint64_t space, page; /* that is looked at next in the background */
} hand;

/* The promotion being made. */
static struct {
    enum { RUN_NONE, RUN_CHUNK, RUN_COPYING, RUN_FREEING, RUN_RETURNING } phase;
    bool chosen;    /* by the policy, not by request */
    bool raw; /* RUN_COPYING: the chunk is not made a large frame yet */
    uint32_t space;
    uint64_t page;  /* the first of the range */
    uint32_t first; /* RUN_COPYING, RUN_RETURNING: of the chunk */
    unsigned next;  /* page of the range to copy; old frame to give back */
    unsigned round;
    uint32_t old[PAGEMAP_FANOUT]; /* RUN_FREEING: frames that held the pages */
} run;

/* What a step did. */
enum step { STEP_MORE, STEP_PROMOTED, STEP_FREED, STEP_ABANDONED };

void promote_init(uint64_t window_va)
{
    window = window_va;
    promote_steps_due = 0;
    promote_closing = false;
    now_s = 0;
    memset(&promote_counters, 0, sizeof promote_counters);
    promotion_init(&promotion);
    memset(&hand, 0, sizeof hand);
    memset(&run, 0, sizeof run);
}

uint32_t promote_pause(void)
{
    return promotion_on(&promotion, now_s) ? 0 : promotion.paused_until - now_s;
}

uint64_t promote_whole(void)
{
    uint64_t n = promote_counters.promoted;

    for (unsigned reason = 0; reason < LARGE_REASONS; reason++) {
        n -= promote_counters.broken[reason];
    }
    return n;
}

/* ---- what can be promoted ---- */

/* own: the page is in a frame that is its own and may be moved. */
static bool own(page_entry e)
{
    return entry_state(e) == PAGE_PRIVATE && !(frame_at(entry_frame(e))->flags & FRAME_PINNED);
}

/* own_leaf: only this space has to do with it, and lets a large frame come there. */
static bool own_leaf(struct space *s, uint64_t page, const page_entry *leaf)
{
    const struct region *r = region_find(&s->regions, page << PAGE_BITS);

    return r && large_region(r, page) && !s->traced && !s->copied && !pagemap_leaf_shared(leaf) && !large_is(leaf);
}

static bool populated(const page_entry *leaf)
{
    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        if (!own(leaf[i])) {
            return false;
        }
    }
    return true;
}

static bool possible(struct space *s, uint64_t page, const page_entry *leaf)
{
    return own_leaf(s, page, leaf) && populated(leaf) && large_affordable(s, large_room_of_all());
}

static uint32_t range_of(uint64_t page)
{
    return (uint32_t)(page / PAGEMAP_FANOUT);
}

/* leaf_of_run: the leaf of the range being promoted, if nothing is against that any more than when it began. */
static page_entry *leaf_of_run(struct space **space)
{
    bool shared;
    struct space *s = *space = space_at(run.space);
    page_entry *leaf = s && s->started && !s->ended && pager.large != LARGE_NEVER ? pagemap_find(&s->map, run.page, &shared) : NULL;

    return leaf && own_leaf(s, run.page, leaf) ? leaf : NULL;
}

/* ---- copying ---- */

/* copied: the large frame has what is in the page. */
static bool copied(page_entry e)
{
    return (e & ENTRY_COPIED) && !entry_by_slot(e);
}

/* forget_copies: of an attempt before. */
static void forget_copies(page_entry *leaf)
{
    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        leaf[i] &= entry_by_slot(leaf[i]) ? ~(page_entry)0 : ~ENTRY_COPIED;
    }
}

static void copy_page(const page_entry *leaf, unsigned i)
{
    page_copy((uint8_t *)(uintptr_t)window + ((uint64_t)i << PAGE_BITS), frame_window(entry_frame(leaf[i])));
    promote_counters.copied++;
    promote_counters.again += run.round > 0;
}

/* see_frames: windows to the frames of pages [from, end) of the leaf; to those in a row by one call. */
static void see_frames(const page_entry *leaf, unsigned from, unsigned end)
{
    for (unsigned i = from, n; i < end; i += n) {
        uint32_t first = entry_frame(leaf[i]);
        for (n = 1; i + n < end && entry_frame(leaf[i + n]) == first + n && (first + n) % FRAMES_SEEN_AT_ONCE != 0; n++) {
        }
        frames_see(first, n);
    }
}

/* copy_run: pages [from, end) of the leaf, none of them copied. They cannot be written before they are. */
static void copy_run(struct space *s, page_entry *leaf, unsigned from, unsigned end)
{
    mapping_protect(s, leaf, run.page + from, run.page + end);
    see_frames(leaf, from, end);
    for (unsigned i = from; i < end; i++) {
        if (entry_by_slot(leaf[i])) {
            mapping_drop(s, run.page + i, &leaf[i]);
        }
        copy_page(leaf, i);
        leaf[i] |= ENTRY_COPIED;
    }
}

/* copy_some: the next PROMOTE_STEP pages of this round. false: one of them is not its own any more. */
static bool copy_some(struct space *s, page_entry *leaf)
{
    for (unsigned left = PROMOTE_STEP; left > 0 && run.next < PAGEMAP_FANOUT;) {
        unsigned from = run.next;
        for (; run.next < PAGEMAP_FANOUT && left > 0 && !copied(leaf[run.next]); run.next++, left--) {
            if (!own(leaf[run.next])) {
                return false;
            }
        }
        if (run.next > from) {
            copy_run(s, leaf, from, run.next);
        }
        run.next += run.next < PAGEMAP_FANOUT && copied(leaf[run.next]);
    }
    return true;
}

static unsigned not_copied(const page_entry *leaf)
{
    unsigned n = 0;

    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        n += !copied(leaf[i]);
    }
    return n;
}

/* ---- from small frames to the large one ---- */

/* copy_rest: the pages are not mapped any more. */
static void copy_rest(const page_entry *leaf)
{
    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        if (!copied(leaf[i])) {
            copy_page(leaf, i);
        }
    }
}

/* take_old: the frames of all pages, which are untouched ones then. */
static void take_old(struct space *s, page_entry *leaf)
{
    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        run.old[i] = entry_frame(leaf[i]);
        mapping_lost(s, leaf[i]);
        frame_at(run.old[i])->flags |= FRAME_PINNED;
        leaf[i] = 0;
    }
    pagemap_removed(leaf, PAGEMAP_FANOUT);
    s->states[PAGE_PRIVATE] -= PAGEMAP_FANOUT;
    s->states[PAGE_NONE] += PAGEMAP_FANOUT;
}

static void take_over(struct space *s, page_entry *leaf)
{
    must(kernel_unmap_range(s->vspace, run.page << PAGE_BITS, PAGEMAP_FANOUT), "promote: unmap");
    run.round++; /* what is not copied yet was written */
    copy_rest(leaf);
    must(kernel_delete(page_second_cap(run.first)), "promote: delete");
    take_old(s, leaf);
    large_put(s, run.page, leaf, run.first);
    frame_at(frame_of_window(leaf))->flags |= FRAME_PROMOTED;
    promote_counters.promoted++;
    if (run.chosen) {
        promotion_made(&promotion, run.space, range_of(run.page), now_s);
    } else {
        promotion_ended(&promotion, run.space, range_of(run.page), now_s);
    }
    migrate_counters.moved[MIGRATE_PRIVATE] += PAGEMAP_FANOUT;
    run.phase = RUN_FREEING;
    run.next = 0;
    promote_closing = false;
    promote_steps_due += promote_steps_due == 0;
}

/* in_group: the 16 old frames from the i-th on are those of a group in order. */
static bool in_group(unsigned i)
{
    for (unsigned n = 1; n < GROUP_PAGES; n++) {
        if (run.old[i + n] != run.old[i] + n) {
            return false;
        }
    }
    return run.old[i] % GROUP_PAGES == 0;
}

/* free_old: the next n, a multiple of 16. */
static void free_old(unsigned n)
{
    for (unsigned end = run.next + n; run.next < end; run.next += GROUP_PAGES) {
        for (unsigned i = run.next; i < run.next + GROUP_PAGES; i++) {
            frame_at(run.old[i])->flags &= (uint8_t)~FRAME_PINNED;
        }
        if (!in_group(run.next) || !frames_put_group(run.old[run.next])) {
            for (unsigned i = run.next; i < run.next + GROUP_PAGES; i++) {
                frame_put(run.old[i]);
            }
        }
    }
    run.phase = run.next < PAGEMAP_FANOUT ? RUN_FREEING : RUN_NONE;
}

/* ---- steps ---- */

/* return_chunk: with the pager's own mapping of it. */
static void return_chunk(void)
{
    frames_put_large(run.first);
    run.phase = RUN_NONE;
}

/* abandon: the chunk goes back in a step of its own, as a fault may be what this one is made for. */
static enum step abandon(void)
{
    run.phase = run.phase == RUN_COPYING ? RUN_RETURNING : RUN_NONE;
    promote_steps_due += promote_steps_due == 0;
    promote_closing = false;
    promote_counters.abandoned++;
    if (run.chosen) {
        promotion_failed(&promotion, run.space, range_of(run.page), now_s);
    }
    return STEP_ABANDONED;
}

static void begin(const struct space *s, uint64_t page, bool chosen)
{
    run.phase = RUN_CHUNK;
    run.chosen = chosen;
    run.space = s->id;
    run.page = page;
}

static enum step take_chunk(void)
{
    struct space *s;
    page_entry *leaf = leaf_of_run(&s);

    if (!leaf || !large_affordable(s, large_room_of_all())) {
        return abandon();
    }
    if (!chunk_prepare_large(PROMOTE_GROUPS)) {
        return STEP_MORE;
    }
    run.first = frames_take_raw();
    if (run.first == BUDDY_NONE) {
        return abandon();
    }
    forget_copies(leaf);
    run.phase = RUN_COPYING;
    run.raw = true;
    run.next = run.round = 0;
    return STEP_MORE;
}

/* make_chunk: a part of it is zeroed; when all is, it becomes a large frame that the pager sees. */
static enum step make_chunk(void)
{
    struct space *s;

    if (!leaf_of_run(&s)) {
        return abandon();
    }
    if (!frames_clear_raw(run.first)) {
        return STEP_MORE;
    }
    frames_make_large(run.first);
    must(kernel_copy(page_second_cap(run.first), page_cap(run.first), KERNEL_READ | KERNEL_WRITE), "promote: copy");
    must(kernel_page_map(page_second_cap(run.first), PAGER_CAP_VSPACE, window, true, false), "promote: window");
    run.raw = false;
    return STEP_MORE;
}

static enum step copy_step(void)
{
    struct space *s;
    page_entry *leaf = leaf_of_run(&s);

    if (!leaf || (run.next < PAGEMAP_FANOUT && !copy_some(s, leaf))) {
        return abandon();
    }
    return STEP_MORE;
}

/* end_round: the range becomes a large frame, or another round begins. */
static enum step end_round(void)
{
    struct space *s;
    page_entry *leaf = leaf_of_run(&s);
    unsigned old;

    if (!leaf || !populated(leaf) || !mapping_ready(s)) {
        return abandon();
    }
    old = not_copied(leaf);
    if (old <= PROMOTE_STEP) {
        take_over(s, pagemap_make(&s->map, run.page));
        return STEP_PROMOTED;
    }
    if (promote_closing) {
        return abandon();
    }
    run.next = 0;
    promote_closing = ++run.round + 1 == PROMOTE_ROUNDS || old > FEW_OLD;
    return STEP_MORE;
}

static enum step step_of_phase(void)
{
    switch (run.phase) {
    case RUN_CHUNK:
        return take_chunk();
    case RUN_COPYING:
        if (run.raw) {
            return make_chunk();
        }
        return run.next < PAGEMAP_FANOUT ? copy_step() : end_round();
    case RUN_RETURNING:
        return_chunk();
        return STEP_FREED;
    default:
        free_old(PROMOTE_FREED);
        return run.phase == RUN_NONE ? STEP_FREED : STEP_MORE;
    }
}

static enum step step(void)
{
    uint64_t start = kernel_ticks();
    enum step done = step_of_phase();

    promote_counters.steps++;
    promote_counters.ticks += kernel_ticks() - start;
    return done;
}

bool promote_hold_write(const struct space *s, uint64_t va)
{
    uint64_t page = va >> PAGE_BITS;
    const page_entry *leaf = NULL;

    if (run.space == s->id && run.page == (page & ~(uint64_t)(PAGEMAP_FANOUT - 1))) {
        struct space *running;
        leaf = leaf_of_run(&running);
    }
    if (!leaf || !copied(leaf[page % PAGEMAP_FANOUT])) {
        return false;
    }
    step();
    return true;
}

bool promote_give_up(void)
{
    bool held = run.phase != RUN_NONE && run.phase != RUN_CHUNK;

    if (run.phase == RUN_CHUNK || run.phase == RUN_COPYING) {
        abandon();
    }
    if (run.phase == RUN_RETURNING) {
        return_chunk();
    } else if (run.phase == RUN_FREEING) {
        free_old(PAGEMAP_FANOUT - run.next);
    }
    return held;
}

void promote_forget(const struct space *s)
{
    if (run.space == s->id && (run.phase == RUN_CHUNK || run.phase == RUN_COPYING)) {
        abandon();
    }
    promotion_forget(&promotion, s->id, now_s);
}

void promote_broken(const struct space *s, uint64_t page, enum large_reason reason)
{
    promote_counters.broken[reason]++;
    if (reason == LARGE_RELEASED || reason == LARGE_ENDED) {
        promotion_ended(&promotion, s->id, range_of(page), now_s);
    } else {
        promotion_failed(&promotion, s->id, range_of(page), now_s);
    }
}

uint32_t promote_holds(unsigned i)
{
    if ((run.phase == RUN_COPYING || run.phase == RUN_RETURNING) && i < CHUNK_PAGES) {
        return run.first + i;
    }
    return run.phase == RUN_FREEING && run.next + i < PAGEMAP_FANOUT ? run.old[run.next + i] : BUDDY_NONE;
}

/* ---- by request ---- */

/* go_on: a step of what is being promoted; where to look next. */
static uint64_t go_on(const struct space *s, uint64_t page, bool *found)
{
    bool asked = (run.phase == RUN_CHUNK || run.phase == RUN_COPYING) && run.space == s->id && run.page == (page & ~(uint64_t)(PAGEMAP_FANOUT - 1));
    enum step done = step();

    *found = asked && done == STEP_PROMOTED;
    return asked && done != STEP_MORE ? run.page + PAGEMAP_FANOUT : page;
}

uint64_t promote_next(struct space *s, uint64_t page, bool dry, bool *found)
{
    *found = false;
    if (run.phase != RUN_NONE && !dry) {
        return go_on(s, page, found);
    }
    for (unsigned looked = 0; looked < PROMOTE_LOOKED; looked++) {
        const page_entry *leaf = s->copied ? NULL : pagemap_next_leaf(&s->map, &page, PAGEMAP_PAGES);
        if (!leaf) {
            return PAGEMAP_PAGES;
        }
        page &= ~(uint64_t)(PAGEMAP_FANOUT - 1);
        bool can = possible(s, page, leaf);
        if (can && !dry) {
            begin(s, page, false);
            return page;
        }
        page += PAGEMAP_FANOUT;
        if (can) {
            *found = true;
            return page;
        }
    }
    return page;
}

/* ---- in the background ---- */

void promote_tick(void)
{
    bool wanted = pager.compact && pager.large == LARGE_POPULATED && pager.pressure.level == 0;

    now_s++;
    promote_steps_due = wanted ? PROMOTE_TICK_STEPS : run.phase != RUN_NONE;
}

/* leaf_known: of a range of the policy's. */
static page_entry *leaf_known(const struct promotion_range *r, struct space **space)
{
    struct space *s = *space = space_at(r->space);
    bool shared;

    return s && s->started && !s->ended ? pagemap_find(&s->map, (uint64_t)r->range * PAGEMAP_FANOUT, &shared) : NULL;
}

/* accessed: which of the samples of a range were since the last look, always the same pages: one in each fourth group of sixteen, as a look at a page of a group that the TLB holds as one breaks it. Eviction
 * does not learn of it. */
static uint32_t accessed(const struct space *s, uint32_t range)
{
    const unsigned apart = PAGEMAP_FANOUT / PROMOTION_SAMPLES;
    uint64_t bit;
    uint32_t n = 0;

    for (unsigned i = 0; i < PROMOTION_SAMPLES; i++) {
        uint64_t page = (uint64_t)range * PAGEMAP_FANOUT + i * apart + range * 7 % apart;
        must(kernel_harvest(s->vspace, page << PAGE_BITS, 1, &bit), "promote: harvest");
        n += bit & 1;
    }
    return n;
}

/* look: at a range that is known. */
static void look(uint32_t i)
{
    const struct promotion_range *r = &promotion.ranges[i];
    struct space *s;
    const page_entry *leaf = leaf_known(r, &s);
    uint64_t bit;

    if (r->state == PROMOTION_WHOLE && leaf && large_is(leaf)) {
        must(kernel_harvest(s->vspace, (uint64_t)r->range * PAGEMAP_FANOUT << PAGE_BITS, 1, &bit), "promote: harvest");
        promotion_looked(&promotion, i, bit & 1, now_s);
    } else if (leaf && own_leaf(s, (uint64_t)r->range * PAGEMAP_FANOUT, leaf) && populated(leaf)) {
        promotion_looked(&promotion, i, accessed(s, r->range), now_s);
    } else {
        promotion_gone(&promotion, i);
    }
}

/* search: the next ranges that the policy may not know. */
static void search(void)
{
    struct space *s = space_first_from(hand.space);
    bool found = false;

    promote_steps_due--;
    if (!s) {
        hand.space = 1;
        hand.page = 0;
        promote_steps_due = 1;
        return;
    }
    hand.page = s->id == hand.space ? hand.page : 0;
    hand.space = s->id;
    hand.page = s->started && !s->ended ? promote_next(s, hand.page, true, &found) : PAGEMAP_PAGES;
    if (found) {
        promotion_found(&promotion, s->id, range_of(hand.page - 1), now_s);
    }
    if (hand.page >= PAGEMAP_PAGES) {
        hand.space++;
        hand.page = 0;
    }
}

/* begin_best: with the hottest range, if there is a chunk for it. */
static void begin_best(void)
{
    uint32_t i = promotion_best(&promotion, now_s);
    struct space *s;

    promote_steps_due = 0;
    if (i != PROMOTION_NONE && leaf_known(&promotion.ranges[i], &s) && large_affordable(s, large_room_of_all())) {
        begin(s, (uint64_t)promotion.ranges[i].range * PAGEMAP_FANOUT, true);
        promote_steps_due = 1;
    }
}

void promote_background(void)
{
    uint32_t due;

    if (run.phase != RUN_NONE) {
        enum step done = step();
        if (done == STEP_FREED || done == STEP_ABANDONED) {
            promote_steps_due = run.phase != RUN_NONE; /* no more until the next tick */
        }
    } else if ((due = promotion_due(&promotion, now_s)) != PROMOTION_NONE) {
        look(due);
    } else if (promote_steps_due > 1 && promotion_on(&promotion, now_s)) {
        search();
    } else {
        begin_best();
    }
}
