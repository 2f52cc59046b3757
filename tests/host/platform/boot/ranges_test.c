/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of ranges, compared with a plain array of pages. */
#include <ranges.h>
#include <string.h>
#include <check_main.h>

#define PAGE 4096ull
enum { PAGES = 64, ROUNDS = 200000 };

static struct range_set set;
static bool oracle[PAGES];

static void assert_matches(void)
{
    uint64_t last_end = 0;
    unsigned in_oracle = 0;
    for (uint32_t i = 0; i < set.n; i++) {
        ck_assert_uint_gt(set.range[i].size, 0);
        ck_assert(i == 0 || set.range[i].pa > last_end); /* a gap between neighbours: else they would be one */
        last_end = set.range[i].pa + set.range[i].size;
    }
    for (unsigned page = 0; page < PAGES; page++) {
        ck_assert_int_eq(ranges_contain(&set, page * PAGE, PAGE), oracle[page]);
        in_oracle += oracle[page];
    }
    ck_assert_uint_eq(ranges_total(&set), in_oracle * PAGE);
}

START_TEST(ranges_random_operations_match_an_array_of_pages)
{
    uint32_t random = 12345;
    memset(&set, 0, sizeof(set));
    memset(oracle, 0, sizeof(oracle));
    for (int round = 0; round < ROUNDS; round++) {
        random = random * 1664525 + 1013904223;
        unsigned start = random >> 26, n = random >> 20 & 7;
        bool add = random >> 16 & 1;
        if (start + n > PAGES)
            n = PAGES - start;
        ck_assert(add ? ranges_add(&set, start * PAGE, n * PAGE) : ranges_remove(&set, start * PAGE, n * PAGE));
        for (unsigned page = start; page < start + n; page++)
            oracle[page] = add;
        if (round % 16 == 0)
            assert_matches();
    }
    assert_matches();
}
END_TEST

START_TEST(ranges_add_touched_and_inside_round_to_pages)
{
    struct range_set touched = {0}, inside = {0};
    ck_assert(ranges_add_touched(&touched, 4095, 2));
    ck_assert_uint_eq(touched.range[0].pa, 0);
    ck_assert_uint_eq(touched.range[0].size, 8192);
    ck_assert(ranges_add_inside(&inside, 1, 8191));
    ck_assert_uint_eq(inside.range[0].pa, 4096);
    ck_assert_uint_eq(inside.range[0].size, 4096);
    ck_assert(ranges_add_inside(&inside, 20481, 4096)); /* no whole page in it */
    ck_assert_uint_eq(inside.n, 1);
}
END_TEST

START_TEST(ranges_limit_counts_from_the_lowest)
{
    struct range_set s = {0};
    ranges_add(&s, 0, 4 * PAGE);
    ranges_add(&s, 16 * PAGE, 4 * PAGE);
    ranges_limit(&s, 6 * PAGE + 100);
    ck_assert_uint_eq(s.n, 2);
    ck_assert_uint_eq(s.range[1].size, 2 * PAGE);
    ranges_limit(&s, 4 * PAGE);
    ck_assert_uint_eq(s.n, 1);
    ranges_limit(&s, UINT64_MAX);
    ck_assert_uint_eq(ranges_total(&s), 4 * PAGE);
    ranges_limit(&s, 100);
    ck_assert_uint_eq(s.n, 0);
}
END_TEST

START_TEST(ranges_first_fit_takes_the_lowest_that_is_large_enough)
{
    struct range_set s = {0};
    uint64_t pa = 1;
    ranges_add(&s, 8 * PAGE, PAGE);
    ranges_add(&s, 16 * PAGE, 4 * PAGE);
    ck_assert(ranges_first_fit(&s, 2 * PAGE, &pa));
    ck_assert_uint_eq(pa, 16 * PAGE);
    ck_assert(!ranges_first_fit(&s, 5 * PAGE, &pa));
    ck_assert_uint_eq(ranges_largest(&s), 4 * PAGE);
}
END_TEST

START_TEST(ranges_full_set_refuses_and_stays_as_it_is)
{
    struct range_set s = {0};
    for (uint64_t i = 0; i < RANGES_MAX; i++)
        ck_assert(ranges_add(&s, 4 * i * PAGE, 3 * PAGE));
    struct range_set before = s;
    ck_assert(!ranges_add(&s, 4 * RANGES_MAX * PAGE, PAGE));
    ck_assert(!ranges_remove(&s, PAGE, PAGE)); /* would split the first one */
    ck_assert_mem_eq(&s, &before, sizeof(s));
    ck_assert(ranges_add(&s, 3 * PAGE, PAGE)); /* joins two */
    ck_assert_uint_eq(s.n, RANGES_MAX - 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("boot_ranges");
    TCase *t = tcase_create("all");
    tcase_add_test(t, ranges_random_operations_match_an_array_of_pages);
    tcase_add_test(t, ranges_add_touched_and_inside_round_to_pages);
    tcase_add_test(t, ranges_limit_counts_from_the_lowest);
    tcase_add_test(t, ranges_first_fit_takes_the_lowest_that_is_large_enough);
    tcase_add_test(t, ranges_full_set_refuses_and_stays_as_it_is);
    suite_add_tcase(s, t);
    return s;
}

int main(void) { return check_run(suite()); }
