/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "compact_choice.h"

START_TEST(index_with_a_large_enough_block_is_none)
{
    struct free_blocks b = {.free[4] = 1};
    for (unsigned order = 0; order <= 4; order++) {
        ck_assert_int_eq(fragmentation_index(&b, order), FRAGMENTATION_NONE);
    }
}
END_TEST

START_TEST(index_with_nothing_free_is_0)
{
    struct free_blocks b = {{0}};
    for (unsigned order = 0; order < COMPACT_ORDERS; order++) {
        ck_assert_int_eq(fragmentation_index(&b, order), 0);
    }
}
END_TEST

START_TEST(index_with_too_little_memory_is_0)
{
    struct free_blocks b = {.free[0] = 7};
    ck_assert_int_eq(fragmentation_index(&b, 3), 0);
}
END_TEST

START_TEST(index_of_much_scattered_memory_is_near_1000)
{
    struct free_blocks b = {.free[0] = 20000};
    ck_assert_int_eq(fragmentation_index(&b, 9), 1000 - (1000 + 1000 * 20000 / 512) / 20000);
    ck_assert_int_ge(fragmentation_index(&b, 9), 990);
}
END_TEST

START_TEST(index_of_a_few_large_halves_is_lower)
{
    struct free_blocks b = {.free[8] = 2};
    ck_assert_int_eq(fragmentation_index(&b, 9), 0);
    b.free[8] = 40;
    ck_assert_int_eq(fragmentation_index(&b, 9), 475);
}
END_TEST

START_TEST(unusable_share_counts_pages_below_the_order)
{
    struct free_blocks b = {.free[0] = 16, .free[4] = 3};
    ck_assert_uint_eq(fragmentation_unusable(&b, 4), 250);
    ck_assert_uint_eq(fragmentation_unusable(&b, 5), 1000);
    ck_assert_uint_eq(fragmentation_unusable(&b, 0), 0);
    ck_assert_uint_eq(fragmentation_unusable(&(struct free_blocks){{0}}, 9), 0);
}
END_TEST

START_TEST(fewest_used_pages_win_and_the_first_of_equals)
{
    struct compact_choice c = {0};
    compact_consider(&c, &(struct compact_candidate){.number = 1, .used = 9}, 16);
    compact_consider(&c, &(struct compact_candidate){.number = 2, .used = 5}, 16);
    compact_consider(&c, &(struct compact_candidate){.number = 3, .used = 5}, 16);
    compact_consider(&c, &(struct compact_candidate){.number = 4, .used = 7}, 16);
    ck_assert(c.found);
    ck_assert_uint_eq(c.best.number, 2);
}
END_TEST

START_TEST(fixed_pages_and_too_many_used_ones_are_passed_over)
{
    struct compact_choice c = {0};
    compact_consider(&c, &(struct compact_candidate){.number = 1, .used = 0, .fixed = 1}, 16);
    compact_consider(&c, &(struct compact_candidate){.number = 2, .used = 17}, 16);
    ck_assert(!c.found);
    compact_consider(&c, &(struct compact_candidate){.number = 3, .used = 16}, 16);
    ck_assert(c.found);
}
END_TEST

START_TEST(gaps_of_chunks_that_cannot_be_emptied_come_first_then_the_fullest)
{
    ck_assert_uint_gt(compact_destination(false, 0), compact_destination(true, 512));
    ck_assert_uint_gt(compact_destination(true, 300), compact_destination(true, 299));
    ck_assert_uint_gt(compact_destination(true, 0), 0);
}
END_TEST

START_TEST(plan_empties_the_emptiest_while_there_is_room)
{
    static struct compact_plan p;
    compact_plan_add(&p, 256, 256);
    compact_plan_add(&p, 100, 412);
    compact_plan_add(&p, 300, 212);
    compact_plan_solve(&p, 880);
    ck_assert_uint_eq(p.emptied, 1); /* the gaps of an emptied chunk are room for nobody: 880 - 512 < 512 */
    ck_assert_uint_eq(p.moves, 100);
    compact_plan_solve(&p, 1024);
    ck_assert_uint_eq(p.emptied, 2);
    ck_assert_uint_eq(p.moves, 356);
    compact_plan_solve(&p, 511);
    ck_assert_uint_eq(p.emptied, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("compact_choice");
    TCase *t = tcase_create("compact_choice");
    tcase_add_test(t, index_with_a_large_enough_block_is_none);
    tcase_add_test(t, index_with_nothing_free_is_0);
    tcase_add_test(t, index_with_too_little_memory_is_0);
    tcase_add_test(t, index_of_much_scattered_memory_is_near_1000);
    tcase_add_test(t, index_of_a_few_large_halves_is_lower);
    tcase_add_test(t, unusable_share_counts_pages_below_the_order);
    tcase_add_test(t, fewest_used_pages_win_and_the_first_of_equals);
    tcase_add_test(t, fixed_pages_and_too_many_used_ones_are_passed_over);
    tcase_add_test(t, gaps_of_chunks_that_cannot_be_emptied_come_first_then_the_fullest);
    tcase_add_test(t, plan_empties_the_emptiest_while_there_is_room);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
