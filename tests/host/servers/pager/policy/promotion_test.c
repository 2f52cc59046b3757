/* SPDX-License-Identifier: BSD-2-Clause */
#include "promotion.h"
#include "check_main.h"

#include <stdlib.h>

static struct promotion p;
static uint32_t now;

static void begin(void)
{
    promotion_init(&p);
    now = 1000;
}

/* look: at what is due in this second; each range of space 1 was in use at so many samples as used[range] says. */
static void look(const uint32_t *used)
{
    uint32_t i, looks = 0;

    now++;
    while ((i = promotion_due(&p, now)) != PROMOTION_NONE) {
        ck_assert_uint_le(++looks, PROMOTION_RANGES);
        promotion_looked(&p, i, used[p.ranges[i].range], now);
    }
}

static uint32_t best(void)
{
    uint32_t i = promotion_best(&p, now);
    return i == PROMOTION_NONE ? PROMOTION_NONE : p.ranges[i].range;
}

/* seconds_until_watched: how long a range that is found every second is left alone. */
static uint32_t seconds_until_watched(uint32_t range)
{
    for (uint32_t n = 0;; n++, now++) {
        ck_assert_uint_lt(n, 100000);
        promotion_found(&p, 1, range, now);
        if (promotion_due(&p, now) != PROMOTION_NONE) {
            return n;
        }
    }
}

START_TEST(a_range_is_promoted_after_two_hot_looks_and_the_first_look_does_not_count)
{
    begin();
    promotion_found(&p, 1, 0, now);
    look((uint32_t[]){8});
    ck_assert_uint_eq(best(), PROMOTION_NONE);
    look((uint32_t[]){8});
    ck_assert_uint_eq(best(), PROMOTION_NONE);
    look((uint32_t[]){PROMOTION_HOT});
    ck_assert_uint_eq(best(), 0);
    look((uint32_t[]){PROMOTION_HOT - 1});
    ck_assert_uint_eq(best(), PROMOTION_NONE);
}
END_TEST

START_TEST(the_hottest_range_comes_first)
{
    begin();
    for (uint32_t range = 0; range < 3; range++) {
        promotion_found(&p, 1, range, now);
    }
    for (uint32_t i = 0; i < 4; i++) {
        look((uint32_t[]){6, 8, 7});
    }
    ck_assert_uint_eq(best(), 1);
    promotion_made(&p, 1, 1, now);
    ck_assert_uint_eq(best(), 2);
}
END_TEST

START_TEST(a_cold_range_is_never_promoted_and_looked_at_less_and_less)
{
    uint32_t looks = 0, i;
    begin();
    for (uint32_t s = 0; s < 4000; s++) {
        now++;
        promotion_found(&p, 1, 0, now);
        while ((i = promotion_due(&p, now)) != PROMOTION_NONE) {
            looks++;
            promotion_looked(&p, i, PROMOTION_HOT - 1, now);
        }
        ck_assert_uint_eq(best(), PROMOTION_NONE);
    }
    ck_assert_uint_ge(looks, 5 * (PROMOTION_PATIENCE + 1));
    ck_assert_uint_le(looks, 10 * (PROMOTION_PATIENCE + 1));
}
END_TEST

START_TEST(a_range_that_fails_rests_twice_as_long_each_time)
{
    uint32_t want = PROMOTION_REST;
    begin();
    for (uint32_t n = 0; n < PROMOTION_DOUBLED + 3; n++) {
        promotion_found(&p, 1, 0, now);
        promotion_made(&p, 1, 0, now);
        p.lost = 0; /* the pause of everything is another test's */
        promotion_failed(&p, 1, 0, now);
        ck_assert_uint_eq(seconds_until_watched(0), want);
        want *= n < PROMOTION_DOUBLED ? 2 : 1;
    }
    ck_assert_uint_eq(want, PROMOTION_REST << PROMOTION_DOUBLED);
}
END_TEST

START_TEST(a_frame_that_paid_makes_failures_good)
{
    begin();
    for (uint32_t n = 0; n < 4; n++) {
        promotion_made(&p, 1, 0, now);
        promotion_failed(&p, 1, 0, now);
        now += PROMOTION_REST << 8;
    }
    promotion_made(&p, 1, 0, now);
    for (uint32_t n = 0; n < PROMOTION_PAYS; n++) {
        ck_assert_uint_eq(p.paid_all, 0);
        look((uint32_t[]){1});
    }
    ck_assert_uint_eq(p.paid_all, 1);
    promotion_failed(&p, 1, 0, now);
    ck_assert_uint_eq(p.lost_all, 4);
    ck_assert_uint_eq(seconds_until_watched(0), PROMOTION_REST);
}
END_TEST

START_TEST(a_frame_that_is_not_used_does_not_pay_and_is_lost_at_its_end)
{
    begin();
    promotion_made(&p, 1, 0, now);
    for (uint32_t n = 0; n < 100; n++) {
        look((uint32_t[]){n % 20 == 0});
    }
    ck_assert_uint_eq(p.paid_all, 0);
    promotion_ended(&p, 1, 0, now);
    ck_assert_uint_eq(p.lost_all, 1);
    ck_assert_uint_eq(promotion_count(&p, PROMOTION_FREE), PROMOTION_RANGES);
    promotion_ended(&p, 1, 0, now);
    ck_assert_uint_eq(p.lost_all, 1);
}
END_TEST

START_TEST(the_end_of_a_space_forgets_its_ranges_and_no_others)
{
    begin();
    promotion_made(&p, 1, 0, now);
    promotion_found(&p, 1, 1, now);
    promotion_failed(&p, 1, 2, now);
    promotion_found(&p, 2, 1, now);
    ck_assert_uint_eq(promotion_count(&p, PROMOTION_RESTING), 1);
    promotion_forget(&p, 1, now);
    ck_assert_uint_eq(p.lost_all, 1);
    ck_assert_uint_eq(promotion_count(&p, PROMOTION_WATCHED), 1);
    ck_assert_uint_eq(promotion_count(&p, PROMOTION_FREE), PROMOTION_RANGES - 1);
}
END_TEST

/* lose: as many as decide. */
static void lose(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        promotion_made(&p, 9, 100 + i, now);
        promotion_ended(&p, 9, 100 + i, now);
    }
}

START_TEST(when_it_does_not_pay_there_is_a_pause_twice_as_long_each_time)
{
    begin();
    for (uint32_t n = 0; n < PROMOTION_DOUBLED + 3; n++) {
        uint32_t pause = PROMOTION_PAUSE << (n < PROMOTION_DOUBLED ? n : PROMOTION_DOUBLED);
        lose(PROMOTION_EVIDENCE - 1);
        ck_assert(promotion_on(&p, now));
        lose(1);
        ck_assert(!promotion_on(&p, now));
        ck_assert(!promotion_on(&p, now + pause - 1));
        ck_assert(promotion_on(&p, now + pause));
        now += pause;
    }
}
END_TEST

START_TEST(during_a_pause_nothing_is_watched_or_promoted_and_it_begins_anew_after_it)
{
    begin();
    promotion_found(&p, 1, 0, now);
    for (uint32_t i = 0; i < 4; i++) {
        look((uint32_t[]){8});
    }
    ck_assert_uint_eq(best(), 0);
    lose(PROMOTION_EVIDENCE);
    ck_assert_uint_eq(best(), PROMOTION_NONE);
    promotion_found(&p, 1, 1, now);
    look((uint32_t[]){8, 8});
    ck_assert_uint_eq(promotion_count(&p, PROMOTION_WATCHED), 1);
    now += PROMOTION_PAUSE;
    ck_assert_uint_eq(best(), PROMOTION_NONE); /* what it was before the pause is not proof */
    for (uint32_t i = 0; i < 3; i++) {
        look((uint32_t[]){8});
    }
    ck_assert_uint_eq(best(), 0);
}
END_TEST

/* pay: a promotion that pays. */
static void pay(uint32_t range)
{
    static const uint32_t used[256] = {[0 ... 255] = 1};

    promotion_made(&p, 1, range, now);
    for (uint32_t n = 0; n < PROMOTION_PAYS; n++) {
        look(used);
    }
}

START_TEST(as_long_as_more_pay_than_are_lost_it_goes_on)
{
    begin();
    for (uint32_t i = 0; i < 200; i++) {
        pay(0);
        lose(i % 2);
        ck_assert(promotion_on(&p, now));
    }
    ck_assert_uint_eq(p.paid_all, 200);
    ck_assert_uint_eq(p.lost_all, 100);
    lose(PROMOTION_EVIDENCE * 2); /* what was long ago does not count for ever */
    ck_assert(!promotion_on(&p, now));
}
END_TEST

START_TEST(paying_again_makes_the_next_pause_short)
{
    begin();
    lose(PROMOTION_EVIDENCE);
    now += PROMOTION_PAUSE;
    lose(PROMOTION_EVIDENCE);
    now += 2 * PROMOTION_PAUSE;
    for (uint32_t i = 0; i < 2 * PROMOTION_EVIDENCE; i++) {
        pay(0);
    }
    lose(3 * PROMOTION_EVIDENCE);
    ck_assert(!promotion_on(&p, now));
    ck_assert(promotion_on(&p, now + PROMOTION_PAUSE));
}
END_TEST

START_TEST(a_full_table_watches_no_more_and_the_one_whose_rest_ends_first_gives_way)
{
    begin();
    for (uint32_t i = 0; i < PROMOTION_RANGES + 5; i++) {
        promotion_found(&p, 1, i, now);
    }
    ck_assert_uint_eq(promotion_count(&p, PROMOTION_WATCHED), PROMOTION_RANGES);
    promotion_failed(&p, 1, 7, now + 5);
    promotion_failed(&p, 1, 3, now);
    p.lost = 0;
    promotion_found(&p, 1, 200, now);
    ck_assert_uint_eq(promotion_count(&p, PROMOTION_WATCHED), PROMOTION_RANGES - 1);
    ck_assert_uint_eq(p.ranges[3].range, 200);
    promotion_made(&p, 1, 300, now); /* the other */
    promotion_made(&p, 1, 301, now); /* there is no room for it: nothing is known of it */
    ck_assert_uint_eq(promotion_count(&p, PROMOTION_WHOLE), 1);
    promotion_failed(&p, 1, 301, now);
    ck_assert_uint_eq(p.lost, 0);
}
END_TEST

START_TEST(a_range_that_is_gone_keeps_its_failures)
{
    begin();
    promotion_failed(&p, 1, 0, now);
    ck_assert_uint_eq(seconds_until_watched(0), PROMOTION_REST);
    promotion_gone(&p, promotion_due(&p, now));
    promotion_found(&p, 1, 1, now);
    ck_assert_uint_eq(p.ranges[promotion_due(&p, now)].range, 1);
    promotion_gone(&p, promotion_due(&p, now));
    ck_assert_uint_eq(promotion_count(&p, PROMOTION_FREE), PROMOTION_RANGES - 1);
    promotion_failed(&p, 1, 0, now);
    ck_assert_uint_eq(seconds_until_watched(0), 2 * PROMOTION_REST);
}
END_TEST

/* Random events: what must hold whatever happens. */
START_TEST(random_events_keep_the_table_in_order)
{
    begin();
    now = UINT32_MAX - 2000; /* time begins anew meanwhile */
    srand(7);
    for (uint32_t n = 0; n < 200000; n++) {
        uint32_t space = 1 + (uint32_t)rand() % 3, range = (uint32_t)rand() % 40, i;
        now += rand() % 8 == 0;
        switch (rand() % 8) {
        case 0:
            promotion_made(&p, space, range, now);
            break;
        case 1:
            promotion_failed(&p, space, range, now);
            break;
        case 2:
            promotion_ended(&p, space, range, now);
            break;
        case 3:
            if (rand() % 50 == 0) {
                promotion_forget(&p, space, now);
            }
            break;
        case 4:
        case 5:
            promotion_found(&p, space, range, now);
            break;
        default:
            if ((i = promotion_due(&p, now)) != PROMOTION_NONE) {
                promotion_looked(&p, i, (uint32_t)rand() % (PROMOTION_SAMPLES + 1), now);
                ck_assert_uint_ne(promotion_due(&p, now), i);
            }
        }
        if ((i = promotion_best(&p, now)) != PROMOTION_NONE) {
            ck_assert(p.ranges[i].state == PROMOTION_WATCHED && p.ranges[i].used >= PROMOTION_HOT && promotion_on(&p, now));
        }
        ck_assert_uint_lt(p.paid + p.lost, 2 * PROMOTION_EVIDENCE);
        for (uint32_t a = 0; n % 50 == 0 && a < PROMOTION_RANGES; a++) {
            const struct promotion_range *r = &p.ranges[a];
            ck_assert(r->state == PROMOTION_FREE || r->state == PROMOTION_WHOLE || (int32_t)(r->then - now) <= (int32_t)(PROMOTION_REST << PROMOTION_DOUBLED));
            for (uint32_t b = 0; r->state != PROMOTION_FREE && b < a; b++) {
                const struct promotion_range *q = &p.ranges[b];
                ck_assert(q->state == PROMOTION_FREE || q->space != r->space || q->range != r->range);
            }
        }
    }
}
END_TEST

START_TEST(ranges_behind_the_end_are_free_and_none_that_is_known_is_behind_it)
{
    promotion_init(&p);
    for (uint32_t i = 0; i < 6; i++) {
        promotion_found(&p, 1 + i % 2, i, 0);
    }
    ck_assert_uint_eq(p.end, 6);
    promotion_forget(&p, 2, 0); /* of these the last is one */
    ck_assert_uint_eq(p.end, 5);
    promotion_found(&p, 3, 7, 0); /* a free place before the end */
    ck_assert_uint_eq(p.end, 5);
    ck_assert_uint_eq(promotion_count(&p, PROMOTION_WATCHED), 4);
    promotion_forget(&p, 1, 0);
    ck_assert_uint_eq(p.end, 2);
    promotion_forget(&p, 3, 0);
    ck_assert_uint_eq(p.end, 0);
    for (uint32_t i = 0; i < PROMOTION_RANGES + 3; i++) {
        promotion_found(&p, 1, i, 0);
    }
    ck_assert_uint_eq(p.end, PROMOTION_RANGES);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("promotion");
    TCase *t = tcase_create("promotion");

    tcase_add_test(t, a_range_is_promoted_after_two_hot_looks_and_the_first_look_does_not_count);
    tcase_add_test(t, the_hottest_range_comes_first);
    tcase_add_test(t, a_cold_range_is_never_promoted_and_looked_at_less_and_less);
    tcase_add_test(t, a_range_that_fails_rests_twice_as_long_each_time);
    tcase_add_test(t, a_frame_that_paid_makes_failures_good);
    tcase_add_test(t, a_frame_that_is_not_used_does_not_pay_and_is_lost_at_its_end);
    tcase_add_test(t, the_end_of_a_space_forgets_its_ranges_and_no_others);
    tcase_add_test(t, when_it_does_not_pay_there_is_a_pause_twice_as_long_each_time);
    tcase_add_test(t, during_a_pause_nothing_is_watched_or_promoted_and_it_begins_anew_after_it);
    tcase_add_test(t, as_long_as_more_pay_than_are_lost_it_goes_on);
    tcase_add_test(t, paying_again_makes_the_next_pause_short);
    tcase_add_test(t, a_full_table_watches_no_more_and_the_one_whose_rest_ends_first_gives_way);
    tcase_add_test(t, a_range_that_is_gone_keeps_its_failures);
    tcase_add_test(t, random_events_keep_the_table_in_order);
    tcase_add_test(t, ranges_behind_the_end_are_free_and_none_that_is_known_is_behind_it);
    suite_add_tcase(s, t);
    return check_run(s);
}
