/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "victim.h"

#include <stdlib.h>

static uint32_t choose(uint32_t requester, const struct victim_candidate *c, unsigned n)
{
    struct victim_choice v;
    victim_begin(&v, requester);
    for (unsigned i = 0; i < n; i++) {
        victim_consider(&v, &c[i]);
    }
    return victim_end(&v);
}

START_TEST(greatest_excess_is_chosen)
{
    const struct victim_candidate c[] = {{1, 1, 500, 100, 0}, {2, 1, 900, 600, 0}, {3, 1, 450, 0, 0}};
    ck_assert_uint_eq(choose(1, c, 3), 3);
}
END_TEST

START_TEST(weight_divides_the_excess)
{
    const struct victim_candidate c[] = {{1, 4, 1000, 0, 0}, {2, 1, 300, 0, 0}};
    ck_assert_uint_eq(choose(1, c, 2), 2);
}
END_TEST

START_TEST(nobody_above_its_minimum_ends_the_requester)
{
    const struct victim_candidate c[] = {{1, 1, 100, 100, 0}, {2, 1, 50, 100, 0}};
    ck_assert_uint_eq(choose(2, c, 2), 2);
    ck_assert_uint_eq(choose(7, c, 0), 7);
}
END_TEST

START_TEST(tie_goes_to_the_requester)
{
    const struct victim_candidate c[] = {{1, 1, 200, 100, 0}, {2, 2, 300, 100, 0}, {3, 1, 200, 100, 0}};
    ck_assert_uint_eq(choose(2, c, 3), 2);
    ck_assert_uint_eq(choose(3, c, 3), 3);
    ck_assert_uint_eq(choose(9, c, 3), 1);
}
END_TEST

START_TEST(above_its_maximum_comes_first)
{
    const struct victim_candidate c[] = {{1, 1, 900, 0, 0}, {2, 1, 120, 50, 100}, {3, 1, 90, 100, 50}};
    ck_assert_uint_eq(choose(1, c, 2), 2);
    ck_assert_uint_eq(choose(1, c + 2, 1), 1); /* nobody: 3 is below its minimum, whatever its maximum */
}
END_TEST

START_TEST(greatest_page_counts_and_weights_do_not_overflow)
{
    const uint64_t most = ((uint64_t)1 << 40) - 1;
    const struct victim_candidate c[] = {{1, VICTIM_WEIGHT_MAX, most, 0, 0}, {2, VICTIM_WEIGHT_MAX - 1, most - 1, 0, 0}};
    ck_assert_uint_eq(choose(1, c, 2), 2);
}
END_TEST

START_TEST(allowance_ends_where_the_next_one_would_be_chosen)
{
    const struct victim_candidate c[] = {{1, 1, 1000, 100, 0}, {2, 1, 700, 100, 0}};
    struct victim_choice v;
    victim_begin(&v, 9);
    ck_assert_uint_eq(victim_allowance(&v), 0);
    victim_consider(&v, &c[0]);
    ck_assert_uint_eq(victim_allowance(&v), 900);
    victim_consider(&v, &c[1]);
    ck_assert_uint_eq(victim_allowance(&v), 301); /* at 700 it still is the first considered of two equals */
}
END_TEST

/* order: what the header says, on exact fractions: a before b, where a was considered first. */
static bool comes_before(const struct victim_candidate *a, const struct victim_candidate *b, uint32_t requester)
{
    bool a_may = a->pages > a->min, b_may = b->pages > b->min;
    if (a_may != b_may) {
        return a_may;
    }
    if (!a_may) {
        return b->id != requester;
    }
    bool a_over = a->max && a->pages > a->max, b_over = b->max && b->pages > b->max;
    if (a_over != b_over) {
        return a_over;
    }
    uint64_t left = (a->pages - a->min) * b->weight, right = (b->pages - b->min) * a->weight;
    return left > right || (left == right && b->id != requester);
}

static const struct victim_candidate *oracle(const struct victim_candidate *c, unsigned n, uint32_t requester)
{
    const struct victim_candidate *best = NULL;
    for (unsigned i = 0; i < n; i++) {
        if (c[i].pages > c[i].min && (!best || !comes_before(best, &c[i], requester))) {
            best = &c[i];
        }
    }
    return best;
}

static unsigned random_candidates(struct victim_candidate *c)
{
    unsigned n = (unsigned)rand() % 13;
    for (unsigned i = 0; i < n; i++) {
        c[i] = (struct victim_candidate){i + 1, 1 + (uint32_t)rand() % 3, (uint64_t)rand() % 20, (uint64_t)rand() % 10, rand() % 2 ? 0 : (uint64_t)rand() % 20};
    }
    return n;
}

START_TEST(random_choices_agree_with_the_oracle)
{
    srand(1);
    for (unsigned round = 0; round < 200000; round++) {
        struct victim_candidate c[12];
        unsigned n = random_candidates(c);
        uint32_t requester = 1 + (uint32_t)rand() % 12;
        const struct victim_candidate *best = oracle(c, n, requester);
        ck_assert_uint_eq(choose(requester, c, n), best ? best->id : requester);
    }
}
END_TEST

/* Take page after page, choosing anew each time: the allowance is how long the choice stays the same. */
START_TEST(allowance_agrees_with_choosing_for_every_page)
{
    srand(2);
    for (unsigned round = 0; round < 50000; round++) {
        struct victim_candidate c[12];
        struct victim_choice v;
        unsigned n = random_candidates(c);
        uint64_t taken = 0;
        victim_begin(&v, 1 + (uint32_t)rand() % 12);
        for (unsigned i = 0; i < n; i++) {
            victim_consider(&v, &c[i]);
        }
        const struct victim_candidate *first = oracle(c, n, v.requester);
        /* Of equals the one that comes first in the table stays: the order in which they were considered decides that. */
        while (first && oracle(c, n, v.requester) == first) {
            c[first - c].pages--;
            taken++;
        }
        ck_assert_uint_eq(victim_allowance(&v) >= taken, true);
        ck_assert_uint_le(victim_allowance(&v), taken + 1);
    }
}
END_TEST

START_TEST(table_holds_the_first_of_the_order)
{
    srand(3);
    for (unsigned round = 0; round < 50000; round++) {
        struct victim_candidate c[12];
        struct victim_choice v;
        unsigned n = random_candidates(c);
        victim_begin(&v, 1 + (uint32_t)rand() % 12);
        for (unsigned i = 0; i < n; i++) {
            victim_consider(&v, &c[i]);
        }
        ck_assert_uint_eq(v.n_rows, n < VICTIM_ROWS ? n : VICTIM_ROWS);
        for (unsigned i = 0; i < n; i++) {
            unsigned place = 0;
            for (unsigned k = 0; k < n; k++) {
                place += k < i ? comes_before(&c[k], &c[i], v.requester) : k > i && !comes_before(&c[i], &c[k], v.requester);
            }
            ck_assert(place >= VICTIM_ROWS || v.rows[place].id == c[i].id);
        }
    }
}
END_TEST

START_TEST(share_is_the_excess_per_weight)
{
    ck_assert_uint_eq(victim_share(&(struct victim_candidate){1, 4, 1003, 100, 0}), 225);
    ck_assert_uint_eq(victim_share(&(struct victim_candidate){1, 4, 99, 100, 0}), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("victim");
    TCase *t = tcase_create("victim");
    tcase_add_test(t, greatest_excess_is_chosen);
    tcase_add_test(t, weight_divides_the_excess);
    tcase_add_test(t, nobody_above_its_minimum_ends_the_requester);
    tcase_add_test(t, tie_goes_to_the_requester);
    tcase_add_test(t, above_its_maximum_comes_first);
    tcase_add_test(t, greatest_page_counts_and_weights_do_not_overflow);
    tcase_add_test(t, allowance_ends_where_the_next_one_would_be_chosen);
    tcase_add_test(t, allowance_agrees_with_choosing_for_every_page);
    tcase_add_test(t, table_holds_the_first_of_the_order);
    tcase_add_test(t, share_is_the_excess_per_weight);
    tcase_add_test(t, random_choices_agree_with_the_oracle);
    suite_add_tcase(s, t);
    return check_run(s);
}
