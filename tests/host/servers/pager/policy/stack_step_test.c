/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "stack_step.h"

#include <stdlib.h>

START_TEST(first_growth_is_what_was_touched)
{
    struct stack_step s;
    stack_step_init(&s);
    ck_assert_uint_eq(stack_step_grow(&s, 1, 100, 16, 0), 1);
}
END_TEST

START_TEST(a_burst_doubles_up_to_the_maximum)
{
    static const uint32_t expected[] = {1, 2, 4, 8, 16, 16};
    struct stack_step s;
    stack_step_init(&s);
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_uint_eq(stack_step_grow(&s, 1, 1000, 16, 1000 * i), expected[i]);
    }
    ck_assert_uint_eq(s.growths, 6);
}
END_TEST

START_TEST(a_quiet_time_starts_again)
{
    struct stack_step s;
    stack_step_init(&s);
    stack_step_grow(&s, 1, 1000, 16, 0);
    stack_step_grow(&s, 1, 1000, 16, 1);
    ck_assert_uint_eq(stack_step_grow(&s, 1, 1000, 16, 2 + STACK_BURST_NS), 1);
}
END_TEST

START_TEST(the_next_burst_begins_with_an_eighth_of_the_last)
{
    struct stack_step s;
    uint64_t now = 0;
    stack_step_init(&s);
    for (unsigned pages = 0; pages < 64; now += 1000) {
        pages += stack_step_grow(&s, 1, 64 - pages, 16, now);
    }
    ck_assert_uint_eq(stack_step_grow(&s, 1, 1000, 16, now += 2 * STACK_BURST_NS), 64 / STACK_BURST_SHARE);
    ck_assert_uint_eq(stack_step_grow(&s, 1, 1000, 16, now + 1), 16);
    /* An occasional deep call after that: it is forgotten soon. */
    ck_assert_uint_le(stack_step_grow(&s, 1, 1000, 16, now += 2 * STACK_BURST_NS), 3);
    ck_assert_uint_eq(stack_step_grow(&s, 1, 1000, 16, now += 2 * STACK_BURST_NS), 1);
}
END_TEST

START_TEST(far_touch_grows_as_far_as_the_touch)
{
    struct stack_step s;
    stack_step_init(&s);
    ck_assert_uint_eq(stack_step_grow(&s, 40, 1000, 16, 0), 40);
}
END_TEST

START_TEST(room_is_never_exceeded)
{
    struct stack_step s;
    stack_step_init(&s);
    for (unsigned i = 0; i < 5; i++) {
        stack_step_grow(&s, 1, 1000, 16, i);
    }
    ck_assert_uint_eq(stack_step_grow(&s, 2, 3, 16, 6), 3);
}
END_TEST

START_TEST(random_growth_stays_in_bounds)
{
    struct stack_step s;
    uint64_t now = 0, last = 0;
    uint32_t step = 1, burst = 0; /* oracle */
    srand(1);
    stack_step_init(&s);
    for (unsigned i = 0; i < 1000000; i++) {
        uint32_t gap = 1 + (uint32_t)rand() % 20, room = gap + (uint32_t)rand() % 40, max = (uint32_t)rand() % 33;
        now += (uint64_t)rand() % (2 * STACK_BURST_NS);
        if (i > 0 && now - last > STACK_BURST_NS) {
            step = burst / STACK_BURST_SHARE ? burst / STACK_BURST_SHARE : 1;
            burst = 0;
        }
        uint32_t limit = max ? max : 1;
        step = step < limit ? step : limit;
        uint32_t expected = gap > step ? gap : step;
        expected = expected < room ? expected : room;
        ck_assert_uint_eq(stack_step_grow(&s, gap, room, max, now), expected);
        burst = burst + expected < UINT16_MAX ? burst + expected : UINT16_MAX;
        step = step * 2 < limit ? step * 2 : limit;
        last = now;
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stack_step");
    TCase *t = tcase_create("stack_step");
    tcase_add_test(t, first_growth_is_what_was_touched);
    tcase_add_test(t, a_burst_doubles_up_to_the_maximum);
    tcase_add_test(t, a_quiet_time_starts_again);
    tcase_add_test(t, the_next_burst_begins_with_an_eighth_of_the_last);
    tcase_add_test(t, far_touch_grows_as_far_as_the_touch);
    tcase_add_test(t, room_is_never_exceeded);
    tcase_add_test(t, random_growth_stays_in_bounds);
    suite_add_tcase(s, t);
    return check_run(s);
}
