/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "predict.h"

#include <stdlib.h>
#include <string.h>

static const struct predict_cost cost = {.near = 250, .far = 500};

/* A region as a program meets it: pages are there once they were brought in. */
enum { PAGES = 1 << 16, BASE = 100000 };
static struct predict p;
static bool there[PAGES], ahead[PAGES];

struct outcome {
    uint32_t faults, brought, used; /* used: brought in ahead and touched later */
    uint64_t spent;                 /* thousandths of a fault */
};

static void begin(void)
{
    memset(there, 0, sizeof there);
    memset(ahead, 0, sizeof ahead);
    predict_init(&p, BASE);
}

static void bring(struct outcome *o, uint32_t page, enum predict_advice advice, uint32_t room)
{
    int32_t stride = p.stride;
    uint32_t n = predict_fault(&p, cost, advice, room), found = 0;
    ck_assert_uint_le(n, room);
    for (int64_t at = (int64_t)page + stride; found < n && at >= 0 && at < PAGES && !there[at]; at += stride) {
        there[at] = ahead[at] = true;
        found++;
    }
    predict_brought(&p, found, cost);
    o->brought += found;
    o->spent += (uint64_t)found * (stride == 1 || stride == -1 ? cost.near : cost.far);
}

/* faults: a page is touched; true: it was not there. */
static bool faults(struct outcome *o, uint32_t page)
{
    bool was_there = there[page];

    o->used += ahead[page];
    ahead[page] = false;
    there[page] = true;
    o->faults += !was_there;
    o->spent += was_there ? 0 : PREDICT_FAULT;
    return !was_there;
}

static void touch(struct outcome *o, uint32_t page, enum predict_advice advice)
{
    if (faults(o, page) && predict_follows(&p, BASE + page)) {
        bring(o, page, advice, PREDICT_MAX);
    }
}

static struct outcome walk(uint32_t first, int32_t stride, uint32_t n, enum predict_advice advice)
{
    struct outcome o = {0};
    for (uint32_t i = 0; i < n; i++) {
        touch(&o, first + (uint32_t)((int32_t)i * stride), advice);
    }
    return o;
}

/* bounded: it never costs more than a tenth more than a fault for each page touched. */
static void bounded(const struct outcome *o)
{
    uint64_t without = (uint64_t)(o->faults + o->used) * PREDICT_FAULT;
    ck_assert_msg(o->spent * 10 <= without * 11, "%u faults, %u brought, %u used", o->faults, o->brought, o->used);
}

START_TEST(each_pattern_is_learned_and_followed)
{
    static const struct {
        uint32_t first;
        int32_t stride;
        enum predict_pattern pattern;
    } cases[] = {{0, 1, PREDICT_IS_SEQUENTIAL}, {30000, 1, PREDICT_IS_SEQUENTIAL}, {40000, -1, PREDICT_IS_REVERSE}, {7, 13, PREDICT_IS_STRIDE}, {65000, -30, PREDICT_IS_STRIDE}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        struct outcome o = walk(cases[i].first, cases[i].stride, 2000, PREDICT_NORMAL);
        ck_assert_int_eq(predict_pattern(&p), cases[i].pattern);
        ck_assert_uint_lt(o.faults, 90);
        ck_assert_uint_ge(o.used * 100, o.brought * 98);
        ck_assert_uint_ge(predict_precision(&p), 990);
        ck_assert_uint_eq(p.window, PREDICT_MAX);
        bounded(&o);
    }
}
END_TEST

START_TEST(random_touches_bring_in_nothing)
{
    begin();
    struct outcome o = {0};
    srand(7);
    for (unsigned i = 0; i < 20000; i++) {
        touch(&o, (uint32_t)rand() % PAGES, PREDICT_NORMAL);
    }
    ck_assert_uint_le(o.brought, 2);
    bounded(&o);
}
END_TEST

START_TEST(advice_opens_at_once_or_never)
{
    begin();
    predict_advise(&p, PREDICT_SEQUENTIAL, BASE);
    struct outcome o = walk(0, 1, 1, PREDICT_SEQUENTIAL);
    ck_assert_uint_eq(o.brought, PREDICT_START_ADVISED);
    begin();
    predict_advise(&p, PREDICT_RANDOM, BASE);
    o = walk(0, 1, 1000, PREDICT_RANDOM);
    ck_assert_uint_eq(o.brought, 0);
    ck_assert_uint_eq(o.faults, 1000);
}
END_TEST

START_TEST(window_doubles_when_used_and_halves_when_wasted)
{
    begin();
    p.credit = PREDICT_CREDIT_MAX;
    struct outcome o = {0};
    uint32_t page = 0;
    for (unsigned window = PREDICT_START; window <= PREDICT_MAX; window *= 2) {
        do {
            touch(&o, page++, PREDICT_NORMAL);
        } while (!there[page]);
        ck_assert_uint_eq(p.ahead, window);
        page += window;
    }
    ck_assert_uint_eq(p.ahead, PREDICT_MAX);
    touch(&o, 50000, PREDICT_NORMAL); /* somewhere else */
    ck_assert_uint_eq(p.ahead, 0);
    ck_assert_uint_eq(p.window, PREDICT_MAX / 2);
    ck_assert_uint_eq(p.wasted, PREDICT_MAX);
}
END_TEST

START_TEST(nothing_is_brought_in_that_costs_what_it_saves)
{
    static const struct predict_cost dear = {.near = 300, .far = PREDICT_FAULT};
    begin();
    p.credit = PREDICT_CREDIT_MAX;
    for (uint32_t page = 0; page < 100; page += 5) {
        if (predict_follows(&p, BASE + page)) {
            ck_assert_uint_eq(predict_fault(&p, dear, PREDICT_NORMAL, PREDICT_MAX), 0);
        }
    }
    ck_assert_int_eq(predict_pattern(&p), PREDICT_IS_STRIDE);
}
END_TEST

START_TEST(second_fault_at_one_page_changes_nothing)
{
    begin();
    struct predict before;
    predict_follows(&p, BASE + 5);
    before = p;
    ck_assert(!predict_follows(&p, BASE + 5));
    ck_assert_mem_eq(&before, &p, sizeof p);
}
END_TEST

START_TEST(faults_at_pages_that_are_on_their_way_change_nothing)
{
    static const int32_t strides[] = {1, -1, 9};
    for (unsigned i = 0; i < 3; i++) {
        begin();
        p.credit = PREDICT_CREDIT_MAX;
        struct outcome o = walk(30000, strides[i], 4, PREDICT_NORMAL);
        ck_assert_uint_gt(p.ahead, 1);
        struct predict before = p;
        uint32_t fault = p.last - (uint32_t)(strides[i] * p.ahead);
        for (int k = 0; k <= before.ahead; k++) {
            ck_assert(!predict_follows(&p, fault + (uint32_t)(k * strides[i])));
            ck_assert_mem_eq(&before, &p, sizeof p);
        }
        ck_assert(!predict_follows(&p, fault - (uint32_t)strides[i]));
        ck_assert_uint_eq(p.ahead, 0);
        ck_assert_uint_gt(o.brought, 0);
    }
}
END_TEST

/* Runs that end just when something has been brought in ahead: whatever is guessed is wrong. */
static void jump_when_guessed(struct outcome *o, uint32_t n)
{
    for (uint32_t page = 0, at = 0; n > 0 && at < PAGES - 600; n--, page++) {
        uint32_t brought = o->brought;
        touch(o, at + page % 256, PREDICT_NORMAL);
        if (o->brought > brought) {
            at += 512;
            page = (uint32_t)-1;
        }
    }
}

START_TEST(who_jumps_whenever_something_was_guessed_loses_at_most_a_tenth)
{
    begin();
    struct outcome o = {0};
    jump_when_guessed(&o, 20000);
    ck_assert_uint_gt(o.brought, 10); /* it is tried */
    bounded(&o);
}
END_TEST

START_TEST(a_long_walk_before_buys_the_adversary_no_more_than_it_saved)
{
    begin();
    struct outcome walked = walk(60000, 1, 4000, PREDICT_NORMAL), o = walked;
    jump_when_guessed(&o, 20000);
    bounded(&o);
    ck_assert_uint_le((o.brought - walked.brought - (o.used - walked.used)) * cost.near, PREDICT_CREDIT_MAX + (o.faults - walked.faults) * PREDICT_MARGIN);
}
END_TEST

START_TEST(any_mixture_stays_within_the_bound)
{
    for (unsigned seed = 1; seed <= 200; seed++) {
        srand(seed);
        begin();
        struct outcome o = {0};
        for (unsigned phase = 0; phase < 60; phase++) {
            static const int32_t strides[] = {1, 1, -1, 2, 7, -3};
            int32_t stride = strides[rand() % 6];
            uint32_t n = 1 + (uint32_t)rand() % (phase % 3 ? 8 : 200), page = 2000 + (uint32_t)rand() % (PAGES - 4000);
            for (; n > 0; n--, page = (uint32_t)((int32_t)page + stride)) {
                touch(&o, page, PREDICT_NORMAL);
            }
            bounded(&o);
        }
    }
}
END_TEST

/* ---- without a pattern ---- */

/* touch_around: as touch, for pages that may be guessed also without a pattern. */
static void touch_around(struct outcome *o, uint32_t page)
{
    if (!faults(o, page)) {
        return;
    }
    uint32_t room = PAGES - 1 - page, n = predict_follows(&p, BASE + page) ? predict_fault(&p, cost, PREDICT_NORMAL, room) : 0, found = 0;
    n = n ? n : predict_around(&p, cost, PREDICT_NORMAL, room);
    ck_assert_uint_le(n, room);
    for (uint32_t at = page + 1; found < n && p.stride == 1 && !there[at]; at++, found++) {
        there[at] = ahead[at] = true;
    }
    predict_brought(&p, found, cost);
    o->brought += found;
    o->spent += (uint64_t)found * cost.near;
}

START_TEST(a_guess_is_made_as_a_whole_while_the_account_bears_it)
{
    begin();
    predict_lend(&p, PREDICT_AROUND * cost.near);
    predict_follows(&p, BASE + 500);
    ck_assert_uint_eq(predict_around(&p, cost, PREDICT_RANDOM, 100), 0);
    ck_assert_uint_eq(predict_around(&p, cost, PREDICT_NORMAL, 0), 0);
    ck_assert_uint_eq(predict_around(&p, cost, PREDICT_NORMAL, 5), 5);
    predict_brought(&p, 5, cost);
    predict_follows(&p, BASE + 9000);
    ck_assert_uint_eq(predict_around(&p, cost, PREDICT_NORMAL, 100), 0);
}
END_TEST

START_TEST(a_walk_from_a_guess_is_a_stream_at_once)
{
    begin();
    predict_lend(&p, PREDICT_AROUND * cost.near);
    struct outcome o = {0};
    for (uint32_t page = 700; page < 2700; page++) {
        touch_around(&o, page);
    }
    ck_assert_uint_le(o.faults, 2000 / PREDICT_MAX + 4);
    ck_assert_int_eq(predict_pattern(&p), PREDICT_IS_SEQUENTIAL);
}
END_TEST

START_TEST(guesses_cost_a_tenth_and_what_was_lent)
{
    begin();
    uint32_t lent = 3 * PREDICT_AROUND * cost.near;
    predict_lend(&p, lent);
    struct outcome o = {0};
    srand(11);
    for (unsigned i = 0; i < 20000; i++) {
        touch_around(&o, (uint32_t)rand() % PAGES);
        ck_assert_uint_le(o.spent * 10, (uint64_t)(o.faults + o.used) * PREDICT_FAULT * 11 + lent * 10);
    }
    ck_assert_uint_gt(o.brought, 100);
}
END_TEST

START_TEST(walking_down_is_found_out_between_guesses)
{
    begin();
    predict_lend(&p, PREDICT_AROUND * cost.near);
    struct outcome o = {0};
    for (uint32_t page = 3000; page > 2000; page--) {
        touch_around(&o, page);
    }
    ck_assert_int_eq(predict_pattern(&p), PREDICT_IS_REVERSE);
}
END_TEST

START_TEST(no_loan_fills_the_account_beyond_its_bound)
{
    begin();
    predict_lend(&p, 10 * PREDICT_CREDIT_MAX);
    ck_assert_uint_eq(p.credit, PREDICT_CREDIT_MAX);
}
END_TEST

START_TEST(counts_fade_and_keep_their_ratio)
{
    begin();
    p.used = 65000;
    p.wasted = 20000;
    p.ahead = 32;
    for (unsigned i = 0; i < 20; i++) {
        p.ahead = 32;
        predict_advise(&p, PREDICT_NORMAL, BASE);
    }
    p.run = PREDICT_RUN;
    for (unsigned i = 0; i < 20; i++) {
        p.ahead = 32;
        predict_fault(&p, cost, PREDICT_RANDOM, 0);
    }
    ck_assert_uint_lt(p.used, 40000);
    ck_assert_uint_gt(predict_precision(&p), 700);
    ck_assert_uint_lt(predict_precision(&p), 800);
}
END_TEST

START_TEST(a_window_of_whole_units_ends_before_one_begins)
{
    for (uint32_t page = 0; page < 64; page++) {
        for (uint32_t n = 0; n <= PREDICT_MAX; n++) {
            uint32_t whole = predict_whole(page, n, 16);
            ck_assert_uint_le(whole, n);
            ck_assert_uint_gt(whole + 16, n);
            if (n < 15) {
                ck_assert_uint_eq(whole, n);
            } else {
                ck_assert_uint_eq((page + whole + 1) % 16, 0);
            }
        }
    }
    ck_assert_uint_eq(predict_whole(UINT32_MAX - 15, 64, 16), 63); /* page numbers go on from 0 */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("predict");
    TCase *t = tcase_create("predict");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, each_pattern_is_learned_and_followed);
    tcase_add_test(t, random_touches_bring_in_nothing);
    tcase_add_test(t, advice_opens_at_once_or_never);
    tcase_add_test(t, window_doubles_when_used_and_halves_when_wasted);
    tcase_add_test(t, nothing_is_brought_in_that_costs_what_it_saves);
    tcase_add_test(t, second_fault_at_one_page_changes_nothing);
    tcase_add_test(t, faults_at_pages_that_are_on_their_way_change_nothing);
    tcase_add_test(t, who_jumps_whenever_something_was_guessed_loses_at_most_a_tenth);
    tcase_add_test(t, a_long_walk_before_buys_the_adversary_no_more_than_it_saved);
    tcase_add_test(t, any_mixture_stays_within_the_bound);
    tcase_add_test(t, a_guess_is_made_as_a_whole_while_the_account_bears_it);
    tcase_add_test(t, a_walk_from_a_guess_is_a_stream_at_once);
    tcase_add_test(t, guesses_cost_a_tenth_and_what_was_lent);
    tcase_add_test(t, walking_down_is_found_out_between_guesses);
    tcase_add_test(t, no_loan_fills_the_account_beyond_its_bound);
    tcase_add_test(t, counts_fade_and_keep_their_ratio);
    tcase_add_test(t, a_window_of_whole_units_ends_before_one_begins);
    suite_add_tcase(s, t);
    return check_run(s);
}
