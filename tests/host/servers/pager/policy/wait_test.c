/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "wait.h"

static const struct wait_facts good = {.class = WAIT_CLASS_CLIENT, .frames_short = true, .disk_behind = true, .in_flight = true, .waited_ns = WAIT_NS - 1};

START_TEST(a_request_waits_while_the_disk_may_free_memory)
{
    ck_assert(wait_worth_it(&good));
}
END_TEST

START_TEST(each_of_these_alone_refuses_it)
{
    struct wait_facts facts[6];

    for (unsigned i = 0; i < 6; i++) {
        facts[i] = good;
    }
    facts[0].class = WAIT_CLASS_IO;
    facts[1].frames_short = false;
    facts[2].disk_behind = false;
    facts[3].in_flight = false;
    facts[4].has_caps = true;
    facts[5].waited_ns = WAIT_NS;
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_msg(!wait_worth_it(&facts[i]), "fact %u", i);
    }
}
END_TEST

START_TEST(frames_for_a_try_double_up_to_a_bound)
{
    uint32_t before = wait_frames(0);

    ck_assert_uint_eq(before, WAIT_FRAMES);
    for (unsigned tries = 1; tries < 100; tries++) {
        uint32_t frames = wait_frames(tries);
        ck_assert(frames == 2 * before || (frames == WAIT_FRAMES_MAX && before == WAIT_FRAMES_MAX));
        before = frames;
    }
    ck_assert_uint_eq(before, WAIT_FRAMES_MAX);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("wait");
    TCase *t = tcase_create("wait");

    tcase_add_test(t, a_request_waits_while_the_disk_may_free_memory);
    tcase_add_test(t, each_of_these_alone_refuses_it);
    tcase_add_test(t, frames_for_a_try_double_up_to_a_bound);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
