/* SPDX-License-Identifier: BSD-2-Clause */
#include "prezero.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT 1000u
#define PLENTY 100000u

static struct prezero p;
static uint32_t clean[PREZERO_COLOURS];
static uint64_t zeroed, taken_in_all;

static void begin(uint32_t colours)
{
    prezero_init(&p, colours, LIMIT);
    memset(clean, 0, sizeof clean);
    zeroed = taken_in_all = 0;
}

static struct prezero_step choose(uint64_t free_pages, uint32_t level, bool idle)
{
    return prezero_choose(&p, &(struct prezero_now){.clean = clean, .free_pages = free_pages, .level = level, .idle = idle});
}

/* take: an interval in which `n` zeroed frames of a colour are taken, those at hand first. */
static void take(uint32_t colour, uint32_t n)
{
    uint32_t taken[PREZERO_COLOURS] = {[0] = 0};

    taken[colour] = n;
    taken_in_all += n;
    clean[colour] -= n < clean[colour] ? n : clean[colour];
    prezero_interval(&p, taken);
}

/* idle: all steps that there are time for; returns the frames zeroed. */
static uint32_t idle(uint64_t free_pages)
{
    uint32_t n = 0;

    for (struct prezero_step step; (step = choose(free_pages, 0, true)).n > 0; n += step.n) {
        ck_assert_uint_le(step.n, PREZERO_STEP);
        ck_assert_uint_lt(step.colour, p.colours);
        clean[step.colour] += step.n;
        prezero_paid(&p, step.n);
    }
    zeroed += n;
    ck_assert_uint_le(4 * zeroed, 5 * taken_in_all);
    return n;
}

START_TEST(nothing_is_zeroed_before_anything_was_taken)
{
    begin(1);
    ck_assert_uint_eq(choose(PLENTY, 0, true).n, 0);
    take(0, 0);
    ck_assert_uint_eq(idle(PLENTY), 0);
    ck_assert_uint_eq(prezero_target_all(&p, PLENTY), 0);
}
END_TEST

START_TEST(a_steady_demand_has_the_next_intervals_at_hand)
{
    begin(1);
    for (unsigned i = 0; i < 40; i++) {
        take(0, 100);
        idle(PLENTY);
    }
    ck_assert_uint_eq(prezero_rate(&p), 100);
    ck_assert_uint_eq(prezero_target_all(&p, PLENTY), 100 * PREZERO_HORIZON);
    ck_assert_uint_ge(clean[0], 100 * PREZERO_HORIZON - PREZERO_STEP);
}
END_TEST

START_TEST(a_ramp_is_followed)
{
    begin(1);
    for (unsigned n = 16; n <= 240; n += 16) {
        take(0, n);
        idle(PLENTY);
        ck_assert_uint_ge(prezero_target(&p, 0, PLENTY), n);
        ck_assert_uint_le(prezero_target(&p, 0, PLENTY), n * PREZERO_HORIZON);
    }
    ck_assert_uint_ge(clean[0], 200);
}
END_TEST

START_TEST(a_burst_is_remembered_for_the_next_one)
{
    begin(1);
    take(0, 640);
    ck_assert_uint_eq(idle(PLENTY), 640);
    take(0, 0);
    take(0, 640);
    ck_assert_uint_eq(clean[0], 0); /* all of it was at hand */
    ck_assert_uint_eq(idle(PLENTY), 640);
}
END_TEST

START_TEST(in_silence_the_target_fades_to_nothing_and_nothing_is_zeroed)
{
    uint64_t before;

    begin(1);
    for (unsigned i = 0; i < 10; i++) {
        take(0, 300);
        idle(PLENTY);
    }
    before = prezero_target_all(&p, PLENTY);
    for (unsigned i = 0; i < 80; i++) {
        take(0, 0);
        ck_assert_uint_eq(idle(PLENTY), 0);
        ck_assert_uint_le(prezero_target_all(&p, PLENTY), before);
        before = prezero_target_all(&p, PLENTY);
        if (i == 7) {
            ck_assert_uint_lt(before, 300);
        }
    }
    ck_assert_uint_eq(before, 0);
    ck_assert_uint_eq(prezero_rate(&p), 0);
}
END_TEST

START_TEST(a_busy_machine_zeroes_nothing)
{
    begin(1);
    for (unsigned i = 0; i < 10; i++) {
        take(0, 500);
        ck_assert_uint_eq(choose(PLENTY, 0, false).n, 0);
    }
    ck_assert_uint_eq(choose(PLENTY, 0, true).n, PREZERO_STEP);
}
END_TEST

START_TEST(nothing_is_zeroed_under_pressure_or_without_memory)
{
    begin(1);
    take(0, 500);
    for (uint32_t level = 1; level < 4; level++) {
        ck_assert_uint_eq(choose(PLENTY, level, true).n, 0);
    }
    ck_assert_uint_eq(choose(0, 0, true).n, 0);
    ck_assert_uint_eq(prezero_target(&p, 0, 80), 10);
    ck_assert_uint_eq(choose(80, 0, true).n, 10);
    clean[0] = 10;
    ck_assert_uint_eq(choose(80, 0, true).n, 0);
}
END_TEST

START_TEST(no_more_than_the_limit_is_kept)
{
    begin(4);
    for (unsigned i = 0; i < 10; i++) {
        take(i % 4, 5000);
        idle(1000000);
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < 4; i++) {
        sum += clean[i];
        ck_assert_uint_gt(clean[i], 0);
    }
    ck_assert_uint_le(sum, LIMIT);
    ck_assert_uint_ge(sum, LIMIT - 4 - PREZERO_STEP);
    prezero_limit(&p, 100);
    ck_assert_uint_eq(prezero_target_all(&p, 1000000), 100);
    ck_assert_uint_le(prezero_account(&p), 100);
}
END_TEST

START_TEST(the_colour_that_lacks_most_comes_first_and_no_other_is_zeroed)
{
    begin(16);
    for (unsigned i = 0; i < 8; i++) {
        take(3, 60);
        take(9, 20);
    }
    ck_assert_uint_eq(choose(PLENTY, 0, true).colour, 3);
    idle(PLENTY);
    for (uint32_t i = 0; i < 16; i++) {
        ck_assert((clean[i] > 0) == (i == 3 || i == 9));
    }
    ck_assert_uint_gt(clean[3], clean[9]);
    clean[3] = clean[9] = 0;
    ck_assert_uint_eq(prezero_choose(&p, &(struct prezero_now){.clean = clean, .free_pages = PLENTY, .idle = true, .skip = 1u << 3}).colour, 9);
    ck_assert_uint_eq(prezero_choose(&p, &(struct prezero_now){.clean = clean, .free_pages = PLENTY, .idle = true, .skip = 1u << 3 | 1u << 9}).n, 0);
}
END_TEST

START_TEST(another_number_of_colours_keeps_the_sum)
{
    begin(1);
    for (unsigned i = 0; i < 30; i++) {
        take(0, 320);
    }
    ck_assert_uint_eq(prezero_rate(&p), 320);
    prezero_colours(&p, 16);
    ck_assert_uint_eq(prezero_rate(&p), 320);
    ck_assert_uint_eq(prezero_target(&p, 5, PLENTY), 40);
    prezero_colours(&p, 1);
    ck_assert_uint_eq(prezero_target(&p, 0, PLENTY), 640);
}
END_TEST

/* What an adversary gets the pager to do for nothing: bursts, after each of which all that was zeroed is used for something else. */
START_TEST(an_adversary_wastes_hardly_more_than_it_took)
{
    begin(1);
    for (unsigned i = 0; i < 200; i++) {
        take(0, i % 2 ? 0 : 900);
        idle(PLENTY);
        clean[0] = 0;
    }
    ck_assert_uint_le(4 * zeroed, 5 * taken_in_all);
    for (unsigned i = 0; i < 200; i++) { /* nothing more is taken: it lasts for what was saved up */
        take(0, 0);
        idle(PLENTY);
        clean[0] = 0;
    }
    ck_assert_uint_le(4 * zeroed, 5 * taken_in_all);
}
END_TEST

START_TEST(whatever_comes_bounds_hold)
{
    srand(7);
    for (unsigned run = 0; run < 50; run++) {
        begin(1u << rand() % 6);
        for (unsigned i = 0; i < 300; i++) {
            uint64_t free_pages = (uint64_t)rand() % 20000, sum = 0;
            take((uint32_t)rand() % p.colours, rand() % 3 ? 0 : (uint32_t)rand() % 2000);
            idle(free_pages);
            for (uint32_t c = 0; c < p.colours; c++) {
                sum += prezero_target(&p, c, free_pages);
                if (rand() % 4 == 0) {
                    clean[c] = (uint32_t)rand() % 50;
                }
            }
            ck_assert_uint_le(sum, prezero_target_all(&p, free_pages));
            ck_assert_uint_le(prezero_target_all(&p, free_pages), LIMIT);
            ck_assert_uint_le(prezero_target_all(&p, free_pages), free_pages / 8);
            ck_assert_uint_le(prezero_account(&p), LIMIT);
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("prezero");
    TCase *t = tcase_create("prezero");
    tcase_add_test(t, nothing_is_zeroed_before_anything_was_taken);
    tcase_add_test(t, a_steady_demand_has_the_next_intervals_at_hand);
    tcase_add_test(t, a_ramp_is_followed);
    tcase_add_test(t, a_burst_is_remembered_for_the_next_one);
    tcase_add_test(t, in_silence_the_target_fades_to_nothing_and_nothing_is_zeroed);
    tcase_add_test(t, a_busy_machine_zeroes_nothing);
    tcase_add_test(t, nothing_is_zeroed_under_pressure_or_without_memory);
    tcase_add_test(t, no_more_than_the_limit_is_kept);
    tcase_add_test(t, the_colour_that_lacks_most_comes_first_and_no_other_is_zeroed);
    tcase_add_test(t, another_number_of_colours_keeps_the_sum);
    tcase_add_test(t, an_adversary_wastes_hardly_more_than_it_took);
    tcase_add_test(t, whatever_comes_bounds_hold);
    suite_add_tcase(s, t);
    return check_run(s);
}
