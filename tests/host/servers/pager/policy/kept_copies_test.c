/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "kept_copies.h"

static unsigned kept_of(struct kept_copies *k, unsigned n)
{
    unsigned kept = 0;

    while (n-- > 0) {
        kept += kept_copies_keep(k, false);
    }
    return kept;
}

static void lose(struct kept_copies *k, unsigned n)
{
    while (n-- > 0) {
        kept_copies_lost(k);
    }
}

START_TEST(kept_copies_nothing_known_keeps)
{
    struct kept_copies k = {0};

    ck_assert_uint_eq(kept_of(&k, KEPT_COPIES_SAMPLE), KEPT_COPIES_SAMPLE);
}
END_TEST

START_TEST(kept_copies_nothing_written_keeps_all)
{
    struct kept_copies k = {0};

    ck_assert_uint_eq(kept_of(&k, 100000), 100000);
}
END_TEST

START_TEST(kept_copies_one_in_sixteen_written_keeps_and_more_does_not)
{
    struct kept_copies few = {.kept = 64, .lost = 4}, many = {.kept = 64, .lost = 5};

    ck_assert_uint_eq(kept_of(&few, 15), 15);
    ck_assert_uint_eq(kept_of(&many, 10 * KEPT_COPIES_RETRY), 10);
}
END_TEST

/* Half of what comes back is written. */
START_TEST(kept_copies_often_written_keeps_hardly_more_than_the_sample)
{
    struct kept_copies k = {0};
    unsigned kept = 0;

    for (unsigned i = 0; i < 10000; i++) {
        bool now = kept_copies_keep(&k, false);
        kept += now;
        lose(&k, now && i % 2);
    }
    ck_assert_uint_le(kept, KEPT_COPIES_SAMPLE + 10000 / KEPT_COPIES_RETRY);
    ck_assert_uint_ge(kept, KEPT_COPIES_SAMPLE + 10000 / KEPT_COPIES_RETRY / 2);
}
END_TEST

START_TEST(kept_copies_few_are_kept_however_often_they_are_written)
{
    struct kept_copies k = {.kept = 100, .lost = 100};

    for (unsigned i = 0; i < 1000; i++) {
        ck_assert(kept_copies_keep(&k, true));
        lose(&k, 1);
    }
    ck_assert_uint_lt(kept_of(&k, KEPT_COPIES_RETRY), 2);
}
END_TEST

START_TEST(kept_copies_learns_when_writing_stops)
{
    struct kept_copies k = {0};
    unsigned reads = 0;

    kept_of(&k, KEPT_COPIES_SAMPLE);
    lose(&k, 100000);
    for (; kept_of(&k, KEPT_COPIES_RETRY) < KEPT_COPIES_RETRY && reads < 1000000; reads += KEPT_COPIES_RETRY) {
    }
    ck_assert_uint_gt(reads, KEPT_COPIES_RETRY);
    ck_assert_uint_lt(reads, 4 * KEPT_COPIES_FADE * KEPT_COPIES_RETRY);
}
END_TEST

START_TEST(kept_copies_any_value_is_valid)
{
    struct kept_copies k = {UINT16_MAX, UINT16_MAX, UINT8_MAX};

    kept_of(&k, 100);
    for (unsigned i = 0; i < 100; i++) {
        kept_copies_keep(&k, false);
        kept_copies_lost(&k);
    }
    ck_assert_uint_lt(k.skipped, KEPT_COPIES_RETRY);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kept_copies");
    TCase *tests = tcase_create("kept_copies");
    tcase_add_test(tests, kept_copies_nothing_known_keeps);
    tcase_add_test(tests, kept_copies_nothing_written_keeps_all);
    tcase_add_test(tests, kept_copies_one_in_sixteen_written_keeps_and_more_does_not);
    tcase_add_test(tests, kept_copies_often_written_keeps_hardly_more_than_the_sample);
    tcase_add_test(tests, kept_copies_few_are_kept_however_often_they_are_written);
    tcase_add_test(tests, kept_copies_learns_when_writing_stops);
    tcase_add_test(tests, kept_copies_any_value_is_valid);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
