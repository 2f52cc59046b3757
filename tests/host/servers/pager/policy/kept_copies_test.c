/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "kept_copies.h"

static unsigned kept_of(struct kept_copies *k, unsigned n)
{
    unsigned kept = 0;

    while (n-- > 0) {
        kept += kept_copies_keep(k);
    }
    return kept;
}

START_TEST(kept_copies_nothing_known_keeps)
{
    struct kept_copies k = {0};

    ck_assert_uint_eq(kept_of(&k, 100), 100);
    for (unsigned i = 0; i < 10000; i++) {
        kept_copies_lost(&k); /* before the first was used */
    }
    kept_copies_used(&k);
    for (unsigned i = 0; i < KEPT_COPIES_SAMPLE - 2; i++) {
        kept_copies_lost(&k);
    }
    ck_assert_uint_eq(kept_of(&k, 100), 100);
}
END_TEST

START_TEST(kept_copies_all_written_keeps_one_in_sixteen)
{
    struct kept_copies k = {0};

    kept_copies_used(&k);
    for (unsigned i = 0; i < KEPT_COPIES_SAMPLE; i++) {
        kept_copies_lost(&k);
    }
    ck_assert_uint_eq(kept_of(&k, 10 * KEPT_COPIES_RETRY), 10);
}
END_TEST

START_TEST(kept_copies_a_third_used_keeps_and_less_does_not)
{
    struct kept_copies enough = {.used = 100, .lost = 200}, few = {.used = 100, .lost = 201};

    ck_assert_uint_eq(kept_of(&enough, 100), 100);
    ck_assert_uint_lt(kept_of(&few, 100), 10);
}
END_TEST

START_TEST(kept_copies_learns_when_use_changes)
{
    struct kept_copies k = {0};
    unsigned reads = 0;

    kept_copies_used(&k);
    for (unsigned i = 0; i < 100000; i++) {
        kept_copies_lost(&k);
    }
    for (; kept_of(&k, KEPT_COPIES_RETRY) < KEPT_COPIES_RETRY && reads < 1000000; reads += KEPT_COPIES_RETRY) {
        kept_copies_used(&k);
    }
    ck_assert_uint_lt(reads, KEPT_COPIES_FADE * KEPT_COPIES_RETRY);
}
END_TEST

START_TEST(kept_copies_any_value_is_valid)
{
    struct kept_copies k = {UINT16_MAX, UINT16_MAX, UINT8_MAX, true};

    kept_of(&k, 100);
    for (unsigned i = 0; i < 100; i++) {
        kept_copies_used(&k);
        kept_copies_lost(&k);
    }
    ck_assert_uint_le((uint32_t)k.used + k.lost, KEPT_COPIES_FADE + 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kept_copies");
    TCase *tests = tcase_create("kept_copies");
    tcase_add_test(tests, kept_copies_nothing_known_keeps);
    tcase_add_test(tests, kept_copies_all_written_keeps_one_in_sixteen);
    tcase_add_test(tests, kept_copies_a_third_used_keeps_and_less_does_not);
    tcase_add_test(tests, kept_copies_learns_when_use_changes);
    tcase_add_test(tests, kept_copies_any_value_is_valid);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
