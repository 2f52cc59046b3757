/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that leave memory and come back: each situation by name. Random sequences are in pager_random_test.c. */
#include "check_main.h"
#include "event.h"
#include "fork.h"
#include "frame.h"
#include "machine.h"
#include "policy/size_class.h"
#include "pool.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"
#include "store.h"
#include "trail.h"

#include <pagoda/layout.h>
#include <string.h>

#define RAM (32ull << 20)
#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)

static uint64_t free_before;

static struct space *boot_with_space(void)
{
    machine_boot(RAM);
    pager.evict = 0; /* what leaves memory, the tests say */
    serve_after(true);
    free_before = pages_free();
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS), 0);
    return s;
}

static void destroyed_returns_everything(struct space *s)
{
    space_destroy(s);
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(store_pages(), 0);
    ck_assert_uint_eq(pages_free(), free_before);
}

static uint8_t *touch(struct space *s, uint64_t p, enum access access)
{
    return machine_touch(s, VA + p * PAGE_SIZE, access);
}

static void write_page(struct space *s, uint64_t p, uint64_t seed, bool compressible)
{
    uint8_t *page = touch(s, p, ACCESS_WRITE);
    ck_assert_ptr_nonnull(page);
    machine_fill(page, seed, compressible);
}

static bool holds(struct space *s, uint64_t p, uint64_t seed, bool compressible)
{
    uint8_t expected[PAGE_SIZE];
    const uint8_t *page = touch(s, p, ACCESS_READ);
    machine_fill(expected, seed, compressible);
    return page && memcmp(page, expected, PAGE_SIZE) == 0;
}

/* evict: the pages [first, first + n) leave memory, as their owner advises: even if they were used a moment ago. */
static uint64_t evict(struct space *s, uint64_t first, uint64_t n)
{
    uint64_t gone = reclaim_pages(s, (VA >> 12) + first, (VA >> 12) + first + n);
    machine_check();
    return gone;
}

static page_entry entry_of(struct space *s, uint64_t p)
{
    bool shared;
    return *pagemap_entry(&s->map, (VA >> 12) + p, &shared);
}

START_TEST(compressible_pages_leave_and_come_back)
{
    struct space *s = boot_with_space();
    pager.predict = 0; /* each by a fault of its own */
    for (uint64_t p = 0; p < 300; p++) {
        write_page(s, p, p, true);
    }
    uint64_t before = pages_free();
    ck_assert_uint_eq(evict(s, 0, 300), 300);
    ck_assert_uint_eq(s->states[PAGE_STORED], 300);
    ck_assert_uint_eq(fake_mappings(s->vspace), s->states[PAGE_PRIVATE]); /* the IPC buffer, and what was brought in ahead behind them */
    ck_assert_uint_ge(pages_free(), before + 120);  /* they take less than half */
    for (uint64_t p = 0; p < 300; p++) {
        ck_assert(holds(s, p, p, true));
        ck_assert_uint_eq(machine_faults, 1);
    }
    ck_assert_uint_eq(s->refaults, 300);
    destroyed_returns_everything(s);
}
END_TEST

/* by_hand: what reclaim takes on its own from a program whose every page may go, until a round finds nothing. */
static void by_hand(struct space *s)
{
    s->min_pages = 0;
    for (unsigned i = 0; i < 200 && reclaim_now(s); i++) {
    }
    machine_check();
}

START_TEST(translation_tables_that_map_nothing_are_given_back)
{
    struct space *s = boot_with_space();
    pager.predict = 0;
    pager.evict = EVICT_WHEN_SHORT;
    for (uint64_t p = 0; p < 3 * PAGEMAP_FANOUT; p++) {
        write_page(s, p, p, true);
    }
    uint32_t tables = s->map.table_pages, leaves = s->map.meta_pages;
    by_hand(s);
    ck_assert_uint_eq(s->map.table_pages, tables - 3);
    ck_assert_uint_eq(s->map.meta_pages, leaves); /* they tell where the pages are */
    ck_assert_uint_ge(reclaim_counters.tables, 3);
    for (uint64_t p = 0; p < 3 * PAGEMAP_FANOUT; p++) {
        ck_assert(holds(s, p, p, true));
    }
    ck_assert_uint_eq(s->map.table_pages, tables);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(leaves_where_nothing_is_touched_any_more_are_given_back)
{
    struct space *s = boot_with_space();
    pager.evict = EVICT_WHEN_SHORT;
    uint32_t tables = s->map.table_pages, leaves = s->map.meta_pages;
    for (uint64_t leaf = 0; leaf < 40; leaf++) {
        write_page(s, leaf * PAGEMAP_FANOUT + 7, leaf, true);
        ck_assert_uint_eq(range_unmap(s, VA + (leaf * PAGEMAP_FANOUT + 7) * PAGE_SIZE, VA + (leaf * PAGEMAP_FANOUT + 8) * PAGE_SIZE), 0);
    }
    ck_assert_uint_ge(s->map.table_pages, tables + 40);
    by_hand(s);
    ck_assert_uint_le(s->map.table_pages, tables + 1); /* the leaf made last stays: a fault may be about to use it */
    ck_assert_uint_le(s->map.meta_pages, leaves + 1);
    write_page(s, 3, 3, true);
    ck_assert(holds(s, 3, 3, true));
    destroyed_returns_everything(s);
}
END_TEST

static struct page_event event_of(struct space *s, uint64_t p, unsigned i)
{
    struct page_event events[PAGE_EVENTS_MAX];
    ck_assert_uint_gt(trail_read(s->id, (VA >> 12) + p, s->trail_start, events, PAGE_EVENTS_MAX), i);
    return events[i];
}

START_TEST(followed_page_tells_its_first_touch_and_every_look)
{
    struct space *s = boot_with_space();
    write_page(s, 0, 0, true);
    space_follow(s, (VA >> 12) + 1);
    unsigned quick = machine_quick;
    write_page(s, 1, 1, true);
    write_page(s, 2, 2, true);
    ck_assert_uint_eq(machine_quick, quick); /* the quick way notes nothing */
    ck_assert_uint_eq(event_of(s, 1, 0).kind, PAGER_PAGE_EVENT_FAULT);
    ck_assert_uint_eq(event_of(s, 1, 0).detail, PAGER_FAULT_WRITE_FIRST);
    ck_assert_uint_eq(evict(s, 0, 3), 3);
    ck_assert_uint_eq(event_of(s, 1, 0).kind, PAGER_PAGE_EVENT_COMPRESSED);
    ck_assert_uint_eq(event_of(s, 1, 1).kind, PAGER_PAGE_EVENT_LOOKED);
    ck_assert_uint_eq(event_of(s, 1, 1).detail, 1);
    ck_assert_uint_eq(event_of(s, 2, 0).kind, PAGER_PAGE_EVENT_COMPRESSED);
    ck_assert(holds(s, 1, 1, true));
    ck_assert_uint_eq(event_of(s, 1, 0).kind, PAGER_PAGE_EVENT_BACK);

    space_clear(s);
    ck_assert_uint_eq(machine_map(s, VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS), 0);
    struct page_event events[1];
    ck_assert_uint_eq(trail_read(s->id, (VA >> 12) + 1, s->trail_start, events, 1), 0); /* another program's */
    write_page(s, 0, 0, true);
    write_page(s, 1, 1, true);
    ck_assert_uint_eq(machine_quick, quick + 1);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(space_whose_pages_are_followed_no_more_is_served_the_quick_way_again)
{
    struct space *s = boot_with_space(), *other = machine_space(0);
    write_page(s, 0, 0, true);
    space_follow(s, VA >> 12);
    for (unsigned i = 0; i < TRAIL_FOLLOWED; i++) {
        space_follow(other, i);
    }
    unsigned quick = machine_quick;
    write_page(s, 1, 1, true);
    ck_assert_uint_eq(machine_quick, quick + 1);
    space_destroy(other);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(incompressible_pages_stay)
{
    struct space *s = boot_with_space();
    for (uint64_t p = 0; p < 50; p++) {
        write_page(s, p, p, false);
    }
    ck_assert_uint_eq(evict(s, 0, 50), 0);
    ck_assert_uint_eq(reclaim_counters.kept, 50);
    ck_assert_uint_eq(store_pages(), 0);
    for (uint64_t p = 0; p < 50; p++) {
        ck_assert(holds(s, p, p, false));
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(zero_pages_share_the_zero_page_again)
{
    struct space *s = boot_with_space();
    for (uint64_t p = 0; p < 40; p++) {
        ck_assert_ptr_nonnull(touch(s, p, ACCESS_WRITE));
    }
    ck_assert_uint_eq(evict(s, 0, 40), 40);
    ck_assert_uint_eq(store_pages(), 0);
    ck_assert_uint_eq(s->states[PAGE_ZERO], 40);
    ck_assert_uint_eq(*touch(s, 7, ACCESS_READ), 0);
    *touch(s, 7, ACCESS_WRITE) = 9;
    ck_assert_uint_eq(*touch(s, 7, ACCESS_READ), 9);
    ck_assert_uint_eq(*touch(s, 8, ACCESS_WRITE), 0);
    unsigned quick = machine_quick;
    ck_assert_uint_eq(*touch(s, 9, ACCESS_READ), 0);
    ck_assert_uint_eq(machine_quick, quick + 1);
    destroyed_returns_everything(s);
}
END_TEST

/* clean: free frames known to be zero. */
static uint32_t clean(void)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < COLOURS_MAX; i++) {
        n += frame_zeros.clean[i];
    }
    return n;
}

/* In the order of addresses and against it, with a page between them that is stored and one whose frame another space holds too. */
START_TEST(frames_of_zero_pages_are_zeroed_ones_when_they_are_free)
{
    struct space *s = boot_with_space();
    pager.predict = 0;
    for (uint64_t p = 0; p < 20; p++) {
        ck_assert_ptr_nonnull(touch(s, p, ACCESS_WRITE));
    }
    for (uint64_t p = 40; p > 20; p--) {
        ck_assert_ptr_nonnull(touch(s, p - 1, ACCESS_WRITE));
    }
    struct space *child;
    ck_assert_uint_eq(space_fork(s, &child), 0);
    child->started = true;
    for (uint64_t p = 0; p < 40; p++) {
        if (p != 17) {
            ck_assert_ptr_nonnull(touch(child, p, ACCESS_WRITE));
        }
    }
    write_page(child, 13, 13, true);
    uint32_t frames[40];
    for (uint64_t p = 0; p < 40; p++) {
        frames[p] = entry_frame(entry_of(child, p));
    }
    ck_assert_uint_eq(evict(child, 0, 40), 40);
    ck_assert_uint_eq(child->states[PAGE_STORED], 1);
    for (uint64_t p = 0; p < 40; p++) {
        const struct frame *f = frame_at(frames[p]);
        bool used = p < 13 && f->unit.user != FRAME_FREE; /* by the store, which took the page behind them */
        ck_assert_uint_eq(f->unit.user == FRAME_FREE, p != 17 && !used);
        ck_assert(used || (f->flags & FRAME_CLEAN) == (p != 13 && p != 17 ? FRAME_CLEAN : 0));
    }
    ck_assert(holds(child, 13, 13, true));
    for (uint64_t p = 0; p < 40; p++) {
        if (p != 13) {
            ck_assert_uint_eq(*touch(child, p, ACCESS_WRITE), 0);
        }
    }
    ck_assert_uint_eq(*touch(s, 17, ACCESS_WRITE), 0);
    machine_check();
    space_destroy(child);
    destroyed_returns_everything(s);
}
END_TEST

/* A zeroed frame that is free again is taken for the next zeros as it is. */
START_TEST(zeroed_frames_of_evicted_pages_are_taken_as_they_are)
{
    struct space *s = boot_with_space();
    pager.predict = 0;
    for (uint64_t p = 0; p < 64; p++) {
        *touch(s, p, ACCESS_WRITE) = 1; /* so that the kernel's zeros are used up */
        *touch(s, p, ACCESS_WRITE) = 0;
    }
    ck_assert_uint_eq(evict(s, 0, 64), 64);
    uint32_t before = clean();
    while (clean() == before) { /* what was begun is taken first */
        static uint64_t p = 100;
        ck_assert_ptr_nonnull(touch(s, p++, ACCESS_WRITE));
        ck_assert_uint_lt(p, 200);
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(page_of_equal_words_becomes_a_word)
{
    struct space *s = boot_with_space();
    memset(touch(s, 0, ACCESS_WRITE), 0x5a, PAGE_SIZE);
    ck_assert_uint_eq(evict(s, 0, 1), 1);
    ck_assert_uint_eq(store_counters.put[RECORD_SAME], 1);
    ck_assert_uint_eq(pool_frames(), 0);
    const uint8_t *page = touch(s, 0, ACCESS_READ);
    for (unsigned i = 0; i < PAGE_SIZE; i++) {
        ck_assert_uint_eq(page[i], 0x5a);
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(unmodified_page_leaves_again_without_being_stored_again)
{
    struct space *s = boot_with_space();
    write_page(s, 0, 1, true);
    evict(s, 0, 1);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert(holds(s, 0, 1, true));
        ck_assert_ptr_null(fake_translate(s->vspace, VA, true, false));
        ck_assert_uint_eq(evict(s, 0, 1), 1);
    }
    ck_assert_uint_eq(store_counters.put[RECORD_COMPRESSED], 1);
    ck_assert_uint_eq(reclaim_counters.clean, 5);
    destroyed_returns_everything(s);
}
END_TEST

/* back: the pages come back because they are read, and are written then or not; returns how many keep their stored copy until that. */
static uint64_t back(struct space *s, uint64_t n, bool written)
{
    uint64_t kept = 0;

    for (uint64_t p = 0; p < n; p++) {
        ck_assert(holds(s, p, p, true));
        bool copy = frame_stored(entry_frame(entry_of(s, p))) != 0;
        ck_assert_uint_eq((entry_of(s, p) & ENTRY_WRITABLE) != 0, !copy); /* without a copy a write needs no fault */
        kept += copy;
        if (written) {
            write_page(s, p, p, true);
            ck_assert_uint_eq(frame_stored(entry_frame(entry_of(s, p))), 0);
        }
    }
    machine_check();
    return kept;
}

static struct space *boot_with_stored_pages(uint64_t n)
{
    struct space *s = boot_with_space();

    pager.predict = 0; /* each by a fault of its own */
    for (uint64_t p = 0; p < n; p++) {
        write_page(s, p, p, true);
    }
    ck_assert_uint_eq(evict(s, 0, n), n);
    return s;
}

START_TEST(pages_that_are_only_read_all_keep_their_copies)
{
    struct space *s = boot_with_stored_pages(500);

    for (unsigned round = 1; round <= 3; round++) {
        ck_assert_uint_eq(back(s, 500, false), 500);
        ck_assert_uint_eq(evict(s, 0, 500), 500);
        ck_assert_uint_eq(reclaim_counters.clean, 500 * round);
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(pages_of_a_space_that_writes_keep_few_copies)
{
    struct space *s = boot_with_stored_pages(1000);

    /* Of those that lose it at once there never are many: all keep theirs until that. */
    ck_assert_uint_eq(back(s, 1000, true), 1000);
    ck_assert_uint_eq(evict(s, 0, 1000), 1000);
    ck_assert_uint_eq(reclaim_counters.clean, 0);
    /* They have not been written yet: no more keep theirs than take hardly any memory, and a few to learn from. */
    uint64_t few = pager.general_pages / KEPT_COPIES_FEW, kept = back(s, 1000, false);
    ck_assert_uint_ge(kept, few);
    ck_assert_uint_le(kept, few + 1000 / KEPT_COPIES_RETRY + 1);
    /* Still fewer when pages leave for them. */
    ck_assert_uint_eq(evict(s, 0, 1000), 1000);
    pager.pressure.level = 1;
    few = pager.general_pages / KEPT_COPIES_FEW_SHORT;
    kept = back(s, 1000, false);
    ck_assert_uint_ge(kept, few);
    ck_assert_uint_le(kept, few + 1000 / KEPT_COPIES_RETRY + 1);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(write_gives_up_the_stored_copy)
{
    struct space *s = boot_with_space();
    write_page(s, 0, 1, true);
    evict(s, 0, 1);
    ck_assert(holds(s, 0, 1, true));
    ck_assert_uint_eq(store_pages(), 1);
    write_page(s, 0, 2, true); /* a page that was read first */
    ck_assert_uint_eq(store_pages(), 0);
    evict(s, 0, 1);
    write_page(s, 0, 3, true); /* a page that is written at once */
    ck_assert_uint_eq(store_pages(), 0);
    evict(s, 0, 1);
    ck_assert(holds(s, 0, 3, true));
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(fork_shares_what_is_stored)
{
    struct space *s = boot_with_space(), *child;
    for (uint64_t p = 0; p < 20; p++) {
        write_page(s, p, p, true);
    }
    evict(s, 0, 20);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    machine_check();
    ck_assert_uint_eq(store_pages(), 20);
    write_page(s, 3, 103, true);
    write_page(child, 4, 204, true);
    for (uint64_t p = 0; p < 20; p++) {
        ck_assert(holds(s, p, p == 3 ? 103 : p, true));
        ck_assert(holds(child, p, p == 4 ? 204 : p, true));
    }
    machine_check();
    space_destroy(s);
    ck_assert(holds(child, 3, 3, true));
    destroyed_returns_everything(child);
}
END_TEST

START_TEST(shared_frame_is_stored_once)
{
    struct space *s = boot_with_space(), *child;
    for (uint64_t p = 0; p < 20; p++) {
        write_page(s, p, p, true);
    }
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert_uint_eq(evict(s, 0, 20), 20);
    ck_assert_uint_eq(evict(child, 0, 20), 20);
    ck_assert_uint_eq(store_counters.put[RECORD_COMPRESSED], 20);
    for (uint64_t p = 0; p < 20; p++) {
        ck_assert(holds(child, p, p, true));
        write_page(child, p, p + 100, true);
        ck_assert(holds(s, p, p, true));
    }
    space_destroy(child);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(unmapping_forgets_what_is_stored)
{
    struct space *s = boot_with_space();
    for (uint64_t p = 0; p < 64; p++) {
        write_page(s, p, p, true);
    }
    evict(s, 0, 64);
    ck_assert_uint_eq(range_unmap(s, VA, VA + 16 * PAGE_SIZE), 0);
    ck_assert_uint_eq(range_forget(s, VA + 16 * PAGE_SIZE, VA + 32 * PAGE_SIZE), 0);
    machine_check();
    ck_assert_uint_eq(store_pages(), 32);
    ck_assert_uint_eq(*touch(s, 20, ACCESS_READ), 0);
    ck_assert(holds(s, 40, 40, true));
    destroyed_returns_everything(s);
}
END_TEST

/* ---- shared memory ---- */

/* Page numbers of a region of shared memory beside the anonymous one. */
#define SHARED (1u << 19)

static struct space *boot_with_shared(uint64_t pages, struct space **child)
{
    struct space *s = boot_with_space();
    ck_assert_uint_eq(machine_map(s, VA + (uint64_t)SHARED * PAGE_SIZE, pages, WRITE, PAGER_REGION_SHARED), 0);
    if (child) {
        ck_assert_uint_eq(space_fork(s, child), 0);
        (*child)->started = true;
    }
    return s;
}

START_TEST(shared_page_leaves_when_the_last_has_let_go)
{
    struct space *child, *s = boot_with_shared(100, &child);
    for (uint64_t p = SHARED; p < SHARED + 40; p++) {
        write_page(s, p, p, true);
        ck_assert(holds(child, p, p, true));
    }
    uint64_t before = pages_free();
    ck_assert_uint_eq(evict(s, SHARED, 40), 40);
    ck_assert_uint_eq(store_pages(), 0);
    ck_assert_uint_le(pages_free(), before + 2);
    ck_assert(holds(s, SHARED, SHARED, true)); /* found in the object */
    ck_assert_uint_eq(evict(child, SHARED, 40), 40);
    ck_assert_uint_eq(store_pages(), 39);
    for (uint64_t p = SHARED; p < SHARED + 40; p++) {
        ck_assert(holds(p % 2 ? s : child, p, p, true));
        write_page(p % 2 ? child : s, p, p + 1, true);
        ck_assert(holds(p % 2 ? s : child, p, p + 1, true));
    }
    machine_check();
    space_destroy(child);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(shared_page_that_was_only_read_is_not_stored_again)
{
    struct space *child, *s = boot_with_shared(100, &child);
    for (uint64_t p = SHARED; p < SHARED + 10; p++) {
        write_page(s, p, p, true);
    }
    evict(s, SHARED, 10);
    ck_assert_uint_eq(store_counters.put[RECORD_COMPRESSED], 10);
    for (uint64_t p = SHARED; p < SHARED + 10; p++) {
        ck_assert(holds(s, p, p, true) && holds(child, p, p, true));
    }
    ck_assert_uint_eq(evict(s, SHARED, 10) + evict(child, SHARED, 10), 20);
    ck_assert_uint_eq(store_counters.put[RECORD_COMPRESSED], 10);
    ck_assert(holds(s, SHARED, SHARED, true) && holds(child, SHARED, SHARED, true));
    write_page(child, SHARED, 77, true); /* gives the copy up, for both */
    ck_assert_uint_eq(evict(s, SHARED, 1) + evict(child, SHARED, 1), 2);
    ck_assert_uint_eq(store_counters.put[RECORD_COMPRESSED], 11);
    ck_assert(holds(s, SHARED, 77, true));
    space_destroy(s);
    destroyed_returns_everything(child);
}
END_TEST

START_TEST(shared_page_that_no_store_takes_stays_with_the_last)
{
    struct space *child, *s = boot_with_shared(100, &child);
    write_page(s, SHARED, 1, false);
    write_page(s, SHARED + 1, 0, true);
    memset(touch(s, SHARED + 1, ACCESS_WRITE), 0, PAGE_SIZE);
    ck_assert(holds(child, SHARED, 1, false));
    ck_assert_uint_eq(evict(s, SHARED, 2), 2); /* one has another holder, the other is full of zeros */
    ck_assert_uint_eq(evict(child, SHARED, 2), 0);
    ck_assert_uint_eq(child->states[PAGE_SHARED], 1);
    ck_assert_uint_eq(store_pages(), 0);
    ck_assert(holds(s, SHARED, 1, false));
    ck_assert_uint_eq(*touch(child, SHARED + 1, ACCESS_READ), 0);
    space_destroy(s);
    destroyed_returns_everything(child);
}
END_TEST

/* Pages that only an object has, as whoever touched them has ended. */
START_TEST(shared_pages_left_behind_leave_as_well)
{
    struct space *child, *s = boot_with_shared(1000, &child);
    for (uint64_t p = SHARED; p < SHARED + 700; p++) {
        write_page(child, p, p, true);
    }
    space_destroy(child);
    serve_after(true);
    pager.evict = 1;
    uint64_t before = pages_free();
    for (unsigned i = 0; i < 100 && store_pages() < 700; i++) {
        reclaim_now(NULL);
        machine_check();
    }
    pager.evict = 0;
    ck_assert_uint_eq(store_pages(), 700);
    ck_assert_uint_gt(pages_free(), before + 300);
    for (uint64_t p = SHARED; p < SHARED + 700; p++) {
        ck_assert(holds(s, p, p, true));
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(object_that_ends_forgets_what_is_stored)
{
    struct space *child, *s = boot_with_shared(100, &child);
    for (uint64_t p = SHARED; p < SHARED + 50; p++) {
        write_page(s, p, p, true);
    }
    evict(s, SHARED, 50);
    ck_assert_uint_eq(store_pages(), 50);
    space_destroy(s);
    ck_assert(holds(child, SHARED + 3, SHARED + 3, true));
    destroyed_returns_everything(child);
}
END_TEST

/* ---- damage ---- */

/* damaged: reading the page ends its owner with this detail, nobody else, and gives everything back. */
static void damaged(struct space *s, struct space *other, uint64_t p, uint64_t detail)
{
    struct space_event event = {0};
    ck_assert_ptr_null(touch(s, p, ACCESS_READ));
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), s);
    ck_assert_uint_eq(event.reason, PAGER_EVENT_STORE_DAMAGED);
    ck_assert_uint_eq(event.detail, detail);
    ck_assert_uint_eq(event.va, VA + p * PAGE_SIZE);
    ck_assert(holds(other, 0, 77, true));
    space_destroy(other);
    destroyed_returns_everything(s);
}

static struct space *stored_page(struct space **other)
{
    struct space *s = boot_with_space();
    *other = machine_space(0);
    machine_map(*other, VA, 64, WRITE, PAGER_REGION_ANONYMOUS);
    write_page(*other, 0, 77, true);
    for (uint64_t p = 0; p < 8; p++) {
        write_page(s, p, p, true);
    }
    memset(touch(s, 8, ACCESS_WRITE), 1, PAGE_SIZE);
    evict(*other, 0, 1);
    evict(s, 0, 9);
    return s;
}

START_TEST(flipped_bit_of_compressed_bytes_ends_the_owner)
{
    struct space *other, *s = stored_page(&other);
    uint32_t handle = entry_handle(entry_of(s, 5));
    uint8_t *bytes = (uint8_t *)(uintptr_t)pool_bytes(handle);
    bytes[(unsigned)_i * 97 % record_at(handle)->length] ^= (uint8_t)(1u << _i % 8);
    damaged(s, other, 5, PAGER_STORE_DAMAGE_CHECKSUM);
}
END_TEST

START_TEST(flipped_bit_of_a_stored_word_ends_the_owner)
{
    struct space *other, *s = stored_page(&other);
    struct record *r = record_at(entry_handle(entry_of(s, 8)));
    *(_i < 32 ? &r->place : &r->high) ^= 1u << _i % 32;
    damaged(s, other, 8, PAGER_STORE_DAMAGE_CHECKSUM);
}
END_TEST

START_TEST(flipped_bit_of_an_objects_header_ends_the_owner)
{
    struct space *other, *s = stored_page(&other);
    uint8_t *bytes = (uint8_t *)(uintptr_t)pool_bytes(entry_handle(entry_of(s, 5)));
    bytes[-(int)POOL_HEADER] ^= 1;
    damaged(s, other, 5, PAGER_STORE_DAMAGE_MISPLACED);
}
END_TEST

START_TEST(record_of_another_page_or_use_is_noticed)
{
    uint8_t page[PAGE_SIZE];
    struct space *other, *s = stored_page(&other);
    page_entry e = entry_of(s, 5);
    uint64_t p = (VA >> 12) + 5;
    ck_assert_uint_eq(store_get(entry_handle(e), entry_generation(e), p, page), STORE_INTACT);
    ck_assert_uint_eq(store_get(entry_handle(e), (uint8_t)(entry_generation(e) + 1), p, page), STORE_REUSED);
    ck_assert_uint_eq(store_get(entry_handle(e), entry_generation(e), p + 1, page), STORE_MISPLACED);
    ck_assert_uint_eq(store_get(0, 0, p, page), STORE_NO_RECORD);
    ck_assert_uint_eq(store_get(0xffffff, 0, p, page), STORE_NO_RECORD);
    write_page(s, 5, 9, true);
    ck_assert_uint_eq(store_get(entry_handle(e), entry_generation(e), p, page), STORE_NO_RECORD);
    space_destroy(other);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(bytes_that_do_not_expand_are_noticed)
{
    struct space *other, *s = stored_page(&other);
    struct record *r = record_at(entry_handle(entry_of(s, 5)));
    uint8_t *bytes = (uint8_t *)(uintptr_t)pool_bytes(entry_handle(entry_of(s, 5)));
    memset(bytes, 0xff, r->length);
    r->checksum = 0;
    uint32_t crc = r->page; /* CRC-32C as the store computes it */
    for (unsigned i = 0; i < r->length; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
        }
    }
    r->checksum = crc;
    damaged(s, other, 5, PAGER_STORE_DAMAGE_UNREADABLE);
}
END_TEST

/* ---- who and how much ---- */

START_TEST(program_larger_than_memory)
{
    struct space *s = boot_with_space();
    const uint64_t pages = 2 * RAM / PAGE_SIZE;
    pager.evict = 1;
    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t p = 0; p < pages; p++) {
            ck_assert(round == 0 || holds(s, p, p + round - 1, true));
            write_page(s, p, p + round, true);
        }
        machine_check();
    }
    ck_assert_uint_eq(machine_event(), 0);
    ck_assert_uint_gt(s->refaults, pages);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(space_at_its_minimum_is_left_alone)
{
    struct space *hog = boot_with_space(), *small = machine_space(0);
    machine_map(small, VA, 400, WRITE, PAGER_REGION_ANONYMOUS);
    small->min_pages = 200;
    for (uint64_t p = 0; p < 100; p++) {
        write_page(small, p, p, true);
    }
    pager.evict = 1;
    for (uint64_t p = 0; p < 3 * RAM / PAGE_SIZE / 2; p++) {
        write_page(hog, p, p, true);
    }
    ck_assert_uint_eq(small->evictions, 0);
    ck_assert_uint_gt(hog->evictions, 1000);
    for (uint64_t p = 0; p < 100; p++) {
        ck_assert_ptr_nonnull(fake_translate(small->vspace, VA + p * PAGE_SIZE, true, false));
    }
    space_destroy(small);
    destroyed_returns_everything(hog);
}
END_TEST

/* Whatever is taken, nobody who is not taken from by a maximum of its own falls below its minimum. */
START_TEST(nobody_falls_below_its_minimum)
{
    struct space *s[3] = {boot_with_space(), machine_space(0), machine_space(0)};
    pager.evict = 1;
    for (unsigned k = 0; k < 3; k++) {
        s[k]->min_pages = 900 * (k + 1);
        if (k > 0) {
            machine_map(s[k], VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS);
        }
    }
    for (uint64_t p = 0; p < RAM / PAGE_SIZE / 2; p++) {
        for (unsigned k = 0; k < 3; k++) {
            write_page(s[p % 7 ? k : 0], p, p, true);
            for (unsigned i = 0; i < 3; i++) {
                ck_assert(s[i]->evictions == 0 || space_pages(s[i]) >= s[i]->min_pages);
            }
        }
    }
    ck_assert(s[0]->evictions > 0 && s[1]->evictions > 0 && s[2]->evictions > 0);
    space_destroy(s[1]);
    space_destroy(s[2]);
    destroyed_returns_everything(s[0]);
}
END_TEST

START_TEST(weight_divides_memory)
{
    struct space *heavy = boot_with_space(), *light = machine_space(0);
    machine_map(light, VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS);
    heavy->weight = 3;
    pager.evict = 1;
    for (unsigned round = 0; round < 2; round++) {
        for (uint64_t p = 0; p < RAM / PAGE_SIZE; p++) {
            write_page(heavy, p, p, true);
            write_page(light, p, p, true);
        }
    }
    uint64_t share = (space_pages(heavy) - heavy->min_pages) * 10 / (space_pages(light) - light->min_pages);
    ck_assert_uint_ge(share, 25);
    ck_assert_uint_le(share, 35);
    space_destroy(light);
    destroyed_returns_everything(heavy);
}
END_TEST

START_TEST(servers_are_never_victims)
{
    struct space *hog = boot_with_space(), *server;
    ck_assert_uint_eq(space_create(MANAGER_INIT, 0, "server", &server), 0);
    machine_map(server, VA, 400, WRITE, PAGER_REGION_ANONYMOUS);
    for (uint64_t p = 0; p < 300; p++) {
        write_page(server, p, p, true);
    }
    pager.evict = 1;
    for (uint64_t p = 0; p < 2 * RAM / PAGE_SIZE; p++) {
        write_page(hog, p, p, true);
    }
    ck_assert_uint_eq(server->evictions, 0);
    space_destroy(server);
    destroyed_returns_everything(hog);
}
END_TEST

START_TEST(client_at_its_maximum_pays_with_its_own_pages)
{
    struct space *s = boot_with_space();
    pager.evict = 1;
    space_set_limit(s, 200);
    for (unsigned round = 0; round < 2; round++) {
        for (uint64_t p = 0; p < 400; p++) {
            ck_assert(round == 0 || holds(s, p, p, true));
            write_page(s, p, p, true);
            ck_assert_uint_le(space_pages(s), 200);
        }
    }
    ck_assert_uint_eq(machine_event(), 0);
    uint64_t p = 400;
    while (touch(s, p, ACCESS_WRITE)) { /* nothing can leave any more */
        machine_fill(touch(s, p, ACCESS_WRITE), p, false);
        p++;
        ck_assert_uint_lt(p, 1000);
    }
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_OVER_LIMIT);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(incompressible_hog_is_ended_and_nobody_else)
{
    struct space *hog = boot_with_space(), *other = machine_space(0);
    machine_map(other, VA, 2000, WRITE, PAGER_REGION_ANONYMOUS);
    pager.evict = 1;
    for (uint64_t p = 0; p < 1000; p++) {
        write_page(other, p, p, true);
    }
    uint64_t p = 0;
    uint8_t *page;
    while ((page = touch(hog, p, ACCESS_WRITE)) != NULL) {
        machine_fill(page, p++, false);
        ck_assert_uint_lt(p, RAM / PAGE_SIZE);
    }
    struct space_event event;
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), hog);
    ck_assert_uint_eq(event.reason, PAGER_EVENT_NO_MEMORY);
    for (uint64_t q = 0; q < 1000; q++) {
        ck_assert(holds(other, q, q, true));
    }
    space_destroy(other);
    destroyed_returns_everything(hog);
}
END_TEST

/* ---- the pool ---- */

#define OBJECTS 2000u
static uint32_t objects[OBJECTS], n_objects;

/* boot_pool: with frames ready for all that a test puts there. */
static void boot_pool(void)
{
    machine_boot(RAM);
    frames_wanted = 1000;
    ck_assert(frames_refill());
}

/* put_object: keep so many bytes. */
static bool put_object(uint32_t length)
{
    uint8_t bytes[SIZE_CLASS_BYTES_MAX];
    uint32_t handle = record_take();

    ck_assert_uint_lt(n_objects, OBJECTS);
    memset(bytes, (int)n_objects, length);
    if (!handle || !pool_put(handle, bytes, length)) {
        if (handle) {
            record_put(handle);
        }
        return false;
    }
    objects[n_objects++] = handle;
    return true;
}

/* drop_objects: each is as it was put. */
static void drop_objects(void)
{
    ck_assert_uint_eq(pool_check(), 0);
    for (uint32_t i = 0; i < n_objects; i++) {
        const uint8_t *bytes = pool_bytes(objects[i]);
        ck_assert_ptr_nonnull(bytes);
        for (uint32_t at = 0; at < record_at(objects[i])->length; at++) {
            ck_assert_uint_eq(bytes[at], i % 256);
        }
    }
    while (n_objects > 0) {
        pool_drop(objects[--n_objects]);
        record_put(objects[n_objects]);
    }
    ck_assert_uint_eq(pool_frames(), 0);
    ck_assert_uint_eq(record_frames(), 0);
}

/* per_frame: of n pages of this size, hundredths in a frame. */
static uint64_t per_frame(uint32_t n, uint32_t length)
{
    boot_pool();
    for (uint32_t i = 0; i < n; i++) {
        ck_assert(put_object(length));
    }
    uint64_t pages = 100ull * n / pool_frames();
    drop_objects();
    return pages;
}

/* 1206 bytes and the header: 27 in 8 frames, or 10 in 3. */
START_TEST(many_pages_of_one_size_lie_closely_and_few_in_small_spans)
{
    ck_assert_uint_eq(per_frame(1, 1206), 33);
    ck_assert_uint_eq(per_frame(200, 1206), 333);
    ck_assert_uint_ge(per_frame(2000, 1206), 333);
    boot_pool();
    for (uint32_t i = 0; i < 2000; i++) {
        ck_assert(put_object(1206));
    }
    ck_assert_uint_lt(pool_spans(), 216 / 10 + 2 + 2000 / 27); /* all but the first 216 */
    drop_objects();
}
END_TEST

/* At most twice as many frames as they need; a span for each size that there is would take three times as many. */
START_TEST(few_pages_of_many_sizes_share_spans)
{
    uint64_t bytes = 0;
    boot_pool();
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t length = 128 + i * 1231 % 2940;
        ck_assert(put_object(length));
        bytes += length;
    }
    ck_assert_uint_le(pool_frames(), 2 * bytes / PAGE_SIZE);
    drop_objects();
}
END_TEST

/* Spans of many frames must not take what is kept for page maps; what is large enough for a page is found when there are no frames. */
START_TEST(without_frames_pages_go_where_they_fit)
{
    uint32_t taken = BUDDY_NONE, frame;
    boot_pool();
    for (uint32_t i = 0; i < 999; i++) { /* the last span has none of 27 left */
        ck_assert(put_object(1206));
    }
    ck_assert(put_object(2700)); /* two more fit into its span */
    while ((frame = frame_take(FRAME_ANON, false, false)) != BUDDY_NONE) {
        frame_at(frame)->unit.prev = taken;
        taken = frame;
    }
    uint32_t armed = frames_armed();
    ck_assert_uint_le(armed, FRAMES_RESERVE);
    for (;;) {
        uint32_t before = frames_armed();
        bool put = put_object(1206);
        ck_assert_uint_ge(frames_armed() + SIZE_CLASS_FRAMES_COARSE + 1, before);
        if (!put) {
            break;
        }
    }
    ck_assert_uint_lt(frames_armed(), SIZE_CLASS_FRAMES_COARSE + 1);
    ck_assert(!put_object(2700));
    ck_assert_uint_eq(pool_wasted() / 1228, 0); /* every object that is large enough is taken */
    while (taken != BUDDY_NONE) {
        frame = taken;
        taken = frame_at(frame)->unit.prev;
        frame_at(frame)->unit.next = 0;
        frame_put(frame);
    }
    drop_objects();
}
END_TEST

START_TEST(waste_is_bounded_after_compaction)
{
    struct space *s = boot_with_space();
    const uint64_t pages = 1500;
    for (uint64_t p = 0; p < pages; p++) { /* many sizes */
        uint8_t *page = touch(s, p, ACCESS_WRITE);
        machine_fill(page, p, false);
        memset(page + 64 + p % 1700, 1, PAGE_SIZE - 64 - p % 1700);
    }
    ck_assert_uint_eq(evict(s, 0, pages), pages);
    for (uint64_t p = 0; p < pages; p++) {
        if (p % 5) {
            ck_assert_uint_eq(range_forget(s, VA + p * PAGE_SIZE, VA + (p + 1) * PAGE_SIZE), 0);
        }
    }
    uint64_t frames = pool_frames();
    while (store_tidy()) {
        ck_assert_uint_eq(store_check(), 0);
    }
    machine_check();
    ck_assert_uint_lt(pool_frames(), frames);
    ck_assert_uint_le(pool_wasted(), 33 * 2 * PAGE_SIZE + pool_frames() * PAGE_SIZE / 8);
    for (uint64_t p = 0; p < pages; p += 5) {
        uint8_t expected[PAGE_SIZE];
        machine_fill(expected, p, false);
        memset(expected + 64 + p % 1700, 1, PAGE_SIZE - 64 - p % 1700);
        ck_assert_int_eq(memcmp(touch(s, p, ACCESS_READ), expected, PAGE_SIZE), 0);
    }
    destroyed_returns_everything(s);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pager_reclaim");
    TCase *t = tcase_create("pager_reclaim");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, translation_tables_that_map_nothing_are_given_back);
    tcase_add_test(t, leaves_where_nothing_is_touched_any_more_are_given_back);
    tcase_add_test(t, compressible_pages_leave_and_come_back);
    tcase_add_test(t, followed_page_tells_its_first_touch_and_every_look);
    tcase_add_test(t, space_whose_pages_are_followed_no_more_is_served_the_quick_way_again);
    tcase_add_test(t, incompressible_pages_stay);
    tcase_add_test(t, zero_pages_share_the_zero_page_again);
    tcase_add_test(t, frames_of_zero_pages_are_zeroed_ones_when_they_are_free);
    tcase_add_test(t, zeroed_frames_of_evicted_pages_are_taken_as_they_are);
    tcase_add_test(t, page_of_equal_words_becomes_a_word);
    tcase_add_test(t, unmodified_page_leaves_again_without_being_stored_again);
    tcase_add_test(t, pages_that_are_only_read_all_keep_their_copies);
    tcase_add_test(t, pages_of_a_space_that_writes_keep_few_copies);
    tcase_add_test(t, write_gives_up_the_stored_copy);
    tcase_add_test(t, fork_shares_what_is_stored);
    tcase_add_test(t, shared_frame_is_stored_once);
    tcase_add_test(t, shared_page_leaves_when_the_last_has_let_go);
    tcase_add_test(t, shared_page_that_was_only_read_is_not_stored_again);
    tcase_add_test(t, shared_page_that_no_store_takes_stays_with_the_last);
    tcase_add_test(t, shared_pages_left_behind_leave_as_well);
    tcase_add_test(t, object_that_ends_forgets_what_is_stored);
    tcase_add_test(t, unmapping_forgets_what_is_stored);
    tcase_add_loop_test(t, flipped_bit_of_compressed_bytes_ends_the_owner, 0, 16);
    tcase_add_loop_test(t, flipped_bit_of_a_stored_word_ends_the_owner, 0, 64);
    tcase_add_test(t, flipped_bit_of_an_objects_header_ends_the_owner);
    tcase_add_test(t, record_of_another_page_or_use_is_noticed);
    tcase_add_test(t, bytes_that_do_not_expand_are_noticed);
    tcase_add_test(t, program_larger_than_memory);
    tcase_add_test(t, space_at_its_minimum_is_left_alone);
    tcase_add_test(t, nobody_falls_below_its_minimum);
    tcase_add_test(t, weight_divides_memory);
    tcase_add_test(t, servers_are_never_victims);
    tcase_add_test(t, client_at_its_maximum_pays_with_its_own_pages);
    tcase_add_test(t, incompressible_hog_is_ended_and_nobody_else);
    tcase_add_test(t, many_pages_of_one_size_lie_closely_and_few_in_small_spans);
    tcase_add_test(t, few_pages_of_many_sizes_share_spans);
    tcase_add_test(t, without_frames_pages_go_where_they_fit);
    tcase_add_test(t, waste_is_bounded_after_compaction);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
