/* SPDX-License-Identifier: BSD-2-Clause */
/* What is sent is given to a small terminal, whose screen must then be what was drawn. */
#include "shell/screen.h"
#include "tests/host/check_main.h"

#include <stdlib.h>
#include <string.h>

static struct screen screen;

/* A terminal that knows what screen.h needs; anything else fails the test. */
static struct terminal {
    struct screen_cell cells[SCREEN_ROWS_MAX][SCREEN_COLUMNS_MAX];
    unsigned row, column;
    uint8_t attribute;
} terminal;

static void terminal_erase(unsigned row, unsigned column, unsigned end)
{
    for (; column < end; column++)
        terminal.cells[row][column] = (struct screen_cell){' ', 0};
}

static void set_attributes(const char *parameters)
{
    terminal.attribute = 0;
    for (const char *c = parameters; *c != 'm'; c++)
        terminal.attribute |= *c == '1' ? SCREEN_BOLD : *c == '7' ? SCREEN_REVERSE : 0;
}

static const char *sequence(const char *c)
{
    unsigned row, column;
    int n = 0;
    ck_assert_int_eq(*c, '[');
    size_t length = strcspn(c, "HJKmr");
    if (c[length] == 'H' && sscanf(c, "[%u;%uH%n", &row, &column, &n) == 2 && n > 0) {
        terminal.row = row - 1;
        terminal.column = column - 1;
    } else if (c[length] == 'J') {
        for (unsigned i = 0; i < SCREEN_ROWS_MAX; i++)
            terminal_erase(i, 0, SCREEN_COLUMNS_MAX);
    } else if (c[length] == 'K') {
        ck_assert_uint_eq(terminal.attribute, 0); /* some terminals erase with the attribute */
        terminal_erase(terminal.row, terminal.column, SCREEN_COLUMNS_MAX);
    } else if (c[length] == 'r') {
        ck_assert(sscanf(c, "[%u;%ur", &row, &column) == 2 && row == screen.rows - 1 && column == screen.rows);
        terminal.row = terminal.column = 0;
    } else if (c[length] == 'm') {
        set_attributes(c);
    } else {
        ck_abort_msg("sequence %.8s", c);
    }
    return c + length + 1;
}

static void terminal_takes(const char *bytes)
{
    while (*bytes != '\0') {
        if (*bytes == '\x1b') {
            bytes = sequence(bytes + 1);
            continue;
        }
        ck_assert(*bytes >= ' ' && *bytes <= '~');
        ck_assert_uint_lt(terminal.column, screen.columns);
        ck_assert(terminal.row != screen.rows - 1 || terminal.column != screen.columns - 1);
        terminal.cells[terminal.row][terminal.column++] = (struct screen_cell){*bytes++, terminal.attribute};
    }
}

/* Updates; the terminal then shows what was drawn. Returns the number of bytes sent. */
static size_t update(void)
{
    char *bytes;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    screen_update(&screen, out);
    fclose(out);
    terminal_takes(bytes);
    free(bytes);
    for (unsigned row = 0; row < screen.rows; row++)
        for (unsigned column = 0; column < screen.columns; column++) {
            ck_assert_int_eq(terminal.cells[row][column].text, screen.next[row][column].text);
            ck_assert_uint_eq(terminal.cells[row][column].attribute, screen.next[row][column].attribute);
        }
    ck_assert_uint_eq(terminal.attribute, 0);
    ck_assert(size == 0 || (terminal.row == screen.rows - 1 && terminal.column == 0));
    return size;
}

static void setup(void)
{
    memset(&terminal, '?', sizeof(terminal)); /* anything may stand there */
    terminal.row = terminal.column = terminal.attribute = 0;
    screen_begin(&screen, 24, 80);
}

START_TEST(screen_update_draws_what_was_printed)
{
    screen_print(&screen, "title");
    screen_attribute_row(&screen, 0, SCREEN_REVERSE);
    screen_at(&screen, 5, 10);
    screen.attribute = SCREEN_BOLD;
    screen_print(&screen, "%d apples", 12);
    update();
}
END_TEST

START_TEST(screen_update_of_the_same_sends_nothing)
{
    screen_print(&screen, "hello");
    update();
    screen_erase(&screen);
    screen_print(&screen, "hello");
    ck_assert_uint_eq(update(), 0);
}
END_TEST

START_TEST(screen_update_sends_only_what_changed)
{
    screen_at(&screen, 3, 0);
    screen_print(&screen, "faults 123456, free 1000 pages, nothing else");
    update();
    screen_at(&screen, 3, 0);
    screen_print(&screen, "faults 123457, free 1001 pages, nothing else");
    ck_assert_uint_le(update(), 27);
    screen_erase(&screen);
    ck_assert_uint_le(update(), 19); /* one erasing, not 44 blanks */
}
END_TEST

START_TEST(screen_print_is_cut_off_at_the_edges)
{
    screen_at(&screen, 23, 70);
    screen_print(&screen, "0123456789abc");
    screen_at(&screen, 24, 0);
    screen_print(&screen, "below");
    screen_at(&screen, 0, 79);
    screen_print(&screen, "xy\n\x1b");
    update();
    ck_assert_int_eq(terminal.cells[23][78].text, '8');
    ck_assert_int_eq(terminal.cells[23][79].text, ' ');
    ck_assert_int_eq(terminal.cells[0][79].text, 'x');
}
END_TEST

START_TEST(screen_print_shows_no_control_characters)
{
    screen_print(&screen, "a\x1b[2Jb\xff");
    update();
    ck_assert_int_eq(terminal.cells[0][1].text, '?');
    ck_assert_int_eq(terminal.cells[0][6].text, '?');
}
END_TEST

START_TEST(screen_begin_keeps_within_limits_and_draws_anew)
{
    screen_print(&screen, "x");
    update();
    screen_begin(&screen, 500, 500);
    ck_assert_uint_eq(screen.rows, SCREEN_ROWS_MAX);
    ck_assert_uint_eq(screen.columns, SCREEN_COLUMNS_MAX);
    update();
    screen_begin(&screen, 0, 0);
    ck_assert_uint_eq(screen.rows, SCREEN_ROWS_MIN);
    ck_assert_uint_eq(screen.columns, SCREEN_COLUMNS_MIN);
    memset(terminal.cells, '!', sizeof(terminal.cells)); /* another program wrote there */
    screen_begin(&screen, 24, 80);
    screen_print(&screen, "x");
    update();
}
END_TEST

START_TEST(screen_repair_sends_the_last_rows_anew)
{
    screen_at(&screen, 22, 0);
    screen_print(&screen, "keys");
    update();
    memset(terminal.cells[22], '!', sizeof(terminal.cells[22]));
    memset(terminal.cells[23], '!', sizeof(terminal.cells[23]));
    screen_repair(&screen);
    ck_assert_uint_le(update(), 40);
    ck_assert_uint_eq(update(), 0);
}
END_TEST

START_TEST(screen_update_of_random_drawings_is_right)
{
    static const unsigned sizes[][2] = {{24, 80}, {10, 40}, {60, 160}, {25, 81}};
    srand(1);
    for (unsigned round = 0; round < 2000; round++) {
        if (round % 100 == 0)
            screen_begin(&screen, sizes[round / 100 % 4][0], sizes[round / 100 % 4][1]);
        if (rand() % 4 == 0)
            screen_erase(&screen);
        for (int n = rand() % 6; n > 0; n--) {
            screen_at(&screen, (unsigned)rand() % screen.rows, (unsigned)rand() % screen.columns);
            screen.attribute = (uint8_t)(rand() % 4);
            screen_print(&screen, "%*s%d", rand() % 20, "", rand() % 1000);
        }
        if (rand() % 8 == 0)
            screen_attribute_row(&screen, (unsigned)rand() % screen.rows, (uint8_t)(rand() % 4));
        update();
    }
}
END_TEST

START_TEST(screen_lines_are_plain)
{
    char *bytes;
    size_t size;
    screen_print(&screen, "one");
    screen_attribute_row(&screen, 0, SCREEN_BOLD);
    screen_at(&screen, 2, 1);
    screen_print(&screen, "three");
    FILE *out = open_memstream(&bytes, &size);
    screen_lines(&screen, 4, out);
    fclose(out);
    ck_assert_str_eq(bytes, "one\n\n three\n\n");
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/screen");
    TCase *tests = tcase_create("screen");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, screen_update_draws_what_was_printed);
    tcase_add_test(tests, screen_update_of_the_same_sends_nothing);
    tcase_add_test(tests, screen_update_sends_only_what_changed);
    tcase_add_test(tests, screen_print_is_cut_off_at_the_edges);
    tcase_add_test(tests, screen_print_shows_no_control_characters);
    tcase_add_test(tests, screen_begin_keeps_within_limits_and_draws_anew);
    tcase_add_test(tests, screen_repair_sends_the_last_rows_anew);
    tcase_add_test(tests, screen_update_of_random_drawings_is_right);
    tcase_add_test(tests, screen_lines_are_plain);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
