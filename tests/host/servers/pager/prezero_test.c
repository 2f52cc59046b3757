/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames zeroed ahead, with the whole pager on the model of the kernel: what is zeroed, when, and that it is zero. */
#include "prezero.h"
#include "audit.h"
#include "boot.h"
#include "check_main.h"
#include "compact.h"
#include "fork.h"
#include "frame.h"
#include "idle.h"
#include "machine.h"
#include "range.h"
#include "serve.h"
#include "state.h"

#include <string.h>

#define RAM (64ull << 20)
#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define PAGES 600u

static struct space *s;

static void boot(unsigned colours)
{
    machine_boot(RAM);
    pager_colours(colours);
    pager.predict = 0;
    pager.compact = 0;
    serve_after(true);
    s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, 4 * PAGES, WRITE, PAGER_REGION_ANONYMOUS), 0);
}

/* touch: n pages from `first` on, `step` apart, that are zero when they are new. */
static void touch(uint64_t first, uint64_t n, uint64_t step)
{
    static const uint8_t zeros[PAGE_SIZE];

    for (uint64_t p = first; p < first + n * step; p += step) {
        uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(page);
        ck_assert_mem_eq(page, zeros, PAGE_SIZE);
        memset(page, 0xa5, PAGE_SIZE);
    }
}

static void forget(uint64_t first, uint64_t n)
{
    ck_assert_uint_eq(range_forget(s, VA + first * PAGE_SIZE, VA + (first + n) * PAGE_SIZE), 0);
}

static struct prezero_state state(void)
{
    struct prezero_state now;

    prezero_state(&now);
    return now;
}

/* second: a period of the clock ends, in which the machine had idle time or not; true: the pager asks for some. */
static bool second(bool idle)
{
    uint64_t signals = fake_signals + fake_resumed;

    fake_now += MACHINE_SECOND;
    fake_idle_entries += idle;
    idle_tick();
    prezero_tick();
    return fake_signals + fake_resumed != signals;
}

/* idle: the idle thread runs as often as it is asked to; returns the steps. */
static unsigned idle(void)
{
    uint64_t signals;
    unsigned steps = 0;

    do {
        uint32_t clean = (uint32_t)state().clean;
        signals = fake_signals;
        serve_idle();
        ck_assert_uint_le(state().clean, clean + PREZERO_STEP);
        steps++;
    } while (fake_signals != signals);
    machine_check();
    return steps;
}

/* use: all that is at hand and clean is dirtied and free again: what a system is like that has run for a while. */
static void use(void)
{
    touch(0, PAGES, 1);
    forget(0, PAGES);
}

START_TEST(what_was_freed_is_zeroed_in_idle_time_and_found_so)
{
    boot(16);
    use();
    ck_assert(second(true));
    ck_assert_uint_ge(idle(), PAGES / PREZERO_STEP - 5);
    ck_assert_uint_ge(state().clean, PAGES);
    ck_assert_uint_ge(prezero_counters.zeroed, PAGES - 100);
    uint64_t missed = state().missed, hits = state().hits;
    touch(0, PAGES, 1);
    ck_assert_uint_le(state().missed - missed, 2 * PREZERO_STEP); /* the runs at hand */
    ck_assert_uint_ge(state().hits - hits, PAGES - 2 * PREZERO_STEP);
    machine_check();
}
END_TEST

START_TEST(without_colours_too)
{
    boot(1);
    use();
    ck_assert(second(true));
    idle();
    uint64_t missed = state().missed;
    touch(0, PAGES, 1);
    ck_assert_uint_le(state().missed - missed, 2 * PREZERO_STEP);
    machine_check();
}
END_TEST

START_TEST(without_idle_time_every_first_touch_zeroes_as_before)
{
    boot(16);
    use();
    ck_assert(!second(false));
    uint64_t missed = state().missed;
    touch(0, PAGES, 1);
    ck_assert_uint_ge(state().missed - missed, PAGES - 100);
    ck_assert_uint_eq(prezero_counters.zeroed, 0);
    ck_assert(!second(false));
    ck_assert(second(true));
}
END_TEST

START_TEST(what_was_asked_for_in_vain_is_taken_back_and_asked_for_again)
{
    boot(16);
    use();
    uint64_t suspended = fake_suspended, resumed = fake_resumed;
    ck_assert(second(true));
    ck_assert(!second(true)); /* it still stands */
    ck_assert_uint_eq(fake_suspended, suspended);
    ck_assert(!second(false));
    ck_assert(!second(false));
    ck_assert_uint_eq(fake_suspended, suspended + 1);
    uint64_t signals = fake_signals;
    ck_assert(second(true));
    ck_assert_uint_eq(fake_resumed, resumed + 1);
    ck_assert_uint_eq(fake_signals, signals); /* it goes on where it had been woken */
    ck_assert_uint_ge(idle(), 10); /* the target has faded meanwhile */
    use();
    ck_assert(second(true));
    ck_assert(!second(false));
    ck_assert_uint_eq(fake_suspended, suspended + 2);
    idle(); /* its signal was on the way */
    ck_assert_uint_eq(fake_resumed, resumed + 2);
    use();
    signals = fake_signals;
    ck_assert(second(true));
    ck_assert_uint_eq(fake_signals, signals + 1);
}
END_TEST

START_TEST(switched_off_nothing_is_asked_and_an_offer_is_not_used)
{
    boot(16);
    use();
    ck_assert(second(true));
    pager.prezero = 0;
    serve_idle();
    ck_assert_uint_eq(prezero_counters.steps, 0);
    ck_assert(!second(true));
    pager.prezero = 1;
    ck_assert(second(true));
}
END_TEST

START_TEST(under_pressure_an_offer_is_not_used)
{
    boot(16);
    use();
    ck_assert(second(true));
    pager.pressure.level = 1;
    serve_idle();
    ck_assert(!second(true));
    ck_assert_uint_eq(prezero_counters.steps, 0);
}
END_TEST

START_TEST(in_silence_nothing_is_asked_for)
{
    boot(16);
    use();
    ck_assert(second(true));
    idle();
    for (unsigned i = 0; i < 100; i++) {
        ck_assert(!second(true));
    }
    ck_assert_uint_eq(state().target, 0);
}
END_TEST

START_TEST(the_limit_holds)
{
    boot(16);
    pager.prezero_limit = 1;
    prezero_limit_now();
    ck_assert_uint_eq(state().limit, pager.general_pages / 100);
    use();
    uint64_t before = state().clean;
    ck_assert(before >= state().limit || second(true));
    idle();
    uint64_t most = before > state().limit ? before : state().limit;
    ck_assert_uint_le(state().clean, most + PREZERO_STEP);
}
END_TEST

START_TEST(a_client_of_few_colours_gets_zeroed_frames_of_these)
{
    boot(16);
    use();
    colouring_make(&s->colours, 1u << 3 | 1u << 4, 16);
    for (unsigned i = 0; i < 4; i++) {
        touch(0, 64, 1);
        forget(0, 64);
        second(true);
        idle();
    }
    uint64_t missed = state().missed;
    touch(0, 64, 1);
    ck_assert_uint_le(state().missed - missed, 4);
    machine_check();
}
END_TEST

START_TEST(no_free_chunk_is_broken_up_and_no_page_is_lost)
{
    boot(16);
    use();
    uint64_t chunks = chunks_free(), pages = pages_free();
    ck_assert(second(true));
    idle();
    ck_assert_uint_eq(chunks_free(), chunks);
    ck_assert_uint_eq(pages_free(), pages);
}
END_TEST

START_TEST(groups_that_lie_free_are_made_frames)
{
    boot(16);
    touch(0, 200, 1); /* kept: nothing is dirty and free */
    bool asked = second(true);
    if (asked) {
        idle();
    }
    ck_assert(asked);
    ck_assert_uint_gt(prezero_counters.armed, 0);
    touch(1000, prezero_counters.armed, 1);
    machine_check();
}
END_TEST

START_TEST(what_is_used_without_need_counts_as_wasted)
{
    boot(16);
    use();
    touch(1000, 300, 1);
    ck_assert(second(true));
    idle();
    ck_assert_uint_eq(frame_zeros.wasted, 0);
    struct space *child;
    ck_assert_uint_eq(space_fork(s, &child), 0);
    for (uint64_t p = 1000; p < 1300; p++) { /* copies: what is not zeroed comes first, and there is not much of it */
        ck_assert_uint_eq(*machine_touch(child, VA + p * PAGE_SIZE, ACCESS_WRITE), 0xa5);
    }
    ck_assert_uint_gt(frame_zeros.wasted, 100);
    ck_assert_uint_le(frame_zeros.wasted, 300 + 20);
    machine_check();
    space_destroy(child);
    machine_check();
}
END_TEST

START_TEST(moving_pages_keeps_the_books_and_the_zeros)
{
    boot(16);
    use();
    touch(0, PAGES, 2);
    ck_assert(second(true));
    idle();
    for (unsigned i = 0; i < 400; i++) {
        compact_stir(4);
        if (i % 16 == 0) {
            machine_check();
        }
    }
    while (compact_step()) {
        machine_check();
    }
    second(true);
    idle();
    for (uint64_t p = 1; p < 2 * PAGES; p += 2) {
        touch(p, 1, 1);
    }
    machine_check();
}
END_TEST

/* The audit is what keeps "clean" true: it must see a byte that somebody left. */
START_TEST(the_audit_finds_a_zeroed_frame_that_is_not_zero)
{
    struct audit_result result;
    uint32_t page = 0;

    boot(16);
    use();
    ck_assert(second(true));
    idle();
    while (!(frame_is(page, FRAME_FREE) && (frame_at(page)->flags & FRAME_CLEAN) && (frame_at(page)->flags & FRAME_WINDOWED) && (frame_at(page)->flags & FRAME_AHEAD))) {
        page++;
    }
    uint8_t *byte = (uint8_t *)frame_window(page) + 4001;
    *byte = 1;
    audit_all(&result);
    ck_assert_uint_eq(result.problems, 1);
    *byte = 0;
    machine_check();
    frame_zeros.clean[page % COLOURS_MAX]++;
    audit_all(&result);
    ck_assert_uint_eq(result.problems, 1);
    frame_zeros.clean[page % COLOURS_MAX]--;
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("prezero");
    TCase *t = tcase_create("prezero");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, what_was_freed_is_zeroed_in_idle_time_and_found_so);
    tcase_add_test(t, without_colours_too);
    tcase_add_test(t, without_idle_time_every_first_touch_zeroes_as_before);
    tcase_add_test(t, what_was_asked_for_in_vain_is_taken_back_and_asked_for_again);
    tcase_add_test(t, switched_off_nothing_is_asked_and_an_offer_is_not_used);
    tcase_add_test(t, under_pressure_an_offer_is_not_used);
    tcase_add_test(t, in_silence_nothing_is_asked_for);
    tcase_add_test(t, the_limit_holds);
    tcase_add_test(t, a_client_of_few_colours_gets_zeroed_frames_of_these);
    tcase_add_test(t, no_free_chunk_is_broken_up_and_no_page_is_lost);
    tcase_add_test(t, groups_that_lie_free_are_made_frames);
    tcase_add_test(t, what_is_used_without_need_counts_as_wasted);
    tcase_add_test(t, moving_pages_keeps_the_books_and_the_zeros);
    tcase_add_test(t, the_audit_finds_a_zeroed_frame_that_is_not_zero);
    suite_add_tcase(suite, t);
    return check_run(suite);
}
