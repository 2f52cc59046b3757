/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that move to other frames, and groups that are emptied by it: each kind of page by name. Random sequences are in pager_random_test.c. */
#include "boot.h"
#include "check_main.h"
#include "compact.h"
#include "event.h"
#include "fork.h"
#include "frame.h"
#include "large.h"
#include "machine.h"
#include "mapping.h"
#include "migrate.h"
#include "policy/compact_choice.h"
#include "policy/large.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"
#include "store.h"

#include <pagoda/layout.h>
#include <string.h>

#define RAM (32ull << 20)
#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)

static uint64_t free_before;

static struct space *boot_with_space(uint32_t kind)
{
    machine_boot(RAM);
    pager.evict = EVICT_NEVER;
    serve_after(true);
    free_before = pages_free();
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, 1 << 18, WRITE, kind), 0);
    return s;
}

static void all_is_back(void)
{
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(pages_free(), free_before);
}

static uint64_t *touch(struct space *s, uint64_t p, enum access access)
{
    uint64_t *word = (uint64_t *)(void *)machine_touch(s, VA + p * PAGE_SIZE, access);
    ck_assert_ptr_nonnull(word);
    return word;
}

static page_entry entry_of(struct space *s, uint64_t p)
{
    bool shared;
    return *pagemap_entry(&s->map, (VA >> 12) + p, &shared);
}

/* move: the frame of a page to any other; returns where it is then. */
static uint32_t move_frame(uint32_t from)
{
    uint32_t to = frame_destination(from);
    ck_assert_uint_ne(to, BUDDY_NONE);
    ck_assert(migrate_possible(from));
    bool moved = migrate_frame(from, to);
    frame_destination_unused(moved ? from : to);
    machine_check();
    return moved ? to : from;
}

static void move_page(struct space *s, uint64_t p)
{
    uint32_t from = entry_frame(entry_of(s, p)), to = move_frame(from);
    ck_assert_uint_ne(from, to);
    ck_assert_uint_eq(entry_frame(entry_of(s, p)), to);
}

/* ---- kinds of pages ---- */

START_TEST(mapped_private_page_moves_and_stays_mapped)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    *touch(s, 3, ACCESS_WRITE) = 77;
    move_page(s, 3);
    ck_assert_uint_eq(migrate_counters.in_place, 1);
    ck_assert_uint_eq(*touch(s, 3, ACCESS_WRITE), 77);
    ck_assert_uint_eq(machine_faults, 0);
    *touch(s, 3, ACCESS_WRITE) = 78;
    move_page(s, 3);
    ck_assert_uint_eq(*touch(s, 3, ACCESS_READ), 78);
    space_destroy(s);
    all_is_back();
}
END_TEST

START_TEST(unmapped_private_page_moves)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    *touch(s, 3, ACCESS_WRITE) = 77;
    ck_assert_uint_eq(range_protect(s, VA, VA + 8 * PAGE_SIZE, 0), 0);
    move_page(s, 3);
    ck_assert_uint_eq(migrate_counters.in_place, 0);
    ck_assert_uint_eq(range_protect(s, VA, VA + 8 * PAGE_SIZE, WRITE), 0);
    ck_assert_uint_eq(*touch(s, 3, ACCESS_READ), 77);
    space_destroy(s);
    all_is_back();
}
END_TEST

/* The client ended before the reply that was to map the page: the entry says more than the kernel did. */
START_TEST(page_whose_mapping_was_never_made_moves)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    *touch(s, 3, ACCESS_WRITE) = 77;
    ck_assert_uint_eq(kernel_unmap_range(s->vspace, VA + 3 * PAGE_SIZE, 1), 0);
    ck_assert(entry_of(s, 3) & ENTRY_MAPPED);
    move_page(s, 3);
    ck_assert_uint_eq(migrate_counters.in_place, 0);
    ck_assert_uint_eq(*touch(s, 3, ACCESS_READ), 77);
    space_destroy(s);
    all_is_back();
}
END_TEST

START_TEST(page_with_a_stored_copy_keeps_it)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    memset(touch(s, 3, ACCESS_WRITE), 0x5a, PAGE_SIZE);
    ck_assert_uint_eq(reclaim_pages(s, VA >> 12, (VA >> 12) + 8), 1);
    ck_assert_uint_eq(*touch(s, 3, ACCESS_READ), 0x5a5a5a5a5a5a5a5a);
    uint32_t handle = frame_stored(entry_frame(entry_of(s, 3)));
    ck_assert_uint_ne(handle, 0);
    move_page(s, 3);
    ck_assert_uint_eq(frame_stored(entry_frame(entry_of(s, 3))), handle);
    ck_assert_uint_eq(*touch(s, 3, ACCESS_READ), 0x5a5a5a5a5a5a5a5a);
    space_destroy(s);
    all_is_back();
}
END_TEST

START_TEST(copy_on_write_page_moves_for_all_holders)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS), *child, *other;
    *touch(s, 3, ACCESS_WRITE) = 77;
    *touch(s, 4, ACCESS_WRITE) = 78;
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert_uint_eq(space_fork(child, &other), 0);
    touch(child, 4, ACCESS_WRITE); /* so it has a leaf of its own */
    ck_assert_uint_eq(frame_at(entry_frame(entry_of(s, 3)))->refs, 2);
    touch(s, 3, ACCESS_READ);
    touch(child, 3, ACCESS_READ);
    touch(other, 3, ACCESS_READ);
    move_page(s, 3);
    ck_assert_uint_eq(migrate_counters.moved[MIGRATE_COW], 1);
    ck_assert_uint_eq(entry_frame(entry_of(s, 3)), entry_frame(entry_of(child, 3)));
    ck_assert_uint_eq(entry_frame(entry_of(s, 3)), entry_frame(entry_of(other, 3)));
    *touch(child, 3, ACCESS_WRITE) = 5;
    ck_assert_uint_eq(*touch(s, 3, ACCESS_READ), 77);
    ck_assert_uint_eq(*touch(other, 3, ACCESS_READ), 77);
    ck_assert_uint_eq(*touch(child, 3, ACCESS_READ), 5);
    space_destroy(s);
    move_page(other, 3); /* whoever the reverse map names may be gone */
    ck_assert_uint_eq(*touch(other, 3, ACCESS_WRITE), 77);
    space_destroy(other);
    space_destroy(child);
    all_is_back();
}
END_TEST

START_TEST(copy_on_write_page_is_found_when_its_first_leaf_is_gone)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS), *child, *filler = machine_space(0);
    ck_assert_uint_eq(machine_map(filler, VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t p = 0; p < 4; p++) {
        *touch(s, 600 * p, ACCESS_WRITE) = 100 + p;
    }
    ck_assert_uint_eq(space_fork(s, &child), 0);
    for (uint64_t p = 0; p < 4; p++) {
        touch(child, 600 * p + 1, ACCESS_WRITE); /* a leaf of its own */
    }
    space_destroy(s);
    for (uint64_t p = 0; p < 64; p++) {
        touch(filler, 512 * p + p, ACCESS_WRITE); /* the old leaves are used again */
    }
    for (uint64_t p = 0; p < 4; p++) {
        move_page(child, 600 * p);
        ck_assert_uint_eq(*touch(child, 600 * p, ACCESS_READ), 100 + p);
    }
    space_destroy(child);
    space_destroy(filler);
    all_is_back();
}
END_TEST

START_TEST(page_of_a_shared_object_moves_for_all)
{
    struct space *s = boot_with_space(PAGER_REGION_SHARED), *child;
    *touch(s, 700, ACCESS_WRITE) = 77;
    ck_assert_uint_eq(space_fork(s, &child), 0);
    *touch(child, 700, ACCESS_WRITE) = 78;
    uint32_t from = entry_frame(entry_of(s, 700));
    move_page(s, 700);
    ck_assert_uint_eq(migrate_counters.moved[MIGRATE_SHARED], 1);
    ck_assert_uint_eq(*touch(s, 700, ACCESS_READ), 78);
    *touch(s, 700, ACCESS_WRITE) = 79;
    ck_assert_uint_eq(*touch(child, 700, ACCESS_READ), 79);
    ck_assert_uint_ne(entry_frame(entry_of(child, 700)), from);
    space_destroy(s);
    move_page(child, 700);
    ck_assert_uint_eq(*touch(child, 700, ACCESS_READ), 79);
    space_destroy(child);
    all_is_back();
}
END_TEST

START_TEST(page_that_only_the_shared_object_holds_moves)
{
    struct space *s = boot_with_space(PAGER_REGION_SHARED);
    *touch(s, 700, ACCESS_WRITE) = 77;
    uint32_t frame = entry_frame(entry_of(s, 700));
    ck_assert_uint_eq(range_forget(s, VA, VA + 1024 * PAGE_SIZE), 0);
    ck_assert_uint_eq(frame_at(frame)->refs, 1);
    ck_assert_uint_ne(move_frame(frame), frame);
    ck_assert_uint_eq(*touch(s, 700, ACCESS_READ), 77);
    space_destroy(s);
    all_is_back();
}
END_TEST

START_TEST(frames_of_the_stores_move)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    uint8_t expected[PAGE_SIZE];
    for (uint64_t p = 0; p < 300; p++) {
        machine_fill((uint8_t *)touch(s, p, ACCESS_WRITE), p, true);
    }
    ck_assert_uint_eq(reclaim_pages(s, VA >> 12, (VA >> 12) + 300), 300);
    for (uint32_t page = 0, moved = 0; moved < pages_in(FRAME_STORE); page++) {
        if (chunk_at(page / CHUNK_PAGES)->leaf != CSPACE_NO_LEAF && frame_at(page)->unit.user == FRAME_STORE) {
            ck_assert_uint_ne(move_frame(page), page);
            moved++;
        }
    }
    ck_assert_uint_ge(migrate_counters.moved[MIGRATE_STORE], 60);
    for (uint64_t p = 0; p < 300; p++) {
        machine_fill(expected, p, true);
        ck_assert_mem_eq(touch(s, p, ACCESS_READ), expected, PAGE_SIZE);
    }
    space_destroy(s);
    all_is_back();
}
END_TEST

START_TEST(ipc_buffers_and_what_the_pager_needs_stay)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    touch(s, 0, ACCESS_WRITE);
    ck_assert(!migrate_possible(s->ipc_frame));
    ck_assert(!migrate_possible(s->frame));
    ck_assert(!migrate_possible(pager.zero_page));
    ck_assert(!migrate_possible(s->vspace_page));
    space_destroy(s);
    all_is_back();
}
END_TEST

/* ---- groups ---- */

/* full_with_holes: all of memory is pages of one space, each `step`-th of which is given back. Returns how many there were. full_of_holes: every other one. */
static uint64_t full_with_holes(struct space *s, unsigned step)
{
    uint64_t n = 0;
    while (frames_obtainable() > 2 * FRAMES_RESERVE) {
        *touch(s, n, ACCESS_WRITE) = n;
        n++;
    }
    for (uint64_t p = 0; p < n; p += step) {
        ck_assert_uint_eq(range_forget(s, VA + p * PAGE_SIZE, VA + (p + 1) * PAGE_SIZE), 0);
    }
    return n;
}

static uint64_t full_of_holes(struct space *s)
{
    return full_with_holes(s, 2);
}

static void odd_pages_are_intact(struct space *s, uint64_t n)
{
    for (uint64_t p = 1; p < n; p += 2) {
        ck_assert_uint_eq(*touch(s, p, ACCESS_READ), p);
    }
}

/* Single pages are free everywhere, and new address space needs translation tables, which need whole groups. */
START_TEST(new_address_space_can_be_touched_when_only_single_pages_are_free)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    uint64_t n = full_of_holes(s);
    ck_assert_uint_gt(n, 5000);
    ck_assert_uint_eq(groups()->free, 0);
    for (uint64_t leaf = 100; leaf < 200; leaf++) {
        *touch(s, leaf * 512, ACCESS_WRITE) = leaf;
        ck_assert(reserve_ready()); /* the next fault will not have to wait */
    }
    ck_assert_uint_eq(machine_event(), 0);
    ck_assert_uint_gt(migrate_counters.moved[MIGRATE_PRIVATE], 0);
    odd_pages_are_intact(s, n);
    for (uint64_t leaf = 100; leaf < 200; leaf++) {
        ck_assert_uint_eq(*touch(s, leaf * 512, ACCESS_READ), leaf);
    }
    space_destroy(s);
    all_is_back();
}
END_TEST

START_TEST(new_programs_can_start_when_only_single_pages_are_free)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS), *more[50];
    uint64_t n = full_of_holes(s);
    for (unsigned i = 0; i < 50; i++) {
        more[i] = machine_space(0);
        ck_assert_uint_eq(machine_map(more[i], VA, 16, WRITE, PAGER_REGION_ANONYMOUS), 0);
        *touch(more[i], 0, ACCESS_WRITE) = i;
    }
    odd_pages_are_intact(s, n);
    for (unsigned i = 0; i < 50; i++) {
        ck_assert_uint_eq(*touch(more[i], 0, ACCESS_READ), i);
        space_destroy(more[i]);
    }
    space_destroy(s);
    all_is_back();
}
END_TEST

/* pin_all_groups: one page of the space in each group cannot be moved, though it can leave memory. */
static void pin_all_groups(struct space *s, uint64_t n)
{
    uint32_t pinned[8192 / GROUP_PAGES] = {0};
    for (uint64_t p = 1; p < n; p += 2) {
        uint32_t frame = entry_frame(entry_of(s, p));
        if (!pinned[frame / GROUP_PAGES]++) {
            frame_at(frame)->flags |= FRAME_PINNED;
        }
    }
}

/* Only single pages are free, and none can be moved: pages of the largest leave memory until there is a group, and nobody is ended. */
START_TEST(pages_leave_for_tables_when_none_can_be_moved)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    uint64_t n = full_of_holes(s);
    pager.evict = EVICT_WHEN_SHORT;
    pin_all_groups(s, n);
    while (compact_group_now()) { /* those that no page of the space is in */
    }
    ck_assert_uint_lt(groups()->free, 3);
    struct space *small = machine_space(0);
    ck_assert_uint_eq(machine_map(small, VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t leaf = 0; leaf < 100; leaf++) {
        *touch(small, leaf * 512, ACCESS_WRITE) = leaf;
    }
    ck_assert_uint_eq(machine_event(), 0);
    ck_assert(!s->ended && !small->ended);
    ck_assert_uint_gt(s->evictions, 0);
    odd_pages_are_intact(s, n);
    for (uint64_t leaf = 0; leaf < 100; leaf++) {
        ck_assert_uint_eq(*touch(small, leaf * 512, ACCESS_READ), leaf);
    }
    space_destroy(s);
    space_destroy(small);
    all_is_back();
}
END_TEST

START_TEST(emptying_stops_while_few_frames_are_free)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    uint64_t n = 0;
    while (frames_obtainable() > GROUP_PAGES + FRAMES_RESERVE) {
        *touch(s, n, ACCESS_WRITE) = n;
        n++;
    }
    ck_assert(!compact_room());
    ck_assert(!compact_group_now());
    machine_check();
    for (uint64_t p = 0; p < n; p++) {
        ck_assert_uint_eq(*touch(s, p, ACCESS_READ), p);
    }
    space_destroy(s);
    all_is_back();
}
END_TEST

START_TEST(stirring_moves_everything_and_loses_nothing)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    for (uint64_t p = 0; p < 1000; p++) {
        *touch(s, p, ACCESS_WRITE) = p;
    }
    for (unsigned i = 0; i < 400; i++) {
        compact_stir(16);
        serve_after(true);
        machine_check();
    }
    ck_assert_uint_gt(migrate_counters.in_place, 2000);
    for (uint64_t p = 0; p < 1000; p++) {
        ck_assert_uint_eq(*touch(s, p, ACCESS_READ), p);
    }
    space_destroy(s);
    all_is_back();
}
END_TEST

/* Wherever the hand stands, memory that is not made into frames takes no part in what a request may look at. */
START_TEST(stirring_finds_few_pages_in_much_memory)
{
    machine_boot(256ull << 20);
    pager.evict = EVICT_NEVER;
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, 100, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t p = 0; p < 100; p++) {
        *touch(s, p, ACCESS_WRITE) = p;
    }
    for (unsigned i = 0; i < 20; i++) {
        ck_assert_uint_eq(compact_stir(64), 64);
    }
    machine_check();
}
END_TEST

/* ---- colours ---- */

/* Every other page is kept, in turns the odd and the even ones, so that the gaps have all colours. */
static bool kept(uint64_t p)
{
    return (p + p / 16) % 2;
}

/* right_colours: of n pages, those kept that have the colour of their number; each holds its number. */
static unsigned right_colours(struct space *s, uint64_t n)
{
    unsigned right = 0;
    for (uint64_t p = 0; p < n; p++) {
        if (kept(p)) {
            ck_assert_uint_eq(*touch(s, p, ACCESS_READ), p);
            right += frame_colour(entry_frame(entry_of(s, p)), frame_colours()) == ((VA >> PAGE_BITS) + p) % frame_colours();
        }
    }
    return right;
}

/* Moved pages keep their colour; only where the last gaps of a chunk are filled there may be none of it. */
START_TEST(pages_keep_their_colour)
{
    machine_boot(RAM);
    pager_colours(16);
    pager.evict = EVICT_NEVER;
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS), 0);
    uint64_t n = 0;
    for (; frames_obtainable() > 2 * FRAMES_RESERVE; n++) {
        *touch(s, n, ACCESS_WRITE) = n;
    }
    for (uint64_t p = 0; p < n; p++) {
        ck_assert(kept(p) || range_forget(s, VA + p * PAGE_SIZE, VA + (p + 1) * PAGE_SIZE) == 0);
    }
    unsigned before = right_colours(s, n);
    ck_assert_uint_gt(before, n / 2 * 95 / 100);
    for (unsigned i = 0; i < 40; i++) {
        compact_stir(64);
        compact_group_now();
    }
    ck_assert_uint_gt(migrate_moved(), 2000);
    ck_assert_uint_ge(right_colours(s, n), before * 95 / 100);
    while (compact_step()) {
    }
    machine_check();
    ck_assert_uint_gt(compact_counters.chunks, 3);
    ck_assert_uint_ge(right_colours(s, n), before * 85 / 100);
}
END_TEST

/* Free blocks are told by where they are as well as by size, when colours are told apart. */
START_TEST(free_blocks_are_counted_the_same_with_colours)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    struct free_blocks plain = {{0}}, coloured = {{0}};
    full_of_holes(s);
    pages_free_blocks(&plain);
    frames_colours(16);
    pages_free_blocks(&coloured);
    ck_assert_mem_eq(&plain, &coloured, sizeof plain);
    space_destroy(s);
    all_is_back();
}
END_TEST

/* ---- chunks ---- */

static struct compact_survey survey(void)
{
    struct compact_survey s;
    compact_survey(&s);
    return s;
}

/* whole_pass: how many steps it took; the state is consistent after each. */
static unsigned whole_pass(void)
{
    unsigned steps = 1;
    while (compact_step()) {
        steps++;
        ck_assert_uint_lt(steps, 10000);
        if (steps % 16 == 0) {
            machine_check();
        }
    }
    machine_check();
    return steps;
}

START_TEST(every_chunk_that_can_be_emptied_is)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    uint64_t n = full_of_holes(s), free = pages_free();
    struct free_blocks blocks = {{0}};
    pages_free_blocks(&blocks);
    ck_assert_int_gt(fragmentation_index(&blocks, 9), 900);
    struct compact_survey before = survey();
    ck_assert_uint_eq(before.free, 0);
    ck_assert_uint_ge(before.could_free, before.chunks * 2 / 5);
    whole_pass();
    struct compact_survey after = survey();
    ck_assert_uint_eq(after.free, before.could_free);
    ck_assert_uint_eq(after.could_free, 0);
    ck_assert_uint_eq(migrate_moved(), before.moves);
    ck_assert_uint_eq(pages_free(), free);
    ck_assert_uint_eq(pages_largest_free() % CHUNK_PAGES, 0);
    odd_pages_are_intact(s, n);
    space_destroy(s);
    all_is_back();
}
END_TEST

/* walker: a space that says that it will walk through 4 MiB. */
static struct space *walker(void)
{
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, 2 * PAGEMAP_FANOUT, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_uint_eq(range_advise(s, VA, VA + (2ull << CHUNK_BITS), PREDICT_SEQUENTIAL), 0);
    return s;
}

START_TEST(large_frame_that_was_not_to_be_had_is_after_pages_have_moved)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    uint64_t n = full_of_holes(s);
    struct space *w = walker();
    ck_assert_uint_eq(chunks_free(), 0);
    ck_assert_uint_eq(frames_take_large(), BUDDY_NONE);
    machine_waits = 0;
    *touch(w, 0, ACCESS_WRITE) = 7;
    ck_assert_uint_gt(machine_waits, 0); /* it was not made in the fault path */
    ck_assert_uint_eq(large_now(), 1);
    ck_assert_uint_eq(large_counters.moved_for, 1);
    ck_assert_uint_ge(migrate_moved(), 200);
    ck_assert_uint_le(migrate_moved(), CHUNK_PAGES);
    for (uint64_t p = 1; p < PAGEMAP_FANOUT; p++) {
        ck_assert_uint_eq(*touch(w, p, ACCESS_WRITE), 0);
    }
    ck_assert_uint_eq(*touch(w, 0, ACCESS_READ), 7);
    ck_assert_uint_eq(machine_waits, 1); /* for the second time */
    machine_check();
    odd_pages_are_intact(s, n);
    space_destroy(w);
    space_destroy(s);
    all_is_back();
}
END_TEST

START_TEST(large_frame_for_which_too_many_pages_would_move_is_none)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    full_with_holes(s, 4);
    ck_assert_uint_ge(large_room_of_all(), LARGE_ROOM);
    struct space *w = walker();
    *touch(w, 0, ACCESS_WRITE) = 7;
    ck_assert_uint_eq(large_now(), 0);
    ck_assert_uint_eq(migrate_moved(), 0);
    uint64_t steps = compact_counters.steps;
    machine_waits = 0;
    *touch(w, PAGEMAP_FANOUT, ACCESS_WRITE) = 7; /* it was in vain just now */
    ck_assert_uint_eq(compact_counters.steps, steps);
    ck_assert_uint_eq(machine_waits, 0);
    pager.compact = false; /* that is for the background */
    pager.large = LARGE_NEVER;
    fake_now += 2 * MACHINE_SECOND;
    struct space *other = walker();
    *touch(other, 0, ACCESS_WRITE) = 7;
    ck_assert_uint_eq(compact_counters.steps, steps);
    machine_check();
    space_destroy(other);
    space_destroy(w);
    space_destroy(s);
    all_is_back();
}
END_TEST

START_TEST(pass_with_nothing_to_gain_moves_nothing)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    for (uint64_t p = 0; p < 600; p++) {
        *touch(s, p, ACCESS_WRITE) = p;
    }
    whole_pass();
    uint64_t moved = migrate_moved();
    ck_assert_uint_eq(survey().could_free, 0);
    whole_pass();
    ck_assert_uint_eq(migrate_moved(), moved);
    space_destroy(s);
    all_is_back();
}
END_TEST

/* A space that is forked and written to has pages of all kinds in every chunk. */
START_TEST(chunks_with_shared_pages_are_emptied_too)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS), *child;
    uint64_t n = full_of_holes(s);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    for (uint64_t p = 1; p < n; p += 64) {
        *touch(child, p, ACCESS_WRITE) = 1000000 + p;
    }
    struct compact_survey before = survey();
    whole_pass();
    ck_assert_uint_gt(migrate_counters.moved[MIGRATE_COW], 1000);
    ck_assert_uint_ge(survey().free, before.could_free);
    odd_pages_are_intact(s, n);
    for (uint64_t p = 1; p < n; p += 2) {
        ck_assert_uint_eq(*touch(child, p, ACCESS_READ), p % 64 == 1 ? 1000000 + p : p);
    }
    space_destroy(s);
    space_destroy(child);
    all_is_back();
}
END_TEST

START_TEST(background_pass_begins_when_memory_is_scattered_and_can_be_switched_off)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    compact_tick();
    ck_assert(!compact_pending());
    uint64_t n = full_of_holes(s);
    pager.compact = 0;
    compact_tick();
    ck_assert(!compact_pending());
    pager.compact = 1;
    for (unsigned tick = 0; tick < 100; tick++) {
        for (compact_tick(); compact_pending();) {
            compact_background();
        }
        serve_after(true);
    }
    ck_assert_uint_eq(survey().could_free, 0);
    ck_assert_uint_gt(survey().free, 0);
    odd_pages_are_intact(s, n);
    space_destroy(s);
    all_is_back();
}
END_TEST

static void background_passes(void)
{
    for (compact_tick(); compact_pending();) {
        compact_background();
        if (!compact_pending()) {
            compact_tick();
        }
    }
}

/* A pass that freed nothing is not repeated at once, but it is when much memory has come free. */
START_TEST(background_pass_in_vain_is_repeated_when_memory_comes_free)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    uint64_t n = full_of_holes(s);
    pin_all_groups(s, n);
    background_passes();
    ck_assert_uint_eq(compact_counters.chunks, 0);
    ck_assert_uint_gt(compact_counters.passes, 0);
    compact_tick();
    ck_assert(!compact_pending());
    ck_assert_uint_eq(range_forget(s, VA, VA + 1100 * PAGE_SIZE), 0); /* half of them were free before */
    for (uint32_t page = 0; page < chunk_count() * CHUNK_PAGES; page++) {
        if (chunk_at(page / CHUNK_PAGES)->leaf != CSPACE_NO_LEAF && frame_at(page)->unit.user == FRAME_ANON && page != s->ipc_frame) {
            frame_at(page)->flags &= (uint8_t)~FRAME_PINNED;
        }
    }
    background_passes();
    ck_assert_uint_gt(compact_counters.chunks, 0);
    space_destroy(s);
    all_is_back();
}
END_TEST

/* Programs run, and take and give back memory, between the steps. */
START_TEST(pass_goes_on_while_memory_changes)
{
    struct space *s = boot_with_space(PAGER_REGION_ANONYMOUS);
    uint64_t n = full_of_holes(s);
    for (unsigned i = 0; i < 400; i++) {
        compact_step();
        uint64_t p = (uint64_t)i * 37 % n | 1;
        ck_assert_uint_eq(range_forget(s, VA + p * PAGE_SIZE, VA + (p + 1) * PAGE_SIZE), 0);
        *touch(s, p, ACCESS_WRITE) = p;
        *touch(s, n + i, ACCESS_WRITE) = i;
        machine_check();
    }
    odd_pages_are_intact(s, n);
    space_destroy(s);
    all_is_back();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pager_compact");
    TCase *t = tcase_create("pager_compact");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, mapped_private_page_moves_and_stays_mapped);
    tcase_add_test(t, unmapped_private_page_moves);
    tcase_add_test(t, page_whose_mapping_was_never_made_moves);
    tcase_add_test(t, page_with_a_stored_copy_keeps_it);
    tcase_add_test(t, copy_on_write_page_moves_for_all_holders);
    tcase_add_test(t, copy_on_write_page_is_found_when_its_first_leaf_is_gone);
    tcase_add_test(t, page_of_a_shared_object_moves_for_all);
    tcase_add_test(t, page_that_only_the_shared_object_holds_moves);
    tcase_add_test(t, frames_of_the_stores_move);
    tcase_add_test(t, ipc_buffers_and_what_the_pager_needs_stay);
    tcase_add_test(t, new_address_space_can_be_touched_when_only_single_pages_are_free);
    tcase_add_test(t, new_programs_can_start_when_only_single_pages_are_free);
    tcase_add_test(t, pages_leave_for_tables_when_none_can_be_moved);
    tcase_add_test(t, emptying_stops_while_few_frames_are_free);
    tcase_add_test(t, stirring_moves_everything_and_loses_nothing);
    tcase_add_test(t, stirring_finds_few_pages_in_much_memory);
    tcase_add_test(t, pages_keep_their_colour);
    tcase_add_test(t, free_blocks_are_counted_the_same_with_colours);
    tcase_add_test(t, every_chunk_that_can_be_emptied_is);
    tcase_add_test(t, large_frame_that_was_not_to_be_had_is_after_pages_have_moved);
    tcase_add_test(t, large_frame_for_which_too_many_pages_would_move_is_none);
    tcase_add_test(t, pass_with_nothing_to_gain_moves_nothing);
    tcase_add_test(t, chunks_with_shared_pages_are_emptied_too);
    tcase_add_test(t, background_pass_begins_when_memory_is_scattered_and_can_be_switched_off);
    tcase_add_test(t, background_pass_in_vain_is_repeated_when_memory_comes_free);
    tcase_add_test(t, pass_goes_on_while_memory_changes);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
