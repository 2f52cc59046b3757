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

/* ---- coloured ---- */

#define ORDER 4u

static void setup_coloured(void)
{
    memset(entries, 0, sizeof entries);
    buddy_init(&b, entries, sizeof entries[0], ORDER);
    buddy_colour(&b, BUDDY_WINDOW_MAX);
}

static bool contains(uint32_t index, uint32_t order, uint32_t colour, uint32_t bits)
{
    for (uint32_t i = index; i < index + (1u << order); i++) {
        if (i % (1u << bits) == colour) {
            return true;
        }
    }
    return false;
}

/* What buddy_orders says against a look at every block. */
static void compare_colours(uint32_t bits)
{
    for (uint32_t colour = 0; colour < 1u << bits; colour++) {
        uint64_t lists = buddy_colour_lists(&b, colour, bits);
        for (unsigned clean = 0; clean < 2; clean++) {
            uint32_t orders = 0;
            for (uint32_t i = 0; i < UNITS; i++) {
                const struct buddy_unit *u = &entries[i].unit;
                orders |= u->head && u->clean == clean && contains(i, u->order, colour, bits) ? 1u << u->order : 0;
            }
            ck_assert_uint_eq(buddy_orders(&b, clean, lists), orders);
            for (uint32_t order = 0; order <= ORDER; order++) {
                if (orders >> order & 1) {
                    uint32_t block = buddy_find(&b, clean, lists, order);
                    ck_assert(entries[block].unit.head && entries[block].unit.order == order && entries[block].unit.clean == clean);
                    ck_assert(contains(block, order, colour, bits));
                }
            }
        }
    }
}

START_TEST(coloured_lists_find_exactly_the_blocks_with_a_colour)
{
    srand(4);
    memset(model_free, 0, sizeof model_free);
    for (unsigned step = 0; step < 20000; step++) {
        uint32_t unit = (uint32_t)rand() % UNITS, bits = (uint32_t)rand() % 6;
        uint64_t lists = buddy_colour_lists(&b, unit % (1u << bits), bits);
        uint32_t orders = buddy_orders(&b, step & 1, lists);
        if (!model_free[unit]) {
            buddy_insert(&b, unit, 0, rand() % 2);
            model_free[unit] = true;
        } else if (orders) {
            uint32_t order = (uint32_t)__builtin_ctz(orders), block = buddy_find(&b, step & 1, lists, order);
            uint32_t first = block + (uint32_t)rand() % (1u << order), n = 1 + (uint32_t)rand() % (block + (1u << order) - first);
            buddy_take_units(&b, block, first, n);
            memset(model_free + first, 0, n);
        }
        if (step % 16 == 0) {
            compare_colours(bits);
        }
        uint32_t free = 0;
        for (uint32_t i = 0; i < UNITS; i++) {
            free += model_free[i];
        }
        ck_assert_uint_eq(b.free, free);
    }
}
END_TEST

START_TEST(colours_come_and_go_with_blocks_free)
{
    for (uint32_t i = 0; i < UNITS; i += 3) {
        buddy_insert(&b, i, 0, i % 2);
    }
    uint32_t free = b.free, masks[2] = {b.mask[0], b.mask[1]};
    buddy_colour(&b, 0);
    ck_assert_uint_eq(b.free, free);
    ck_assert_uint_eq(b.mask[0], masks[0]);
    ck_assert_uint_eq(b.mask[1], masks[1]);
    buddy_colour(&b, BUDDY_WINDOW_MAX);
    ck_assert_uint_eq(b.free, free);
    compare_colours(4);
}
END_TEST

START_TEST(blocks_of_any_colour_take_turns)
{
    for (uint32_t i = 0; i < UNITS; i += 2) {
        buddy_insert(&b, i, 0, false);
    }
    uint32_t last = buddy_take(&b, 0);
    for (unsigned n = 0; n < 100; n++) {
        uint32_t next = buddy_take(&b, 0);
        ck_assert_uint_eq(next % 32, (last + 2) % 32);
        last = next;
    }
}
END_TEST

START_TEST(coloured_blocks_are_taken_and_merged_as_others)
{
    for (uint32_t i = 0; i < UNITS; i++) {
        buddy_insert(&b, i, 0, true);
    }
    ck_assert_uint_eq(b.mask[1], 1u << ORDER);
    for (uint32_t n = 0; n < UNITS; n++) {
        ck_assert_uint_ne(buddy_take(&b, 0), BUDDY_NONE);
    }
    ck_assert_uint_eq(buddy_take(&b, 0), BUDDY_NONE);
    ck_assert_uint_eq(b.mask[1], 0);
    ck_assert_uint_eq(b.lists[1], 0);
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
    TCase *coloured = tcase_create("coloured");
    tcase_set_timeout(coloured, 100);
    tcase_add_checked_fixture(coloured, setup_coloured, NULL);
    tcase_add_test(coloured, coloured_lists_find_exactly_the_blocks_with_a_colour);
    tcase_add_test(coloured, colours_come_and_go_with_blocks_free);
    tcase_add_test(coloured, blocks_of_any_colour_take_turns);
    tcase_add_test(coloured, coloured_blocks_are_taken_and_merged_as_others);
    suite_add_tcase(s, coloured);
    return s;
}

int main(void)
{
    return check_run(suite());
}
