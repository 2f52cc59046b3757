/* SPDX-License-Identifier: BSD-2-Clause */
/* Free memory, its history, and where it stands between the four levels of pressure. */
#include "census.h"
#include "command.h"
#include "pressure_history.h"
#include "pressure_view.h"
#include "table.h"
#include "terminal.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <string.h>

#define WATCH_S 1     /* unless told otherwise */
#define WATCH_MAX_S 3600

extern const struct command command_pressure;

static struct screen screen;
static struct pressure_history history;

static struct pager_pressure_info_reply now;
static struct table table;

static int draw(unsigned *rows)
{
    int error = pager_pressure_info(LAYOUT_CAP_PAGER, &now);
    if (error == PAGODA_OK)
        error = pressure_history_read(&history);
    if (error != PAGODA_OK)
        return error;
    screen_erase(&screen);
    *rows = pressure_view(&screen, &now, &history);
    return PAGODA_OK;
}

/* ---- what the level comes from ---- */

static void add_signal(unsigned reason, const char *value, const char *what)
{
    table_cell(&table, "%s", pressure_reason_name(reason));
    table_cell(&table, "%s", pressure_level_name(now.levels[reason]));
    table_cell(&table, "%s", value);
    table_cell(&table, "%s", what);
}

static void print_signals(void)
{
    table_begin(&table, "<SIGNAL|<LEVEL|>NOW|<");
    add_signal(PAGER_PRESSURE_FREE, text_size(now.free * PAGE_SIZE).s, "free");
    add_signal(PAGER_PRESSURE_STALL, text_percent(now.stall_some[STALL_10S], PAGER_STALL_ALL).s, "of the last 10 s some thread waited for a page");
    add_signal(PAGER_PRESSURE_REFAULT, text_short(now.refault_rate).s, "pages per second come back");
    add_signal(PAGER_PRESSURE_CONSUMPTION, now.time_left == UINT64_MAX ? "-" : text_time(now.time_left).s, "until nothing is free at the present rate");
    add_signal(PAGER_PRESSURE_FRAGMENTATION, text_percent(now.scattered, now.free).s, "of free memory lies in no free group of 64 KiB");
    printf("\n");
    table_print(&table, stdout);
}

/* ---- who waits ---- */

static void add_waiter(const char *pid, const char *name, const uint64_t some[], const uint64_t full[], const char *total)
{
    table_cell(&table, "%s", pid);
    table_cell(&table, "%s", name);
    for (unsigned span = STALL_10S; span <= STALL_60S; span++) {
        table_cell(&table, "%s", text_percent(some[span], PAGER_STALL_ALL).s);
        table_cell(&table, "%s", text_percent(full[span], PAGER_STALL_ALL).s);
    }
    table_cell(&table, "%s", total);
}

static int print_waiters(void)
{
    const struct census *census = census_take("pressure");
    if (census == NULL)
        return STATUS_FAILED;
    table_begin(&table, ">PID|<WAITED FOR PAGES|>SOME 10 S|>FULL 10 S|>SOME 60 S|>FULL 60 S|>IN ALL");
    for (unsigned i = 0; i < census->n; i++) {
        const struct census_entry *e = &census->entries[i];
        if (e->memory.stall != 0)
            add_waiter(census_pid(e), e->space.label, e->memory.stall_some, e->memory.stall_full, text_time(e->memory.stall).s);
    }
    add_waiter("", "all together", now.stall_some, now.stall_full, "");
    printf("\n");
    table_print(&table, stdout);
    return STATUS_OK;
}

static int show(void)
{
    unsigned rows;
    screen_begin(&screen, TERMINAL_ROWS, TERMINAL_COLUMNS);
    int error = draw(&rows);
    if (error != PAGODA_OK)
        return shell_complain("pressure", "%s", pagoda_error_text((uint64_t)error));
    screen_lines(&screen, rows, stdout);
    print_signals();
    return print_waiters();
}

/* Waits for a key. KEY_NONE when the time is over; the size of the terminal may have changed meanwhile. */
static int wait_for_key(struct keys *keys, uint64_t seconds)
{
    int key;
    terminal_ask_size();
    while ((key = terminal_key(keys, seconds * 1000)) == KEY_SIZE || (key == KEY_NONE && keys->state != 0))
        if (key == KEY_SIZE && (keys->rows != screen.rows || keys->columns != screen.columns))
            screen_begin(&screen, keys->rows, keys->columns);
    return key;
}

static int watch(uint64_t seconds)
{
    struct keys keys;
    unsigned rows;
    int error;
    terminal_enter(&keys, &screen);
    while ((error = draw(&rows)) == PAGODA_OK) {
        screen_at(&screen, screen.rows - SCREEN_FOREIGN_ROWS, 0);
        screen_print(&screen, "every %u s; any key ends", (unsigned)seconds);
        screen_repair(&screen);
        screen_update(&screen, stdout);
        fflush(stdout);
        if (wait_for_key(&keys, seconds) != KEY_NONE)
            break;
    }
    terminal_leave();
    return error == PAGODA_OK ? STATUS_OK : shell_complain("pressure", "%s", pagoda_error_text((uint64_t)error));
}

static int run(struct shell *shell, int argc, char **argv)
{
    uint64_t seconds = WATCH_S;
    if (argc == 1)
        return show();
    if (strcmp(argv[1], "watch") != 0)
        return command_usage(&command_pressure, "'%s' is not 'watch'", argv[1]);
    if (argc > 2 && (!text_parse_number(argv[2], &seconds) || seconds == 0 || seconds > WATCH_MAX_S))
        return command_usage(&command_pressure, "'%s' is not a number of seconds from 1 to %d", argv[2], WATCH_MAX_S);
    return shell->interactive ? watch(seconds) : show();
}

const struct command command_pressure = {
    .name = "pressure",
    .usage = "[watch [SECONDS]]",
    .summary = "free memory, its history, the four levels",
    .help = "The plot shows one column per second, now at the right: used RAM; the highest\n"
            "level (. none, l low, m medium, C critical); faults answered, full height being\n"
            "the figure at the right; share of the time in which a program waited for an\n"
            "evicted page. The pager takes the samples once a second, whatever runs.\n"
            "A level of free memory is entered below the first figure and left above the\n"
            "second. Other signals raise the level too; the highest counts. Then follows who\n"
            "waited for pages that had left memory, or for room: the share of time in which\n"
            "some thread of the program did, and in which all of them did at once.\n"
            "'pressure watch' shows it again and again until a key is pressed; without a\n"
            "terminal, once.\n",
    .words = "watch",
    .group = GROUP_MEMORY,
    .max_args = 2,
    .run = run,
};
