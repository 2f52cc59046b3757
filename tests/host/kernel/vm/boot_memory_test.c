/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of physical ranges against a bitmap of pages. */
#include "vm/boot_memory.h"

#include "check_main.h"

#include <string.h>

enum { PAGES = 512, PAGE = 4096 };

static struct memory_ranges set;
static bool in[PAGES];

static void compare(void)
{
    bool seen[PAGES] = {false};
    for (unsigned i = 0; i < set.n; i++) {
        ck_assert_uint_lt(set.range[i].start, set.range[i].end);
        ck_assert(i == 0 || set.range[i - 1].end <= set.range[i].start);
        for (pa_t pa = set.range[i].start; pa < set.range[i].end; pa += PAGE)
            seen[pa / PAGE] = true;
    }
    ck_assert(!memcmp(seen, in, sizeof(in)));
}

static void start(void)
{
    memset(&set, 0, sizeof(set));
    ck_assert(memory_ranges_add(&set, 0, PAGES * PAGE));
    memset(in, 1, sizeof(in));
}

START_TEST(boot_memory_random_cuts_match_bitmap)
{
    srand((unsigned)_i + 1);
    start();
    for (unsigned i = 0; i < 100; i++) {
        unsigned first = (unsigned)rand() % PAGES, n = 1 + (unsigned)rand() % 12;
        if (first + n > PAGES)
            n = PAGES - first;
        ck_assert(memory_ranges_cut(&set, (pa_t)first * PAGE, (pa_t)(first + n) * PAGE));
        memset(&in[first], 0, n);
        compare();
    }
}
END_TEST

START_TEST(boot_memory_take_is_aligned_and_from_the_smallest_range)
{
    pa_t pa;
    start();
    ck_assert(memory_ranges_cut(&set, 8 * PAGE, 9 * PAGE)); /* [0, 8) and [9, 512) */
    memset(&in[8], 0, 1);
    ck_assert(memory_ranges_take(&set, 14, &pa));
    ck_assert_uint_eq(pa, 4 * PAGE);
    memset(&in[4], 0, 4);
    compare();
    ck_assert(memory_ranges_take(&set, 15, &pa)); /* no longer fits into the first */
    ck_assert_uint_eq(pa, (PAGES - 8) * PAGE);
    memset(&in[PAGES - 8], 0, 8);
    compare();
    ck_assert(!memory_ranges_take(&set, 21, &pa));
    compare();
}
END_TEST

START_TEST(boot_memory_pieces_are_the_largest_aligned_powers_of_two)
{
    ck_assert_uint_eq(memory_first_piece(0, BIT(44), 47), 44);
    ck_assert_uint_eq(memory_first_piece(0, BIT(44), 43), 43);
    ck_assert_uint_eq(memory_first_piece(0x8001000, 0x8010000, 47), 12);
    ck_assert_uint_eq(memory_first_piece(0x8002000, 0x8010000, 47), 13);
    ck_assert_uint_eq(memory_first_piece(0x40000000, 0x40000010, 47), 4);
    ck_assert_uint_eq(memory_first_piece(0x40000000, 0x60000000, 47), 29);
}
END_TEST

START_TEST(boot_memory_full_set_refuses_and_is_unchanged)
{
    memset(&set, 0, sizeof(set));
    for (unsigned i = 0; i < MEMORY_RANGES_MAX; i++)
        ck_assert(memory_ranges_add(&set, (pa_t)i * 16 * PAGE, (pa_t)(i * 16 + 8) * PAGE));
    ck_assert(!memory_ranges_add(&set, BIT(40), BIT(41)));
    struct memory_ranges before = set;
    ck_assert(!memory_ranges_cut(&set, PAGE, 2 * PAGE));
    ck_assert(!memcmp(&before, &set, sizeof(set)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("boot_memory");
    TCase *tcase = tcase_create("boot_memory");
    tcase_add_loop_test(tcase, boot_memory_random_cuts_match_bitmap, 0, 20);
    tcase_add_test(tcase, boot_memory_take_is_aligned_and_from_the_smallest_range);
    tcase_add_test(tcase, boot_memory_pieces_are_the_largest_aligned_powers_of_two);
    tcase_add_test(tcase, boot_memory_full_set_refuses_and_is_unchanged);
    suite_add_tcase(suite, tcase);
    return check_run(suite);
}
