/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "stack_trim.h"

#include <stdlib.h>

static struct stack_trim trim;

static uint32_t samples(unsigned n, uint32_t used, uint32_t size, uint32_t growths)
{
    uint32_t keep = size;
    for (unsigned i = 0; i < n; i++) {
        keep = stack_trim_sample(&trim, used, size, growths);
    }
    return keep;
}

START_TEST(an_idle_stack_keeps_what_is_in_use_after_one_window)
{
    stack_trim_init(&trim);
    ck_assert_uint_eq(samples(1, 1, 100, 9), 100); /* the first sees growth */
    ck_assert_uint_eq(samples(STACK_WINDOW_MIN - 1, 1, 100, 9), 1);
}
END_TEST

START_TEST(the_deepest_sample_of_the_window_is_kept)
{
    stack_trim_init(&trim);
    ck_assert_uint_eq(samples(1, 40, 100, 9), 100);
    ck_assert_uint_eq(samples(STACK_WINDOW_MIN - 1, 1, 100, 9), 40);
    /* The next window knows nothing of it. */
    ck_assert_uint_eq(samples(STACK_WINDOW_MIN, 1, 40, 9), 1);
}
END_TEST

START_TEST(growth_begins_a_window)
{
    stack_trim_init(&trim);
    for (uint32_t growths = 1; growths < 50; growths++) {
        ck_assert_uint_eq(samples(1, 1, 100, growths), 100);
    }
}
END_TEST

START_TEST(short_memory_takes_at_once_what_is_not_in_use)
{
    stack_trim_init(&trim);
    ck_assert_uint_eq(stack_trim_now(&trim, 3, 100, 1), 3);
    ck_assert_uint_eq(stack_trim_now(&trim, 7, 3, 1), 3); /* it went down without touching: it has no more */
}
END_TEST

START_TEST(growth_after_shrinking_doubles_the_window_and_peace_shortens_it)
{
    uint32_t growths = 1;
    stack_trim_init(&trim);
    samples(STACK_WINDOW_MIN, 1, 100, growths);
    for (unsigned expected = 2 * STACK_WINDOW_MIN; expected <= STACK_WINDOW_MAX; expected *= 2) {
        growths++;
        ck_assert_uint_eq(samples(expected - 1, 1, 100, growths), 100);
        ck_assert_uint_eq(samples(1, 1, 100, growths), 1);
    }
    growths++;
    ck_assert_uint_eq(samples(STACK_WINDOW_MAX - 1, 1, 100, growths), 100); /* no longer than that */
    ck_assert_uint_eq(samples(1, 1, 100, growths), 1);
    samples(STACK_WINDOW_MAX, 1, 1, growths);
    ck_assert_uint_eq(trim.window, STACK_WINDOW_MAX - 1);
}
END_TEST

START_TEST(a_stack_that_never_rests_shrinks_rarely)
{
    unsigned shrunk = 0;
    uint32_t growths = 0, size = 1;
    stack_trim_init(&trim);
    for (unsigned i = 0; i < 10000; i++) {
        uint32_t keep = stack_trim_sample(&trim, 1, size, growths);
        shrunk += keep < size;
        size = keep;
        if (size < 100) { /* deep again before the next sample, and back */
            size = 100;
            growths++;
        }
    }
    ck_assert_uint_le(shrunk, 10000 / STACK_WINDOW_MAX + 10);
    ck_assert_uint_ge(shrunk, 10000 / STACK_WINDOW_MAX / 2);
}
END_TEST

START_TEST(random_samples_keep_at_least_what_is_used)
{
    srand(3);
    stack_trim_init(&trim);
    uint32_t size = 1, growths = 0;
    for (unsigned i = 0; i < 1000000; i++) {
        if (rand() % 4 == 0) {
            size += (uint32_t)rand() % 50;
            growths++;
        }
        uint32_t used = (uint32_t)rand() % (size + 10); /* below its pages it may also be */
        uint32_t keep = (rand() % 8 ? stack_trim_sample : stack_trim_now)(&trim, used, size, growths);
        ck_assert_uint_le(keep, size);
        ck_assert(keep >= used || keep == size);
        ck_assert(trim.window >= STACK_WINDOW_MIN && trim.window <= STACK_WINDOW_MAX);
        size = keep;
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stack_trim");
    TCase *t = tcase_create("stack_trim");
    tcase_add_test(t, an_idle_stack_keeps_what_is_in_use_after_one_window);
    tcase_add_test(t, the_deepest_sample_of_the_window_is_kept);
    tcase_add_test(t, growth_begins_a_window);
    tcase_add_test(t, short_memory_takes_at_once_what_is_not_in_use);
    tcase_add_test(t, growth_after_shrinking_doubles_the_window_and_peace_shortens_it);
    tcase_add_test(t, a_stack_that_never_rests_shrinks_rarely);
    tcase_add_test(t, random_samples_keep_at_least_what_is_used);
    suite_add_tcase(s, t);
    return check_run(s);
}
