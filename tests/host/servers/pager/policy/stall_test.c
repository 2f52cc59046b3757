/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "stall.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define SECOND 1000000000ull

START_TEST(waiting_alone_is_some_and_full)
{
    struct stall s;
    stall_init(&s, 1000);
    stall_begin(&s, 2000);
    stall_end(&s, 5000);
    stall_update(&s, 9000);
    ck_assert_uint_eq(s.some.total_ns, 3000);
    ck_assert_uint_eq(s.full.total_ns, 3000);
}
END_TEST

START_TEST(time_spent_counts_like_a_wait_that_has_ended)
{
    struct stall s, w;
    stall_init(&s, 0);
    stall_init(&w, 0);
    for (uint64_t at = 100; at < 5 * SECOND; at += SECOND / 7) {
        stall_spent(&s, at, at + SECOND / 20);
        stall_begin(&w, at);
        stall_end(&w, at + SECOND / 20);
    }
    ck_assert_uint_eq(s.some.total_ns, 35 * (SECOND / 20));
    ck_assert_uint_eq(s.full.total_ns, w.full.total_ns);
    ck_assert_uint_eq(stall_share(&s.some, STALL_10S), stall_share(&w.some, STALL_10S));
    ck_assert_uint_eq(s.waiting, 0);
    stall_spent(&s, 0, 5 * SECOND + SECOND / 20); /* of a time that is counted already only the rest is new */
    ck_assert_uint_le(s.some.total_ns, 5 * SECOND + SECOND / 20);
}
END_TEST

START_TEST(waiting_beside_a_thread_that_can_work_is_some_only)
{
    struct stall s;
    stall_init(&s, 0);
    stall_threads(&s, 2, 0);
    stall_begin(&s, 100);
    stall_begin(&s, 300); /* now both */
    stall_end(&s, 400);
    stall_end(&s, 1000);
    ck_assert_uint_eq(s.some.total_ns, 900);
    ck_assert_uint_eq(s.full.total_ns, 100);
}
END_TEST

START_TEST(end_without_begin_and_earlier_time_change_nothing)
{
    struct stall s;
    stall_init(&s, 5000);
    stall_end(&s, 6000);
    ck_assert_uint_eq(s.waiting, 0);
    stall_begin(&s, 7000);
    stall_update(&s, 1000);
    stall_end(&s, 8000);
    ck_assert_uint_eq(s.some.total_ns, 1000);
}
END_TEST

START_TEST(all_of_the_time_reaches_the_whole_share_and_none_of_it_zero)
{
    struct stall s;
    stall_init(&s, 0);
    stall_begin(&s, 0);
    stall_update(&s, 10000 * SECOND);
    for (unsigned span = 0; span < STALL_SPANS; span++) {
        ck_assert_uint_eq(stall_share(&s.some, (enum stall_span)span), STALL_ALL);
    }
    stall_end(&s, 10000 * SECOND);
    stall_update(&s, 30000 * SECOND);
    for (unsigned span = 0; span < STALL_SPANS; span++) {
        ck_assert_uint_eq(stall_share(&s.some, (enum stall_span)span), 0);
    }
}
END_TEST

START_TEST(averages_fall_to_a_third_in_their_span)
{
    static const unsigned seconds[STALL_SPANS] = {10, 60, 300};
    for (unsigned span = 0; span < STALL_SPANS; span++) {
        struct stall s;
        stall_init(&s, 0);
        stall_begin(&s, 0);
        stall_end(&s, 100000 * SECOND);
        stall_update(&s, (100000 + seconds[span]) * SECOND);
        uint32_t share = stall_share(&s.some, (enum stall_span)span);
        ck_assert_uint_ge(share, 24109 - 2); /* STALL_ALL / e */
        ck_assert_uint_le(share, 24109 + 2);
    }
}
END_TEST

START_TEST(half_of_the_time_is_half_the_share)
{
    struct stall s;
    stall_init(&s, 0);
    for (uint64_t now = 0; now < 3000 * SECOND; now += SECOND / 40) {
        stall_begin(&s, now);
        stall_end(&s, now + SECOND / 80);
    }
    for (unsigned span = 0; span < STALL_SPANS; span++) {
        uint32_t share = stall_share(&s.some, (enum stall_span)span);
        ck_assert_uint_ge(share, STALL_ALL / 2 - 8);
        ck_assert_uint_le(share, STALL_ALL / 2 + 8);
    }
    ck_assert_uint_eq(s.some.total_ns, 1500 * SECOND);
}
END_TEST

/* Oracle: totals by adding up every stretch; averages in floating point, period by period. */
struct oracle {
    uint64_t now, total[2], in_period[2], period_end;
    double average[2][STALL_SPANS];
    uint32_t waiting, threads;
};

static void oracle_advance(struct oracle *o, uint64_t now)
{
    static const double seconds[STALL_SPANS] = {10, 60, 300};
    bool state[2] = {o->waiting > 0, o->waiting > 0 && o->waiting >= o->threads};
    while (o->now < now) {
        uint64_t to = o->period_end < now ? o->period_end : now;
        for (unsigned line = 0; line < 2; line++) {
            o->total[line] += state[line] ? to - o->now : 0;
            o->in_period[line] += state[line] ? to - o->now : 0;
        }
        o->now = to;
        if (to < o->period_end) {
            continue;
        }
        o->period_end += STALL_PERIOD_NS;
        for (unsigned line = 0; line < 2; line++) {
            double share = (double)o->in_period[line] / (double)STALL_PERIOD_NS;
            o->in_period[line] = 0;
            for (unsigned span = 0; span < STALL_SPANS; span++) {
                double old = exp(-(double)STALL_PERIOD_NS / 1e9 / seconds[span]);
                o->average[line][span] = o->average[line][span] * old + share * (1 - old);
            }
        }
    }
}

static void compare(const struct stall *s, const struct oracle *o)
{
    ck_assert_uint_eq(s->some.total_ns, o->total[0]);
    ck_assert_uint_eq(s->full.total_ns, o->total[1]);
    for (unsigned span = 0; span < STALL_SPANS; span++) {
        ck_assert_double_le(fabs((double)stall_share(&s->some, (enum stall_span)span) - o->average[0][span] * STALL_ALL), 1.01);
        ck_assert_double_le(fabs((double)stall_share(&s->full, (enum stall_span)span) - o->average[1][span] * STALL_ALL), 1.01);
    }
}

START_TEST(random_events_agree_with_the_oracle)
{
    srand(1);
    for (unsigned round = 0; round < 20; round++) {
        struct stall s;
        struct oracle o = {.now = (uint64_t)rand(), .threads = 1};
        o.period_end = o.now + STALL_PERIOD_NS;
        stall_init(&s, o.now);
        for (unsigned step = 0; step < 5000; step++) {
            uint64_t longest = rand() % 100 ? SECOND / 10 : 20 * SECOND;
            uint64_t now = o.now + ((uint64_t)rand() << 16) % longest;
            oracle_advance(&o, now);
            switch (rand() % 4) {
            case 0:
                o.waiting++;
                stall_begin(&s, now);
                break;
            case 1:
                o.waiting -= o.waiting > 0;
                stall_end(&s, now);
                break;
            case 2:
                o.threads = 1 + (uint32_t)rand() % 4;
                stall_threads(&s, o.threads, now);
                break;
            default:
                stall_update(&s, now);
            }
            compare(&s, &o);
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stall");
    TCase *t = tcase_create("stall");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, waiting_alone_is_some_and_full);
    tcase_add_test(t, time_spent_counts_like_a_wait_that_has_ended);
    tcase_add_test(t, waiting_beside_a_thread_that_can_work_is_some_only);
    tcase_add_test(t, end_without_begin_and_earlier_time_change_nothing);
    tcase_add_test(t, all_of_the_time_reaches_the_whole_share_and_none_of_it_zero);
    tcase_add_test(t, averages_fall_to_a_third_in_their_span);
    tcase_add_test(t, half_of_the_time_is_half_the_share);
    tcase_add_test(t, random_events_agree_with_the_oracle);
    suite_add_tcase(s, t);
    return check_run(s);
}
