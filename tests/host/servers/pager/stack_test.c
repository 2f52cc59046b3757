/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks that shrink, with the whole pager on the model of the kernel. */
#include "stack.h"

#include "event.h"
#include "fork.h"
#include "machine.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"

#include <check_main.h>
#include <pagoda/layout.h>

#define TOP 0x40000000ull
#define RESERVE (4ull << 20)

static struct space *s;

/* A thread that ran: its stack pointer is `pages` below the top. */
static void sp_at(uint64_t pages)
{
    fake_sp = TOP - pages * PAGE_SIZE + 1024;
}

static void recurse(struct space *of, uint64_t pages, uint8_t value)
{
    for (uint64_t p = 1; p <= pages; p++) {
        uint8_t *byte = machine_touch(of, TOP - p * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(byte);
        *byte = (uint8_t)(value + p);
    }
}

static void check_contents(struct space *of, uint64_t pages, uint8_t value)
{
    for (uint64_t p = 1; p <= pages; p++) {
        ck_assert_uint_eq(*machine_touch(of, TOP - p * PAGE_SIZE, ACCESS_READ), (uint8_t)(value + p));
    }
}

static uint64_t stack_pages(struct space *of)
{
    struct range_counts counts;
    uint64_t pages = 0;

    for (uint64_t va = TOP - RESERVE; va < TOP;) {
        va = range_count(of, va, TOP, &counts);
        pages += counts.states[PAGE_PRIVATE] + counts.states[PAGE_COW] + counts.states[PAGE_STORED];
    }
    return pages;
}

static void lend_thread(struct space *of)
{
    fake_receive();
    ck_assert_uint_eq(stack_thread(of), 0);
    ck_assert(!fake_received());
}

static void setup(void)
{
    machine_boot(32u << 20);
    s = machine_space(0);
    ck_assert_uint_eq(machine_map_stack(s, TOP, RESERVE, RESERVE), 0);
    sp_at(1);
}

static void ticks(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        fake_now += 62500000;
        serve_tick();
    }
}

START_TEST(an_idle_stack_shrinks_to_two_pages_and_grows_again)
{
    setup();
    lend_thread(s);
    recurse(s, 700, 3); /* more than one leaf of the page map */
    sp_at(2);
    ticks(STACK_WINDOW_MIN);
    ck_assert_uint_le(stack_pages(s), 2);
    check_contents(s, 2, 3);
    ck_assert_uint_ge(s->stack_given, 698);
    machine_check();
    recurse(s, 700, 9);
    check_contents(s, 700, 9);
    machine_check();
}
END_TEST

START_TEST(its_page_map_and_tables_come_back_as_well)
{
    setup();
    lend_thread(s);
    recurse(s, 1, 1);
    uint64_t before = space_pages(s);
    recurse(s, 1000, 1);
    ticks(STACK_WINDOW_MIN + 1);
    ck_assert_uint_eq(space_pages(s), before);
    machine_check();
}
END_TEST

START_TEST(a_red_zone_below_the_stack_pointer_is_kept)
{
    setup();
    lend_thread(s);
    recurse(s, 20, 3);
    fake_sp = TOP - 2 * PAGE_SIZE + STACK_RED_ZONE - 1; /* one byte of the zone is in the third page */
    ticks(STACK_WINDOW_MIN);
    ck_assert_uint_eq(stack_pages(s), 3);
    check_contents(s, 3, 3);
    fake_sp = TOP - 2 * PAGE_SIZE + STACK_RED_ZONE;
    ticks(STACK_WINDOW_MIN);
    ck_assert_uint_eq(stack_pages(s), 2);
}
END_TEST

START_TEST(short_memory_takes_the_stack_before_pages_of_use)
{
    setup();
    lend_thread(s);
    s->min_pages = 0;
    ck_assert_uint_eq(machine_map(s, 0x10000000, 64, 3, PAGER_REGION_ANONYMOUS), 0);
    for (unsigned i = 0; i < 64; i++) {
        *machine_touch(s, 0x10000000 + i * PAGE_SIZE, ACCESS_WRITE) = 1;
    }
    recurse(s, 100, 7);
    sp_at(2);
    ck_assert(reclaim_now(NULL));
    ck_assert_uint_eq(stack_pages(s), 2);
    ck_assert_uint_eq(s->evictions, 0);
    ck_assert_uint_eq(s->states[PAGE_STORED], 0);
    check_contents(s, 2, 7);
    machine_check();
}
END_TEST

START_TEST(stored_pages_below_the_stack_pointer_are_forgotten)
{
    setup();
    lend_thread(s);
    recurse(s, 100, 7);
    reclaim_pages(s, (TOP - RESERVE) >> PAGE_BITS, TOP >> PAGE_BITS);
    reclaim_pages(s, (TOP - RESERVE) >> PAGE_BITS, TOP >> PAGE_BITS);
    ck_assert_uint_gt(s->states[PAGE_STORED], 50);
    sp_at(2);
    ticks(STACK_WINDOW_MIN);
    ck_assert_uint_le(stack_pages(s), 2);
    ck_assert_uint_le(s->states[PAGE_STORED], 2);
    check_contents(s, 2, 7);
    machine_check();
}
END_TEST

START_TEST(switched_off_it_shrinks_on_request_only)
{
    setup();
    lend_thread(s);
    pager.stack_trim = 0;
    recurse(s, 50, 7);
    ticks(10);
    ck_assert(!reclaim_now(s) || s->stack_trims == 0);
    ck_assert_uint_eq(s->stack_trims, 0);
    ck_assert_uint_gt(stack_give_back(s), 40);
    ck_assert_uint_eq(stack_give_back(s), 0);
    machine_check();
}
END_TEST

START_TEST(a_stack_pointer_elsewhere_leaves_the_stack_alone)
{
    static const uint64_t elsewhere[] = {0, 100, STACK_RED_ZONE, 0x10000000, TOP - RESERVE, TOP + 8192, UINT64_MAX};
    setup();
    lend_thread(s);
    ck_assert_uint_eq(machine_map(s, 0x10000000 - PAGE_SIZE, 2, 3, PAGER_REGION_ANONYMOUS), 0);
    recurse(s, 50, 7);
    for (unsigned i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        fake_sp = elsewhere[i];
        ticks(2 * STACK_WINDOW_MIN);
        ck_assert_uint_eq(stack_give_back(s), 0);
        check_contents(s, 50, 7);
    }
    machine_check();
}
END_TEST

START_TEST(the_thread_is_asked_for_once_and_only_when_it_pays)
{
    struct space_event event;
    setup();
    recurse(s, 1, 7);
    ticks(3);
    ck_assert_uint_eq(machine_event(), 0);
    recurse(s, STACK_PAGES_KEPT + 1, 7);
    ticks(1);
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), s);
    ck_assert_uint_eq(event.reason, PAGER_EVENT_THREAD_WANTED);
    ticks(5);
    ck_assert_uint_eq(machine_event(), 0);
    check_contents(s, STACK_PAGES_KEPT + 1, 7); /* nobody has answered: nothing is taken */
    machine_check();
}
END_TEST

START_TEST(the_wish_for_the_thread_gives_way_to_what_stopped_it)
{
    setup();
    recurse(s, 10, 7);
    ticks(1);
    ck_assert_uint_eq(s->event.reason, PAGER_EVENT_THREAD_WANTED);
    ck_assert_ptr_null(machine_touch(s, 0x77777000, ACCESS_WRITE));
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_BAD_ADDRESS);
    ck_assert_uint_eq(machine_event(), 0);
}
END_TEST

START_TEST(a_second_thread_is_refused_and_not_kept)
{
    setup();
    lend_thread(s);
    fake_receive();
    ck_assert_uint_eq(stack_thread(s), PAGODA_ERR_TOO_MANY);
    ck_assert(fake_received());
    kernel_drop_received();
    ck_assert(!fake_received());
    machine_check();
}
END_TEST

START_TEST(a_thread_that_did_not_come_is_refused)
{
    setup();
    kernel_drop_received();
    ck_assert_uint_eq(stack_thread(s), PAGODA_ERR_INVALID_ARGUMENT);
    machine_check();
    lend_thread(s);
    machine_check();
}
END_TEST

START_TEST(a_stack_that_fork_shares_stays_until_it_is_the_spaces_own)
{
    struct space *child;
    setup();
    lend_thread(s);
    recurse(s, 100, 7);
    sp_at(100);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    uint64_t before = stack_pages(s);
    sp_at(2);
    ticks(2 * STACK_WINDOW_MIN);
    check_contents(child, 100, 7);
    ck_assert_uint_eq(stack_pages(child), before);
    recurse(child, 1, 7); /* a leaf of its own */
    machine_check();
    lend_thread(child);
    ticks(2 * STACK_WINDOW_MIN);
    ck_assert_uint_le(stack_pages(s), 2);
    ck_assert_uint_le(stack_pages(child), 2);
    check_contents(s, 2, 7);
    check_contents(child, 2, 7);
    machine_check();
    space_destroy(child);
    machine_check();
}
END_TEST

START_TEST(what_is_below_the_stack_pointer_is_not_forked)
{
    struct space *child, *other;
    setup();
    lend_thread(s);
    recurse(s, 100, 7);
    sp_at(5);
    pager.stack_trim = 0;
    ck_assert_uint_eq(space_fork(s, &other), 0);
    ck_assert_uint_eq(stack_pages(other), stack_pages(s));
    ck_assert_uint_ge(stack_pages(s), 100);
    space_destroy(other);
    pager.stack_trim = 1;
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert_uint_eq(stack_pages(s), 5);
    ck_assert_uint_eq(stack_pages(child), 5);
    check_contents(s, 5, 7);
    check_contents(child, 5, 7);
    machine_check();
    recurse(s, 100, 9);
    check_contents(child, 5, 7);
    machine_check();
}
END_TEST

START_TEST(destroyed_spaces_give_their_slot_back)
{
    setup();
    uint64_t before = pages_free();
    for (unsigned i = 0; i < 20; i++) {
        struct space *other = machine_space(0);
        machine_map_stack(other, TOP, RESERVE, RESERVE);
        lend_thread(other);
        recurse(other, 30, 1);
        sp_at(1);
        ticks(3);
        space_destroy(other);
    }
    ck_assert_uint_eq(pages_free(), before);
    machine_check();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stack");
    TCase *t = tcase_create("stack");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, an_idle_stack_shrinks_to_two_pages_and_grows_again);
    tcase_add_test(t, its_page_map_and_tables_come_back_as_well);
    tcase_add_test(t, a_red_zone_below_the_stack_pointer_is_kept);
    tcase_add_test(t, short_memory_takes_the_stack_before_pages_of_use);
    tcase_add_test(t, stored_pages_below_the_stack_pointer_are_forgotten);
    tcase_add_test(t, switched_off_it_shrinks_on_request_only);
    tcase_add_test(t, a_stack_pointer_elsewhere_leaves_the_stack_alone);
    tcase_add_test(t, the_thread_is_asked_for_once_and_only_when_it_pays);
    tcase_add_test(t, the_wish_for_the_thread_gives_way_to_what_stopped_it);
    tcase_add_test(t, a_second_thread_is_refused_and_not_kept);
    tcase_add_test(t, a_thread_that_did_not_come_is_refused);
    tcase_add_test(t, a_stack_that_fork_shares_stays_until_it_is_the_spaces_own);
    tcase_add_test(t, what_is_below_the_stack_pointer_is_not_forked);
    tcase_add_test(t, destroyed_spaces_give_their_slot_back);
    suite_add_tcase(suite, t);
    return check_run(suite);
}
