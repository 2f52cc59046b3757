/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/table.h"
#include "shell/text.h"
#include "tests/host/check_main.h"

#include <string.h>

static void number_is(const char *s, uint64_t expected)
{
    uint64_t value = 1;
    ck_assert_msg(text_parse_number(s, &value), "%s", s);
    ck_assert_uint_eq(value, expected);
}

static void size_is(const char *s, uint64_t expected)
{
    uint64_t value = 1;
    ck_assert_msg(text_parse_size(s, &value), "%s", s);
    ck_assert_uint_eq(value, expected);
}

START_TEST(text_parse_number_takes_decimal_and_hexadecimal)
{
    number_is("0", 0);
    number_is("0042", 42);
    number_is("0xfFe0", 0xffe0);
    number_is("18446744073709551615", UINT64_MAX);
    number_is("0xffffffffffffffff", UINT64_MAX);
}
END_TEST

START_TEST(text_parse_number_refuses_everything_else)
{
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1k", "0x", "x", "12a", "18446744073709551616", "0x10000000000000000"};
    uint64_t value = 7;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!text_parse_number(bad[i], &value), "%s", bad[i]);
    ck_assert_uint_eq(value, 7);
}
END_TEST

START_TEST(text_parse_size_knows_units)
{
    size_is("4096", 4096);
    size_is("4096B", 4096);
    size_is("64K", 65536);
    size_is("64kb", 65536);
    size_is("8m", 8 << 20);
    size_is("8MiB", 8 << 20);
    size_is("2GIB", 2ull << 30);
    size_is("0x10K", 16384);
}
END_TEST

START_TEST(text_parse_size_refuses_everything_else)
{
    static const char *const bad[] = {"", "K", "4T", "4Kx", "4 K", "4KiBB", "4KK", "17179869184G", "4i"};
    uint64_t value = 7;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!text_parse_size(bad[i], &value), "%s", bad[i]);
    ck_assert_uint_eq(value, 7);
}
END_TEST

START_TEST(text_size_picks_the_unit)
{
    ck_assert_str_eq(text_size(0).s, "0 B");
    ck_assert_str_eq(text_size(1023).s, "1023 B");
    ck_assert_str_eq(text_size(1024).s, "1 KiB");
    ck_assert_str_eq(text_size(1536).s, "1.5 KiB");
    ck_assert_str_eq(text_size(64ull << 20).s, "64 MiB");
    ck_assert_str_eq(text_size((1ull << 30) + (1ull << 29)).s, "1.5 GiB");
    ck_assert_str_eq(text_size(UINT64_MAX).s, "16.0 EiB");
    ck_assert_str_eq(text_size((1ull << 20) - 52).s, "1023.9 KiB"); /* and never 1024.0 */
    ck_assert_str_eq(text_size((1ull << 20) - 51).s, "1.0 MiB");
    ck_assert_str_eq(text_size((1ull << 60) - 1).s, "1.0 EiB");
}
END_TEST

START_TEST(text_time_short_fits_six_characters)
{
    ck_assert_str_eq(text_time_short(0).s, "0");
    ck_assert_str_eq(text_time_short(999).s, "999ns");
    ck_assert_str_eq(text_time_short(3249).s, "3.2us");
    ck_assert_str_eq(text_time_short(12400000).s, "12ms");
    ck_assert_str_eq(text_time_short(1534567890).s, "1.5s");
    ck_assert_str_eq(text_time_short(99940000000).s, "99.9s");
    ck_assert_str_eq(text_time_short(12345000000000).s, "12345s");
}
END_TEST

START_TEST(text_time_picks_the_unit)
{
    ck_assert_str_eq(text_time(0).s, "0 ns");
    ck_assert_str_eq(text_time(999).s, "999 ns");
    ck_assert_str_eq(text_time(3249).s, "3.2 us");
    ck_assert_str_eq(text_time(999949).s, "999.9 us");
    ck_assert_str_eq(text_time(999950).s, "1.0 ms");
    ck_assert_str_eq(text_time(12400000).s, "12.4 ms");
    ck_assert_str_eq(text_time(999950000).s, "1.00 s");
    ck_assert_str_eq(text_time(1534567890).s, "1.53 s");
    ck_assert_str_eq(text_time(UINT64_MAX).s, "18446744073.71 s");
}
END_TEST

START_TEST(text_short_forms_fit_five_characters)
{
    ck_assert_str_eq(text_size_short(0).s, "0");
    ck_assert_str_eq(text_size_short(1023).s, "1023");
    ck_assert_str_eq(text_size_short(4096).s, "4K");
    ck_assert_str_eq(text_size_short(1536).s, "1.5K");
    ck_assert_str_eq(text_size_short((100 << 10) + 512).s, "101K");
    ck_assert_str_eq(text_size_short(1023ull << 20).s, "1023M");
    ck_assert_str_eq(text_size_short(3ull << 30).s, "3G");
    ck_assert_str_eq(text_short(9999).s, "9999");
    ck_assert_str_eq(text_short(12345).s, "12.3k");
    ck_assert_str_eq(text_short(123456).s, "123k");
    ck_assert_str_eq(text_short(4500000).s, "4.5M");
    for (uint64_t n = 1; n != 0; n = n << 1 | (n >> 62 & 1)) {
        ck_assert_uint_le(strlen(text_short(n).s), 5);
        if (n >> 63)
            break;
    }
}
END_TEST

START_TEST(text_percent_and_ratio_round)
{
    ck_assert_str_eq(text_percent(3, 8).s, "37.5 %");
    ck_assert_str_eq(text_percent(2, 3).s, "66.7 %");
    ck_assert_str_eq(text_percent(1, 0).s, "-");
    ck_assert_str_eq(text_percent(UINT64_MAX, UINT64_MAX).s, "100.0 %");
    ck_assert_str_eq(text_ratio(1999, 1000, 2).s, "2.00");
    ck_assert_str_eq(text_ratio(1005, 1000, 3).s, "1.005");
    ck_assert_str_eq(text_ratio(7, 2, 0).s, "4");
    ck_assert_str_eq(text_ratio(UINT64_MAX - 1, UINT64_MAX, 3).s, "1.000");
}
END_TEST

static struct table table;

static void prints(const char *expected)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    table_print(&table, out);
    fclose(out);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(table_columns_are_as_wide_as_their_widest_cell)
{
    table_begin(&table, "<NAME|>PID|<STATE");
    table_cell(&table, "%s", "sh");
    table_cell(&table, "%d", 1);
    table_cell(&table, "running");
    table_cell(&table, "sha256sum");
    table_cell(&table, "%d", 12345);
    table_cell(&table, "ended");
    prints("NAME         PID  STATE\n"
           "sh             1  running\n"
           "sha256sum  12345  ended\n");
}
END_TEST

START_TEST(table_rule_and_no_titles)
{
    table_begin(&table, "<-|>-");
    table_cell(&table, "free");
    table_cell(&table, "10");
    table_rule(&table);
    table_cell(&table, "total");
    table_cell(&table, "%d", 110);
    prints("free    10\n"
           "-----  ---\n"
           "total  110\n");
}
END_TEST

START_TEST(table_without_rows_prints_its_titles)
{
    table_begin(&table, "<A|>B");
    prints("A  B\n");
}
END_TEST

START_TEST(table_that_is_full_says_so)
{
    table_begin(&table, "<A|>B");
    for (int i = 0; i < TABLE_CELLS_MAX + 4; i++)
        table_cell(&table, "x");
    ck_assert_uint_eq(table.dropped, 6);
    table_begin(&table, "<A");
    char wide[200];
    memset(wide, 'w', sizeof(wide) - 1);
    wide[199] = '\0';
    for (int i = 0; i < TABLE_TEXT_MAX / 100; i++)
        table_cell(&table, "%s", wide);
    ck_assert_uint_gt(table.dropped, 0);
    ck_assert_uint_le(table.n_text, TABLE_TEXT_MAX);
}
END_TEST

START_TEST(text_parse_choice_finds_whole_names_only)
{
    static const char *const names[] = {"off", "on", "fair"};
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(text_parse_choice(names[i], names, 3), i);
    ck_assert_uint_eq(text_parse_choice("o", names, 3), 3);
    ck_assert_uint_eq(text_parse_choice("fairly", names, 3), 3);
    ck_assert_uint_eq(text_parse_choice("", names, 3), 3);
    ck_assert_uint_eq(text_parse_choice("on", names, 0), 0);
}
END_TEST

START_TEST(text_parse_switch_takes_on_and_off_only)
{
    static const char *const bad[] = {"", "On", "off ", "o", "onn", "1"};
    bool on = false;
    ck_assert(text_parse_switch("on", &on) && on);
    ck_assert(text_parse_switch("off", &on) && !on);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!text_parse_switch(bad[i], &on), "%s", bad[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, text_parse_number_takes_decimal_and_hexadecimal);
    tcase_add_test(tests, text_parse_number_refuses_everything_else);
    tcase_add_test(tests, text_parse_size_knows_units);
    tcase_add_test(tests, text_parse_size_refuses_everything_else);
    tcase_add_test(tests, text_parse_choice_finds_whole_names_only);
    tcase_add_test(tests, text_parse_switch_takes_on_and_off_only);
    tcase_add_test(tests, text_size_picks_the_unit);
    tcase_add_test(tests, text_time_picks_the_unit);
    tcase_add_test(tests, text_time_short_fits_six_characters);
    tcase_add_test(tests, text_short_forms_fit_five_characters);
    tcase_add_test(tests, text_percent_and_ratio_round);
    tcase_add_test(tests, table_columns_are_as_wide_as_their_widest_cell);
    tcase_add_test(tests, table_rule_and_no_titles);
    tcase_add_test(tests, table_without_rows_prints_its_titles);
    tcase_add_test(tests, table_that_is_full_says_so);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
