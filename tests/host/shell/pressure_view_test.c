/* SPDX-License-Identifier: BSD-2-Clause */
/* What `pressure watch` puts on screens of any size, from made-up figures. */
#include "shell/pressure_view.h"
#include "tests/host/check_main.h"

#include <string.h>

static struct pager_pressure_info_reply now;
static struct pressure_history history;
static struct census census;
static struct screen screen;

static void add(uint64_t pid, const char *name, uint64_t some, uint64_t full, uint64_t stall)
{
    struct census_entry *e = &census.entries[census.n++];
    memset(e, 0, sizeof(*e));
    e->is_process = true;
    e->process.pid = pid;
    snprintf(e->space.label, sizeof(e->space.label), "%s", name);
    e->memory.stall_some[STALL_10S] = some;
    e->memory.stall_full[STALL_10S] = full;
    e->memory.stall = stall;
}

static void setup(void)
{
    now = (struct pager_pressure_info_reply){.level = 2, .total = 16384, .free = 114, .reason = PAGER_PRESSURE_FREE, .time_left = UINT64_MAX,
        .levels = {2, 2, 1, 0, 1}, .enter = {2048, 1024, 44}, .leave = {2560, 1280, 56}, .entered = {0, 1, 3, 2}, .stall_some = {32768, 16384, 0},
        .refault_rate = 277, .scattered = 114};
    history = (struct pressure_history){.period_us = 1000000, .n = 2};
    census.n = 0;
    add(1, "shell", 0, 0, 0);
    add(7, "little", 655, 655, 811000000);
    add(8, "much", 16384, 8192, 15950000000);
    add(9, "long-ago", 0, 0, 30000000000);
}

static const char *drawn(unsigned rows)
{
    static char text[SCREEN_ROWS_MAX * SCREEN_COLUMNS_MAX];
    screen_begin(&screen, rows, 80);
    screen_erase(&screen);
    pressure_view_watch(&screen, &now, &history, &census);
    FILE *out = fmemopen(text, sizeof(text), "w");
    screen_lines(&screen, rows, out);
    fclose(out);
    return text;
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

START_TEST(pressure_view_watch_of_24_rows_has_history_signals_and_who_waits)
{
    const char *text = drawn(24);
    ck_assert(has(text, "Pressure: medium. Free: 114 of 16384 pages, 456 KiB of 64 MiB.\n"));
    ck_assert(has(text, "\nBecause of: free memory, stalls (medium)\n"));
    ck_assert(has(text, "\nstall  "));
    ck_assert(has(text, "\nfree memory   medium      456 KiB free\n"));
    ck_assert(has(text, "\nstalls        medium       50.0 % of the last 10 s somebody waited for a page\n"));
    ck_assert(has(text, "\n PID  WAITED FOR PAGES  SOME 10 S  FULL 10 S  SOME 60 S  FULL 60 S      IN ALL\n"
                        "   8  much                 25.0 %     12.5 %      0.0 %      0.0 %     15.95 s\n"
                        "   7  little                1.0 %      1.0 %      0.0 %      0.0 %    811.0 ms\n"
                        "   9  long-ago              0.0 %      0.0 %      0.0 %      0.0 %     30.00 s\n"
                        "      all together         50.0 %      0.0 %     25.0 %      0.0 %\n"));
    ck_assert(has(text, " of free memory lies in no free group of 64 KiB\n"));
    ck_assert(!has(text, "ENTERED BELOW"));
}
END_TEST

START_TEST(pressure_view_watch_shows_as_much_as_there_are_rows_for)
{
    for (unsigned rows = SCREEN_ROWS_MIN; rows <= SCREEN_ROWS_MAX; rows++) {
        const char *text = drawn(rows);
        ck_assert(has(text, "\nlevel  ") && has(text, "\nstall  "));
        ck_assert_int_eq(has(text, "   8  much"), rows >= 13);
        ck_assert_int_eq(has(text, "   9  long-ago"), rows >= 15);
        ck_assert_int_eq(has(text, "\nSIGNAL  "), rows >= 24);
        ck_assert_int_eq(has(text, "ENTERED BELOW"), rows >= 33);
        for (unsigned column = 0; column < 80; column++) /* the hint's row and the last one are others' */
            ck_assert(screen.next[rows - 2][column].text == ' ' && screen.next[rows - 1][column].text == ' ');
    }
}
END_TEST

START_TEST(pressure_view_watch_with_nobody_waiting)
{
    census.n = 1;
    ck_assert(has(drawn(24), "IN ALL\n      all together"));
}
END_TEST

START_TEST(pressure_view_reasons_fit_when_all_signals_are_up)
{
    for (unsigned i = 0; i < PAGER_PRESSURE_REASONS; i++)
        now.levels[i] = 2;
    ck_assert(has(drawn(24), "\nBecause of: free memory, stalls, refaults, consumption, fragmentation (medium)\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pressure_view");
    TCase *tests = tcase_create("pressure_view");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, pressure_view_watch_of_24_rows_has_history_signals_and_who_waits);
    tcase_add_test(tests, pressure_view_watch_shows_as_much_as_there_are_rows_for);
    tcase_add_test(tests, pressure_view_watch_with_nobody_waiting);
    tcase_add_test(tests, pressure_view_reasons_fit_when_all_signals_are_up);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
