/* SPDX-License-Identifier: BSD-2-Clause */
#include "line.h"
#include <check_main.h>
#include <string.h>

static struct line line;
static struct ring echo;
static uint8_t echo_bytes[256];
static char shown[257];

static void setup(void)
{
    line_init(&line);
    ring_init(&echo, echo_bytes, sizeof(echo_bytes));
}

static enum line_event type(const char *text)
{
    enum line_event event = LINE_NOTHING;
    while (*text) {
        event = line_input(&line, (uint8_t)*text++, &echo);
    }
    return event;
}

static const char *screen(void)
{
    unsigned n = 0;
    uint8_t byte;
    while (ring_take(&echo, &byte)) {
        shown[n++] = (char)byte;
    }
    shown[n] = 0;
    return shown;
}

/* Read at most max bytes; "EOF" for end of file, "-" for nothing. */
static const char *get(uint32_t max)
{
    static char text[LINE_READY_MAX + 1];
    bool end;
    uint32_t n = line_read(&line, (uint8_t *)text, max, &end);
    text[n] = 0;
    return n != 0 ? text : end ? "EOF" : "-";
}

START_TEST(line_cooked_gives_one_line_per_read)
{
    setup();
    ck_assert_int_eq(type("ab"), LINE_NOTHING);
    ck_assert(!line_readable(&line));
    ck_assert_int_eq(type("\r"), LINE_READABLE);
    ck_assert_int_eq(type("cd\n"), LINE_READABLE);
    ck_assert_str_eq(screen(), "ab\r\ncd\r\n");
    ck_assert_str_eq(get(100), "ab\n");
    ck_assert_str_eq(get(100), "cd\n");
    ck_assert_str_eq(get(100), "-");
}
END_TEST

START_TEST(line_cooked_short_reads_continue_the_line)
{
    setup();
    type("abcdef\r");
    ck_assert_str_eq(get(4), "abcd");
    ck_assert_str_eq(get(4), "ef\n");
}
END_TEST

START_TEST(line_cooked_backspace_erases_one_character)
{
    setup();
    type("ax\177b\b\b\b\bok\r");
    ck_assert_str_eq(screen(), "ax\b \bb\b \b\b \bok\r\n");
    ck_assert_str_eq(get(100), "ok\n");
}
END_TEST

START_TEST(line_cooked_backspace_erases_whole_utf8_character_and_both_columns_of_control)
{
    setup();
    type("\xc3\xa9\177");
    ck_assert_str_eq(screen(), "\xc3\xa9\b \b");
    type("\001\177z\r");
    ck_assert_str_eq(screen(), "^A\b \b\b \bz\r\n");
    ck_assert_str_eq(get(100), "z\n");
}
END_TEST

START_TEST(line_cooked_lone_continuation_bytes_erase_to_the_start)
{
    setup();
    type("\x80\x80\177\177\r");
    ck_assert_str_eq(get(100), "\n");
}
END_TEST

START_TEST(line_cooked_control_u_and_w_erase_line_and_word)
{
    setup();
    type("one two  \027three\r");
    ck_assert_str_eq(get(100), "one three\n");
    type("one two\025\027x\r");
    ck_assert_str_eq(get(100), "x\n");
}
END_TEST

START_TEST(line_cooked_control_d_at_start_is_end_of_file)
{
    setup();
    ck_assert_int_eq(type("\004"), LINE_READABLE);
    ck_assert_str_eq(get(10), "EOF");
    ck_assert_str_eq(get(10), "-");
}
END_TEST

START_TEST(line_cooked_control_d_in_a_line_gives_it_without_end_of_file)
{
    setup();
    type("abc\004");
    ck_assert_str_eq(get(10), "abc");
    ck_assert_str_eq(get(10), "-");
    type("abc\004");
    ck_assert_str_eq(get(3), "abc"); /* exactly full: the mark goes with it */
    ck_assert_str_eq(get(3), "-");
}
END_TEST

START_TEST(line_cooked_control_c_drops_everything_and_reports)
{
    setup();
    type("old\rnew");
    screen();
    ck_assert_int_eq(type("\003"), LINE_INTERRUPT);
    ck_assert_str_eq(screen(), "^C\r\n");
    ck_assert_str_eq(get(10), "-");
}
END_TEST

START_TEST(line_raw_gives_bytes_as_they_come_without_echo)
{
    setup();
    line_set_raw(&line, true);
    ck_assert_int_eq(type("a\003"), LINE_READABLE);
    ck_assert_str_eq(screen(), "");
    ck_assert_str_eq(get(10), "a\003");
}
END_TEST

START_TEST(line_change_to_raw_hands_over_what_was_typed)
{
    setup();
    type("ab\rcd");
    line_set_raw(&line, true);
    type("e");
    ck_assert_str_eq(get(10), "ab\ncde");
}
END_TEST

START_TEST(line_too_long_rings_and_keeps_the_line)
{
    bool end;
    static uint8_t text[LINE_MAX_BYTES + 2];
    setup();
    for (unsigned i = 0; i < LINE_MAX_BYTES; i++) {
        line_input(&line, 'x', &echo);
    }
    screen();
    type("y");
    ck_assert_str_eq(screen(), "\a");
    ck_assert_int_eq(type("\r"), LINE_READABLE);
    ck_assert_uint_eq(line_read(&line, text, sizeof(text), &end), LINE_MAX_BYTES + 1);
}
END_TEST

START_TEST(line_ready_full_refuses_whole_lines)
{
    unsigned lines = 0;
    setup();
    while (type("1234567\r") == LINE_READABLE) {
        lines++;
        ck_assert_uint_le(lines, LINE_READY_MAX / 8);
    }
    ck_assert_uint_eq(lines, LINE_READY_MAX / 8);
    for (unsigned i = 0; i < lines; i++) {
        ck_assert_str_eq(get(100), "1234567\n");
    }
    ck_assert_int_eq(type("\r"), LINE_READABLE); /* the refused line is still there */
    ck_assert_str_eq(get(100), "1234567\n");
}
END_TEST

START_TEST(line_raw_full_drops_new_bytes)
{
    setup();
    line_set_raw(&line, true);
    for (unsigned i = 0; i < LINE_READY_MAX + 10; i++) {
        line_input(&line, 'r', &echo);
    }
    ck_assert_uint_eq(strlen(get(LINE_READY_MAX)), LINE_READY_MAX);
    ck_assert_str_eq(get(10), "-");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("line");
    TCase *c = tcase_create("line");
    tcase_add_test(c, line_cooked_gives_one_line_per_read);
    tcase_add_test(c, line_cooked_short_reads_continue_the_line);
    tcase_add_test(c, line_cooked_backspace_erases_one_character);
    tcase_add_test(c, line_cooked_backspace_erases_whole_utf8_character_and_both_columns_of_control);
    tcase_add_test(c, line_cooked_lone_continuation_bytes_erase_to_the_start);
    tcase_add_test(c, line_cooked_control_u_and_w_erase_line_and_word);
    tcase_add_test(c, line_cooked_control_d_at_start_is_end_of_file);
    tcase_add_test(c, line_cooked_control_d_in_a_line_gives_it_without_end_of_file);
    tcase_add_test(c, line_cooked_control_c_drops_everything_and_reports);
    tcase_add_test(c, line_raw_gives_bytes_as_they_come_without_echo);
    tcase_add_test(c, line_change_to_raw_hands_over_what_was_typed);
    tcase_add_test(c, line_too_long_rings_and_keeps_the_line);
    tcase_add_test(c, line_ready_full_refuses_whole_lines);
    tcase_add_test(c, line_raw_full_drops_new_bytes);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
