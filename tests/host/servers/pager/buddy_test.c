/* SPDX-License-Identifier: BSD-2-Clause */
#include "buddy.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

#define UNITS 512u

struct entry {
    struct buddy_unit unit;
    uint64_t other;
};

static struct entry entries[UNITS];
static struct buddy b;

static void setup(void)
{
    memset(entries, 0, sizeof entries);
    buddy_init(&b, entries, sizeof entries[0], 9);
}

START_TEST(empty_has_nothing)
{
    ck_assert_uint_eq(buddy_take(&b, 0), BUDDY_NONE);
    ck_assert_int_eq(buddy_largest(&b), -1);
}
END_TEST

START_TEST(halves_merge_to_the_whole)
{
    for (uint32_t i = 0; i < UNITS; i++) {
        buddy_insert(&b, i, 0, true);
    }
    ck_assert_int_eq(buddy_largest(&b), 9);
    ck_assert_uint_eq(b.free, UNITS);
    ck_assert_uint_eq(b.mask[1], 1u << 9);
}
END_TEST

START_TEST(merging_stops_at_the_largest_order)
{
    buddy_init(&b, entries, sizeof entries[0], 4);
    for (uint32_t i = 0; i < UNITS; i++) {
        ck_assert_uint_le(buddy_insert(&b, i, 0, false), 4);
    }
    ck_assert_int_eq(buddy_largest(&b), 4);
}
END_TEST

START_TEST(a_dirty_half_makes_the_whole_dirty)
{
    buddy_insert(&b, 0, 0, true);
    buddy_insert(&b, 1, 0, false);
    ck_assert_uint_eq(b.mask[1], 0);
    ck_assert_uint_eq(b.mask[0], 2);
}
END_TEST

START_TEST(take_splits_and_aligns)
{
    buddy_insert(&b, 0, 9, true);
    uint32_t page = buddy_take(&b, 0);
    uint32_t block = buddy_take(&b, 5);
    ck_assert_uint_lt(page, UNITS);
    ck_assert_uint_eq(block % 32, 0);
    ck_assert(page < block || page >= block + 32);
    ck_assert_uint_eq(b.free, UNITS - 33);
}
END_TEST

/* Naive model: which units are free, and whether each is clean. A block of order k exists in the model when all its units are free. */
static bool model_free[UNITS];

static int model_largest(void)
{
    for (int order = 9; order >= 0; order--) {
        for (uint32_t i = 0; i < UNITS; i += 1u << order) {
            uint32_t k = 0;
            while (k < 1u << order && model_free[i + k]) {
                k++;
            }
            if (k == 1u << order) {
                return order;
            }
        }
    }
    return -1;
}

static void compare(void)
{
    uint32_t free = 0, listed = 0, wrong = 0;
    for (uint32_t i = 0; i < UNITS; i++) {
        free += model_free[i];
        if (entries[i].unit.head) {
            for (uint32_t k = 0; k < 1u << entries[i].unit.order; k++) {
                wrong += !model_free[i + k];
                listed++;
            }
        }
        wrong += entries[i].other != 0;
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(b.free, free);
    ck_assert_uint_eq(listed, free);
    ck_assert_int_eq(buddy_largest(&b), model_largest());
}

START_TEST(random_operations_agree_with_the_model)
{
    struct {
        uint32_t index, order;
    } held[UNITS];
    unsigned n = 0;

    srand(1);
    memset(model_free, 0, sizeof model_free);
    for (uint32_t i = 0; i < UNITS; i++) {
        held[n].index = i;
        held[n++].order = 0;
    }
    for (unsigned step = 0; step < 1000000; step++) {
        if (n > 0 && (rand() % 2 || b.free == 0)) {
            unsigned k = (unsigned)rand() % n;
            buddy_insert(&b, held[k].index, held[k].order, rand() % 2);
            memset(model_free + held[k].index, 1, 1u << held[k].order);
            held[k] = held[--n];
        } else {
            uint32_t order = (uint32_t)rand() % 6;
            uint32_t index = buddy_take(&b, order);
            if (index == BUDDY_NONE) {
                ck_assert_int_lt(model_largest(), (int)order);
            } else {
                uint32_t used = index % (1u << order);
                for (uint32_t i = 0; i < 1u << order; i++) {
                    used += !model_free[index + i];
                }
                ck_assert_uint_eq(used, 0);
                memset(model_free + index, 0, 1u << order);
                held[n].index = index;
                held[n++].order = order;
            }
        }
        if (step % 256 == 0) {
            compare();
        }
    }
    while (n > 0) {
        n--;
        buddy_insert(&b, held[n].index, held[n].order, false);
    }
    ck_assert_int_eq(buddy_largest(&b), 9);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("buddy");
    TCase *t = tcase_create("buddy");
    tcase_set_timeout(t, 100);
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, empty_has_nothing);
    tcase_add_test(t, halves_merge_to_the_whole);
    tcase_add_test(t, merging_stops_at_the_largest_order);
    tcase_add_test(t, a_dirty_half_makes_the_whole_dirty);
    tcase_add_test(t, take_splits_and_aligns);
    tcase_add_test(t, random_operations_agree_with_the_model);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
