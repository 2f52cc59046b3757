/* SPDX-License-Identifier: BSD-2-Clause */
#include "parties.h"
#include "check_main.h"

#define FRAMES 10000u

static struct balance b;
static struct party_facts f;
static struct party_row rows[PARTIES];

static void setup(void)
{
    balance_init(&b, FRAMES);
    f = (struct party_facts){.balance = &b, .disk = true, .on = true, .frames = FRAMES, .pages = 3000, .compressed = 900, .zeroed = 50, .tables = 40, .objects = 60, .zeroed_limit = 600, .zero_ns = 310};
}

static void describe(void)
{
    parties_describe(&f, rows);
}

START_TEST(each_tells_what_it_takes)
{
    describe();
    ck_assert_uint_eq(rows[PARTY_PAGES].takes, 3000);
    ck_assert_uint_eq(rows[PARTY_COMPRESSED].takes, 900);
    ck_assert_uint_eq(rows[PARTY_FILES].takes, 0);
    ck_assert_uint_eq(rows[PARTY_ZEROED].takes, 50);
    ck_assert_uint_eq(rows[PARTY_TABLES].takes, 40);
    ck_assert_uint_eq(rows[PARTY_OBJECTS].takes, 60);
}
END_TEST

START_TEST(what_one_may_not_take_the_other_may)
{
    balance_bounds(&b, 1000, 6000);
    describe();
    ck_assert_uint_eq(rows[PARTY_COMPRESSED].low, 1000);
    ck_assert_uint_eq(rows[PARTY_COMPRESSED].high, 6000);
    ck_assert_uint_eq(rows[PARTY_PAGES].low, FRAMES - 100 - 6000);
    ck_assert_uint_eq(rows[PARTY_PAGES].high, FRAMES - 100 - 1000);
    f.disk = false;
    describe();
    ck_assert_uint_eq(rows[PARTY_COMPRESSED].high, FRAMES - 100);
    ck_assert_uint_eq(rows[PARTY_PAGES].high, FRAMES - 100);
    ck_assert_uint_eq(rows[PARTY_PAGES].low + rows[PARTY_COMPRESSED].low, 0);
    f.frames = 10; /* nothing is less than none */
    describe();
    ck_assert_uint_eq(rows[PARTY_PAGES].high, 0);
}
END_TEST

START_TEST(one_more_frame_saves_its_part_of_a_step)
{
    for (unsigned i = 0; i < 100; i++) {
        balance_expanded(&b, balance_stored(&b, 8000), 4000);
    }
    describe();
    ck_assert_uint_eq(rows[PARTY_COMPRESSED].saves_ns, 0);
    ck_assert_uint_eq(rows[PARTY_PAGES].saves_ns, b.less_ns / b.step);
    ck_assert_uint_gt(rows[PARTY_PAGES].saves_ns, 0);
    setup();
    balance_read(&b, 1000000);
    for (unsigned i = 0; i < 100; i++) {
        balance_wanted(&b, balance_written(&b, 8));
    }
    describe();
    ck_assert_uint_eq(rows[PARTY_PAGES].saves_ns, 0);
    ck_assert_uint_eq(rows[PARTY_COMPRESSED].saves_ns, 100ull * 1000000 / b.step);
    b.step = 0;
    describe();
    ck_assert_uint_eq(rows[PARTY_COMPRESSED].saves_ns, 0);
}
END_TEST

START_TEST(a_zeroed_frame_saves_something_only_if_some_were_missing_and_more_are_allowed)
{
    describe();
    ck_assert_uint_eq(rows[PARTY_ZEROED].saves_ns, 0);
    f.zeroed_missed = 3;
    describe();
    ck_assert_uint_eq(rows[PARTY_ZEROED].saves_ns, 310);
    f.zeroed = 600;
    describe();
    ck_assert_uint_eq(rows[PARTY_ZEROED].saves_ns, 0);
}
END_TEST

START_TEST(each_says_whether_it_is_moved_or_why_not)
{
    describe();
    ck_assert_uint_eq(rows[PARTY_PAGES].moved, PARTY_GIVES_ROOM);
    ck_assert_uint_eq(rows[PARTY_COMPRESSED].moved, PARTY_IS_MOVED);
    ck_assert_uint_eq(rows[PARTY_FILES].moved, PARTY_TAKES_NONE);
    ck_assert_uint_eq(rows[PARTY_ZEROED].moved, PARTY_FREE_MEMORY);
    ck_assert_uint_eq(rows[PARTY_TABLES].moved, PARTY_BY_NEED);
    ck_assert_uint_eq(rows[PARTY_OBJECTS].moved, PARTY_BY_NEED);
    f.on = false;
    describe();
    ck_assert_uint_eq(rows[PARTY_PAGES].moved, PARTY_SWITCHED_OFF);
    ck_assert_uint_eq(rows[PARTY_COMPRESSED].moved, PARTY_SWITCHED_OFF);
    f.disk = false;
    describe();
    ck_assert_uint_eq(rows[PARTY_COMPRESSED].moved, PARTY_NO_DISK);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("parties");
    TCase *t = tcase_create("parties");

    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, each_tells_what_it_takes);
    tcase_add_test(t, what_one_may_not_take_the_other_may);
    tcase_add_test(t, one_more_frame_saves_its_part_of_a_step);
    tcase_add_test(t, a_zeroed_frame_saves_something_only_if_some_were_missing_and_more_are_allowed);
    tcase_add_test(t, each_says_whether_it_is_moved_or_why_not);
    suite_add_tcase(s, t);
    return check_run(s);
}
