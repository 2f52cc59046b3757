/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "pressure.h"
#include "stall.h"

#include <math.h>
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
        uint64_t unheld = p.enter[2];
        for (uint64_t held = 1; held < 1ull << 40; held *= 5) {
            pressure_held_at(&p, held);
            ck_assert_uint_gt(p.leave[2], p.enter[2]);
            ck_assert_uint_lt(p.enter[2], p.enter[1]);
            ck_assert_uint_le(p.enter[2], held / 2 + 1);
        }
        pressure_held_at(&p, 0);
        ck_assert_uint_eq(p.enter[2], unheld);
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

#define MS 1000000ull
#define RAM 32768u

static struct pressure p;

/* assess: signals that say nothing, but for what is given. */
static uint32_t assess(struct pressure_signals s)
{
    return pressure_assess(&p, &s);
}

START_TEST(each_signal_raises_the_level_and_is_the_reason)
{
    static const struct {
        struct pressure_signals first, then; /* 100 ms apart */
        uint32_t level;
        enum pressure_reason reason;
    } table[] = {
        {{.free_pages = RAM}, {.free_pages = RAM}, 0, PRESSURE_FREE},
        {{.free_pages = RAM / 20}, {.free_pages = RAM / 20}, 2, PRESSURE_FREE},
        {{.free_pages = RAM}, {.free_pages = RAM, .stall = STALL_ALL / 16}, 1, PRESSURE_STALL},
        {{.free_pages = RAM}, {.free_pages = RAM, .stall = STALL_ALL / 6}, 2, PRESSURE_STALL},
        {{.free_pages = RAM}, {.free_pages = RAM, .stall = STALL_ALL / 2}, 3, PRESSURE_STALL},
        {{.free_pages = RAM}, {.free_pages = RAM, .refaults = 51}, 0, PRESSURE_FREE}, /* 510 a second: just below RAM / 64 */
        {{.free_pages = RAM}, {.free_pages = RAM, .refaults = 60}, 1, PRESSURE_REFAULT},
        {{.free_pages = RAM}, {.free_pages = RAM, .refaults = 300}, 2, PRESSURE_REFAULT},
        {{.free_pages = RAM}, {.free_pages = RAM, .refaults = 900}, 3, PRESSURE_REFAULT},
        {{.free_pages = RAM}, {.free_pages = RAM / 3}, 1, PRESSURE_CONSUMPTION}, /* gone in 50 ms */
        {{.free_pages = RAM}, {.free_pages = RAM / 8}, 2, PRESSURE_CONSUMPTION}, /* in 14 ms */
        {{.free_pages = RAM / 3}, {.free_pages = RAM}, 0, PRESSURE_FREE},
        {{.free_pages = 1000 + RAM / 2}, {.free_pages = 1000 + RAM / 2, .scattered_pages = RAM / 2}, 1, PRESSURE_FRAGMENTATION},
    };
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        struct pressure_signals first = table[i].first, then = table[i].then;
        pressure_init(&p, RAM);
        first.now_ns = 1000 * MS;
        then.now_ns = first.now_ns + 100 * MS;
        assess(first);
        uint32_t level = assess(then);
        ck_assert_msg(level == table[i].level && p.reason == table[i].reason, "row %u: level %u, %s", i, level, pressure_reason_name(p.reason));
    }
}
END_TEST

START_TEST(levels_of_other_signals_have_hysteresis)
{
    pressure_init(&p, RAM);
    ck_assert_uint_eq(assess((struct pressure_signals){.free_pages = RAM, .stall = STALL_ALL / 6}), 2);
    ck_assert_uint_eq(assess((struct pressure_signals){.free_pages = RAM, .stall = STALL_ALL / 8 + 1}), 2); /* 3/4 of it */
    ck_assert_uint_eq(assess((struct pressure_signals){.free_pages = RAM, .stall = STALL_ALL / 8 - 2}), 1);
    ck_assert_uint_eq(assess((struct pressure_signals){.free_pages = RAM, .stall = STALL_ALL / 16 * 3 / 4 - 1}), 0);
    ck_assert_uint_eq(p.entered[2], 1);
    ck_assert_uint_eq(p.entered[1], 1);
}
END_TEST

START_TEST(update_keeps_the_levels_of_the_other_signals)
{
    pressure_init(&p, RAM);
    assess((struct pressure_signals){.free_pages = RAM, .stall = STALL_ALL / 16});
    ck_assert_uint_eq(pressure_update(&p, RAM), 1);
    ck_assert_uint_eq(pressure_update(&p, 0), 3);
    ck_assert(p.reason == PRESSURE_FREE);
    ck_assert_uint_eq(pressure_update(&p, RAM), 1);
    ck_assert(p.reason == PRESSURE_STALL);
}
END_TEST

/* Pages that are taken and given back as fast are no consumption; a time or a count that goes back is none either. */
START_TEST(churn_is_no_consumption)
{
    pressure_init(&p, RAM);
    for (uint64_t i = 1; i < 1000; i++) {
        ck_assert_uint_eq(assess((struct pressure_signals){.now_ns = i * 20 * MS, .free_pages = RAM - i % 2}), 0);
    }
    ck_assert_uint_eq(assess((struct pressure_signals){.now_ns = 5, .free_pages = RAM}), 0);
}
END_TEST

START_TEST(request_names_pages_and_deadline)
{
    pressure_init(&p, RAM);
    struct pressure_request r = pressure_ask(&p, RAM);
    ck_assert(r.level == 0 && r.pages == 0 && r.deadline_ns == UINT64_MAX);

    assess((struct pressure_signals){.now_ns = 1000 * MS, .free_pages = 5000});
    assess((struct pressure_signals){.now_ns = 2000 * MS, .free_pages = 3000}); /* 2000 a second */
    r = pressure_ask(&p, 3000);
    ck_assert_uint_eq(r.level, 1);
    ck_assert_uint_eq(r.pages, p.leave[0] - 3000);
    ck_assert_uint_eq(r.deadline_ns, 1500 * MS);
    ck_assert_uint_eq(pressure_ask(&p, 0).deadline_ns, 0);
}
END_TEST

START_TEST(request_covers_what_keeps_coming_back)
{
    pressure_init(&p, RAM);
    assess((struct pressure_signals){.now_ns = 1000 * MS, .free_pages = RAM});
    assess((struct pressure_signals){.now_ns = 2000 * MS, .free_pages = RAM, .refaults = 5000});
    ck_assert(p.reason == PRESSURE_REFAULT);
    ck_assert_uint_eq(pressure_ask(&p, RAM).pages, 500);
}
END_TEST

/* Oracle: rates in floating point, each signal's level one threshold at a time. */
static unsigned oracle_rising(unsigned level, double value, double low, double medium, double critical)
{
    const double enter[3] = {low, medium, critical};
    unsigned result = 0;
    for (unsigned i = 0; i < 3; i++) {
        result += value >= (i < level ? enter[i] - floor(enter[i] / 4) : enter[i]);
    }
    return result;
}

START_TEST(random_signals_agree_with_the_oracle)
{
    unsigned stall = 0, refault = 0, free_level = 0;
    uint64_t now = 0, refaults = 0, start = 0, at_start = 0, free = RAM;
    double rate = 0;
    srand(2);
    pressure_init(&p, RAM);
    for (unsigned i = 0; i < 300000; i++) {
        now += (uint64_t)rand() % (40 * MS);
        refaults += rand() % 8 ? 0 : (uint64_t)rand() % 2000;
        free = (uint64_t)rand() % RAM;
        struct pressure_signals s = {.now_ns = now, .free_pages = free, .refaults = refaults, .stall = (uint32_t)rand() % STALL_ALL};
        if (now - start >= PRESSURE_PERIOD_NS) {
            double r = (double)(refaults - at_start) * 1e9 / (double)(now - start);
            rate = now - start >= 4 * PRESSURE_PERIOD_NS ? r : (3 * rate + r) / 4;
            start = now;
            at_start = refaults;
        }
        for (bool moved = true; moved;) {
            unsigned old = free_level;
            free_level += free_level < 3 && free < p.enter[free_level];
            free_level -= free_level > 0 && free >= p.leave[free_level - 1];
            moved = free_level != old;
        }
        stall = oracle_rising(stall, s.stall, STALL_ALL / 16, STALL_ALL / 6, STALL_ALL * 2 / 5);
        /* The module rounds the rate down: near a threshold it may differ. */
        unsigned below = oracle_rising(refault, rate - 4, RAM / 64 + 1, RAM / 16 + 1, RAM / 4 + 1);
        unsigned above = oracle_rising(refault, rate, RAM / 64 + 1, RAM / 16 + 1, RAM / 4 + 1);
        uint32_t level = assess(s);
        ck_assert_uint_eq(p.levels[PRESSURE_FREE], free_level);
        ck_assert_uint_eq(p.levels[PRESSURE_STALL], stall);
        ck_assert(p.levels[PRESSURE_REFAULT] >= below && p.levels[PRESSURE_REFAULT] <= above);
        refault = p.levels[PRESSURE_REFAULT];
        unsigned most = 0;
        for (unsigned k = 0; k < PRESSURE_REASONS; k++) {
            most = p.levels[k] > most ? p.levels[k] : most;
        }
        ck_assert_uint_eq(level, most);
        ck_assert_uint_eq(p.levels[p.reason], most);
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
    tcase_add_test(t, each_signal_raises_the_level_and_is_the_reason);
    tcase_add_test(t, levels_of_other_signals_have_hysteresis);
    tcase_add_test(t, update_keeps_the_levels_of_the_other_signals);
    tcase_add_test(t, churn_is_no_consumption);
    tcase_add_test(t, request_names_pages_and_deadline);
    tcase_add_test(t, request_covers_what_keeps_coming_back);
    tcase_add_test(t, random_signals_agree_with_the_oracle);
    suite_add_tcase(s, t);
    return check_run(s);
}
