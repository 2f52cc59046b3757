/* SPDX-License-Identifier: BSD-2-Clause */
#include "history.h"
#include <check_main.h>

static struct history history;
static struct history_counts now;

static void setup(void)
{
    now = (struct history_counts){.free_pages = 1000, .faults = 50, .now_ns = 1000000000};
    history_init(&history, &now);
}

START_TEST(history_add_takes_differences_of_counters)
{
    struct pressure_sample s;
    setup();
    ck_assert_uint_eq(history_read(&history, 0, &s, 1), 0);
    now = (struct history_counts){.free_pages = 900, .faults = 57, .refaults = 3, .stall_ns = 500000000, .now_ns = 2000000000};
    history_add(&history, &now);
    ck_assert_uint_eq(history_read(&history, 0, &s, 1), 1);
    ck_assert_uint_eq(s.free_pages, 900);
    ck_assert_uint_eq(s.faults, 7);
    ck_assert_uint_eq(s.refaults, 3);
    ck_assert_uint_eq(s.stall, UINT16_MAX / 2);
    ck_assert_uint_eq(s.level, 0);
    now.now_ns += 1000;
    now.stall_ns += 5000; /* the clocks may disagree by a little */
    history_add(&history, &now);
    ck_assert_uint_eq(history_read(&history, 0, &s, 1), 1);
    ck_assert_uint_eq(s.faults, 0);
    ck_assert_uint_eq(s.stall, UINT16_MAX);
}
END_TEST

START_TEST(history_add_shows_a_level_that_came_and_went)
{
    struct pressure_sample s;
    setup();
    now.entered[2]++;
    history_add(&history, &now);
    history_read(&history, 0, &s, 1);
    ck_assert_uint_eq(s.level, 2);
    history_add(&history, &now);
    history_read(&history, 0, &s, 1);
    ck_assert_uint_eq(s.level, 0);
    now.level = 3;
    now.entered[1]++;
    history_add(&history, &now);
    now.level = 0;
    history_add(&history, &now);
    history_read(&history, 0, &s, 1);
    ck_assert_uint_eq(s.level, 3); /* at the start of the period */
}
END_TEST

START_TEST(history_read_is_newest_first_and_keeps_so_many)
{
    struct pressure_sample all[PRESSURE_SAMPLES + 1];
    setup();
    for (unsigned i = 1; i <= PRESSURE_SAMPLES + 5; i++) {
        now.free_pages = i;
        history_add(&history, &now);
    }
    ck_assert_uint_eq(history.n, PRESSURE_SAMPLES + 5);
    ck_assert_uint_eq(history_read(&history, 0, all, PRESSURE_SAMPLES + 1), PRESSURE_SAMPLES);
    for (unsigned i = 0; i < PRESSURE_SAMPLES; i++) {
        ck_assert_uint_eq(all[i].free_pages, PRESSURE_SAMPLES + 5 - i);
    }
    ck_assert_uint_eq(history_read(&history, 10, all, 2), 2);
    ck_assert_uint_eq(all[0].free_pages, PRESSURE_SAMPLES - 5);
    ck_assert_uint_eq(history_read(&history, PRESSURE_SAMPLES - 1, all, 2), 1);
    ck_assert_uint_eq(history_read(&history, UINT64_MAX, all, 2), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history");
    TCase *tests = tcase_create("history");
    tcase_add_test(tests, history_add_takes_differences_of_counters);
    tcase_add_test(tests, history_add_shows_a_level_that_came_and_went);
    tcase_add_test(tests, history_read_is_newest_first_and_keeps_so_many);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
