/* SPDX-License-Identifier: BSD-2-Clause */
#include "start_order.h"
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#define SECOND 1000000u

START_TEST(nobody_waits)
{
    ck_assert_uint_eq(start_next(NULL, 0, 1000), START_NONE);
}
END_TEST

START_TEST(the_smallest_that_fits_comes_first)
{
    const struct start_waiting w[] = {{.needs = 500}, {.needs = 200}, {.needs = 300}};
    ck_assert_uint_eq(start_next(w, 3, 200), 1);
    ck_assert_uint_eq(start_next(w, 3, 1000), 1);
    ck_assert_uint_eq(start_next(w, 3, 199), START_NONE);
}
END_TEST

START_TEST(a_small_one_does_not_wait)
{
    const struct start_waiting w[] = {{.needs = START_SMALL_PAGES + 1}, {.needs = START_SMALL_PAGES}};
    ck_assert_uint_eq(start_next(w, 2, 0), 1);
    ck_assert_uint_eq(start_next(w, 1, 0), START_NONE);
}
END_TEST

START_TEST(of_equals_the_one_that_has_waited_longest)
{
    const struct start_waiting w[] = {{.needs = 500, .waited = 1}, {.needs = 500, .waited = 3}, {.needs = 500, .waited = 2}};
    ck_assert_uint_eq(start_next(w, 3, 500), 1);
}
END_TEST

START_TEST(waiting_halves_what_counts)
{
    struct start_waiting w[] = {{.needs = 4000}, {.needs = 1000}};
    ck_assert_uint_eq(start_next(w, 2, 2000), 1);
    w[0].waited = 2 * START_AGE_US; /* as the other, and it came before */
    ck_assert_uint_eq(start_next(w, 2, 1000), 0);
    w[0].waited = 2 * START_AGE_US - 1;
    ck_assert_uint_eq(start_next(w, 2, 1000), 1);
}
END_TEST

START_TEST(who_has_waited_as_long_as_one_may_needs_no_room)
{
    struct start_waiting w[] = {{.needs = UINT64_MAX, .waited = START_MOST_US - 1}, {.needs = UINT64_MAX, .waited = START_FOREGROUND_US - 1, .foreground = true}};
    ck_assert_uint_eq(start_next(w, 2, 0), START_NONE);
    w[1].waited++;
    ck_assert_uint_eq(start_next(w, 2, 0), 1);
    w[0].waited++;
    ck_assert_uint_eq(start_next(w, 2, 0), 0); /* it has waited longer */
}
END_TEST

/* A large program while small ones come and go: always one of them waits, and there is room for it alone. */
START_TEST(small_ones_that_keep_coming_do_not_starve_a_large_one)
{
    struct start_waiting w[] = {{.needs = 50000}, {.needs = 100}};
    uint32_t seconds = 0;
    while (start_next(w, 2, 400) != 0) {
        ck_assert_uint_eq(start_next(w, 2, 400), 1);
        w[0].waited += SECOND;
        seconds++;
        ck_assert_uint_le(seconds, START_MOST_US / SECOND);
    }
    ck_assert_uint_ge(seconds, 5 * (START_AGE_US / SECOND));
}
END_TEST

START_TEST(what_a_program_used_last_time_is_expected)
{
    struct start_known k = {0};
    ck_assert_uint_eq(start_estimate(&k, "sort"), START_DEFAULT_PAGES);
    start_learn(&k, "sort", 70);
    start_learn(&k, "thrash", 9000);
    ck_assert_uint_eq(start_estimate(&k, "sort"), 70);
    ck_assert_uint_eq(start_estimate(&k, "sor"), START_DEFAULT_PAGES);
    start_learn(&k, "sort", 80);
    start_learn(&k, "sort", 0);
    ck_assert_uint_eq(start_estimate(&k, "sort"), 80);
    ck_assert_uint_eq(start_estimate(&k, "thrash"), 9000);
}
END_TEST

START_TEST(the_program_not_heard_of_for_longest_is_forgotten)
{
    struct start_known k = {0};
    char name[START_NAME_BYTES];
    for (uint32_t i = 0; i < START_KNOWN; i++) {
        snprintf(name, sizeof(name), "program%u", i);
        start_learn(&k, name, i + 1);
    }
    ck_assert_uint_eq(start_estimate(&k, "program0"), 1); /* asked for, so it stays */
    start_learn(&k, "another", 5);
    ck_assert_uint_eq(start_estimate(&k, "program0"), 1);
    ck_assert_uint_eq(start_estimate(&k, "program1"), START_DEFAULT_PAGES);
    ck_assert_uint_eq(start_estimate(&k, "another"), 5);
}
END_TEST

START_TEST(names_are_told_apart_as_far_as_they_are_kept)
{
    struct start_known k = {0};
    start_learn(&k, "a-name-that-is-longer-than-the-31-that-are-kept-x", 7);
    ck_assert_uint_eq(start_estimate(&k, "a-name-that-is-longer-than-the-31-that-are-kept-y"), 7);
    ck_assert_uint_eq(strlen(k.programs[0].name), START_NAME_BYTES - 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("start_order");
    TCase *t = tcase_create("start_order");

    tcase_add_test(t, nobody_waits);
    tcase_add_test(t, the_smallest_that_fits_comes_first);
    tcase_add_test(t, a_small_one_does_not_wait);
    tcase_add_test(t, of_equals_the_one_that_has_waited_longest);
    tcase_add_test(t, waiting_halves_what_counts);
    tcase_add_test(t, who_has_waited_as_long_as_one_may_needs_no_room);
    tcase_add_test(t, small_ones_that_keep_coming_do_not_starve_a_large_one);
    tcase_add_test(t, what_a_program_used_last_time_is_expected);
    tcase_add_test(t, the_program_not_heard_of_for_longest_is_forgotten);
    tcase_add_test(t, names_are_told_apart_as_far_as_they_are_kept);
    suite_add_tcase(s, t);
    return check_run(s);
}
