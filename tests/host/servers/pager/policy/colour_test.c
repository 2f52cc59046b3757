/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "colour.h"

START_TEST(as_many_colours_as_the_cache_has_up_to_the_maximum)
{
    static const struct {
        uint64_t cache;
        uint32_t used;
    } cases[] = {{0, 1}, {1, 1}, {2, 2}, {3, 2}, {16, 16}, {31, 16}, {32, 32}, {64, 32}, {UINT64_MAX, 32}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_uint_eq(colours_used(cases[i].cache), cases[i].used);
    }
}
END_TEST

START_TEST(sets_name_colours_that_exist)
{
    ck_assert(!colour_set_valid(0, 16));
    ck_assert(colour_set_valid(1, 16));
    ck_assert(colour_set_valid(0xffff, 16));
    ck_assert(!colour_set_valid(0x10000, 16));
    ck_assert(colour_set_valid(UINT32_MAX, 32));
    ck_assert(colour_set_valid(1, 1));
    ck_assert(!colour_set_valid(2, 1));
}
END_TEST

START_TEST(consecutive_pages_have_consecutive_colours)
{
    struct colouring c;
    for (uint32_t n = 1; n <= 32; n *= 2) {
        colouring_make(&c, UINT32_MAX >> (32 - n), n);
        for (uint64_t page = 1000; page < 1200; page++) {
            ck_assert_uint_eq(colour_of_page(&c, page), page % n);
        }
    }
}
END_TEST

START_TEST(a_set_is_used_evenly_and_nothing_else)
{
    struct colouring c;
    uint32_t used[32] = {0};
    colouring_make(&c, 0x0f0, 16);
    for (uint64_t page = 0; page < 320; page++) {
        used[colour_of_page(&c, page)]++;
    }
    for (unsigned i = 0; i < 32; i++) {
        ck_assert_uint_eq(used[i], i >= 4 && i < 8 ? 80 : 0);
    }
    colouring_make(&c, 1u << 31, 32);
    ck_assert_uint_eq(colour_of_page(&c, 12345), 31);
}
END_TEST

START_TEST(a_page_that_follows_begins_a_run_and_others_do_not)
{
    uint32_t last = 5;
    ck_assert_int_eq(colour_missed(&last, 9, 16, false), COLOUR_SINGLE);
    ck_assert_int_eq(colour_missed(&last, 10, 16, false), COLOUR_RUN);
    ck_assert_int_eq(colour_missed(&last, 10, 16, false), COLOUR_SINGLE);
    ck_assert_int_eq(colour_missed(&last, 15, 16, false), COLOUR_SINGLE);
    ck_assert_int_eq(colour_missed(&last, 0, 16, false), COLOUR_RUN);
    ck_assert_int_eq(colour_missed(&last, 7, 16, true), COLOUR_RUN);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("colour");
    TCase *t = tcase_create("colour");
    tcase_add_test(t, as_many_colours_as_the_cache_has_up_to_the_maximum);
    tcase_add_test(t, sets_name_colours_that_exist);
    tcase_add_test(t, consecutive_pages_have_consecutive_colours);
    tcase_add_test(t, a_set_is_used_evenly_and_nothing_else);
    tcase_add_test(t, a_page_that_follows_begins_a_run_and_others_do_not);
    suite_add_tcase(s, t);
    return check_run(s);
}
