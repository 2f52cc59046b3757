/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "working_set.h"

#include <stdlib.h>

static void step(struct working_set *w, uint64_t resident, uint64_t looked, uint64_t used, uint64_t returned)
{
    working_set_step(w, &(struct working_set_counts){.resident = resident, .all = 2 * resident, .looked = looked, .used = used, .returned = returned});
}

START_TEST(while_nobody_looks_what_is_resident_is_the_bound)
{
    struct working_set w;
    working_set_init(&w);
    ck_assert(w.bound);
    step(&w, 500, 0, 0, 0);
    ck_assert(w.bound);
    ck_assert_uint_eq(w.pages, 500);
    step(&w, 500, WORKING_SET_LOOKED_MIN - 1, 0, 0); /* too few to say anything */
    ck_assert(w.bound);
    ck_assert_uint_eq(w.pages, 500);
}
END_TEST

START_TEST(share_of_used_pages_stands_for_all)
{
    struct working_set w;
    working_set_init(&w);
    step(&w, 1000, 200, 50, 0);
    ck_assert(!w.bound);
    ck_assert_uint_eq(w.pages, 250);
    for (unsigned i = 0; i < 20; i++) {
        step(&w, 1000, 1000, 700, 0);
    }
    ck_assert_uint_ge(w.pages, 690);
    ck_assert_uint_le(w.pages, 700);
}
END_TEST

START_TEST(pages_that_came_back_are_used_and_count_once)
{
    struct working_set w;
    working_set_init(&w);
    step(&w, 1000, 200, 0, 600);
    ck_assert_uint_eq(w.pages, 600);
    step(&w, 1000, 200, 0, 50000); /* it has 2000 */
    ck_assert_uint_eq(w.pages, 2000);
}
END_TEST

START_TEST(what_was_seen_long_ago_says_nothing)
{
    struct working_set w;
    working_set_init(&w);
    step(&w, 1000, 1000, 100, 0);
    for (unsigned i = 1; i < WORKING_SET_KEEP; i++) {
        step(&w, 1000, 0, 0, 0);
        ck_assert(!w.bound);
        ck_assert_uint_eq(w.pages, 100);
    }
    step(&w, 1000, 0, 0, 0);
    ck_assert(w.bound);
    ck_assert_uint_eq(w.pages, 1000);
}
END_TEST

START_TEST(any_counts_stay_within_what_there_is)
{
    struct working_set w;
    working_set_init(&w);
    srand(1);
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t resident = (uint64_t)rand() % 100000, looked = rand() % 3 ? (uint64_t)rand() % 1000000 : 0;
        step(&w, resident, looked, looked ? (uint64_t)rand() % (looked + 1) : 0, (uint64_t)rand() % 300000);
        ck_assert_uint_le(w.pages, 2 * resident);
        ck_assert(!w.bound || w.pages == resident);
        ck_assert_uint_le(w.used, w.looked);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("working_set");
    TCase *t = tcase_create("working_set");
    tcase_add_test(t, while_nobody_looks_what_is_resident_is_the_bound);
    tcase_add_test(t, share_of_used_pages_stands_for_all);
    tcase_add_test(t, pages_that_came_back_are_used_and_count_once);
    tcase_add_test(t, what_was_seen_long_ago_says_nothing);
    tcase_add_test(t, any_counts_stay_within_what_there_is);
    suite_add_tcase(s, t);
    return check_run(s);
}
