/* SPDX-License-Identifier: BSD-2-Clause */
/* The editor is tested against a model terminal: what the user would see on one row must always equal prompt + window of the line. */
#include "shell/edit.h"
#include "tests/host/check_main.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 40
#define PROMPT "pagoda> "

static struct editor editor;
static struct history history;

/* One terminal row that knows CR, LF, BEL, ESC[K, ESC[nC, ESC[H, ESC[2J and UTF-8; anything else fails the test. */
static struct {
    char cells[COLUMNS][5];
    unsigned column;
    unsigned bells;
    unsigned lines;
} screen;

static void screen_clear(void)
{
    memset(screen.cells, 0, sizeof(screen.cells));
    screen.column = 0;
}

static size_t screen_sequence(const char *at)
{
    unsigned number = 0;
    size_t used = 2;
    ck_assert_int_eq(at[1], '[');
    while (at[used] >= '0' && at[used] <= '9')
        number = number * 10 + (unsigned)(at[used++] - '0');
    switch (at[used]) {
    case 'K':
        memset(screen.cells[screen.column], 0, (COLUMNS - screen.column) * sizeof(screen.cells[0]));
        break;
    case 'C':
        screen.column += number;
        break;
    case 'H':
        screen.column = 0;
        break;
    case 'J':
        screen_clear();
        break;
    default:
        ck_abort_msg("unknown control sequence %c", at[used]);
    }
    return used + 1;
}

static size_t screen_character(const char *at, size_t left)
{
    size_t used = 1;
    while (used < left && ((unsigned char)at[used] & 0xc0) == 0x80)
        used++;
    ck_assert_uint_lt(screen.column, COLUMNS - 1); /* the last column stays free */
    memset(screen.cells[screen.column], 0, 5);
    memcpy(screen.cells[screen.column++], at, used);
    return used;
}

static void screen_show(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n;) {
        char byte = bytes[i];
        if (byte == '\x1b') {
            i += screen_sequence(&bytes[i]);
        } else if (byte == '\r' || byte == '\n') {
            screen.lines += byte == '\n';
            screen.column = 0;
            i++;
        } else if (byte == '\b') {
            ck_assert_uint_gt(screen.column, 0);
            screen.column--;
            i++;
        } else if (byte == '\a') {
            screen.bells++;
            i++;
        } else if (((unsigned char)byte & 0xc0) == 0x80) { /* second byte of a character whose first was shown before */
            strncat(screen.cells[screen.column - 1], &byte, 1);
            i++;
        } else {
            i += screen_character(&bytes[i], n - i);
        }
    }
}

static void screen_text(char *text)
{
    text[0] = '\0';
    for (unsigned i = 0; i < COLUMNS && screen.cells[i][0] != '\0'; i++)
        strcat(text, screen.cells[i]);
}

static void begin(void)
{
    screen_clear();
    screen.bells = screen.lines = 0;
    edit_begin(&editor, PROMPT, COLUMNS, &history);
    screen_show(editor.output, editor.n_output);
}

static enum edit_event type_bytes(const char *bytes, size_t n)
{
    enum edit_event event = EDIT_MORE;
    for (size_t i = 0; i < n; i++) {
        event = edit_feed(&editor, (unsigned char)bytes[i]);
        screen_show(editor.output, editor.n_output);
    }
    return event;
}

static enum edit_event type(const char *bytes)
{
    return type_bytes(bytes, strlen(bytes));
}

static void shows(const char *text)
{
    char row[COLUMNS * 5];
    screen_text(row);
    ck_assert_str_eq(row, text);
}

static void setup(void)
{
    memset(&history, 0, sizeof(history));
    begin();
}

START_TEST(edit_typed_line_is_shown_and_returned)
{
    shows(PROMPT);
    ck_assert_int_eq(type("echo hello"), EDIT_MORE);
    shows(PROMPT "echo hello");
    ck_assert_int_eq(type("\r"), EDIT_LINE);
    ck_assert_str_eq(editor.line, "echo hello");
    ck_assert_uint_eq(screen.lines, 1);
}
END_TEST

START_TEST(edit_arrows_insert_and_backspace_in_the_middle)
{
    type("ehco");
    type("\x1b[D\x1b[D");
    type("\x7f" "c\x1b[C\x7f" "h\x1b[Co");
    shows(PROMPT "echoo");
    type("\b");
    ck_assert_str_eq(editor.line, "echo");
}
END_TEST

START_TEST(edit_home_end_delete_in_every_encoding)
{
    const char *home[] = {"\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~", "\x01"};
    const char *end[] = {"\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~", "\x05"};
    for (int i = 0; i < 5; i++) {
        begin();
        type("xbc");
        type(home[i]);
        ck_assert_uint_eq(editor.cursor, 0);
        type("\x1b[3~");
        type("a");
        type(end[i]);
        type("d");
        shows(PROMPT "abcd");
        ck_assert_uint_eq(screen.column, strlen(PROMPT) + 4);
    }
}
END_TEST

START_TEST(edit_kill_keys_cut_line_and_words)
{
    type("one two  three");
    type("\x17");
    ck_assert_str_eq(editor.line, "one two  ");
    type("\x17");
    ck_assert_str_eq(editor.line, "one ");
    type("five\x01\x1b[C\x0b");
    ck_assert_str_eq(editor.line, "o");
    type("k\x15");
    ck_assert_str_eq(editor.line, "");
    shows(PROMPT);
}
END_TEST

START_TEST(edit_keys_at_the_borders_change_nothing)
{
    type("\x7f\x1b[D\x1b[C\x1b[3~\x0b\x15\x17\x01\x05\x02\x06");
    shows(PROMPT);
    ck_assert_uint_eq(editor.length, 0);
}
END_TEST

START_TEST(edit_history_walks_back_and_returns_to_the_new_line)
{
    history_add(&history, "first");
    history_add(&history, "second");
    type("dra\x1b[A");
    shows(PROMPT "second");
    type("\x1b[A");
    shows(PROMPT "first");
    type("\x1b[A");
    ck_assert_uint_eq(screen.bells, 1);
    shows(PROMPT "first");
    type("\x1b[B\x1b[B");
    shows(PROMPT "dra");
    type("\x1b[B");
    type("ft");
    shows(PROMPT "draft");
}
END_TEST

START_TEST(edit_history_line_can_be_changed_without_changing_history)
{
    history_add(&history, "wc README");
    type("\x10 x\r");
    ck_assert_str_eq(editor.line, "wc README x");
    ck_assert_str_eq(history_get(&history, 1), "wc README");
}
END_TEST

START_TEST(edit_control_c_drops_the_line)
{
    type("half a line\x1b[D\x1b[D");
    ck_assert_int_eq(type("\x03"), EDIT_CANCELLED);
    ck_assert_str_eq(editor.line, "");
    ck_assert_uint_eq(screen.lines, 1);
}
END_TEST

START_TEST(edit_control_d_ends_only_an_empty_line)
{
    type("ab\x01");
    ck_assert_int_eq(type("\x04"), EDIT_MORE);
    ck_assert_str_eq(editor.line, "b");
    ck_assert_int_eq(type("\x04"), EDIT_MORE);
    ck_assert_int_eq(type("\x04"), EDIT_END);
}
END_TEST

START_TEST(edit_control_l_redraws_on_a_clear_screen)
{
    type("abc\x0c");
    shows(PROMPT "abc");
}
END_TEST

static const char *candidate_of_test(const char *line, size_t word, size_t cursor, unsigned index)
{
    static const char *const words[] = {"primes", "pressure", "ps", "bin/wc", "folder/"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strncmp(words[i], &line[word], cursor - word) == 0 && index-- == 0)
            return words[i];
    return NULL;
}

START_TEST(edit_tab_completes_what_is_certain)
{
    editor.candidate = candidate_of_test;
    type("pr\t");
    ck_assert_str_eq(editor.line, "pr");
    ck_assert_uint_eq(screen.bells, 1);
    type("i\t");
    shows(PROMPT "primes ");
    type("1;b\t");
    shows(PROMPT "primes 1;bin/wc ");
    type("nothing\t");
    ck_assert_uint_eq(screen.bells, 2);
    type("\x15xyz\x01" "fol\t");
    shows(PROMPT "folder/xyz");
    editor.candidate = NULL;
    type("\t");
    ck_assert_uint_eq(screen.bells, 3);
}
END_TEST

START_TEST(edit_tab_adds_the_common_start)
{
    editor.candidate = candidate_of_test;
    type("p\t");
    shows(PROMPT "p");
    type("\x15" "f\t");
    shows(PROMPT "folder/");
    editor.candidate = NULL;
}
END_TEST

START_TEST(edit_unknown_keys_are_ignored)
{
    type("a\x1b[15~\x1b[1;5Z\x1bOP\x1bx\x1f\x1b[\rb");
    shows(PROMPT "ab");
}
END_TEST

START_TEST(edit_utf8_moves_over_whole_characters)
{
    type("a\xc3\xa9\xe2\x82\xac" "b");
    shows(PROMPT "a\xc3\xa9\xe2\x82\xac" "b");
    type("\x1b[D\x1b[D\x7f");
    ck_assert_str_eq(editor.line, "a\xe2\x82\xac" "b");
    type("\xc3\xbc\x1b[3~");
    ck_assert_str_eq(editor.line, "a\xc3\xbc" "b");
    shows(PROMPT "a\xc3\xbc" "b");
}
END_TEST

START_TEST(edit_long_line_scrolls_inside_one_row)
{
    char expected[128] = PROMPT;
    for (int i = 0; i < 60; i++) {
        char byte = (char)('a' + i % 26);
        type_bytes(&byte, 1);
    }
    strncat(expected, &editor.line[editor.window], COLUMNS);
    shows(expected);
    ck_assert_uint_gt(editor.window, 60 - (COLUMNS - 9));
    ck_assert_uint_lt(editor.window, 60);
    type("\x01");
    strcpy(expected, PROMPT);
    strncat(expected, editor.line, COLUMNS - 9);
    shows(expected);
    ck_assert_uint_eq(screen.column, strlen(PROMPT));
    ck_assert_int_eq(type("\r"), EDIT_LINE);
    ck_assert_uint_eq(strlen(editor.line), 60);
}
END_TEST

START_TEST(edit_full_line_takes_no_more)
{
    for (int i = 0; i < PARSE_LINE_MAX + 5; i++)
        type("x");
    ck_assert_uint_eq(editor.length, PARSE_LINE_MAX);
    ck_assert_uint_eq(screen.bells, 5);
    type("\x7f");
    ck_assert_uint_eq(editor.length, PARSE_LINE_MAX - 1);
}
END_TEST

/* Random keys: after each one the row must show exactly the window of the line and the cursor must stand where it belongs. */
START_TEST(edit_random_keys_keep_screen_and_line_equal)
{
    static const char *const keys[] = {"a", "b", " ", "\xc3\xa9", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[3~",
                                       "\x7f", "\x0b", "\x15", "\x17", "\x0c", "words and words", "x\xe2\x82\xacy"};
    unsigned seed = 12345;
    history_add(&history, "a line that is much longer than the row of the terminal in this test, on purpose");
    history_add(&history, "ps");
    for (int i = 0; i < 8000; i++) {
        char expected[COLUMNS * 5] = PROMPT;
        size_t end = 0;
        seed = seed * 1103515245u + 12345u;
        type(keys[(seed >> 16) % (sizeof(keys) / sizeof(keys[0]))]);
        end = editor.window;
        for (unsigned room = COLUMNS - 9; room > 0 && end < editor.length; room--)
            do
                end++;
            while (((unsigned char)editor.line[end] & 0xc0) == 0x80);
        strncat(expected, &editor.line[editor.window], end - editor.window);
        shows(expected);
        ck_assert_uint_ge(editor.cursor, editor.window);
        ck_assert_uint_le(editor.cursor, end);
        ck_assert_uint_eq(strlen(editor.line), editor.length);
    }
}
END_TEST

START_TEST(history_drops_the_oldest_and_repeats)
{
    char line[32];
    for (int i = 0; i < HISTORY_LINES + 3; i++) {
        snprintf(line, sizeof(line), "line %d", i);
        history_add(&history, line);
        history_add(&history, line);
    }
    history_add(&history, "");
    ck_assert_uint_eq(history.n, HISTORY_LINES);
    ck_assert_str_eq(history_get(&history, 1), line);
    ck_assert_str_eq(history_get(&history, HISTORY_LINES), "line 3");
    ck_assert_ptr_null(history_get(&history, HISTORY_LINES + 1));
    ck_assert_ptr_null(history_get(&history, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/edit");
    TCase *tests = tcase_create("edit");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, edit_typed_line_is_shown_and_returned);
    tcase_add_test(tests, edit_arrows_insert_and_backspace_in_the_middle);
    tcase_add_test(tests, edit_home_end_delete_in_every_encoding);
    tcase_add_test(tests, edit_kill_keys_cut_line_and_words);
    tcase_add_test(tests, edit_keys_at_the_borders_change_nothing);
    tcase_add_test(tests, edit_history_walks_back_and_returns_to_the_new_line);
    tcase_add_test(tests, edit_history_line_can_be_changed_without_changing_history);
    tcase_add_test(tests, edit_control_c_drops_the_line);
    tcase_add_test(tests, edit_control_d_ends_only_an_empty_line);
    tcase_add_test(tests, edit_control_l_redraws_on_a_clear_screen);
    tcase_add_test(tests, edit_tab_completes_what_is_certain);
    tcase_add_test(tests, edit_tab_adds_the_common_start);
    tcase_add_test(tests, edit_unknown_keys_are_ignored);
    tcase_add_test(tests, edit_utf8_moves_over_whole_characters);
    tcase_add_test(tests, edit_long_line_scrolls_inside_one_row);
    tcase_add_test(tests, edit_full_line_takes_no_more);
    tcase_add_test(tests, edit_random_keys_keep_screen_and_line_equal);
    tcase_add_test(tests, history_drops_the_oldest_and_repeats);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
