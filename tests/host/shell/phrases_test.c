/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/phrases.h"
#include "tests/host/check_main.h"

#include <string.h>

static const char *phrases = "limit PID none|json|ram|policy clock|policy 2q|policy generations";

static void offers(const char *before, const char *typed, const char *expected)
{
    char all[200] = "";
    const char *word;
    for (unsigned i = 0; (word = phrases_next(phrases, before, strlen(before), typed, strlen(typed), i)) != NULL; i++) {
        strcat(all, word);
        strcat(all, " ");
    }
    ck_assert_str_eq(all, expected);
}

START_TEST(phrases_next_offers_each_first_word_once)
{
    offers("", "", "limit json ram policy ");
    offers("  ", "p", "policy ");
    offers("", "x", "");
    offers("", "limits", "");
}
END_TEST

START_TEST(phrases_next_follows_the_words_before)
{
    offers(" policy ", "", "clock 2q generations ");
    offers(" policy  ", "c", "clock ");
    offers(" json ", "", "");
    offers(" policy clock ", "", "");
    offers(" ram policy ", "", "");
    offers(" polic ", "", "");
}
END_TEST

START_TEST(phrases_next_capitals_stand_for_any_word_and_are_not_offered)
{
    offers(" limit ", "", "");
    offers(" limit ", "P", "");
    offers(" limit 5 ", "", "none ");
    offers(" limit 5 ", "16", "");
}
END_TEST

START_TEST(phrases_next_of_nothing_offers_nothing)
{
    ck_assert_ptr_null(phrases_next("", "", 0, "", 0, 0));
    ck_assert_ptr_null(phrases_next("a", " a ", 3, "", 0, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/phrases");
    TCase *tests = tcase_create("phrases");
    tcase_add_test(tests, phrases_next_offers_each_first_word_once);
    tcase_add_test(tests, phrases_next_follows_the_words_before);
    tcase_add_test(tests, phrases_next_capitals_stand_for_any_word_and_are_not_offered);
    tcase_add_test(tests, phrases_next_of_nothing_offers_nothing);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
