/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "pressure.h"

#include <stdbool.h>
#include <stdlib.h>

START_TEST(thresholds_are_ordered_at_every_size)
{
    for (uint64_t total = 64; total < 1ull << 40; total *= 3) {
        struct pressure p;
        pressure_init(&p, total);
        for (unsigned i = 0; i < PRESSURE_LEVELS - 1; i++) {
            ck_assert_uint_gt(p.leave[i], p.enter[i]);
            ck_assert(i == 0 || p.enter[i] < p.enter[i - 1]);
        }
    }
}
END_TEST

START_TEST(levels_are_entered_below_and_left_above)
{
    struct pressure p;
    pressure_init(&p, 8000);
    ck_assert_uint_eq(pressure_update(&p, p.enter[0]), 0);
    ck_assert_uint_eq(pressure_update(&p, p.enter[0] - 1), 1);
    ck_assert_uint_eq(pressure_update(&p, p.leave[0] - 1), 1);
    ck_assert_uint_eq(pressure_update(&p, p.leave[0]), 0);
    ck_assert_uint_eq(pressure_update(&p, 0), 3);
    ck_assert_uint_eq(pressure_update(&p, 8000), 0);
    ck_assert_uint_eq(p.entered[1], 1);
    ck_assert_uint_eq(p.entered[3], 1);
    ck_assert_uint_eq(p.entered[0], 2);
}
END_TEST

/* Oracle: one flag per threshold, each with its own hysteresis; the level is the number of flags that are set from the bottom. */
START_TEST(random_walk_agrees_with_the_oracle)
{
    struct pressure p;
    unsigned level = 0;
    int64_t free = 1000;
    srand(1);
    pressure_init(&p, 4096);
    for (unsigned i = 0; i < 1000000; i++) {
        free += rand() % 201 - 100;
        free = free < 0 ? 0 : free > 1200 ? 1200 : free;
        for (bool moved = true; moved;) {
            moved = false;
            if (level < 3 && (uint64_t)free < p.enter[level]) {
                level++;
                moved = true;
            } else if (level > 0 && (uint64_t)free >= p.leave[level - 1]) {
                level--;
                moved = true;
            }
        }
        ck_assert_uint_eq(pressure_update(&p, (uint64_t)free), level);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pressure");
    TCase *t = tcase_create("pressure");
    tcase_add_test(t, thresholds_are_ordered_at_every_size);
    tcase_add_test(t, levels_are_entered_below_and_left_above);
    tcase_add_test(t, random_walk_agrees_with_the_oracle);
    suite_add_tcase(s, t);
    return check_run(s);
}
