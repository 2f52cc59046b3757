/* SPDX-License-Identifier: BSD-2-Clause */
/* top's screen and keys, from made-up snapshots. */
#include "shell/keys.h"
#include "shell/terminal.h"
#include "shell/top_keys.h"
#include "tests/host/check_main.h"

#include <stdlib.h>
#include <string.h>

#define LIST_ROWS 4

static struct snapshot before, now;
static struct pressure_history history;
static struct top_rows rows;
static struct screen screen;
static struct top top;

static void add_process(uint64_t pid, const char *name, uint64_t cpu_us, uint64_t resident, uint64_t faults)
{
    struct process_list_reply p = {.pid = pid, .state = PROCESS_STATE_RUNNING, .space = pid, .cpu_us = cpu_us};
    struct pager_space_list_reply s = {.space = pid, .private_pages = resident, .faults = {[PAGER_FAULT_WRITE_FIRST] = faults}};
    snprintf(p.name, sizeof(p.name), "%s", name);
    now.processes[now.n_processes++] = p;
    now.spaces[now.n_spaces++] = s;
}

/* Two seconds between the snapshots; "new" has only come since. */
static void setup(void)
{
    memset(&before, 0, sizeof(before));
    memset(&now, 0, sizeof(now));
    add_process(1, "shell", 10000, 30, 100);
    add_process(7, "busy", 100000, 10, 500);
    add_process(9, "big", 50000, 2000, 40);
    before = now;
    before.now_ns = 10000000000;
    now.now_ns = 12000000000;
    now.processes[1].cpu_us += 1500000;
    now.processes[2].cpu_us += 100000;
    now.spaces[2].faults[PAGER_FAULT_COW_COPY] = 300;
    now.stored[2] = (struct pager_space_memory_reply){.stored = 1250, .refaults = 100, .stall = 500000000};
    now.on_disk[2] = 226;
    add_process(11, "new", 20000, 1, 2000);
    now.memory = (struct pager_memory_info_reply){.total = 16384, .free = 8192, .anonymous = 4096, .file = 1, .tables = 10, .objects = 5,
        .pager = 2048, .archive = 1000, .init = 32, .kernel = 1000};
    now.faults.counts[PAGER_FAULT_WRITE_FIRST] = 2000;
    now.faults.counts[PAGER_FAULT_COW_COPY] = 300;
    now.faults.histogram[10] = 2250;
    now.faults.histogram[13] = 50;
    now.faults.total_ns = 2300 * 1500;
    history = (struct pressure_history){.period_us = 1000000, .n = 2};
    top_start(&top, 2);
    top_rows_make(&rows, &now, &before, TOP_CPU);
    screen_begin(&screen, 24, 80);
}

static void order_is(enum top_column sort, const char *expected)
{
    char order[64] = "";
    top_rows_make(&rows, &now, &before, sort);
    for (unsigned i = 0; i < rows.n; i++)
        sprintf(order + strlen(order), "%u ", (unsigned)rows.rows[i].process->pid);
    ck_assert_str_eq(order, expected);
}

START_TEST(top_rows_make_sorts_by_any_column)
{
    order_is(TOP_PID, "1 7 9 11 ");
    order_is(TOP_NAME, "9 7 11 1 ");
    order_is(TOP_CPU, "7 9 11 1 ");
    order_is(TOP_RESIDENT, "9 1 7 11 ");
    order_is(TOP_FAULTS, "11 9 1 7 ");
    order_is(TOP_LIMIT, "1 7 9 11 "); /* all the same: by pid */
}
END_TEST

START_TEST(top_rows_make_takes_rates_between_the_snapshots)
{
    order_is(TOP_CPU, "7 9 11 1 ");
    ck_assert_uint_eq(rows.rows[0].cpu_permille, 750);
    ck_assert_uint_eq(rows.rows[1].cpu_permille, 50);
    ck_assert_uint_eq(rows.rows[1].faults_per_s, 150);
    ck_assert_uint_eq(rows.rows[2].cpu_permille, 10); /* it was not there before */
    ck_assert_uint_eq(rows.rows[2].faults_per_s, 1000);
    ck_assert_uint_eq(rows.rows[3].cpu_permille, 0);
    top_rows_make(&rows, &now, NULL, TOP_CPU);
    ck_assert_uint_eq(rows.rows[0].cpu_permille, 133); /* of 12 s since boot */
}
END_TEST

START_TEST(top_rows_make_leaves_out_what_has_ended)
{
    now.processes[1].state = PROCESS_STATE_ZOMBIE;
    order_is(TOP_PID, "1 9 11 ");
}
END_TEST

static char *drawn(void)
{
    static char text[20000];
    struct top_view view = {.now = &now, .before = &before, .history = &history, .rows = &rows, .sort = TOP_CPU, .selected = 1, .interval_s = 2};
    screen_erase(&screen);
    top_view_draw(&screen, &view);
    FILE *out = fmemopen(text, sizeof(text), "w");
    screen_lines(&screen, screen.rows, out);
    fclose(out);
    return text;
}

static void shows(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no '%s' in:\n%s", part, text);
}

START_TEST(top_view_draw_shows_the_figures)
{
    const char *text = drawn();
    shows(text, "top  up 0:00:12  32 MiB of 64 MiB RAM free  pressure none  every 2 s\n");
    shows(text, "RAM [aaaaaaaaaaaaaaaaaaaft");
    shows(text, "a anon 16M f files 4K t tab 60K p pager 8M k kern 7.9M . free 32M\n");
    shows(text, "Faults/s 1150: write 1000, copy 150\n");
    shows(text, "Service mean 1.5 us  50% <2.0 us  99% <16.4 us  1.0 us[#  .]16.4 us\n");
    shows(text, " PID NAME           CPU%   RES SHARED COMPR  SWAP REFLT/s STALL% FAULT/s LIMIT S\n"
                "   7 busy           75.0   40K      0     0     0       0    0.0       0     - r\n"
                "   9 big             5.0  7.8M      0    4M  904K      50   25.0     150     - r\n"
                "  11 new             1.0    4K      0     0     0       0    0.0    1000     - r\n");
    shows(text, "q quit\n");
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        ck_assert_uint_le(strcspn(line, "\n"), 80);
}
END_TEST

START_TEST(top_view_draw_tells_services_from_programs_that_are_slowed)
{
    now.processes[0].system = 1;
    now.stored[2].slowed = 1;
    now.processes[3].state = PROCESS_STATE_HELD;
    const char *text = drawn();
    shows(text, "   7 busy           75.0   40K      0     0     0       0    0.0       0     - r\n");
    shows(text, "   9 big             5.0  7.8M      0    4M  904K      50   25.0     150     - s\n");
    shows(text, "  11 new             1.0    4K      0     0     0       0    0.0    1000     - h\n");
    shows(text, "   1 shell           0.0  120K      0     0     0       0    0.0       0     - -\n");
}
END_TEST

START_TEST(top_view_draw_on_a_wide_screen_keeps_figures_near_names)
{
    screen_begin(&screen, 40, 132);
    shows(drawn(), "   7 busy                             75.0   40K      0");
}
END_TEST

START_TEST(top_view_draw_fits_any_height)
{
    for (unsigned height = SCREEN_ROWS_MIN; height <= SCREEN_ROWS_MAX; height++) {
        screen_begin(&screen, height, 80);
        const char *text = drawn();
        shows(text, "   7 busy");
        ck_assert_int_eq(strstr(text, "Faults/s") != NULL, height >= 14);
        ck_assert_int_eq(strstr(text, "used %") != NULL, height >= 20);
        unsigned list = top_view_list_rows(height);
        ck_assert_uint_ge(list, 3);
        ck_assert_uint_lt(list, height);
    }
}
END_TEST

static enum top_action key(int k)
{
    return top_key(&top, k, &rows, LIST_ROWS);
}

static enum top_action type(const char *text)
{
    enum top_action action = TOP_NOTHING;
    for (; *text != '\0'; text++)
        action = key(*text);
    return action;
}

START_TEST(top_key_sorts_and_ends)
{
    ck_assert_int_eq(key('q'), TOP_QUIT);
    ck_assert_int_eq(key(KEY_CTRL_C), TOP_QUIT);
    ck_assert_int_eq(key('r'), TOP_REDRAW);
    ck_assert_int_eq(top.sort, TOP_RESIDENT);
    ck_assert_int_eq(key(KEY_RIGHT), TOP_REDRAW);
    ck_assert_int_eq(top.sort, TOP_RESIDENT + 1);
    key('p');
    ck_assert_int_eq(key(KEY_LEFT), TOP_NOTHING);
    ck_assert_int_eq(top.sort, TOP_PID);
    ck_assert_int_eq(key('x'), TOP_NOTHING);
    ck_assert_int_eq(key(' '), TOP_REFRESH);
    ck_assert_int_eq(key(KEY_CTRL_L), TOP_REDRAW_ALL);
    ck_assert_int_eq(key(KEY_NONE), TOP_NOTHING);
}
END_TEST

START_TEST(top_key_changes_the_interval_within_bounds)
{
    key('-');
    ck_assert_uint_eq(top.interval_s, 1);
    key('-');
    ck_assert_uint_eq(top.interval_s, 1);
    for (unsigned i = 0; i < 10; i++)
        key('+');
    ck_assert_uint_eq(top.interval_s, 60);
    top.interval_s = 7;
    key('+');
    ck_assert_uint_eq(top.interval_s, 10);
    top.interval_s = 7;
    key('-');
    ck_assert_uint_eq(top.interval_s, 5);
}
END_TEST

START_TEST(top_key_selects_a_process_and_keeps_it)
{
    order_is(TOP_CPU, "7 9 11 1 ");
    ck_assert_uint_eq(top_selected_row(&top, &rows, 2), 0);
    ck_assert_int_eq(key(KEY_UP), TOP_NOTHING);
    ck_assert_int_eq(key(KEY_DOWN), TOP_REDRAW);
    ck_assert_uint_eq(top.selected, 9);
    order_is(TOP_PID, "1 7 9 11 ");
    ck_assert_uint_eq(top_selected_row(&top, &rows, 2), 2); /* moved with it */
    ck_assert_uint_eq(top.first, 1);
    key(KEY_DOWN);
    ck_assert_int_eq(key(KEY_DOWN), TOP_NOTHING);
    ck_assert_uint_eq(top.selected, 11);
    now.n_processes = 2;
    order_is(TOP_PID, "1 7 ");
    ck_assert_uint_eq(top_selected_row(&top, &rows, 2), 0); /* gone */
    ck_assert_uint_eq(top.first, 0);
}
END_TEST

START_TEST(top_key_asks_whom_to_end)
{
    key(KEY_DOWN);
    ck_assert_int_eq(key('k'), TOP_REDRAW);
    ck_assert_str_eq(top.line, "end process [9]: ");
    ck_assert_int_eq(key(KEY_ENTER), TOP_KILL);
    ck_assert_uint_eq(top.target, 9);
    key('k');
    ck_assert_int_eq(type("123\x7f\x7f\x7fq\x15" "7"), TOP_REDRAW); /* q is no key here */
    ck_assert_str_eq(top.line, "end process [9]: 7");
    ck_assert_int_eq(key(KEY_ENTER), TOP_KILL);
    ck_assert_uint_eq(top.target, 7);
    ck_assert_int_eq(top.mode, TOP_LIST);
    type("kx");
    ck_assert_int_eq(key(KEY_ENTER), TOP_REDRAW);
    ck_assert_str_eq(top.line, "'x' is not a process number");
    type("k7");
    ck_assert_int_eq(key(KEY_ESCAPE), TOP_REDRAW);
    ck_assert_int_eq(key('x'), TOP_NOTHING);
    type("k7");
    ck_assert_int_eq(key(KEY_CTRL_C), TOP_REDRAW); /* leaves the question, not top */
    ck_assert_int_eq(top.mode, TOP_LIST);
}
END_TEST

START_TEST(top_key_asks_for_a_limit)
{
    type("l9\r");
    ck_assert_str_eq(top.line, "limit of process 9, as 16M, or none: ");
    ck_assert_int_eq(type("16M\r"), TOP_SET_LIMIT);
    ck_assert_uint_eq(top.target, 9);
    ck_assert_uint_eq(top.limit_bytes, 16 << 20);
    ck_assert_int_eq(type("l\rnone\r"), TOP_SET_LIMIT);
    ck_assert_uint_eq(top.target, 7);
    ck_assert_uint_eq(top.limit_bytes, 0);
    ck_assert_int_eq(type("l\r100\r"), TOP_REDRAW);
    ck_assert_str_eq(top.line, "'100' is not a size of at least one page, or none");
    ck_assert_int_eq(type("l\r999999999999999999999999999999\r"), TOP_REDRAW);
}
END_TEST

START_TEST(top_key_help_is_left_by_any_key)
{
    key('h');
    ck_assert_int_eq(top.mode, TOP_HELP);
    ck_assert_int_eq(key('q'), TOP_REDRAW);
    ck_assert_int_eq(top.mode, TOP_LIST);
    key('?');
    ck_assert_int_eq(key(KEY_CTRL_C), TOP_QUIT);
}
END_TEST

START_TEST(top_message_goes_with_the_next_key)
{
    top_message(&top, "process %d ended", 7);
    ck_assert_int_eq(key('x'), TOP_REDRAW);
    ck_assert_str_eq(top.line, "");
    ck_assert_int_eq(key('x'), TOP_NOTHING);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/top");
    TCase *tests = tcase_create("top");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, top_rows_make_sorts_by_any_column);
    tcase_add_test(tests, top_rows_make_takes_rates_between_the_snapshots);
    tcase_add_test(tests, top_rows_make_leaves_out_what_has_ended);
    tcase_add_test(tests, top_view_draw_shows_the_figures);
    tcase_add_test(tests, top_view_draw_tells_services_from_programs_that_are_slowed);
    tcase_add_test(tests, top_view_draw_on_a_wide_screen_keeps_figures_near_names);
    tcase_add_test(tests, top_view_draw_fits_any_height);
    tcase_add_test(tests, top_key_sorts_and_ends);
    tcase_add_test(tests, top_key_changes_the_interval_within_bounds);
    tcase_add_test(tests, top_key_selects_a_process_and_keeps_it);
    tcase_add_test(tests, top_key_asks_whom_to_end);
    tcase_add_test(tests, top_key_asks_for_a_limit);
    tcase_add_test(tests, top_key_help_is_left_by_any_key);
    tcase_add_test(tests, top_message_goes_with_the_next_key);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
