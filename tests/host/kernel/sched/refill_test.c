/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refill arithmetic: single cases, then random use against the promise that it makes: in any stretch of one period no more than the
 * budget is used (the oracle looks at every interval of use again), and all of the budget comes back.
 */
#include "sched/refill.c"

#include "check_main.h"

#include <string.h>

enum { MAX_REFILLS = 10, MIN_BUDGET = 20 };

static union {
    struct sched_context sc;
    uint8_t bytes[sizeof(struct sched_context) + MAX_REFILLS * sizeof(struct refill)];
} memory;
static struct sched_context *sc = &memory.sc;

static void setup(ticks_t budget, ticks_t period, uint32_t n_refills, ticks_t now)
{
    memset(&memory, 0, sizeof(memory));
    sc->budget = budget;
    sc->period = period;
    sc->refills_max = n_refills;
    refill_start(sc, now);
}

static void expect_refill(uint32_t i, ticks_t time, ticks_t amount)
{
    ck_assert_uint_lt(i, sc->count);
    ck_assert_uint_eq(refill_at(sc, i)->time, time);
    ck_assert_uint_eq(refill_at(sc, i)->amount, amount);
}

static void check_invariants(void)
{
    ticks_t sum = 0;
    ck_assert_uint_ge(sc->count, 1);
    ck_assert_uint_le(sc->count, sc->refills_max);
    for (uint32_t i = 0; i < sc->count; i++) {
        const struct refill *refill = refill_at(sc, i);
        ck_assert_uint_gt(refill->amount, 0);
        sum += refill->amount;
        if (i > 0) {
            const struct refill *before = refill_at(sc, i - 1);
            ck_assert_uint_ge(refill->time, before->time + before->amount);
        }
    }
    ck_assert_uint_eq(sum, sc->budget);
    ck_assert_uint_ge(refill_first(sc)->amount, MIN_BUDGET);
}

START_TEST(refill_charge_part_comes_back_one_period_after_its_use_began)
{
    setup(100, 1000, 4, 5000);
    refill_charge(sc, 30, MIN_BUDGET);
    ck_assert_uint_eq(sc->count, 2);
    expect_refill(0, 5030, 70);
    expect_refill(1, 6000, 30);
    check_invariants();
}
END_TEST

START_TEST(refill_charge_all_comes_back_whole)
{
    setup(100, 1000, 4, 5000);
    refill_charge(sc, 100, MIN_BUDGET);
    ck_assert_uint_eq(sc->count, 1);
    expect_refill(0, 6000, 100);
}
END_TEST

START_TEST(refill_charge_leaving_too_little_joins_the_rest_to_the_next)
{
    setup(100, 1000, 4, 5000);
    refill_charge(sc, 90, MIN_BUDGET);
    ck_assert_uint_eq(sc->count, 1);
    expect_refill(0, 5990, 100);
    ck_assert(!refill_is_ready(sc, 5989));
    ck_assert(refill_is_ready(sc, 5990));
}
END_TEST

START_TEST(refill_charge_nothing_changes_nothing)
{
    setup(100, 1000, 4, 5000);
    refill_charge(sc, 0, MIN_BUDGET);
    ck_assert_uint_eq(sc->count, 1);
    expect_refill(0, 5000, 100);
}
END_TEST

START_TEST(refill_charge_full_ring_delays_the_last)
{
    setup(100, 1000, 2, 0);
    refill_charge(sc, 10, MIN_BUDGET);
    refill_unblock(sc, 500);
    refill_charge(sc, 10, MIN_BUDGET);
    ck_assert_uint_eq(sc->count, 2);
    expect_refill(0, 510, 80);
    expect_refill(1, 1490, 20); /* 10 of them could have come at 1000 */
    check_invariants();
}
END_TEST

START_TEST(refill_charge_more_than_the_budget_pushes_everything_back)
{
    setup(100, 1000, 4, 0);
    refill_charge(sc, 250, MIN_BUDGET);
    ck_assert_uint_eq(sc->count, 2);
    expect_refill(0, 2050, 50);
    expect_refill(1, 3000, 50);
    check_invariants();
}
END_TEST

START_TEST(refill_charge_an_age_takes_no_age_and_does_not_overflow)
{
    setup(20, (ticks_t)1 << 60, 4, 100);
    refill_charge(sc, (ticks_t)1 << 50, MIN_BUDGET);
    ck_assert(!refill_is_ready(sc, (ticks_t)1 << 61));
    ck_assert_uint_lt(refill_first(sc)->time, (ticks_t)1 << 63);
}
END_TEST

START_TEST(refill_unblock_takes_in_what_it_runs_into)
{
    setup(100, 1000, 4, 0);
    refill_charge(sc, 40, MIN_BUDGET); /* 60 at 40, 40 at 1000 */
    refill_unblock(sc, 939);
    ck_assert_uint_eq(sc->count, 2);
    expect_refill(0, 939, 60);
    refill_unblock(sc, 940);
    ck_assert_uint_eq(sc->count, 1);
    expect_refill(0, 940, 100);
}
END_TEST

START_TEST(refill_unblock_before_its_time_changes_nothing)
{
    setup(100, 1000, 4, 5000);
    refill_unblock(sc, 4999);
    expect_refill(0, 5000, 100);
}
END_TEST

START_TEST(refill_round_robin_shrinks_to_zero_and_is_always_ready)
{
    setup(100, 0, 2, 7);
    refill_charge(sc, 60, MIN_BUDGET);
    ck_assert_uint_eq(refill_first(sc)->amount, 40);
    refill_charge(sc, 60, MIN_BUDGET);
    ck_assert_uint_eq(refill_first(sc)->amount, 0);
    ck_assert(refill_is_ready(sc, 0));
}
END_TEST

START_TEST(refill_restart_keeps_what_was_left_and_gives_the_rest_a_period_later)
{
    setup(100, 1000, 4, 0);
    refill_charge(sc, 50, MIN_BUDGET);
    struct refill first = *refill_first(sc);
    sc->budget = 200;
    refill_restart(sc, first, 300, MIN_BUDGET);
    ck_assert_uint_eq(sc->count, 2);
    expect_refill(0, 300, 50);
    expect_refill(1, 1300, 150);
    check_invariants();
}
END_TEST

START_TEST(refill_restart_trims_to_a_smaller_budget)
{
    setup(100, 1000, 4, 0);
    struct refill first = *refill_first(sc);
    sc->budget = 30;
    refill_restart(sc, first, 300, MIN_BUDGET);
    ck_assert_uint_eq(sc->count, 1);
    expect_refill(0, 300, 30);
}
END_TEST

START_TEST(refill_restart_does_not_renew_a_first_refill_of_the_future)
{
    setup(100, 1000, 4, 0);
    refill_charge(sc, 100, MIN_BUDGET);
    struct refill first = *refill_first(sc);
    refill_restart(sc, first, 10, MIN_BUDGET);
    expect_refill(0, 1000, 100);
}
END_TEST

/* ---- random use ---- */

static uint64_t seed;
static uint64_t random_below(uint64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % n;
}

enum { USES = 400 };
static struct { ticks_t begin, end; } uses[USES];
static unsigned n_uses;

/* How much was used in [from, from + period). */
static ticks_t used_from(ticks_t from)
{
    ticks_t sum = 0, to = from + sc->period;
    for (unsigned i = 0; i < n_uses; i++) {
        ticks_t begin = uses[i].begin > from ? uses[i].begin : from, end = uses[i].end < to ? uses[i].end : to;
        if (begin < end)
            sum += end - begin;
    }
    return sum;
}

/* A window with the most use begins where some use begins. */
static void check_bandwidth(void)
{
    for (unsigned i = 0; i < n_uses; i++)
        ck_assert_msg(used_from(uses[i].begin) <= sc->budget, "seed %lu: %lu of %lu used in the period from %lu", (unsigned long)seed,
                      (unsigned long)used_from(uses[i].begin), (unsigned long)sc->budget, (unsigned long)uses[i].begin);
}

static void use_at_random(void)
{
    ticks_t budget = MIN_BUDGET + random_below(300), period = budget + 1 + random_below(1500), now = random_below(1000);
    setup(budget, period, REFILLS_MIN + (uint32_t)random_below(MAX_REFILLS - REFILLS_MIN), now);
    for (n_uses = 0; n_uses < USES;) {
        if (!refill_is_ready(sc, now))
            now = refill_first(sc)->time;
        now += random_below(4) ? 0 : random_below(period);
        refill_unblock(sc, now);
        ticks_t used = random_below(3) ? 1 + random_below(refill_first(sc)->amount) : refill_first(sc)->amount;
        uses[n_uses].begin = now;
        uses[n_uses++].end = now + used;
        now += used;
        refill_charge(sc, used, MIN_BUDGET);
        check_invariants();
    }
    check_bandwidth();
}

START_TEST(refill_random_use_never_exceeds_the_budget_in_a_period)
{
    for (seed = 1; seed < 2000; seed++) {
        uint64_t this_seed = seed;
        use_at_random();
        seed = this_seed;
    }
}
END_TEST

START_TEST(refill_random_overruns_keep_the_invariants)
{
    seed = 42;
    setup(200, 1000, 5, 0);
    ticks_t now = 0;
    for (unsigned i = 0; i < 100000; i++) {
        now += random_below(2000);
        refill_unblock(sc, now);
        refill_charge(sc, random_below(500), MIN_BUDGET);
        check_invariants();
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("refill");
    TCase *t = tcase_create("refill");
    tcase_add_test(t, refill_charge_part_comes_back_one_period_after_its_use_began);
    tcase_add_test(t, refill_charge_all_comes_back_whole);
    tcase_add_test(t, refill_charge_leaving_too_little_joins_the_rest_to_the_next);
    tcase_add_test(t, refill_charge_nothing_changes_nothing);
    tcase_add_test(t, refill_charge_full_ring_delays_the_last);
    tcase_add_test(t, refill_charge_more_than_the_budget_pushes_everything_back);
    tcase_add_test(t, refill_charge_an_age_takes_no_age_and_does_not_overflow);
    tcase_add_test(t, refill_unblock_takes_in_what_it_runs_into);
    tcase_add_test(t, refill_unblock_before_its_time_changes_nothing);
    tcase_add_test(t, refill_round_robin_shrinks_to_zero_and_is_always_ready);
    tcase_add_test(t, refill_restart_keeps_what_was_left_and_gives_the_rest_a_period_later);
    tcase_add_test(t, refill_restart_trims_to_a_smaller_budget);
    tcase_add_test(t, refill_restart_does_not_renew_a_first_refill_of_the_future);
    tcase_add_test(t, refill_random_use_never_exceeds_the_budget_in_a_period);
    tcase_add_test(t, refill_random_overruns_keep_the_invariants);
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    return s;
}

int main(void) { return check_run(suite()); }
