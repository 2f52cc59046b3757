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
    const struct victim_candidate c[] = {{1, 1, 500, 100}, {2, 1, 900, 600}, {3, 1, 450, 0}};
    ck_assert_uint_eq(choose(1, c, 3), 3);
}
END_TEST

START_TEST(weight_divides_the_excess)
{
    const struct victim_candidate c[] = {{1, 4, 1000, 0}, {2, 1, 300, 0}};
    ck_assert_uint_eq(choose(1, c, 2), 2);
}
END_TEST

START_TEST(nobody_above_its_minimum_ends_the_requester)
{
    const struct victim_candidate c[] = {{1, 1, 100, 100}, {2, 1, 50, 100}};
    ck_assert_uint_eq(choose(2, c, 2), 2);
    ck_assert_uint_eq(choose(7, c, 0), 7);
}
END_TEST

START_TEST(tie_goes_to_the_requester)
{
    const struct victim_candidate c[] = {{1, 1, 200, 100}, {2, 2, 300, 100}, {3, 1, 200, 100}};
    ck_assert_uint_eq(choose(2, c, 3), 2);
    ck_assert_uint_eq(choose(3, c, 3), 3);
    ck_assert_uint_eq(choose(9, c, 3), 1);
}
END_TEST

START_TEST(random_choices_agree_with_the_oracle)
{
    srand(1);
    for (unsigned round = 0; round < 200000; round++) {
        struct victim_candidate c[8];
        unsigned n = (unsigned)rand() % 9;
        for (unsigned i = 0; i < n; i++) {
            c[i] = (struct victim_candidate){i + 1, 1 + (uint32_t)rand() % 3, (uint64_t)rand() % 20, (uint64_t)rand() % 10};
        }
        uint32_t requester = 1 + (uint32_t)rand() % 8, best = requester;
        double most = 0;
        for (unsigned i = 0; i < n; i++) {
            double excess = c[i].pages > c[i].min ? (double)(c[i].pages - c[i].min) / c[i].weight : 0;
            if (excess > most || (excess == most && excess > 0 && c[i].id == requester)) {
                most = excess;
                best = c[i].id;
            }
        }
        ck_assert_uint_eq(choose(requester, c, n), best);
    }
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
    tcase_add_test(t, random_choices_agree_with_the_oracle);
    suite_add_tcase(s, t);
    return check_run(s);
}
