/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/plot.h"
#include "tests/host/check_main.h"

static void bar_is(unsigned width, uint64_t total, const struct plot_part *parts, unsigned n, const char *expected)
{
    char bar[64];
    plot_bar(bar, width, total, parts, n);
    ck_assert_str_eq(bar, expected);
}

START_TEST(plot_bar_shares_the_width)
{
    const struct plot_part parts[] = {{50, 'a'}, {25, 'b'}, {25, 'c'}};
    bar_is(8, 100, parts, 3, "aaaabbcc");
    bar_is(8, 200, parts, 3, "aabc....");
    bar_is(3, 100, parts, 3, "aab"); /* no room for c */
    bar_is(4, 0, parts, 0, "....");
    bar_is(0, 100, parts, 3, "");
}
END_TEST

START_TEST(plot_bar_shows_small_parts)
{
    const struct plot_part parts[] = {{1, 'a'}, {0, 'b'}, {1, 'c'}, {99998, 'd'}};
    bar_is(10, 100000, parts, 4, "acdddddddd");
    bar_is(10, 100000, parts, 3, "ac........");
}
END_TEST

START_TEST(plot_cell_stacks_steps)
{
    /* 6 steps in 2 rows. */
    static const char *const columns[] = {"  ", ". ", ": ", "# ", "#.", "#:", "##"};
    for (unsigned value = 0; value <= 6; value++)
        for (unsigned row = 0; row < 2; row++)
            ck_assert_int_eq(plot_cell(value, 6, 2, row), columns[value][row]);
    ck_assert_int_eq(plot_cell(1, 1000000, 2, 0), '.');
    ck_assert_int_eq(plot_cell(7, 6, 2, 1), '#');
    ck_assert_int_eq(plot_cell(0, 0, 2, 0), ' ');
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/plot");
    TCase *tests = tcase_create("plot");
    tcase_add_test(tests, plot_bar_shares_the_width);
    tcase_add_test(tests, plot_bar_shows_small_parts);
    tcase_add_test(tests, plot_cell_stacks_steps);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
