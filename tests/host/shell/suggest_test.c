/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/suggest.h"
#include "tests/host/check_main.h"

START_TEST(suggest_distance_counts_each_kind_of_edit)
{
    ck_assert_uint_eq(suggest_distance("", ""), 0);
    ck_assert_uint_eq(suggest_distance("stats", "stats"), 0);
    ck_assert_uint_eq(suggest_distance("stat", "stats"), 1);
    ck_assert_uint_eq(suggest_distance("sttats", "stats"), 1);
    ck_assert_uint_eq(suggest_distance("stqts", "stats"), 1);
    ck_assert_uint_eq(suggest_distance("satts", "stats"), 1);
    ck_assert_uint_eq(suggest_distance("kitten", "sitting"), 3);
    ck_assert_uint_eq(suggest_distance("", "abc"), 3);
    ck_assert_uint_eq(suggest_distance("abc", ""), 3);
}
END_TEST

START_TEST(suggest_distance_of_words_that_are_too_long_is_large)
{
    const char *longest = "abcdefghijklmnopqrstuvwxyz01234";
    ck_assert_uint_eq(suggest_distance(longest, longest), 0);
    ck_assert_uint_gt(suggest_distance("abcdefghijklmnopqrstuvwxyz012345", longest), SUGGEST_WORD_MAX);
}
END_TEST

START_TEST(suggest_consider_keeps_the_nearest)
{
    struct suggestion best = {0};
    suggest_consider(&best, "presure", "primes");
    ck_assert_ptr_null(best.word);
    suggest_consider(&best, "presure", "pressures");
    ck_assert_str_eq(best.word, "pressures");
    suggest_consider(&best, "presure", "pressure");
    suggest_consider(&best, "presure", "pressed");
    ck_assert_str_eq(best.word, "pressure");
}
END_TEST

START_TEST(suggest_consider_is_strict_with_short_words)
{
    struct suggestion best = {0};
    suggest_consider(&best, "xy", "ps");
    ck_assert_ptr_null(best.word);
    suggest_consider(&best, "sp", "ps");
    ck_assert_str_eq(best.word, "ps");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/suggest");
    TCase *tests = tcase_create("suggest");
    tcase_add_test(tests, suggest_distance_counts_each_kind_of_edit);
    tcase_add_test(tests, suggest_distance_of_words_that_are_too_long_is_large);
    tcase_add_test(tests, suggest_consider_keeps_the_nearest);
    tcase_add_test(tests, suggest_consider_is_strict_with_short_words);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
