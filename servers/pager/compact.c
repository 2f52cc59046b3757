/* SPDX-License-Identifier: BSD-2-Clause */
#include "compact.h"

#include "cspace.h"
#include "frame.h"
#include "migrate.h"
#include "policy/colour.h"
#include "policy/compact_choice.h"
#include "state.h"

#include <string.h>

/* Groups of which the cheapest is emptied. */
#define GROUPS_LOOKED 64u
/* After a round in vain, one call of so many groups looked at is skipped. */
#define VAIN_SHARE 16u
/* Frames that must stay armed beside those that a group is emptied into: the reserve for page maps, and a fault. */
#define FRAMES_LEFT (FRAMES_RESERVE + 4u)

/* Chunks that one step counts. */
#define COUNTED 4u
/* Frames that a pass leaves armed, so that it does not make the pager take one of the groups that it has just made free. */
#define ARMED_LEFT (FRAMES_ARMED_MIN + 2 * GROUP_PAGES)
/* Ticks until a pass in the background is tried again after one that freed nothing, unless another chunk's worth of pages came free. */
#define REST_TICKS 30u

struct compact_counters compact_counters;
uint32_t compact_steps_due;

static uint32_t hand; /* group that is looked at next */
static uint32_t skip; /* calls to pass over */
static uint32_t stir_hand; /* page */

/* The pass being made. */
static struct {
    enum { PASS_NONE, PASS_COUNTING, PASS_EMPTYING } phase;
    uint32_t next;   /* chunk to count; group of the source to empty */
    uint32_t source; /* chunk */
    uint32_t dest;   /* chunk whose gaps are filled */
    uint32_t gap;    /* page from which on there may be some */
    uint32_t gap_of[COLOURS_MAX]; /* the same of each colour, its number modulo COLOURS_MAX */
    bool dest_known;
    uint64_t emptied; /* chunks */
    uint32_t rest;    /* ticks */
    uint64_t free;    /* pages that were free when it ended in vain */
} pass;

void compact_init(void)
{
    hand = 0;
    skip = 0;
    stir_hand = 0;
    compact_steps_due = 0;
    memset(&compact_counters, 0, sizeof compact_counters);
    memset(&pass, 0, sizeof pass);
}

bool compact_room(void)
{
    return frames_armed() >= GROUP_PAGES + FRAMES_LEFT;
}

/* ---- one group ---- */

static bool in_use(uint32_t page)
{
    return frame_at(page)->unit.user != FRAME_FREE;
}

static struct compact_candidate census(uint32_t group)
{
    struct compact_candidate c = {.number = group};

    for (uint32_t page = group * GROUP_PAGES; page < (group + 1) * GROUP_PAGES; page++) {
        if (in_use(page)) {
            bool movable = migrate_possible(page);
            c.used += movable;
            c.fixed += !movable;
        }
    }
    return c;
}

/* move_page: to a frame that `destination` gives. */
static bool move_page(uint32_t page, uint32_t (*destination)(uint32_t like))
{
    uint32_t to = destination(page);

    if (to == BUDDY_NONE) {
        return false;
    }
    if (!migrate_frame(page, to)) {
        frame_destination_unused(to);
        return false;
    }
    return true;
}

/* empty_group: false: a page of it has to stay, or it is a free group already. */
static bool empty_group(uint32_t group, uint32_t (*destination)(uint32_t like))
{
    if (frame_group_close(group) == 0 && census(group).used == 0) {
        return false;
    }
    for (uint32_t page = group * GROUP_PAGES; page < (group + 1) * GROUP_PAGES; page++) {
        if (in_use(page) && !move_page(page, destination)) {
            frame_group_open(group);
            return false;
        }
    }
    group_put(group);
    return true;
}

/* ---- the cheapest group ---- */

static bool active(const struct chunk *c)
{
    return c->leaf != CSPACE_NO_LEAF;
}

static bool holds_frames(uint32_t group)
{
    const struct chunk *c = chunk_at(group / CHUNK_GROUPS);

    return active(c) && (c->present >> group % CHUNK_GROUPS & 1) && group_state_of(group) == GROUP_FRAMES;
}

/* look: move the hand over n groups; the cheapest of them. */
static struct compact_choice look(uint32_t n)
{
    struct compact_choice choice = {0};
    uint32_t n_groups = chunk_count() * CHUNK_GROUPS;

    for (uint32_t i = 0; i < n; i++, hand++) {
        hand = hand < n_groups ? hand : 0;
        if (holds_frames(hand)) {
            struct compact_candidate c = census(hand);
            compact_consider(&choice, &c, GROUP_PAGES);
        }
    }
    return choice;
}

bool compact_group_now(void)
{
    uint32_t n_groups = chunk_count() * CHUNK_GROUPS;

    for (uint32_t looked = 0; looked < n_groups && compact_room(); looked += GROUPS_LOOKED) {
        struct compact_choice choice = look(GROUPS_LOOKED);
        if (choice.found && empty_group(choice.best.number, frame_destination)) {
            compact_counters.groups++;
            return true;
        }
    }
    skip = n_groups / VAIN_SHARE;
    return false;
}

bool compact_group(void)
{
    if (skip > 0) {
        skip--;
        return false;
    }
    return compact_group_now();
}

/* stir_page: move one page; it becomes the free one. */
static bool stir_page(uint32_t page)
{
    uint32_t to = frame_destination(page);

    if (to == BUDDY_NONE) {
        return false;
    }
    bool moved = migrate_frame(page, to);
    frame_destination_unused(moved ? page : to);
    return moved;
}

/* stir_on: to the next page in a group of frames. */
static void stir_on(void)
{
    uint32_t n_groups = chunk_count() * CHUNK_GROUPS, group = ++stir_hand / GROUP_PAGES;

    if (stir_hand % GROUP_PAGES == 0) {
        for (uint32_t i = 0; i < n_groups && !holds_frames(group % n_groups); i++) {
            group++;
        }
        stir_hand = group % n_groups * GROUP_PAGES;
    }
}

uint32_t compact_stir(uint32_t n)
{
    uint32_t moved = 0;

    for (uint32_t i = 0; i < STIR_LOOKED && moved < n; i++) {
        if (holds_frames(stir_hand / GROUP_PAGES) && in_use(stir_hand) && migrate_possible(stir_hand)) {
            moved += stir_page(stir_hand);
        }
        stir_on();
    }
    return moved;
}

/* ---- counting chunks ---- */

/* whole: it can become a free chunk. */
static bool whole(const struct chunk *c)
{
    return c->untyped && c->present == UINT32_MAX;
}

/* kept_free: the group is free as a whole, but as frames or object pages. */
static bool kept_free(uint32_t group)
{
    const struct buddy_unit *u = &frame_at(group * GROUP_PAGES)->unit;

    return u->head && u->order == GROUP_ORDER;
}

static void count_group(struct chunk *c, uint32_t group)
{
    struct compact_candidate pages = census(group);
    bool frames = group_state_of(group) == GROUP_FRAMES;
    uint32_t in_use = pages.used + pages.fixed;

    c->used += frames ? pages.used : 0;
    c->fixed += frames ? pages.fixed : in_use;
    if (in_use > 0 || kept_free(group)) {
        c->gaps += GROUP_PAGES - in_use;
    }
}

static void count_chunk(uint32_t chunk)
{
    struct chunk *c = chunk_at(chunk);

    c->used = c->fixed = c->gaps = 0;
    for (uint32_t i = 0; active(c) && i < CHUNK_GROUPS; i++) {
        if ((c->present >> i & 1) && group_state_of(chunk * CHUNK_GROUPS + i) != GROUP_RAW) {
            count_group(c, chunk * CHUNK_GROUPS + i);
        }
    }
}

/* room_beside: pages for which there is room in the gaps of other chunks. */
static uint32_t room_beside(uint32_t gaps)
{
    uint32_t taken = gaps + ARMED_LEFT;

    return frames_armed() > taken ? frames_armed() - taken : 0;
}

/* ---- a pass ---- */

/* choose_source: the chunk that is emptied next. */
static struct compact_choice choose_source(void)
{
    struct compact_choice choice = {0};

    for (uint32_t i = 0; i < chunk_count(); i++) {
        const struct chunk *c = chunk_at(i);
        if (active(c) && whole(c) && c->used + c->gaps > 0) {
            compact_consider(&choice, &(struct compact_candidate){i, c->used, c->fixed}, room_beside(c->gaps));
        }
    }
    return choice;
}

/* choose_dest: the chunk whose gaps are filled next; false: there is none. */
static bool choose_dest(void)
{
    uint32_t best = 0;

    for (uint32_t i = 0; i < chunk_count(); i++) {
        const struct chunk *c = chunk_at(i);
        uint32_t worth = compact_destination(whole(c) && !c->fixed, c->used);
        if (i != pass.source && active(c) && c->gaps > 0 && worth > best) {
            best = worth;
            pass.dest = i;
        }
    }
    pass.gap = pass.dest * CHUNK_PAGES;
    for (uint32_t i = 0; i < COLOURS_MAX; i++) {
        pass.gap_of[i] = pass.gap + i;
    }
    return best > 0;
}

/* gap_from: a free page of the chunk that is being filled, from *next on, which moves on by `step`; BUDDY_NONE: there is none. */
static uint32_t gap_from(uint32_t *next, uint32_t step)
{
    for (uint32_t end = (pass.dest + 1) * CHUNK_PAGES; *next < end; *next += step) {
        if (holds_frames(*next / GROUP_PAGES) && frame_destination_at(*next)) {
            return *next;
        }
    }
    return BUDDY_NONE;
}

/* next_gap: in the chunk that is being filled, one of the colour of `like` first; its gaps are used up when there is none. */
static uint32_t next_gap(uint32_t like)
{
    uint32_t n = frame_colours(), page = BUDDY_NONE;

    if (pass.dest_known) {
        page = n > 1 ? gap_from(&pass.gap_of[frame_colour(like, n)], n) : BUDDY_NONE;
        page = page == BUDDY_NONE ? gap_from(&pass.gap, 1) : page;
    }
    if (page == BUDDY_NONE && pass.dest_known) {
        chunk_at(pass.dest)->gaps = 0;
        pass.dest_known = false;
    }
    return page;
}

/* gap_beside: a frame in the gaps of other chunks. */
static uint32_t gap_beside(uint32_t like)
{
    uint32_t page;

    while ((page = next_gap(like)) == BUDDY_NONE) {
        pass.dest_known = choose_dest();
        if (!pass.dest_known) {
            return BUDDY_NONE;
        }
    }
    chunk_at(pass.dest)->used++;
    chunk_at(pass.dest)->gaps -= chunk_at(pass.dest)->gaps > 0;
    return page;
}

/* vacate: make a group of the source a free group; false: something in it has to stay. */
static bool vacate(uint32_t group)
{
    struct compact_candidate pages = census(group);

    if (group_state_of(group) == GROUP_RAW || (pages.used + pages.fixed == 0 && !kept_free(group))) {
        /* Free already, or frames of it are about to be used: then another pass will find them. */
        return true;
    }
    if (pages.used + pages.fixed == 0) {
        free_group_release(group);
        return true;
    }
    return group_state_of(group) == GROUP_FRAMES && pages.fixed == 0 && frames_armed() >= GROUP_PAGES + ARMED_LEFT && empty_group(group, gap_beside);
}

/* source_done: it is empty, or has to be left as it is. */
static void source_done(bool empty)
{
    struct chunk *c = chunk_at(pass.source);

    compact_counters.chunks += empty;
    pass.emptied += empty;
    if (empty) {
        c->used = c->gaps = 0;
    } else {
        c->fixed++; /* not to be tried again */
    }
}

/* next_source: false: no other chunk can be emptied. */
static bool next_source(void)
{
    struct compact_choice choice = choose_source();

    pass.phase = choice.found ? PASS_EMPTYING : PASS_NONE;
    pass.source = choice.best.number;
    pass.dest_known = false;
    pass.next = 0;
    compact_counters.passes += !choice.found;
    return choice.found;
}

static bool count_some(void)
{
    for (unsigned i = 0; i < COUNTED && pass.next < chunk_count(); i++) {
        count_chunk(pass.next++);
    }
    return pass.next < chunk_count() || next_source();
}

static bool empty_some(void)
{
    if (!vacate(pass.source * CHUNK_GROUPS + pass.next)) {
        source_done(false);
        return next_source();
    }
    if (++pass.next < CHUNK_GROUPS) {
        return true;
    }
    source_done(true);
    return next_source();
}

bool compact_step(void)
{
    compact_counters.steps++;
    if (pass.phase == PASS_NONE) {
        pass.phase = PASS_COUNTING;
        pass.next = 0;
        pass.emptied = 0;
    }
    return pass.phase == PASS_COUNTING ? count_some() : empty_some();
}

enum compact_outcome compact_for_chunk(uint32_t most)
{
    uint64_t before = compact_counters.chunks;

    if (pass.phase == PASS_EMPTYING && pass.next == 0 && chunk_at(pass.source)->used > most) {
        return COMPACT_VAIN;
    }
    bool more = compact_step();
    return compact_counters.chunks > before ? COMPACT_MADE : more ? COMPACT_MORE : COMPACT_VAIN;
}

/* ---- in the background ---- */

static bool worth_a_pass(void)
{
    struct free_blocks b = {{0}};

    if (pass.rest > 0 && pages_free() < pass.free + CHUNK_PAGES) {
        pass.rest--;
        return false;
    }
    pages_free_blocks(&b);
    return fragmentation_index(&b, CHUNK_BITS - PAGE_BITS) > COMPACT_THRESHOLD;
}

void compact_tick(void)
{
    bool wanted = pager.compact && (pass.phase != PASS_NONE || worth_a_pass());

    compact_steps_due = wanted ? COMPACT_TICK_STEPS : 0;
}

void compact_background(void)
{
    compact_steps_due--;
    if (!compact_step()) {
        compact_steps_due = 0;
        pass.rest = pass.emptied ? 0 : REST_TICKS;
        pass.free = pages_free();
    }
}

/* ---- what a pass would do ---- */

void compact_survey(struct compact_survey *s)
{
    static struct compact_plan plan;

    memset(&plan, 0, sizeof plan);
    *s = (struct compact_survey){.free = chunks_free()};
    for (uint32_t i = 0; i < chunk_count(); i++) {
        const struct chunk *c = chunk_at(i);
        count_chunk(i);
        s->fixed_pages += c->fixed;
        s->chunks += whole(c);
        s->fixed += whole(c) && c->fixed;
        if (active(c) && whole(c) && !c->fixed && c->used + c->gaps > 0) {
            compact_plan_add(&plan, c->used, c->gaps);
        }
    }
    compact_plan_solve(&plan, room_beside(0));
    s->could_free = plan.emptied;
    s->moves = plan.moves;
}
