/* SPDX-License-Identifier: BSD-2-Clause */
#include "trail.h"

#include "fake_kernel.h"
#include "state.h"

#include <check_main.h>

static struct page_event events[PAGE_EVENTS_MAX];

static void setup(void)
{
    pager.ns_per_tick = 1ull << 32; /* a tick is a nanosecond */
    trail_init();
}

START_TEST(trail_read_gives_one_pages_events_newest_first)
{
    setup();
    ck_assert_uint_eq(trail_since_us(3, 0x40000), 0);
    trail_note(3, 0x40000, 5, 1523);
    trail_note(3, 0x40001, 2, 0);
    trail_note(4, 0x40000, 3, 0);
    trail_note(3, 0x40000, 8, 1);
    ck_assert_uint_eq(trail_read(3, 0x40000, 0, events, PAGE_EVENTS_MAX), 2);
    ck_assert_uint_eq(events[0].kind, 8);
    ck_assert_uint_eq(events[0].detail, 1);
    ck_assert_uint_eq(events[1].kind, 5);
    ck_assert_uint_eq(events[1].detail, 1523);
    ck_assert_uint_eq(trail_read(3, 0x40000, 0, events, 1), 1);
    ck_assert_uint_eq(trail_read(5, 0x40000, 0, events, PAGE_EVENTS_MAX), 0);
}
END_TEST

START_TEST(trail_note_keeps_the_newest)
{
    setup();
    trail_note(1, 7, 1, 0);
    for (unsigned i = 0; i < TRAIL_EVENTS - 1; i++) {
        trail_note(2, i, 2, i);
    }
    ck_assert_uint_eq(trail_read(1, 7, 0, events, PAGE_EVENTS_MAX), 1);
    trail_note(2, 1ull << 34, 3, UINT32_MAX);
    ck_assert_uint_eq(trail_read(1, 7, 0, events, PAGE_EVENTS_MAX), 0);
    ck_assert_uint_eq(trail_read(2, 1ull << 34, 0, events, PAGE_EVENTS_MAX), 1);
    ck_assert_uint_eq(events[0].detail, UINT32_MAX);
}
END_TEST

START_TEST(trail_read_gives_nothing_from_before_the_mark)
{
    setup();
    trail_note(6, 9, 2, 0);
    uint64_t mark = trail_mark();
    trail_note_aged(6, 9, 5, 700, 3);
    ck_assert_uint_eq(trail_read(6, 9, mark, events, PAGE_EVENTS_MAX), 1);
    ck_assert_uint_eq(events[0].age, 3);
    ck_assert_uint_eq(trail_read(6, 9, trail_mark(), events, PAGE_EVENTS_MAX), 0);
}
END_TEST

START_TEST(trail_follows_the_pages_asked_about_last)
{
    setup();
    ck_assert_uint_eq(trail_follow(1, 100, 0), 0);
    for (unsigned i = 0; i < TRAIL_FOLLOWED - 1; i++) {
        ck_assert_uint_eq(trail_follow(2, i, 0), 0);
    }
    ck_assert(trail_follows(1, 100) && trail_follows(2, 0));
    ck_assert_uint_eq(trail_follow(2, 0, 0), 0); /* once more: nothing is given up for it */
    ck_assert(trail_follows(1, 100));
    ck_assert_uint_eq(trail_follow(3, 7, 0), 1); /* the last page of space 1 */
    ck_assert(!trail_follows(1, 100) && trail_follows(3, 7) && trail_follows(2, 0));
    ck_assert_uint_eq(trail_follow(3, 8, 0), 0); /* space 2 has more */
    ck_assert(!trail_follows(2, 1));
    trail_forget(2);
    ck_assert(!trail_follows(2, 0) && trail_follows(3, 7) && trail_follows(3, 8));
}
END_TEST

/* Notes about other pages, a microsecond apart. */
static void others(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        fake_now += 1000;
        trail_note(9, 1000 + i, 2, i);
    }
}

START_TEST(followed_page_keeps_its_history_whatever_happens_to_others)
{
    setup();
    trail_note(1, 7, 1, 0);
    trail_note(1, 7, 2, 0);
    ck_assert_uint_eq(trail_follow(1, 7, 1), 0); /* the first of them is from before the mark */
    others(TRAIL_EVENTS);
    trail_note_aged(1, 7, 5, 700, 3);
    others(3 * TRAIL_EVENTS);
    ck_assert_uint_eq(trail_read(1, 7, 1, events, PAGE_EVENTS_MAX), 2);
    ck_assert(events[0].kind == 5 && events[0].detail == 700 && events[0].age == 3 && events[1].kind == 2);
    ck_assert_uint_eq(trail_follow(1, 7, 1), 0); /* asked about again */
    ck_assert_uint_eq(trail_read(1, 7, 1, events, PAGE_EVENTS_MAX), 2);
    ck_assert_uint_lt(trail_since_us(1, 7), trail_since_us(1, 8)); /* of a page that nobody follows less is known */

    for (unsigned i = 0; i < 2 * PAGE_EVENTS_MAX; i++) {
        trail_note(1, 7, 6, i);
    }
    ck_assert_uint_eq(trail_read(1, 7, 1, events, PAGE_EVENTS_MAX), PAGE_EVENTS_MAX); /* and its own oldest give way */
    ck_assert_uint_eq(events[0].detail, 2 * PAGE_EVENTS_MAX - 1);
    ck_assert_uint_eq(events[PAGE_EVENTS_MAX - 1].detail, PAGE_EVENTS_MAX);
    ck_assert_uint_eq(trail_since_us(1, 7), events[PAGE_EVENTS_MAX - 1].time_us);
    trail_forget(1);
    ck_assert_uint_eq(trail_read(1, 7, trail_mark(), events, PAGE_EVENTS_MAX), 0);
}
END_TEST

START_TEST(page_followed_before_anything_happened_is_known_from_then_on)
{
    setup();
    fake_now = 1000;
    trail_follow(1, 7, 0);
    ck_assert_uint_eq(trail_since_us(1, 7), 0);
    others(2 * TRAIL_EVENTS);
    ck_assert_uint_eq(trail_read(1, 7, 0, events, PAGE_EVENTS_MAX), 0);
    ck_assert(trail_since_us(1, 7) > 0 && trail_since_us(1, 7) < trail_since_us(1, 8));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trail");
    TCase *tests = tcase_create("trail");
    tcase_add_test(tests, trail_read_gives_one_pages_events_newest_first);
    tcase_add_test(tests, trail_note_keeps_the_newest);
    tcase_add_test(tests, trail_read_gives_nothing_from_before_the_mark);
    tcase_add_test(tests, trail_follows_the_pages_asked_about_last);
    tcase_add_test(tests, followed_page_keeps_its_history_whatever_happens_to_others);
    tcase_add_test(tests, page_followed_before_anything_happened_is_known_from_then_on);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
