/* SPDX-License-Identifier: BSD-2-Clause */
/* Large frames: where they are given, and that whatever breaks them up loses nothing. */
#include "large.h"
#include "ahead.h"
#include "check_main.h"
#include "compact.h"
#include "fault.h"
#include "fork.h"
#include "frame.h"
#include "machine.h"
#include "promote.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"

#include <generated/errors.h>
#include <string.h>

#define RAM (64ull << 20)
#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define LARGE ((uint64_t)PAGEMAP_FANOUT * PAGE_SIZE)
#define PAGES 1536u
#define PAGE(p) (VA / PAGE_SIZE + (p))

static uint64_t free_before;

static struct space *boot(uint64_t max_pages)
{
    machine_boot(RAM);
    serve_after(true);
    free_before = pages_free();
    struct space *s = machine_space(max_pages);
    ck_assert_uint_eq(machine_map(s, VA, PAGES, WRITE, PAGER_REGION_ANONYMOUS), 0);
    return s;
}

static void destroyed_returns_everything(struct space *s)
{
    machine_check();
    space_destroy(s);
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(large_now(), 0);
    ck_assert_uint_eq(pages_free(), free_before);
}

/* bring: as a program that says it will need [from, to). */
static void bring(struct space *s, uint64_t from, uint64_t to)
{
    uint64_t next = from;
    do {
        from = next;
        ck_assert_uint_eq(range_bring(s, from, to, &next), 0);
        serve_after(false);
    } while (next > from && next < to);
    machine_check();
}

static uint8_t mark(uint64_t p)
{
    return (uint8_t)(p * 7 | 1);
}

/* fill: write n pages, which were zero; gives the faults that it took. */
static unsigned fill(struct space *s, uint64_t first, uint64_t n)
{
    static const uint8_t zeros[PAGE_SIZE];
    unsigned faults = 0;
    for (uint64_t p = first; p < first + n; p++) {
        uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(page);
        ck_assert_mem_eq(page, zeros, PAGE_SIZE);
        memset(page, mark(p), PAGE_SIZE);
        faults += machine_faults;
    }
    return faults;
}

static void check(struct space *s, uint64_t first, uint64_t n, enum access access)
{
    for (uint64_t p = first; p < first + n; p++) {
        const uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, access);
        ck_assert_ptr_nonnull(page);
        ck_assert_uint_eq(page[0], mark(p));
        ck_assert_uint_eq(page[PAGE_SIZE - 1], mark(p));
    }
    machine_check();
}

/* one_large: a space whose second 2 MiB are a large frame, full of marks. */
static struct space *one_large(void)
{
    struct space *s = boot(0);
    s->started = true;
    bring(s, VA + LARGE, VA + 2 * LARGE);
    ck_assert_uint_eq(large_now(), 1);
    ck_assert_uint_eq(fill(s, 512, 512), 0);
    return s;
}

static void broken_once(enum large_reason reason)
{
    ck_assert_uint_eq(large_now(), 0);
    ck_assert_uint_eq(large_counters.broken[reason], 1);
    machine_check();
}

/* broken_and_left: of two large frames. */
static void broken_and_left(unsigned left)
{
    ck_assert_uint_eq(large_now(), left);
    ck_assert_uint_eq(large_counters.broken[LARGE_EVICTED], 2 - left);
    machine_check();
}

START_TEST(what_a_program_will_need_comes_in_large_frames)
{
    struct space *s = boot(0);
    bring(s, VA, VA + PAGES * PAGE_SIZE);
    ck_assert_uint_eq(large_now(), 3);
    ck_assert_uint_eq(fill(s, 0, PAGES), 0);
    ck_assert_uint_ge(space_pages(s), PAGES);
    check(s, 0, PAGES, ACCESS_WRITE);
    ck_assert_uint_eq(large_now(), 3);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(only_whole_untouched_aligned_ranges_of_data_are_large)
{
    struct space *s = boot(0);
    ck_assert_ptr_nonnull(machine_touch(s, VA + 700 * PAGE_SIZE, ACCESS_WRITE)); /* in the second */
    bring(s, VA + PAGE_SIZE, VA + 2 * LARGE);                                   /* not all of the first */
    ck_assert_uint_eq(large_counters.given, 0);
    ck_assert_uint_eq(range_protect(s, VA + 1100 * PAGE_SIZE, VA + 1101 * PAGE_SIZE, PAGER_PROT_READ), 0); /* the third is of several regions */
    bring(s, VA + 2 * LARGE, VA + 3 * LARGE);
    ck_assert_uint_eq(large_counters.given, 0);
    ck_assert_uint_eq(machine_map(s, VA + 4 * LARGE, 512, WRITE | PAGER_PROT_EXEC, PAGER_REGION_ANONYMOUS), 0);
    bring(s, VA + 4 * LARGE, VA + 5 * LARGE);
    ck_assert_uint_eq(large_counters.given, 0);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(a_client_near_its_maximum_gets_none)
{
    struct space *s = boot(540);
    bring(s, VA, VA + LARGE);
    ck_assert_uint_eq(large_counters.given, 1);
    bring(s, VA + LARGE, VA + 2 * LARGE);
    ck_assert_uint_eq(large_counters.given, 1);
    ck_assert_uint_le(space_pages(s), 540);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(some_chunks_are_left_to_others)
{
    struct space *s = boot(0);
    ck_assert_uint_eq(machine_map(s, VA + 16 * LARGE, 40 * 512, WRITE, PAGER_REGION_ANONYMOUS), 0);
    bring(s, VA + 16 * LARGE, VA + 56 * LARGE);
    ck_assert_uint_gt(large_now(), 4);
    ck_assert_uint_lt(large_now(), chunk_count() - chunk_count() / 8);
    ck_assert_uint_ge(frames_obtainable(), reclaim_low());
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(off_is_off)
{
    struct space *s = boot(0);
    pager.large = 0;
    bring(s, VA, VA + LARGE);
    ck_assert_uint_eq(large_counters.given, 0);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(unmapping_a_part_keeps_the_rest)
{
    struct space *s = one_large();
    ck_assert_uint_eq(range_unmap(s, VA + 600 * PAGE_SIZE, VA + 610 * PAGE_SIZE), 0);
    broken_once(LARGE_UNMAPPED);
    check(s, 512, 88, ACCESS_WRITE);
    check(s, 610, 414, ACCESS_WRITE);
    ck_assert_ptr_null(machine_touch(s, VA + 605 * PAGE_SIZE, ACCESS_READ));
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(a_page_given_back_reads_as_zero)
{
    struct space *s = one_large();
    ck_assert_uint_eq(range_forget(s, VA + 700 * PAGE_SIZE, VA + 701 * PAGE_SIZE), 0);
    broken_once(LARGE_UNMAPPED);
    ck_assert_uint_eq(*machine_touch(s, VA + 700 * PAGE_SIZE, ACCESS_READ), 0);
    check(s, 512, 188, ACCESS_READ);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(protection_of_a_part_holds_there_only)
{
    struct space *s = one_large();
    ck_assert_uint_eq(range_protect(s, VA + 520 * PAGE_SIZE, VA + 521 * PAGE_SIZE, PAGER_PROT_READ), 0);
    broken_once(LARGE_PROTECTED);
    ck_assert_uint_eq(*machine_touch(s, VA + 520 * PAGE_SIZE, ACCESS_READ), mark(520));
    ck_assert_ptr_null(machine_touch(s, VA + 520 * PAGE_SIZE, ACCESS_WRITE));
    check(s, 521, 503, ACCESS_WRITE);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(fork_shares_it_page_by_page)
{
    struct space *s = one_large(), *child;
    serve_after(false);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    broken_once(LARGE_FORKED);
    child->started = true;
    for (uint64_t p = 512; p < 1024; p += 3) {
        uint8_t *page = machine_touch(p % 2 ? s : child, VA + p * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_uint_eq(page[9], mark(p));
        page[9] = 0;
        ck_assert_uint_eq(machine_touch(p % 2 ? child : s, VA + p * PAGE_SIZE, ACCESS_READ)[9], mark(p));
    }
    machine_check();
    space_destroy(child);
    check(s, 513, 2, ACCESS_WRITE);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(eviction_breaks_it_and_brings_it_back)
{
    struct space *s = one_large();
    reclaim_pages(s, VA / PAGE_SIZE + 512, VA / PAGE_SIZE + 1024);
    broken_once(LARGE_EVICTED);
    ck_assert_uint_gt(s->states[PAGE_STORED], 400);
    check(s, 512, 512, ACCESS_WRITE);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(memory_short_takes_pages_of_it_without_memory)
{
    struct space *s = one_large();
    ck_assert_uint_eq(machine_map(s, VA + 16 * LARGE, 1 << 15, WRITE, PAGER_REGION_ANONYMOUS), 0);
    pager.predict = 0; /* only small ones from now on */
    for (uint64_t p = 0; p < 1 << 15 && large_now() > 0; p++) {
        uint8_t *page = machine_touch(s, VA + 16 * LARGE + p * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(page);
        machine_fill(page, p, true);
    }
    broken_once(LARGE_EVICTED);
    check(s, 512, 512, ACCESS_WRITE);
    destroyed_returns_everything(s);
}
END_TEST

/* The hand passes over a large frame that is used; one that is not is broken up. */
START_TEST(memory_short_leaves_what_is_used_large)
{
    struct space *s = boot(0);
    s->started = true;
    bring(s, VA + LARGE, VA + 3 * LARGE);
    fill(s, 512, 1024);
    ck_assert_uint_eq(large_now(), 2);
    ck_assert_uint_eq(machine_map(s, VA + 16 * LARGE, 1 << 15, WRITE, PAGER_REGION_ANONYMOUS), 0);
    pager.predict = 0; /* only small ones from now on */
    for (uint64_t p = 0; p < 1 << 14; p++) {
        uint8_t *page = machine_touch(s, VA + 16 * LARGE + p * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(page);
        machine_fill(page, p, true);
        ck_assert_uint_eq(machine_touch(s, VA + (512 + p % 512) * PAGE_SIZE, ACCESS_READ)[0], mark(512 + p % 512));
        ck_assert_uint_eq(machine_faults, 0);
    }
    ck_assert_uint_gt(s->evictions, 1000);
    broken_and_left(1);
    check(s, 512, 1024, ACCESS_WRITE);
    reclaim_pages(s, PAGE(512), PAGE(1024)); /* by its own wish all the same */
    broken_and_left(0);
    check(s, 512, 1024, ACCESS_READ);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(a_walk_gets_large_frames_at_first_touch)
{
    struct space *s = boot(0);
    pager.large = LARGE_WALKED;
    ck_assert_uint_eq(machine_map(s, VA + 16 * LARGE, 12 * 512, WRITE, PAGER_REGION_ANONYMOUS), 0);
    unsigned faults = 0;
    for (uint64_t p = 16 * 512; p < 28 * 512; p++) {
        uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_uint_eq(page[7], 0);
        memset(page, mark(p), PAGE_SIZE);
        faults += machine_faults;
    }
    ck_assert_uint_ge(large_now(), 10);
    ck_assert_uint_lt(faults, 100);
    check(s, 16 * 512, 12 * 512, ACCESS_READ);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(advice_gets_large_frames_at_first_touch)
{
    struct space *s = boot(0);
    for (uint64_t p = 0; p < 1024; p++) {
        ck_assert_ptr_nonnull(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE));
        serve_after(true);
    }
    ck_assert_uint_eq(large_counters.given, 0); /* a walk alone does not */
    ck_assert_uint_eq(range_forget(s, VA, VA + 2 * LARGE), 0);
    ck_assert_uint_eq(range_advise(s, VA, VA + 2 * LARGE, PREDICT_SEQUENTIAL), 0);
    ck_assert_uint_eq(fill(s, 0, 1024), 2);
    ck_assert_uint_eq(large_now(), 2);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(no_walk_no_large_frame)
{
    struct space *s = boot(0);
    for (uint64_t p = 0; p < PAGES; p += 8) {
        ck_assert_ptr_nonnull(machine_touch(s, VA + (p * 5 % PAGES) * PAGE_SIZE, ACCESS_WRITE));
    }
    ck_assert_uint_eq(large_counters.given, 0);
    destroyed_returns_everything(s);
}
END_TEST

/* ---- promotion ---- */

/* promote: all ranges of the space that can be; gives how many. */
static unsigned promote(struct space *s, bool dry)
{
    unsigned n = 0;
    bool found;
    for (uint64_t page = 0; page < PAGEMAP_PAGES;) {
        memory_ready(3);
        page = promote_next(s, page, dry, &found);
        n += found;
        serve_after(false);
    }
    machine_check();
    return n;
}

/* populated: a space of 3 ranges, written page by page in an order that spreads their frames. */
static struct space *populated(uint64_t max_pages)
{
    struct space *s = boot(max_pages);
    s->started = true;
    for (uint64_t i = 0; i < PAGES; i++) {
        fill(s, i * 5 % PAGES, 1);
        serve_after(true);
    }
    ck_assert_uint_eq(large_now(), 0);
    return s;
}

START_TEST(populated_ranges_become_large_frames)
{
    struct space *s = populated(0);
    uint64_t held = space_pages(s), all = pages_free();
    ck_assert_uint_eq(promote(s, true), 3);
    ck_assert_uint_eq(large_now(), 0);
    ck_assert_uint_eq(promote(s, false), 3);
    ck_assert_uint_eq(large_now(), 3);
    ck_assert_uint_eq(promote_counters.promoted, 3);
    ck_assert_uint_eq(space_pages(s), held);
    ck_assert_uint_ge(pages_free() + 8, all); /* give or take what is ready for faults */
    check(s, 0, PAGES, ACCESS_WRITE);
    ck_assert_uint_eq(large_now(), 3);
    ck_assert_uint_eq(promote(s, false), 0); /* they are that already */
    ck_assert_uint_eq(range_unmap(s, VA + 600 * PAGE_SIZE, VA + 610 * PAGE_SIZE), 0);
    check(s, 512, 88, ACCESS_WRITE);
    check(s, 610, 414, ACCESS_WRITE);
    ck_assert_uint_eq(large_now(), 2);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(only_ranges_of_private_data_are_promoted)
{
    struct space *s = populated(0), *child;
    ck_assert_uint_eq(range_forget(s, VA + 100 * PAGE_SIZE, VA + 101 * PAGE_SIZE), 0); /* the first has a hole */
    ck_assert_uint_eq(range_protect(s, VA + 520 * PAGE_SIZE, VA + 521 * PAGE_SIZE, PAGER_PROT_READ), 0); /* the second is of several regions */
    ck_assert_uint_eq(promote(s, true), 1);
    serve_after(false);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert_uint_eq(promote(s, false) + promote(child, false), 0);
    space_destroy(child);
    check(s, 1024, 512, ACCESS_WRITE); /* its own again */
    ck_assert_uint_eq(machine_touch(s, VA + 100 * PAGE_SIZE, ACCESS_READ)[0], 0); /* the zero page is not */
    ck_assert_uint_eq(promote(s, false), 1);
    check(s, 101, 411, ACCESS_READ);
    check(s, 512, 1024, ACCESS_READ);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(pages_that_left_and_came_back_are_promoted)
{
    struct space *s = populated(0);
    reclaim_pages(s, VA / PAGE_SIZE, VA / PAGE_SIZE + 1024);
    ck_assert_uint_gt(s->states[PAGE_STORED], 900);
    ck_assert_uint_eq(promote(s, true), 1);
    check(s, 0, 512, ACCESS_READ); /* with good copies in a store; the others are still there */
    ck_assert_uint_eq(promote(s, false), 2);
    check(s, 0, PAGES, ACCESS_WRITE);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(promotion_respects_limits_and_choices)
{
    struct space *s = populated(PAGES + 40);
    pager.large = LARGE_NEVER;
    ck_assert_uint_eq(large_allowed(), 0);
    ck_assert_uint_eq(promote(s, false), 0);
    pager.large = LARGE_ADVISED;
    pager.pressure.level = 1;
    ck_assert_uint_eq(large_allowed(), 0);
    ck_assert_uint_eq(promote(s, false), 0);
    pager.pressure.level = 0;
    ck_assert_uint_ge(large_allowed(), 3);
    ck_assert_uint_eq(promote(s, false), 3); /* takes no page more of its maximum */
    ck_assert_uint_le(space_pages(s), PAGES + 40);
    check(s, 0, PAGES, ACCESS_WRITE);
    destroyed_returns_everything(s);
}
END_TEST

/* ---- in steps ---- */

/* one_step: of the promotion of the first range that can be; true: it became a large frame. */
static bool one_step(struct space *s)
{
    bool found;
    memory_ready(3);
    promote_next(s, PAGE(0), false, &found);
    return found;
}

/* finish: all steps that are left; gives how many. */
static unsigned finish(struct space *s)
{
    unsigned n = 0;
    uint64_t page = PAGE(0);
    bool found;
    do {
        page = promote_next(s, page, false, &found);
        ck_assert_uint_le(++n, 3 * PROMOTE_STEPS_MAX);
    } while (page < PAGEMAP_PAGES || promote_holds(0) != BUDDY_NONE);
    machine_check();
    return n;
}

/* one_populated: only the first range. */
static struct space *one_populated(void)
{
    struct space *s = populated(0);
    ck_assert_uint_eq(range_forget(s, VA + LARGE, VA + 3 * LARGE), 0);
    serve_after(true);
    return s;
}

/* again: the large frame is small ones, which can be promoted once more. */
static void again(struct space *s)
{
    uint8_t byte = mark(3);
    ck_assert_uint_eq(space_write(s, VA + 3 * PAGE_SIZE + 7, &byte, 1), 0);
    ck_assert_uint_eq(large_now(), 0);
    serve_after(true);
}

/* ---- in the background ---- */

/* tick: a second in the background; before it the pages [from, to) are used. Gives the steps. */
static unsigned tick(struct space *s, uint64_t from, uint64_t to)
{
    unsigned steps = 0;
    check(s, from, to - from, ACCESS_READ);
    promote_tick();
    for (; promote_pending(); steps++) {
        ck_assert_uint_lt(steps, PROMOTE_STEPS_MAX + PROMOTE_TICK_STEPS + PROMOTION_RANGES);
        memory_ready(3);
        promote_background();
        serve_after(false);
    }
    machine_check();
    return steps;
}

START_TEST(in_the_background_one_range_a_tick)
{
    struct space *s = populated(0);
    promote_tick();
    ck_assert(!promote_pending());
    pager.large = LARGE_POPULATED;
    for (unsigned n = 1; n <= 3; n++) {
        uint64_t before = large_now();
        for (unsigned seconds = 0; seconds < PROMOTION_PROOF + 2 && large_now() < n; seconds++) {
            tick(s, 0, PAGES);
            ck_assert_uint_le(large_now(), before + 1);
        }
        ck_assert_uint_eq(large_now(), n);
    }
    pager.compact = 0;
    promote_tick();
    ck_assert(!promote_pending());
    pager.compact = 1;
    pager.pressure.level = 1;
    promote_tick();
    ck_assert(!promote_pending());
    ck_assert_uint_eq(promote_whole(), 3);
    check(s, 0, PAGES, ACCESS_WRITE);
    destroyed_returns_everything(s);
    ck_assert_uint_eq(promote_counters.broken[LARGE_ENDED], 3);
    ck_assert_uint_eq(promotion.lost_all, 3); /* it ended before they had paid */
    ck_assert_uint_eq(promote_whole(), 0);
}
END_TEST

START_TEST(in_the_background_only_what_is_used_all_over)
{
    struct space *s = populated(0);
    pager.large = LARGE_POPULATED;
    for (unsigned n = 0; n < 30; n++) {
        tick(s, 512, 1024 + 256); /* the first not at all, the last by half */
    }
    ck_assert_uint_eq(large_now(), 1);
    ck_assert_uint_eq(promotion_count(&promotion, PROMOTION_RESTING), 2);
    ck_assert_uint_eq(promotion.paid_all, 1);
    for (unsigned n = 0; n < 30; n++) {
        tick(s, 0, PAGES);
    }
    ck_assert_uint_eq(large_now(), 3);
    ck_assert_uint_eq(promotion.paid_all, 3);
    destroyed_returns_everything(s);
    ck_assert_uint_eq(promotion.lost_all, 0);
}
END_TEST

START_TEST(a_range_broken_up_again_is_left_alone_for_a_while)
{
    struct space *s = one_populated();
    unsigned ticks[3];
    pager.large = LARGE_POPULATED;
    for (unsigned n = 0; n < 3; n++) {
        for (ticks[n] = 0; large_now() == 0; ticks[n]++) {
            ck_assert_uint_lt(ticks[n], 100);
            tick(s, 0, 512);
        }
        again(s);
    }
    ck_assert_uint_ge(ticks[1], PROMOTION_REST);
    ck_assert_uint_ge(ticks[2], 2 * PROMOTION_REST);
    ck_assert_uint_gt(ticks[2], ticks[1]);
    ck_assert_uint_eq(promote_counters.broken[LARGE_TOUCHED], 3);
    ck_assert_uint_eq(promotion.lost_all, 3);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(by_request_what_is_cold_is_promoted_too_and_does_not_count)
{
    struct space *s = populated(0);
    uint8_t byte = mark(3);
    ck_assert_uint_eq(promote(s, false), 3);
    ck_assert_uint_eq(space_write(s, VA + 3 * PAGE_SIZE + 7, &byte, 1), 0);
    ck_assert_uint_eq(promote_whole(), 2);
    ck_assert_uint_eq(promote_counters.broken[LARGE_TOUCHED], 1);
    destroyed_returns_everything(s);
    ck_assert_uint_eq(promotion.lost_all + promotion.paid_all, 0);
}
END_TEST

START_TEST(a_promotion_that_is_abandoned_in_the_background_is_a_failure)
{
    struct space *s = one_populated();
    pager.large = LARGE_POPULATED;
    while (promote_holds(0) == BUDDY_NONE) {
        check(s, 0, 512, ACCESS_READ);
        promote_tick();
        while (promote_pending() && promote_holds(0) == BUDDY_NONE) {
            memory_ready(3);
            promote_background();
            serve_after(false);
        }
    }
    ck_assert_uint_eq(range_unmap(s, VA + 7 * PAGE_SIZE, VA + 8 * PAGE_SIZE), 0);
    while (promote_pending()) {
        promote_background();
        serve_after(false);
    }
    ck_assert_uint_eq(promote_counters.abandoned, 1);
    ck_assert_uint_eq(promotion.lost_all, 1);
    ck_assert_uint_eq(promotion_count(&promotion, PROMOTION_RESTING), 1);
    destroyed_returns_everything(s);
}
END_TEST

/* ---- bounds ---- */

START_TEST(a_step_is_bounded)
{
    struct space *s = one_populated();
    unsigned steps = 0;
    uint64_t copied = 0, retyped = 0;
    do {
        uint64_t before = promote_counters.copied, free = pages_free(), made = kernel_made, zeroed = fake_zeroed;
        if (steps > 0 && promote_holds(0) == BUDDY_NONE && large_now() > 0) {
            break;
        }
        bool chunk_before = promote_holds(0) != BUDDY_NONE;
        one_step(s);
        ck_assert_uint_le(fake_zeroed - zeroed, (256u << 10) + 8 * PAGE_SIZE); /* of 2 MiB an eighth at most, and its books */
        ck_assert_uint_le(promote_counters.copied - before, PROMOTE_STEP);
        ck_assert_uint_le(pages_free(), free + PROMOTE_FREED);
        ck_assert_uint_le(kernel_made - made, 8); /* the chunk, and its books */
        retyped += kernel_made - made;
        ck_assert(!chunk_before || kernel_made - made <= 1); /* the large frame, once it is zero */
        copied += promote_counters.copied - before;
    } while (++steps < 2 * PROMOTE_STEPS_MAX);
    ck_assert_uint_eq(large_now(), 1);
    ck_assert_uint_eq(copied, PAGEMAP_FANOUT); /* nobody wrote meanwhile */
    ck_assert_uint_le(steps, PROMOTE_STEPS_MAX);
    ck_assert_uint_ge(steps, PAGEMAP_FANOUT / PROMOTE_STEP);
    ck_assert_uint_ge(retyped, 1);
    ck_assert_uint_eq(promote_counters.abandoned, 0);
    check(s, 0, 512, ACCESS_WRITE);
    destroyed_returns_everything(s);
}
END_TEST

/* What may happen between two steps. All leave a value in one page, some take the right to write away in a way of their own. */
static void write_it(struct space *s, uint64_t p, uint8_t value)
{
    machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE)[9] = value;
}

static void pager_writes(struct space *s, uint64_t p, uint8_t value)
{
    ck_assert_uint_eq(space_write(s, VA + p * PAGE_SIZE + 9, &value, 1), 0);
}

static void write_and_move(struct space *s, uint64_t p, uint8_t value)
{
    write_it(s, p, value);
    compact_stir(600);
}

static void protect_and_back(struct space *s)
{
    ck_assert_uint_eq(range_protect(s, VA, VA + PAGES * PAGE_SIZE, PAGER_PROT_READ), 0);
    ck_assert_uint_eq(range_protect(s, VA, VA + PAGES * PAGE_SIZE, WRITE), 0);
}

static void write_and_protect(struct space *s, uint64_t p, uint8_t value)
{
    write_it(s, p, value);
    protect_and_back(s);
    ck_assert_uint_eq(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ)[9], value);
}

/* All pages are the space's own again afterwards, most of them in the quick way. */
static void fork_and_write(struct space *s, uint64_t p, uint8_t value)
{
    struct space *child;
    serve_after(false);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    space_destroy(child);
    for (uint64_t i = 1; i <= 512; i++) {
        ck_assert_ptr_nonnull(machine_touch(s, VA + (p + i) % 512 * PAGE_SIZE, ACCESS_WRITE));
    }
    write_it(s, p, value);
}

static void fork_write_and_protect(struct space *s, uint64_t p, uint8_t value)
{
    fork_and_write(s, p, value);
    protect_and_back(s);
}

static void write_and_evict(struct space *s, uint64_t p, uint8_t value)
{
    write_it(s, p, value);
    reclaim_pages(s, PAGE(p), PAGE(p) + 1);
    ck_assert_uint_eq(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ)[9], value); /* perhaps in the same frame */
}

static void (*const happens[])(struct space *s, uint64_t p, uint8_t value) = {write_it, pager_writes, write_and_move, write_and_protect, fork_and_write, fork_write_and_protect, write_and_evict};
#define HAPPENS (sizeof happens / sizeof happens[0])

static const uint64_t some_pages[] = {0, 15, 16, 200, 511};

/* Steps of a promotion during which nothing happens: of the chunk, of the pages, the last one. */
#define STEPS (32 / PROMOTE_GROUPS + 2 + PAGEMAP_FANOUT / PROMOTE_STEP + 1)
#define NEVER UINT32_MAX

/* run_with: a promotion before whose steps `at` something happens; the values of all pages are in `value`. */
static void run_with(struct space *s, const unsigned at[2], const unsigned what[2], const uint64_t p[2], uint8_t value[512])
{
    for (unsigned step = 0; large_now() == 0; step++) {
        ck_assert_uint_le(step, 3 * PROMOTE_STEPS_MAX);
        for (unsigned i = 0; i < 2; i++) {
            if (at[i] == step) {
                happens[what[i]](s, p[i], ++value[p[i]]);
            }
        }
        one_step(s);
    }
    finish(s);
    for (uint64_t i = 0; i < 512; i++) {
        const uint8_t *page = machine_touch(s, VA + i * PAGE_SIZE, ACCESS_READ);
        ck_assert_uint_eq(page[9], value[i]);
        ck_assert_uint_eq(page[0], mark(i));
        ck_assert_uint_eq(page[PAGE_SIZE - 1], mark(i));
    }
    ck_assert_uint_eq(large_now(), 1);
    again(s);
}

static void all_marks(uint8_t value[512])
{
    for (unsigned i = 0; i < 512; i++) {
        value[i] = mark(i);
    }
}

/* Everything, before every step, to pages at the edges of steps. */
START_TEST(what_happens_between_steps_is_not_lost)
{
    struct space *s = one_populated();
    uint8_t value[512];
    all_marks(value);
    for (unsigned at = 0; at < STEPS; at++) {
        for (unsigned i = 0; i < sizeof some_pages / sizeof some_pages[0]; i++) {
            run_with(s, (unsigned[2]){at, NEVER}, (unsigned[2]){(unsigned)_i, 0}, (uint64_t[2]){some_pages[i], 0}, value);
        }
    }
    ck_assert_uint_eq(promote_counters.promoted, STEPS * sizeof some_pages / sizeof some_pages[0]);
    destroyed_returns_everything(s);
}
END_TEST

/* Two writes at any two steps, to the same page or to two. */
START_TEST(two_writes_between_any_steps_are_not_lost)
{
    struct space *s = one_populated();
    uint8_t value[512];
    all_marks(value);
    for (unsigned first = 0; first < STEPS; first += 3) {
        for (unsigned second = first; second < STEPS; second += 5) {
            run_with(s, (unsigned[2]){first, second}, (unsigned[2]){0, _i % 2 ? 4 : 0}, (uint64_t[2]){16, _i / 2 ? 16 : 300}, value);
        }
    }
    destroyed_returns_everything(s);
}
END_TEST

/* Nothing may be lost or left behind by a promotion that is given up for what happens before the i-th step. */
static void part_unmapped(struct space *s)
{
    ck_assert_uint_eq(range_unmap(s, VA + 100 * PAGE_SIZE, VA + 101 * PAGE_SIZE), 0);
    check(s, 0, 100, ACCESS_WRITE);
    check(s, 101, 411, ACCESS_READ);
}

static void all_unmapped(struct space *s)
{
    ck_assert_uint_eq(range_unmap(s, VA, VA + LARGE), 0);
    ck_assert_ptr_null(machine_touch(s, VA, ACCESS_READ));
}

static void forked(struct space *s)
{
    struct space *child;
    serve_after(false);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    child->started = true;
    check(child, 0, 512, ACCESS_WRITE);
    finish(s);
    check(s, 0, 512, ACCESS_WRITE);
    space_destroy(child);
}

static void evicted(struct space *s)
{
    reclaim_pages(s, PAGE(0), PAGE(512));
    finish(s);
    check(s, 0, 512, ACCESS_WRITE);
}

static void protected(struct space *s)
{
    ck_assert_uint_eq(range_protect(s, VA + 200 * PAGE_SIZE, VA + 201 * PAGE_SIZE, PAGER_PROT_READ), 0);
    finish(s);
    ck_assert_ptr_null(machine_touch(s, VA + 200 * PAGE_SIZE, ACCESS_WRITE));
    check(s, 0, 512, ACCESS_READ);
}

static void switched_off(struct space *s)
{
    pager.large = LARGE_NEVER;
    finish(s);
    check(s, 0, 512, ACCESS_WRITE);
}

static void memory_wanted(struct space *s)
{
    bool held = promote_holds(0) != BUDDY_NONE;
    uint64_t free = frames_obtainable();
    ck_assert_uint_eq(promote_give_up(), held);
    ck_assert_uint_ge(frames_obtainable(), free);
    ck_assert(promote_holds(0) == BUDDY_NONE && !promote_give_up());
    check(s, 0, 512, ACCESS_WRITE);
}

static void executed(struct space *s)
{
    space_clear(s);
}

static void ended(struct space *s)
{
    (void)s;
}

static void (*const ends[])(struct space *s) = {part_unmapped, all_unmapped, forked, evicted, protected, switched_off, memory_wanted, executed, ended};
#define ENDS (sizeof ends / sizeof ends[0])

START_TEST(whatever_ends_it_loses_nothing)
{
    for (unsigned step = 0; step < STEPS; step += step % 8 == 7 ? 9 : 1) {
        struct space *s = one_populated();
        for (unsigned i = 0; i < step && large_now() == 0; i++) {
            one_step(s);
        }
        machine_check();
        ends[_i](s);
        machine_check();
        while (promote_holds(0) != BUDDY_NONE) {
            one_step(s); /* nobody asks for it any more */
        }
        destroyed_returns_everything(s);
    }
}
END_TEST

START_TEST(a_new_space_of_the_same_number_is_another_one)
{
    struct space *s = one_populated();
    for (unsigned i = 0; i < 30; i++) {
        one_step(s);
    }
    ck_assert_uint_ne(promote_holds(0), BUDDY_NONE);
    uint32_t id = s->id;
    space_destroy(s);
    ck_assert_uint_eq(promote_counters.abandoned, 1);
    while (promote_pending()) {
        promote_background();
    }
    ck_assert_uint_eq(promote_holds(0), BUDDY_NONE);
    s = machine_space(0);
    ck_assert_uint_eq(s->id, id);
    destroyed_returns_everything(s);
}
END_TEST

/* Who writes to all pages all the time is made to wait for steps, one for each fault, and the range becomes a large frame all the same. */
START_TEST(a_range_that_is_written_all_the_time_is_closed)
{
    struct space *s = one_populated();
    unsigned rounds = 0;
    uint64_t most = 0;
    while (large_now() == 0) {
        ck_assert_uint_le(++rounds, PROMOTE_STEPS_MAX);
        one_step(s);
        for (uint64_t p = 0; p < 512; p++) {
            uint64_t before = promote_counters.steps;
            uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE);
            ck_assert_ptr_nonnull(page);
            page[9] = (uint8_t)(rounds + p);
            ck_assert_uint_le(promote_counters.steps - before, machine_faults); /* each fault waits for one at most */
            most = machine_faults > most ? machine_faults : most;
        }
    }
    ck_assert_uint_gt(most, 2); /* some were made to wait */
    ck_assert_uint_eq(promote_counters.abandoned, 0);
    finish(s);
    for (uint64_t p = 0; p < 512; p++) {
        ck_assert_uint_eq(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ)[9], (uint8_t)(rounds + p));
    }
    destroyed_returns_everything(s);
}
END_TEST

/* Others are not kept waiting by a closed range. */
START_TEST(faults_elsewhere_make_no_steps)
{
    struct space *s = one_populated(), *other = machine_space(0);
    other->started = true;
    ck_assert_uint_eq(machine_map(other, VA, PAGES, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (unsigned i = 0; i < PROMOTE_STEPS_MAX && !promote_closing; i++) {
        one_step(s);
        fill(other, i, 1);
        for (uint64_t p = 0; p < 512 && !promote_closing; p++) {
            write_it(s, p, mark(p));
        }
    }
    ck_assert(promote_closing);
    for (unsigned i = 0; i < 3; i++) {
        one_step(s); /* some are copied now */
    }
    uint64_t before = promote_counters.steps;
    fill(other, 600, 512);
    fill(s, 600, 100); /* beside the range */
    machine_touch(s, VA + 3 * PAGE_SIZE, ACCESS_READ);
    write_it(s, 500, 1); /* not copied yet in this round */
    ck_assert_uint_eq(promote_counters.steps, before);
    write_it(s, 3, 2);
    ck_assert_uint_gt(promote_counters.steps, before);
    finish(s);
    ck_assert_uint_eq(machine_touch(s, VA + 3 * PAGE_SIZE, ACCESS_READ)[9], 2);
    ck_assert_uint_eq(machine_touch(s, VA + 500 * PAGE_SIZE, ACCESS_READ)[9], 1);
    space_destroy(other);
    destroyed_returns_everything(s);
}
END_TEST

/* Steps of a promotion between random operations, against what was written last. */
START_TEST(random_operations_between_steps_lose_nothing)
{
    struct space *s = one_populated();
    uint8_t value[512];
    uint64_t random = (uint64_t)_i * 104729 + 7;
    all_marks(value);
    for (unsigned step = 0; step < 1500; step++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        uint64_t p = (random >> 40) % 512;
        if ((random >> 56) % 4 == 0) {
            happens[(random >> 20) % HAPPENS](s, p, ++value[p]);
        } else if ((random >> 56) % 64 == 1) {
            promote_give_up();
        }
        one_step(s);
        if (large_now() > 0 && (random >> 30) % 8 == 0) {
            again(s);
        }
        p = (random >> 12) % 512;
        ck_assert_uint_eq(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ)[9], value[p]);
        if (step % 16 == 0) {
            machine_check();
        }
    }
    ck_assert_uint_gt(promote_counters.promoted, 0);
    ck_assert_uint_gt(promote_counters.abandoned, 0);
    for (uint64_t p = 0; p < 512; p++) {
        ck_assert_uint_eq(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ)[9], value[p]);
    }
    promote_give_up();
    destroyed_returns_everything(s);
}
END_TEST

/* What random_sequences_lose_nothing expects; 0: the page was not written, or given back. */
static uint8_t model[2][PAGES];

START_TEST(random_sequences_lose_nothing)
{
    struct space *s = boot(0), *child = NULL;
    uint64_t random = (uint64_t)_i * 7919 + 1;
    s->started = true;
    memset(model, 0, sizeof model);
    for (unsigned step = 0; step < 500; step++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        uint64_t first = (random >> 40) % PAGES, n = 1 + (random >> 20) % 100, leaf = first / 512 * LARGE, next;
        n = first + n > PAGES ? PAGES - first : n;
        struct space *who = child && random >> 63 ? child : s;
        uint8_t *expected = model[who == child];
        switch ((random >> 55) % 10) {
        case 8: /* all of a range is used */
            for (uint64_t p = leaf / PAGE_SIZE; p < leaf / PAGE_SIZE + 512; p++) {
                uint8_t *page = machine_touch(who, VA + p * PAGE_SIZE, ACCESS_WRITE);
                ck_assert_ptr_nonnull(page);
                ck_assert_uint_eq(page[100], expected[p]);
                memset(page, mark(p), PAGE_SIZE);
                expected[p] = mark(p);
            }
            break;
        case 9:
            promote(who, false);
            break;
        case 0:
        case 1:
            ck_assert_uint_eq(range_bring(who, VA + leaf, VA + leaf + LARGE, &next), 0);
            break;
        case 2:
            ck_assert_uint_eq(range_forget(who, VA + (random % 3 ? leaf : first * PAGE_SIZE), VA + (random % 3 ? leaf + LARGE : (first + n) * PAGE_SIZE)), 0);
            memset(expected + (random % 3 ? leaf / PAGE_SIZE : first), 0, random % 3 ? 512 : n);
            break;
        case 3:
            reclaim_pages(who, VA / PAGE_SIZE + first, VA / PAGE_SIZE + first + n);
            break;
        case 4:
            if (child) {
                space_destroy(child);
                child = NULL;
            } else if (space_fork(s, &child) == 0) {
                child->started = true;
                memcpy(model[1], model[0], PAGES);
            }
            break;
        case 5:
            first = 1024 + first % 256; /* the other leaves stay in one region */
            ck_assert_uint_eq(range_protect(who, VA + first * PAGE_SIZE, VA + (first + n) * PAGE_SIZE, PAGER_PROT_READ), 0);
            ck_assert_uint_eq(range_protect(who, VA, VA + PAGES * PAGE_SIZE, WRITE), 0);
            break;
        default:
            for (uint64_t p = first; p < first + n; p++) {
                uint8_t *page = machine_touch(who, VA + p * PAGE_SIZE, ACCESS_WRITE);
                ck_assert_uint_eq(page[100], expected[p]);
                expected[p] = page[100] = (uint8_t)(random >> 8 | 1);
            }
        }
        serve_after(true);
        machine_check();
    }
    ck_assert_uint_gt(large_counters.given, 0);
    for (uint64_t p = 0; p < PAGES; p++) {
        ck_assert_uint_eq(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ)[100], model[0][p]);
    }
    if (child) {
        space_destroy(child);
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(the_pager_writes_into_it)
{
    struct space *s = one_large();
    ck_assert_uint_eq(space_write(s, VA + 800 * PAGE_SIZE + 5, "hello", 5), 0);
    broken_once(LARGE_TOUCHED);
    ck_assert_mem_eq(machine_touch(s, VA + 800 * PAGE_SIZE, ACCESS_READ) + 5, "hello", 5);
    check(s, 512, 512, ACCESS_WRITE);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(compaction_leaves_it_alone)
{
    struct space *s = one_large();
    for (unsigned i = 0; i < 2000 && compact_step(); i++) {
    }
    compact_stir(100);
    ck_assert_uint_eq(large_now(), 1);
    check(s, 512, 512, ACCESS_WRITE);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(its_chunk_serves_for_everything_afterwards)
{
    struct space *s = boot(0);
    for (unsigned round = 0; round < 40; round++) {
        bring(s, VA, VA + PAGES * PAGE_SIZE);
        ck_assert_uint_eq(large_now(), 3);
        ck_assert_uint_eq(fill(s, 100, 10), 0);
        ck_assert_uint_eq(range_forget(s, VA, VA + PAGES * PAGE_SIZE), 0);
        ck_assert_uint_eq(large_now(), 0);
        serve_after(true);
        for (uint64_t p = 0; p < 200; p++) {
            fill(s, p * 7, 1);
        }
        ck_assert_uint_eq(range_forget(s, VA, VA + PAGES * PAGE_SIZE), 0);
        serve_after(true);
        for (unsigned i = 0; i < 4000 && compact_step(); i++) {
        }
        machine_check();
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(exec_and_exit_give_all_of_it_back)
{
    struct space *s = one_large();
    space_clear(s);
    broken_once(LARGE_RELEASED);
    destroyed_returns_everything(s);
    s = one_large();
    destroyed_returns_everything(s);
    ck_assert_uint_eq(large_counters.broken[LARGE_ENDED], 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pager_large");
    TCase *t = tcase_create("pager_large");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, what_a_program_will_need_comes_in_large_frames);
    tcase_add_test(t, only_whole_untouched_aligned_ranges_of_data_are_large);
    tcase_add_test(t, a_client_near_its_maximum_gets_none);
    tcase_add_test(t, some_chunks_are_left_to_others);
    tcase_add_test(t, off_is_off);
    tcase_add_test(t, unmapping_a_part_keeps_the_rest);
    tcase_add_test(t, a_page_given_back_reads_as_zero);
    tcase_add_test(t, protection_of_a_part_holds_there_only);
    tcase_add_test(t, fork_shares_it_page_by_page);
    tcase_add_test(t, eviction_breaks_it_and_brings_it_back);
    tcase_add_test(t, memory_short_takes_pages_of_it_without_memory);
    tcase_add_test(t, memory_short_leaves_what_is_used_large);
    tcase_add_test(t, a_walk_gets_large_frames_at_first_touch);
    tcase_add_test(t, advice_gets_large_frames_at_first_touch);
    tcase_add_test(t, no_walk_no_large_frame);
    tcase_add_test(t, populated_ranges_become_large_frames);
    tcase_add_test(t, only_ranges_of_private_data_are_promoted);
    tcase_add_test(t, pages_that_left_and_came_back_are_promoted);
    tcase_add_test(t, promotion_respects_limits_and_choices);
    tcase_add_test(t, in_the_background_one_range_a_tick);
    tcase_add_test(t, in_the_background_only_what_is_used_all_over);
    tcase_add_test(t, a_range_broken_up_again_is_left_alone_for_a_while);
    tcase_add_test(t, by_request_what_is_cold_is_promoted_too_and_does_not_count);
    tcase_add_test(t, a_promotion_that_is_abandoned_in_the_background_is_a_failure);
    tcase_add_test(t, a_step_is_bounded);
    tcase_add_loop_test(t, what_happens_between_steps_is_not_lost, 0, HAPPENS);
    tcase_add_loop_test(t, two_writes_between_any_steps_are_not_lost, 0, 4);
    tcase_add_loop_test(t, whatever_ends_it_loses_nothing, 0, ENDS);
    tcase_add_test(t, a_new_space_of_the_same_number_is_another_one);
    tcase_add_test(t, a_range_that_is_written_all_the_time_is_closed);
    tcase_add_test(t, faults_elsewhere_make_no_steps);
    tcase_add_loop_test(t, random_operations_between_steps_lose_nothing, 0, 6);
    tcase_add_loop_test(t, random_sequences_lose_nothing, 0, 10);
    tcase_add_test(t, the_pager_writes_into_it);
    tcase_add_test(t, compaction_leaves_it_alone);
    tcase_add_test(t, its_chunk_serves_for_everything_afterwards);
    tcase_add_test(t, exec_and_exit_give_all_of_it_back);
    suite_add_tcase(s, t);
    return check_run(s);
}
