/* SPDX-License-Identifier: BSD-2-Clause */
#include "large.h"
#include "check_main.h"

static const struct large_facts good = {.any_colour = true, .pressure = 0, .chunks = 32, .chunks_free = 5, .room = LARGE_ROOM};

START_TEST(every_fact_can_forbid_it)
{
    struct large_facts f = good;
    ck_assert(large_wanted(&f));
    f.any_colour = false;
    ck_assert(!large_wanted(&f));
    f = good;
    f.pressure = 1;
    ck_assert(!large_wanted(&f));
    f = good;
    f.room--;
    ck_assert(!large_wanted(&f));
}
END_TEST

START_TEST(a_share_of_the_chunks_stays_free)
{
    struct large_facts f = good;
    f.chunks_free = 4;
    ck_assert(!large_wanted(&f));
    f.chunks = 8; /* then the least that stays */
    f.chunks_free = LARGE_LEFT_MIN;
    ck_assert(!large_wanted(&f));
    f.chunks_free++;
    ck_assert(large_wanted(&f));
}
END_TEST

START_TEST(pages_are_moved_for_it_when_only_a_chunk_is_missing)
{
    struct large_facts f = good;
    ck_assert(!large_worth_moving(&f)); /* none is */
    f.chunks_free = 4;
    ck_assert(large_worth_moving(&f));
    f.chunks_free = 0;
    ck_assert(large_worth_moving(&f));
    f.room--;
    ck_assert(!large_worth_moving(&f));
    f.room++;
    f.pressure = 1;
    ck_assert(!large_worth_moving(&f));
    f.pressure = 0;
    f.any_colour = false;
    ck_assert(!large_worth_moving(&f));
}
END_TEST

START_TEST(spare_are_those_that_need_not_stay_free)
{
    ck_assert_uint_eq(large_spare(32, 9), 5);
    ck_assert_uint_eq(large_spare(32, 4), 0);
    ck_assert_uint_eq(large_spare(32, 0), 0);
    ck_assert_uint_eq(large_spare(8, 3), 3 - LARGE_LEFT_MIN);
}
END_TEST

START_TEST(a_walk_must_have_lasted)
{
    ck_assert(large_walk_lasts(LARGE_PROOF, 1000));
    ck_assert(!large_walk_lasts(LARGE_PROOF - 1, 1000));
    ck_assert(!large_walk_lasts(60000, LARGE_PRECISION - 1));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("large");
    TCase *t = tcase_create("large");
    tcase_add_test(t, every_fact_can_forbid_it);
    tcase_add_test(t, a_share_of_the_chunks_stays_free);
    tcase_add_test(t, pages_are_moved_for_it_when_only_a_chunk_is_missing);
    tcase_add_test(t, spare_are_those_that_need_not_stay_free);
    tcase_add_test(t, a_walk_must_have_lasted);
    suite_add_tcase(s, t);
    return check_run(s);
}
