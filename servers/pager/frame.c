/* SPDX-License-Identifier: BSD-2-Clause */
#include "frame.h"

#include "compact.h"
#include "cspace.h"
#include "inject.h"
#include "policy/colour.h"
#include "policy/compact_choice.h"
#include "policy/frame_choice.h"
#include "store.h"

#include <pagoda/layout.h>
#include <string.h>

/* Free object pages beyond one group go back to the groups. */
#define OBJECTS_KEPT 48u

struct frame *frame_table;
static struct buddy frames, objects;
static uint64_t archive_base;
uint64_t frame_window_base;
static cptr_t own_vspace;

struct frame_run frame_runs[FRAME_RUNS];
uint8_t frame_wish[2];
uint64_t frame_counts[FRAME_STATES];
uint32_t frame_spare[FRAME_STATES];
struct frame_zeros frame_zeros;

/* Free frames given back by page maps, still in the window; in no list either. */
#define WINDOWED_MAX 32u
static uint32_t windowed[WINDOWED_MAX];
static uint32_t n_windowed;
static uint32_t keep_max; /* free frames kept */
uint32_t frames_armed_count, frames_kept_back;
uint32_t frames_wanted;
uint32_t frames_copied;
uint32_t frame_colour_mask;

static uint64_t colour_lists[COLOURS_MAX];     /* free lists with blocks of a colour */
static uint32_t colour_last[2];                /* [zeroed], for colour_missed */

void frames_init(uint64_t frames_va, uint64_t window_va, cptr_t vspace, uint64_t archive_va)
{
    frame_table = (struct frame *)(uintptr_t)frames_va;
    frame_window_base = window_va;
    archive_base = archive_va;
    own_vspace = vspace;
    memset(frame_counts, 0, sizeof frame_counts);
    memset(frame_spare, 0, sizeof frame_spare);
    memset(&frame_zeros, 0, sizeof frame_zeros);
    memset(frame_runs, 0, sizeof frame_runs);
    frame_wish[false] = false;
    frame_wish[true] = true;
    n_windowed = 0;
    frames_armed_count = 0;
    frames_lay_aside(0);
    frames_wanted = FRAMES_ARMED_MIN;
    frames_copied = 0;
    buddy_init(&frames, frame_table, sizeof *frame_table, GROUP_ORDER);
    frames_colours(1);
    buddy_init(&objects, frame_table, sizeof *frame_table, GROUP_ORDER);
}

bool frame_is(uint64_t page, enum frame_state state)
{
    return page < (uint64_t)chunk_count() * CHUNK_PAGES && chunk_at((uint32_t)page / CHUNK_PAGES)->leaf != CSPACE_NO_LEAF &&
           frame_at((uint32_t)page)->unit.user == state;
}

uint32_t frames_listed(void)
{
    return frames.free + frame_runs[0].left + frame_runs[1].left + frame_runs[RUN_META].left + n_windowed;
}

/* taken_next: so many frames right behind this one will be taken next. */
static uint32_t taken_next(uint32_t page)
{
    for (unsigned i = 0; i < FRAME_RUNS; i++) {
        if (frame_runs[i].left > 0 && frame_runs[i].next == page + 1) {
            return frame_runs[i].left;
        }
    }
    return 0;
}

void frames_see(uint32_t page, uint32_t n)
{
    uint32_t made = kernel_map_copies(page_second_cap(page), page_cap(page), n, own_vspace, chunk_window(frame_window_base, page), true, false);

    if (made == 0) {
        pager_panic("window: map", page);
    }
    for (uint32_t i = page; i < page + made; i++) {
        frame_at(i)->flags |= FRAME_WINDOWED;
    }
}

/* make_window: and those to the frames that will be taken next: each costs a tenth of one by itself, and who looks into a frame looks into the next one soon. */
static void make_window(uint32_t page)
{
    uint32_t behind = taken_next(page), in_group = FRAMES_SEEN_AT_ONCE - 1 - page % FRAMES_SEEN_AT_ONCE;

    frames_see(page, 1 + (behind < in_group ? behind : in_group));
}

void *frame_window_make(uint32_t page)
{
    if (frame_is_archive(page)) {
        return (void *)(uintptr_t)(archive_base + ((uint64_t)(page - FRAME_ARCHIVE) << PAGE_BITS));
    }
    if (!(frame_at(page)->flags & FRAME_WINDOWED)) {
        make_window(page);
    }
    return (void *)(uintptr_t)chunk_window(frame_window_base, page);
}

uint64_t *frame_entry(uint32_t page)
{
    return (uint64_t *)(uintptr_t)(frame_window_base + frame_at(page)->unit.prev * sizeof(uint64_t));
}

void frame_forget_copies(uint32_t page)
{
    must(kernel_revoke(page_cap(page)), "frame: revoke");
    frame_at(page)->flags &= (uint8_t)~FRAME_WINDOWED;
}

uint64_t frames_obtainable(void)
{
    return frames_armed() + (uint64_t)groups()->free * GROUP_PAGES;
}

void frame_forget_stored(uint32_t page)
{
    uint32_t handle = frame_stored(page);

    if (handle) {
        frame_at(page)->unit.next = 0;
        frames_copied--;
        store_release(handle);
    }
}

/* start_run: a run for a frame that should be zeroed, or not; returns which run has frames now, or -1. */
static int start_run(bool zeroed)
{
    if (frame_runs[zeroed].left > 0) {
        return zeroed;
    }
    struct frame_choice choice = frame_choose(frames.mask[1], frames.mask[0], zeroed);

    if (!choice.found || (choice.clean != zeroed && frame_runs[choice.clean].left > 0)) {
        return frame_runs[!zeroed].left > 0 ? !zeroed : -1;
    }
    frame_runs[choice.clean].next = buddy_take_from(&frames, choice.clean, choice.order, choice.order);
    frame_runs[choice.clean].left = 1u << choice.order;
    return choice.clean;
}

static uint32_t from_run(unsigned run)
{
    frame_runs[run].left--;
    return frame_runs[run].next++;
}

/* last_page: from what is kept for the pager's own pages. */
static __attribute__((cold, noinline)) uint32_t last_page(void)
{
    if (n_windowed > 0) {
        return windowed[--n_windowed];
    }
    return frame_runs[RUN_META].left > 0 ? from_run(RUN_META) : BUDDY_NONE;
}

/* serve_wish: from that run, if the quick way may have frames. */
static void serve_wish(bool zeroed, unsigned run)
{
    frame_wish[zeroed] = frames_laid_aside() > 0 ? RUN_EMPTY : (uint8_t)run;
}

void frames_lay_aside(uint32_t n)
{
    frames_kept_back = FRAMES_RESERVE + n;
    for (unsigned zeroed = 0; zeroed < 2 && n > 0; zeroed++) {
        frame_wish[zeroed] = RUN_EMPTY;
    }
}

static uint32_t next_page(bool zeroed)
{
    unsigned run = frame_wish[zeroed];

    if (frame_runs[run].left == 0) {
        int found = start_run(zeroed);
        if (found < 0) {
            return last_page();
        }
        run = (unsigned)found;
        serve_wish(zeroed, run);
    }
    return from_run(run);
}

/* next_meta_page: the run is a block as large as there is, at best a whole group. */
static __attribute__((noinline)) uint32_t next_meta_page(void)
{
    int order = buddy_largest(&frames);

    if (n_windowed == 0 && frame_runs[RUN_META].left == 0 && order >= 0) {
        frame_runs[RUN_META].next = buddy_take_from(&frames, !(frames.mask[0] >> order & 1), (uint32_t)order, (uint32_t)order);
        frame_runs[RUN_META].left = 1u << order;
    }
    return n_windowed > 0 || frame_runs[RUN_META].left > 0 ? last_page() : next_page(false);
}

/* end_run: put what is left of a run back into the lists. */
static void end_run(unsigned run)
{
    while (frame_runs[run].left > 0) {
        uint32_t order = (uint32_t)__builtin_ctz(frame_runs[run].next | 1u << GROUP_ORDER);
        while (1u << order > frame_runs[run].left) {
            order--;
        }
        buddy_insert(&frames, frame_runs[run].next, order, run == RUN_CLEAN);
        frame_runs[run].next += 1u << order;
        frame_runs[run].left -= 1u << order;
    }
}

/* want_colour: if no free block has the colour any more, arm a group for the next page of it, unless many frames are armed already. */
static void want_colour(uint64_t lists)
{
    if (!((frames.lists[0] | frames.lists[1]) & lists) && frames_armed() + GROUP_PAGES <= keep_max) {
        frames_wanted = frames_armed() + GROUP_PAGES;
    }
}

/* coloured_page: the run at hand has another colour, or ended. A page of the colour from the lists, and perhaps a run that goes on from there. */
static __attribute__((cold, noinline)) uint32_t coloured_page(bool zeroed, uint32_t colour)
{
    bool follow = colour_missed(&colour_last[zeroed], colour, frame_colour_mask + 1, frame_runs[frame_wish[zeroed]].left == 0) == COLOUR_RUN;
    uint64_t lists = colour_lists[colour];

    if (follow) {
        end_run(frame_wish[zeroed]);
    }
    uint32_t clean = buddy_orders(&frames, true, lists), dirty = buddy_orders(&frames, false, lists);
    struct frame_choice choice = follow ? frame_choose_run(clean, dirty, zeroed) : frame_choose(clean, dirty, zeroed);
    if (!choice.found) {
        want_colour(lists);
        return next_page(zeroed);
    }
    uint32_t block = buddy_find(&frames, choice.clean, lists, choice.order);
    uint32_t page = block + ((colour - block) & frame_colour_mask);
    uint32_t rest = follow && frame_runs[choice.clean].left == 0 ? block + (1u << choice.order) - page - 1 : 0;
    buddy_take_units(&frames, block, page, rest + 1);
    if (follow) {
        serve_wish(zeroed, choice.clean);
    }
    if (rest > 0) {
        frame_runs[choice.clean].next = page + 1;
        frame_runs[choice.clean].left = rest;
    }
    want_colour(lists);
    return page;
}

/* page_of_colour: when colours are told apart. */
static uint32_t page_of_colour(bool zeroed, uint32_t colour)
{
    unsigned run = frame_wish[zeroed];

    return frame_runs[run].left > 0 && ((frame_runs[run].next ^ colour) & frame_colour_mask) == 0 ? from_run(run) : coloured_page(zeroed, colour);
}

void frames_colours(uint32_t n)
{
    frame_colour_mask = n - 1;
    buddy_colour(&frames, n > 1 ? BUDDY_WINDOW_MAX : 0);
    for (uint32_t colour = 0; n > 1 && colour < n; colour++) {
        colour_lists[colour] = buddy_colour_lists(&frames, colour, (uint32_t)__builtin_ctz(n));
    }
}

uint32_t frame_colours(void)
{
    return frame_colour_mask + 1;
}

__attribute__((cold, noinline)) void frame_clean_used(uint32_t page, uint32_t flags, bool zeroed)
{
    frame_zeros.clean[page % COLOURS_MAX]--;
    frame_zeros.hit[page % COLOURS_MAX] += zeroed;
    frame_zeros.wasted += !zeroed && (flags & FRAME_AHEAD);
}

uint32_t frame_group_clean(uint32_t group)
{
    uint32_t clean = 0;

    for (uint32_t i = 0; i < GROUP_PAGES; i++) {
        const struct frame *f = frame_at(group * GROUP_PAGES + i);
        clean |= (uint32_t)(f->unit.user == FRAME_FREE && (f->flags & FRAME_CLEAN)) << i;
    }
    return clean;
}

/* group_enters, group_leaves: the free pages of a group of frames can be handed out from now on, or not any more. */
static __attribute__((cold, noinline)) void group_enters(uint32_t group)
{
    for (uint32_t clean = frame_group_clean(group); clean; clean &= clean - 1) {
        frame_zeros.clean[(group * GROUP_PAGES + (uint32_t)__builtin_ctz(clean)) % COLOURS_MAX]++;
    }
}

static __attribute__((cold, noinline)) void group_leaves(uint32_t group)
{
    for (uint32_t clean = frame_group_clean(group); clean; clean &= clean - 1) {
        frame_zeros.clean[(group * GROUP_PAGES + (uint32_t)__builtin_ctz(clean)) % COLOURS_MAX]--;
    }
}

static uint32_t hand_out(uint32_t page, enum frame_state state, bool zeroed)
{
    struct frame *f = frame_at(page);

    frame_zeroed_or_not(page, f->flags, zeroed, &frame_zeros.missed[page % COLOURS_MAX]);
    f->flags &= (uint8_t)~(FRAME_CLEAN | FRAME_REFUSED | FRAME_OBJECT_PAGE | FRAME_PINNED);
    f->refs = 1;
    f->unit.next = 0;
    f->unit.user = (uint8_t)state;
    frame_counts[state]++;
    frames_armed_count--;
    return page;
}

bool frames_were_short;

static __attribute__((cold, noinline)) uint32_t none_left(void)
{
    frames_were_short = true;
    return BUDDY_NONE;
}

uint32_t frame_take(enum frame_state state, bool zeroed, bool reserve)
{
    uint32_t page = BUDDY_NONE;

    if (!inject_allocation() && (reserve || frames_available() > 0)) {
        page = state == FRAME_META ? next_meta_page() : next_page(zeroed);
    }
    return page == BUDDY_NONE ? none_left() : hand_out(page, state, zeroed);
}

uint32_t frame_take_colour(enum frame_state state, bool zeroed, uint32_t colour)
{
    if (frame_colour_mask == 0 || frames_available() == 0) {
        return frame_take(state, zeroed, false);
    }
    uint32_t page = inject_allocation() ? BUDDY_NONE : page_of_colour(zeroed, colour);
    return page == BUDDY_NONE ? none_left() : hand_out(page, state, zeroed);
}

__attribute__((cold, noinline)) uint32_t frame_take_missed(bool zeroed, uint32_t colour)
{
    uint32_t page = frame_take_colour(FRAME_ANON, zeroed, colour);

    if (page != BUDDY_NONE) {
        frame_at(page)->flags |= FRAME_MAPPED;
    }
    return page;
}

uint32_t frame_take_pinned(void)
{
    uint32_t page = frame_take(FRAME_META, true, false); /* from where nothing moves anyway */

    if (page != BUDDY_NONE) {
        page_set_state(page, FRAME_ANON);
        frame_at(page)->flags |= FRAME_PINNED;
    }
    return page;
}

uint32_t frames_take_raw(void)
{
    uint32_t chunk = inject_allocation() ? BUDDY_NONE : chunk_take_large(), first = chunk * CHUNK_PAGES;

    if (chunk == BUDDY_NONE) {
        return BUDDY_NONE;
    }
    for (struct frame *f = frame_at(first), *end = f + CHUNK_PAGES; f < end; f++) {
        *f = (struct frame){.unit.user = FRAME_ANON, .refs = 1, .flags = FRAME_MAPPED | FRAME_PINNED};
    }
    frame_counts[FRAME_ANON] += CHUNK_PAGES;
    return first;
}

bool frames_clear_raw(uint32_t first)
{
    return chunk_clear_large(first / CHUNK_PAGES);
}

void frames_make_large(uint32_t first)
{
    chunk_make_large(first / CHUNK_PAGES);
}

uint32_t frames_take_large(void)
{
    uint32_t first = frames_take_raw();

    if (first != BUDDY_NONE) {
        frames_make_large(first);
    }
    return first;
}

void frames_put_large(uint32_t first)
{
    for (struct frame *f = frame_at(first), *end = f + CHUNK_PAGES; f < end; f++) {
        *f = (struct frame){.unit.user = FRAME_FREE};
    }
    frame_counts[FRAME_ANON] -= CHUNK_PAGES;
    chunk_put_large(first / CHUNK_PAGES);
}

void frames_split_large(uint32_t first)
{
    chunk_split_large(first / CHUNK_PAGES);
    for (uint32_t page = first; page < first + CHUNK_PAGES; page++) {
        frame_at(page)->flags &= (uint8_t)~FRAME_PINNED;
    }
}

/* list_free: a block became free, `clean`: all of it is zero; a whole group that makes too many goes back to where it came from. */
static void list_free(uint32_t page, uint32_t order, bool clean)
{
    order = buddy_insert(&frames, page, order, clean);
    if (order == GROUP_ORDER && frames.free > keep_max) {
        buddy_remove(&frames, page & ~(GROUP_PAGES - 1));
        frames_armed_count -= GROUP_PAGES;
        group_leaves(page / GROUP_PAGES);
        group_put(page / GROUP_PAGES);
    }
}

bool frames_put_group(uint32_t first)
{
    struct frame *f = frame_at(first), *end = f + GROUP_PAGES;

    for (; f < end; f++) {
        if (f->unit.user != FRAME_ANON || f->refs != 1 || f->unit.next != 0) {
            return false;
        }
    }
    for (f = frame_at(first); f < end; f++) {
        f->refs = 0;
        f->unit.user = FRAME_FREE;
        f->flags &= (uint8_t)~FRAME_MAPPED;
    }
    frame_counts[FRAME_ANON] -= GROUP_PAGES;
    frames_armed_count += GROUP_PAGES;
    list_free(first, GROUP_ORDER, false);
    return true;
}

/* block_order: of the largest block that begins with `page` and has n pages at most; a group at most. */
static uint32_t block_order(uint32_t page, uint32_t n)
{
    uint32_t aligned = (uint32_t)__builtin_ctz(page | GROUP_PAGES), fits = 31 - (uint32_t)__builtin_clz(n);

    return aligned < fits ? aligned : fits;
}

void frames_put_zero(uint32_t first, uint32_t n)
{
    for (uint32_t page = first; page < first + n; page++) {
        struct frame *f = frame_at(page);
        f->refs = 0;
        f->unit.user = FRAME_FREE;
        f->flags = (f->flags & FRAME_WINDOWED) | FRAME_CLEAN;
        frame_zeros.clean[page % COLOURS_MAX]++;
    }
    frame_counts[FRAME_ANON] -= n;
    frames_armed_count += n;
    while (n > 0) {
        uint32_t order = block_order(first, n);
        list_free(first, order, true);
        first += 1u << order;
        n -= 1u << order;
    }
}

void frame_unheld(uint32_t page)
{
    struct frame *f = frame_at(page);

    if (f->unit.user == FRAME_ANON) {
        frame_forget_stored(page);
    }
    frame_counts[f->unit.user]--;
    frames_armed_count++;
    if (f->unit.user == FRAME_META && (f->flags & FRAME_WINDOWED) && n_windowed < WINDOWED_MAX) {
        windowed[n_windowed++] = page;
        f->unit.user = FRAME_FREE;
        return;
    }
    f->unit.user = FRAME_FREE;
    list_free(page, 0, false);
}

void frames_keep(uint64_t general_pages)
{
    uint64_t share = general_pages / FRAMES_KEPT_SHARE;
    keep_max = share > FRAMES_KEPT_MIN ? (uint32_t)share : FRAMES_KEPT_MIN;
}

/* arm_group: false: no group is free. */
static bool arm_group(bool *fresh)
{
    uint32_t group = group_take(GROUP_FRAMES, fresh);

    if (group == BUDDY_NONE) {
        return false;
    }
    buddy_insert(&frames, group * GROUP_PAGES, GROUP_ORDER, *fresh || frame_group_clean(group) == (1u << GROUP_PAGES) - 1);
    frames_armed_count += GROUP_PAGES;
    group_enters(group);
    return true;
}

bool frames_refill(void)
{
    bool fresh;

    while (frames_armed() < frames_wanted) {
        if (!arm_group(&fresh)) {
            frames_wanted = FRAMES_ARMED_MIN;
            return frames_armed() >= FRAMES_ARMED_MIN;
        }
    }
    frames_wanted = FRAMES_ARMED_MIN;
    return true;
}

/* ---- ahead ---- */

/* dirty_block: the smallest free block with a page of this colour whose contents are unknown. */
static uint32_t dirty_block(uint32_t colour)
{
    uint64_t lists = colour_lists[colour & frame_colour_mask];
    uint32_t orders = frame_colour_mask ? buddy_orders(&frames, false, lists) : frames.mask[false];

    if (!orders) {
        return BUDDY_NONE;
    }
    uint32_t smallest = (uint32_t)__builtin_ctz(orders);
    return frame_colour_mask ? buddy_find(&frames, false, lists, smallest) : frames.heads[false][smallest];
}

uint32_t frames_zero_ahead(uint32_t colour)
{
    uint32_t block = dirty_block(colour), n = 0;

    if (block == BUDDY_NONE) {
        return 0;
    }
    uint32_t order = buddy_unit(&frames, block)->order;
    buddy_remove(&frames, block);
    if (!(frame_at(block)->flags & FRAME_WINDOWED)) {
        frames_see(block, 1u << order); /* those behind it are not likely to have been seen either */
    }
    for (uint32_t page = block; page < block + (1u << order); page++) {
        struct frame *f = frame_at(page);
        if (!(f->flags & FRAME_CLEAN)) {
            page_zero(frame_window(page)); /* which sets a flag */
            f->flags = (uint8_t)((f->flags & FRAME_WINDOWED) | FRAME_CLEAN | FRAME_AHEAD);
            frame_zeros.clean[page % COLOURS_MAX]++;
            n++;
        }
    }
    buddy_insert(&frames, block, order, true); /* its buddy is in use, or they would have been one block */
    serve_wish(true, RUN_CLEAN);
    return n;
}

uint32_t frames_arm_ahead(bool *armed)
{
    const struct buddy *free = groups();
    uint32_t parts = (free->mask[0] | free->mask[1]) & ((1u << free->max_order) - 1);
    bool fresh = false;

    *armed = parts && frames_armed() + GROUP_PAGES <= keep_max && arm_group(&fresh);
    return *armed && fresh ? GROUP_PAGES : 0;
}

/* ---- moving ---- */

/* forget_windowed: take the frames of a group out of those kept aside; returns how many. */
static uint32_t forget_windowed(uint32_t group)
{
    uint32_t kept = 0, before = n_windowed;

    for (uint32_t i = 0; i < n_windowed; i++) {
        if (windowed[i] / GROUP_PAGES != group) {
            windowed[kept++] = windowed[i];
        }
    }
    n_windowed = kept;
    return before - kept;
}

uint32_t frame_group_close(uint32_t group)
{
    uint32_t closed = forget_windowed(group);

    for (unsigned run = 0; run < FRAME_RUNS; run++) {
        if (frame_runs[run].left > 0 && frame_runs[run].next / GROUP_PAGES == group) {
            end_run(run);
        }
    }
    for (uint32_t page = group * GROUP_PAGES; page < (group + 1) * GROUP_PAGES; page++) {
        const struct buddy_unit *u = &frame_at(page)->unit;
        if (u->head) {
            closed += 1u << u->order;
            buddy_remove(&frames, page);
        }
    }
    frames_armed_count -= closed;
    if (closed > 0) { /* otherwise it may be a free group, which has left already */
        group_leaves(group);
    }
    return closed;
}

static void give_back(uint32_t page)
{
    buddy_insert(&frames, page, 0, frame_at(page)->flags & FRAME_CLEAN);
    frames_armed_count++;
}

void frame_group_open(uint32_t group)
{
    for (uint32_t page = group * GROUP_PAGES; page < (group + 1) * GROUP_PAGES; page++) {
        if (frame_at(page)->unit.user == FRAME_FREE) {
            give_back(page);
        }
    }
    group_enters(group);
}

uint32_t frame_destination(uint32_t like)
{
    uint32_t page = frame_colour_mask ? page_of_colour(false, like & frame_colour_mask) : next_page(false);

    frames_armed_count -= page != BUDDY_NONE;
    return page;
}

/* block_of: the first page of the listed free block that a page is in; BUDDY_NONE: it is in none. */
static uint32_t block_of(uint32_t page)
{
    for (uint32_t order = 0; order <= GROUP_ORDER; order++) {
        uint32_t first = page & ~((1u << order) - 1);
        if (frame_at(first)->unit.head && frame_at(first)->unit.order >= order) {
            return first;
        }
    }
    return BUDDY_NONE;
}

bool frame_destination_at(uint32_t page)
{
    uint32_t block = frame_at(page)->unit.user == FRAME_FREE ? block_of(page) : BUDDY_NONE;

    if (block == BUDDY_NONE) {
        return false;
    }
    buddy_take_units(&frames, block, page, 1);
    frames_armed_count--;
    return true;
}

void free_group_release(uint32_t group)
{
    bool are_frames = group_state_of(group) == GROUP_FRAMES;

    buddy_remove(are_frames ? &frames : &objects, group * GROUP_PAGES);
    frames_armed_count -= are_frames ? GROUP_PAGES : 0;
    if (are_frames) {
        group_leaves(group);
    }
    group_put(group);
}

void frame_destination_unused(uint32_t page)
{
    give_back(page);
}

void frame_move(uint32_t from, uint32_t to)
{
    struct frame *f = frame_at(from), *t = frame_at(to);

    if (t->flags & FRAME_CLEAN) {
        frame_clean_used(to, t->flags, false);
    }
    t->unit = f->unit;
    t->refs = f->refs;
    t->flags = (t->flags & FRAME_WINDOWED) | (f->flags & (FRAME_REFUSED | FRAME_OBJECT_PAGE));
    f->unit.user = FRAME_FREE;
    f->refs = 0;
    f->flags &= FRAME_WINDOWED;
}

/* give_back_group: a group all of whose frames are free, if there is one that is not needed at once. */
static void give_back_group(void)
{
    for (unsigned clean = 0; clean < 2; clean++) {
        if ((frames.mask[clean] >> GROUP_ORDER & 1) && frames_armed() >= FRAMES_RESERVE + GROUP_PAGES) {
            uint32_t page = buddy_take_from(&frames, clean, GROUP_ORDER, GROUP_ORDER);
            frames_armed_count -= GROUP_PAGES;
            group_leaves(page / GROUP_PAGES);
            group_put(page / GROUP_PAGES);
            return;
        }
    }
}

uint32_t object_page_take(enum frame_state state)
{
    if (inject_allocation()) {
        return none_left();
    }
    if (objects.free == 0) {
        bool fresh;
        if (groups()->free == 0) {
            give_back_group();
        }
        if (groups()->free == 0) {
            compact_group();
        }
        uint32_t group = group_take(GROUP_OBJECTS, &fresh);
        if (group == BUDDY_NONE) {
            return none_left();
        }
        buddy_insert(&objects, group * GROUP_PAGES, GROUP_ORDER, false);
    }
    uint32_t page = buddy_take(&objects, 0);
    frame_at(page)->unit.user = (uint8_t)state;
    frame_at(page)->refs = 1;
    frame_counts[state]++;
    return page;
}

void object_page_put(uint32_t page)
{
    struct frame *f = frame_at(page);

    must(kernel_revoke(page_cap(page)), "object page: revoke");
    frame_counts[f->unit.user]--;
    f->unit.user = FRAME_FREE;
    f->refs = 0;
    uint32_t order = buddy_insert(&objects, page, 0, false);
    if (order == GROUP_ORDER && objects.free > OBJECTS_KEPT) {
        buddy_remove(&objects, page & ~(GROUP_PAGES - 1));
        group_put(page / GROUP_PAGES);
    }
}

void page_set_state(uint32_t page, enum frame_state state)
{
    struct frame *f = frame_at(page);

    frame_counts[f->unit.user]--;
    frame_counts[state]++;
    f->unit.user = (uint8_t)state;
}

uint64_t pages_free(void)
{
    return (uint64_t)frames_armed() + objects.free + (uint64_t)groups()->free * GROUP_PAGES + frame_counts[FRAME_ARMED] + frame_spare[FRAME_FREE];
}

uint64_t pages_in(enum frame_state state)
{
    return state == FRAME_FREE ? pages_free() : frame_counts[state] - frame_spare[state];
}

uint64_t pages_largest_free(void)
{
    int group_order = buddy_largest(groups());
    int page_order = buddy_largest(&frames) > buddy_largest(&objects) ? buddy_largest(&frames) : buddy_largest(&objects);

    if (group_order >= 0) {
        return (uint64_t)GROUP_PAGES << group_order;
    }
    return page_order >= 0 ? 1ull << page_order : 0;
}

static void add_blocks(const struct buddy *zone, unsigned unit_order, struct free_blocks *b)
{
    for (unsigned clean = 0; clean < 2; clean++) {
        for (uint64_t lists = zone->lists[clean]; lists; lists &= lists - 1) {
            for (uint32_t i = zone->heads[clean][__builtin_ctzll(lists)]; i != BUDDY_NONE; i = buddy_unit(zone, i)->next) {
                b->free[buddy_unit(zone, i)->order + unit_order]++;
            }
        }
    }
}

void pages_free_blocks(struct free_blocks *b)
{
    add_blocks(&frames, 0, b);
    add_blocks(&objects, 0, b);
    add_blocks(groups(), GROUP_ORDER, b);
    b->free[0] += frames_armed_count - frames.free; /* kept outside the lists */
}

uint64_t chunks_free(void)
{
    const struct buddy *b = groups();
    uint64_t n = 0;

    for (unsigned clean = 0; clean < 2; clean++) {
        for (uint32_t i = b->heads[clean][b->max_order]; i != BUDDY_NONE; i = buddy_unit(b, i)->next) {
            n++;
        }
    }
    return n;
}

static uint64_t whole_groups(const struct buddy *b)
{
    uint64_t n = 0;

    for (unsigned clean = 0; clean < 2; clean++) {
        for (uint32_t first = 0; first < 1u << b->window; first += GROUP_PAGES) {
            for (uint32_t i = b->heads[clean][buddy_list_of(b, first, GROUP_ORDER)]; i != BUDDY_NONE; i = buddy_unit(b, i)->next) {
                n++;
            }
        }
    }
    return n;
}

uint64_t pages_scattered(void)
{
    return pages_free() - (groups()->free + whole_groups(&frames) + whole_groups(&objects)) * GROUP_PAGES;
}

const struct buddy *frame_zone(void)
{
    return &frames;
}

const struct buddy *object_zone(void)
{
    return &objects;
}
