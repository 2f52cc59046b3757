/* SPDX-License-Identifier: BSD-2-Clause */
#include "balance.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

#define FRAMES 16384u

static struct balance b;

static void begin(void)
{
    balance_init(&b, FRAMES);
}

/* A page is compressed, or written out, in so many ns; n of them pass. */
static balance_time store(unsigned n)
{
    balance_time t = b.stored.now;
    for (unsigned i = 0; i < n; i++) {
        t = balance_stored(&b, 9000);
    }
    return t;
}

static balance_time write_out(unsigned n)
{
    balance_time t = b.written.now;
    for (unsigned i = 0; i < n; i++) {
        t = balance_written(&b, 3 * 8);
    }
    return t;
}

START_TEST(begins_in_the_middle_and_stays_without_evidence)
{
    begin();
    ck_assert_uint_eq(b.limit, FRAMES / 2);
    ck_assert_uint_eq(b.low, FRAMES / 16);
    ck_assert_uint_eq(b.high, FRAMES - FRAMES / 16);
    ck_assert_int_eq(balance_step(&b), BALANCE_STAY);
    balance_read(&b, 1000000);
    for (unsigned i = 0; i + 1 < BALANCE_EVIDENCE; i++) {
        balance_wanted(&b, write_out(1));
    }
    ck_assert_int_eq(balance_step(&b), BALANCE_STAY);
    ck_assert_uint_eq(b.limit, FRAMES / 2);
}
END_TEST

START_TEST(grows_for_pages_that_were_written_out_too_early_up_to_the_bound)
{
    begin();
    balance_read(&b, 1000000);
    for (unsigned steps = 0; steps < 2 * BALANCE_STEPS; steps++) {
        for (unsigned i = 0; i < BALANCE_EVIDENCE; i++) {
            balance_wanted(&b, write_out(1));
        }
        uint64_t before = b.limit;
        ck_assert_int_eq(balance_advice(&b), before < b.high ? BALANCE_MORE : BALANCE_STAY);
        balance_step(&b);
        ck_assert_uint_ge(b.limit, before);
    }
    ck_assert_uint_eq(b.limit, b.high);
    ck_assert_uint_ge(b.grown, BALANCE_STEPS / 2);
}
END_TEST

START_TEST(shrinks_for_pages_that_were_compressed_too_early_down_to_the_bound)
{
    begin();
    for (unsigned steps = 0; steps < 2 * BALANCE_STEPS; steps++) {
        for (unsigned i = 0; i < BALANCE_EVIDENCE; i++) {
            balance_expanded(&b, store(1), 4000);
        }
        balance_step(&b);
    }
    ck_assert_uint_eq(b.limit, b.low);
    ck_assert_uint_eq(b.grown, 0);
}
END_TEST

START_TEST(pages_that_went_long_ago_tell_nothing)
{
    begin();
    balance_read(&b, 1000000);
    balance_time stored = store(1), written = write_out(1);
    store((unsigned)b.step * 2);
    write_out((unsigned)b.step * 3 * 2);
    for (unsigned i = 0; i < 1000; i++) {
        balance_expanded(&b, stored, 4000);
        balance_wanted(&b, written);
        balance_wanted(&b, BALANCE_NEVER(b.written.now));
    }
    ck_assert_uint_eq(b.evidence, 0);
    ck_assert_int_eq(balance_step(&b), BALANCE_STAY);
    ck_assert_uint_eq(b.expand_ns, 4000);
}
END_TEST

START_TEST(the_dearer_way_back_decides_and_equal_ones_change_nothing)
{
    begin();
    for (unsigned disk_ns = 1000; disk_ns <= 1000000; disk_ns *= 10) {
        begin();
        balance_read(&b, disk_ns);
        for (unsigned i = 0; i < 10000; i++) {
            balance_expanded(&b, store(1), 4000);
            balance_wanted(&b, write_out(1));
        }
        /* 13000 to compress and expand against what a read takes more than to expand */
        ck_assert_int_eq(balance_step(&b), disk_ns < 10000 ? BALANCE_LESS : disk_ns == 10000 ? BALANCE_LESS : BALANCE_MORE);
    }
    begin();
    balance_read(&b, 4000 + 13000);
    for (unsigned i = 0; i < 100; i++) {
        balance_expanded(&b, store(1), 4000);
        balance_wanted(&b, write_out(1));
    }
    ck_assert_int_eq(balance_step(&b), BALANCE_STAY);
}
END_TEST

START_TEST(a_step_less_is_taken_when_it_would_have_saved_what_its_writes_cost)
{
    begin();
    balance_written(&b, 3 * 8);
    balance_read(&b, 1000000);
    uint64_t cost_ns = b.step * 3 * 1000000, saved_ns = 0;
    for (; saved_ns + 13000 < cost_ns; saved_ns += 13000) {
        balance_expanded(&b, store(1), 4000);
    }
    ck_assert_int_eq(balance_step(&b), BALANCE_STAY);
    balance_wanted(&b, write_out(1)); /* takes 996000 of it back */
    for (unsigned i = 0; i < BALANCE_EVIDENCE; i++) {
        balance_expanded(&b, store(1), 4000);
    }
    ck_assert_int_eq(balance_step(&b), BALANCE_STAY);
    for (unsigned i = 0; i < 996000 / 13000; i++) {
        balance_expanded(&b, store(1), 4000);
    }
    ck_assert_int_eq(balance_step(&b), BALANCE_LESS);
    for (unsigned i = 0; i < BALANCE_EVIDENCE; i++) {
        balance_expanded(&b, store(1), 4000); /* it begins anew */
    }
    ck_assert_int_eq(balance_step(&b), BALANCE_STAY);
}
END_TEST

START_TEST(what_was_seen_fades)
{
    begin();
    for (unsigned i = 0; i < 4 * BALANCE_EVIDENCE; i++) {
        balance_expanded(&b, store(1), 4000);
    }
    unsigned steps = 0;
    while (balance_step(&b) != BALANCE_STAY) {
        steps++;
    }
    ck_assert_uint_eq(steps, 3);
}
END_TEST

START_TEST(without_decisions_it_fades_as_well_and_nothing_moves)
{
    balance_init(&b, 1600);
    uint64_t limit = b.limit;
    b.more_ns = 1000;
    b.less_ns = 400;
    b.evidence = 10 * BALANCE_EVIDENCE;
    balance_fade(&b);
    ck_assert_uint_eq(b.more_ns, 500);
    ck_assert_uint_eq(b.less_ns, 200);
    ck_assert_uint_eq(b.evidence, 5 * BALANCE_EVIDENCE);
    ck_assert_uint_eq(b.limit, limit);
}
END_TEST

START_TEST(new_bounds_hold_at_once_and_steps_never_leave_them)
{
    begin();
    balance_bounds(&b, 100, 200);
    ck_assert_uint_eq(b.limit, 200);
    ck_assert_uint_eq(b.step, BALANCE_STEP_MIN);
    srand(5);
    for (unsigned i = 0; i < 10000; i++) {
        if (rand() % 50 == 0) {
            uint64_t low = 1 + (uint64_t)rand() % 1000;
            balance_bounds(&b, low, low + (uint64_t)rand() % 1000);
        }
        balance_read(&b, (uint64_t)rand() % 100000);
        for (unsigned n = (unsigned)rand() % 60; n > 0; n--) {
            rand() % 2 ? balance_expanded(&b, store(1), (uint64_t)rand() % 20000) : balance_wanted(&b, write_out(1));
        }
        balance_step(&b);
        ck_assert(b.low <= b.limit && b.limit <= b.high);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("balance");
    TCase *t = tcase_create("balance");
    tcase_add_test(t, begins_in_the_middle_and_stays_without_evidence);
    tcase_add_test(t, grows_for_pages_that_were_written_out_too_early_up_to_the_bound);
    tcase_add_test(t, shrinks_for_pages_that_were_compressed_too_early_down_to_the_bound);
    tcase_add_test(t, pages_that_went_long_ago_tell_nothing);
    tcase_add_test(t, the_dearer_way_back_decides_and_equal_ones_change_nothing);
    tcase_add_test(t, a_step_less_is_taken_when_it_would_have_saved_what_its_writes_cost);
    tcase_add_test(t, what_was_seen_fades);
    tcase_add_test(t, without_decisions_it_fades_as_well_and_nothing_moves);
    tcase_add_test(t, new_bounds_hold_at_once_and_steps_never_leave_them);
    suite_add_tcase(s, t);
    return check_run(s);
}
