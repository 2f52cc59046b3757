/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's memory and who uses it, on a full screen that refreshes; without a terminal, once and as lines. */
#include "command.h"
#include "pressure_history.h"
#include "terminal.h"
#include "text.h"
#include "top_keys.h"
#include "top_view.h"

#include "pagoda/layout.h"
#include "pagoda/pagoda.h"

#include <inttypes.h>
#include <string.h>

#define INTERVAL_S 2 /* unless told otherwise */
#define INTERVAL_MAX_S 3600
#define FIRST_S 1    /* the first figures are averages since boot, which nobody wants to look at for long */
#define PLAIN_ROWS SCREEN_ROWS_MAX

extern const struct command command_top;

static struct snapshot snapshots[2];
static unsigned newest;  /* of the two */
static bool have_before; /* the other one is older, not empty */
static struct pressure_history history;
static struct top_rows rows;
static struct screen screen;
static struct keys keys;
static struct top top;

static const struct snapshot *before(void)
{
    return have_before ? &snapshots[1 - newest] : NULL;
}

/* New figures. The first ones are compared with nothing: their rates are those since boot. */
static int refresh(bool first)
{
    newest = 1 - newest;
    have_before = !first;
    int error = snapshot_take(&snapshots[newest]);
    return error == PAGODA_OK ? pressure_history_read(&history) : error;
}

static unsigned draw(unsigned selected)
{
    const struct top_view view = {.now = &snapshots[newest],
                                  .before = before(),
                                  .history = &history,
                                  .rows = &rows,
                                  .sort = top.sort,
                                  .first = top.first,
                                  .selected = selected,
                                  .interval_s = top.interval_s,
                                  .line = top.line[0] == '\0' ? NULL : top.line,
                                  .help = top.mode == TOP_HELP};
    screen_erase(&screen);
    return top_view_draw(&screen, &view);
}

static int print_once(void)
{
    int error = refresh(true);
    if (error != PAGODA_OK)
        return shell_failed("top", error);
    top_start(&top, 0);
    top_rows_make(&rows, &snapshots[newest], NULL, top.sort);
    screen_begin(&screen, PLAIN_ROWS, TERMINAL_COLUMNS);
    screen_lines(&screen, draw(UINT32_MAX), stdout);
    if (rows.n > top_view_list_rows(PLAIN_ROWS))
        printf("(%u more; 'ps' lists all)\n", rows.n - top_view_list_rows(PLAIN_ROWS));
    return STATUS_OK;
}

static void show(void)
{
    top_rows_make(&rows, &snapshots[newest], before(), top.sort);
    draw(top_selected_row(&top, &rows, top_view_list_rows(screen.rows)));
    screen_repair(&screen);
    screen_update(&screen, stdout);
    fflush(stdout);
}

/* ---- what the keys ask of the servers ---- */

static void end_process(void)
{
    uint64_t self, parent;
    if (process_self(LAYOUT_CAP_PROCESS, &self, &parent) == PAGODA_OK && top.target == self) {
        top_message(&top, "process %" PRIu64 " is this shell; 'poweroff' stops the machine", top.target);
        return;
    }
    int error = top.target == 0 ? PAGODA_ERR_NO_SUCH_PROCESS : process_kill(LAYOUT_CAP_PROCESS, top.target, PROCESS_SIGNAL_TERMINATE);
    if (error == PAGODA_OK)
        top_message(&top, "process %" PRIu64 " ended", top.target);
    else if (error == PAGODA_ERR_NOT_PERMITTED)
        top_message(&top, "process %" PRIu64 " is a service of the system, which cannot be ended", top.target);
    else
        top_message(&top, "process %" PRIu64 ": %s", top.target, pagoda_error_text((uint64_t)error));
}

static const struct pager_space_list_reply *space_of_target(void)
{
    for (unsigned i = 0; i < rows.n; i++)
        if (rows.rows[i].process->pid == top.target)
            return rows.rows[i].space;
    return NULL;
}

static void set_limit(void)
{
    const struct pager_space_list_reply *space = space_of_target();
    int error = space == NULL ? PAGODA_ERR_NO_SUCH_PROCESS : pager_space_set_limit(LAYOUT_CAP_PAGER, space->space, top.limit_bytes / PAGE_SIZE);
    if (error != PAGODA_OK)
        top_message(&top, "process %" PRIu64 ": %s", top.target, pagoda_error_text((uint64_t)error));
    else if (top.limit_bytes == 0)
        top_message(&top, "process %" PRIu64 " may hold any number of pages", top.target);
    else
        top_message(&top, "process %" PRIu64 " may hold %s at most", top.target, text_size(top.limit_bytes).s);
}

/* ---- the loop ---- */

static uint64_t now_ms(void)
{
    return pagoda_ticks() / (pagoda_tick_frequency() / 1000);
}

static void take_size(void)
{
    if (keys.rows != screen.rows || keys.columns != screen.columns)
        screen_begin(&screen, keys.rows, keys.columns);
}

static enum top_action next_action(uint64_t timeout_ms)
{
    int key = terminal_key(&keys, timeout_ms);
    if (key == TERMINAL_LOST)
        return TOP_QUIT;
    if (key == KEY_SIZE) {
        take_size();
        return TOP_REDRAW;
    }
    return top_key(&top, key, &rows, top_view_list_rows(screen.rows));
}

/* Until the time of the next refresh. Returns false when the user has had enough. */
static bool wait_and_answer(uint64_t until_ms)
{
    for (uint64_t now = now_ms(); now < until_ms; now = now_ms()) {
        switch (next_action(until_ms - now)) {
        case TOP_NOTHING:
            continue;
        case TOP_QUIT:
            return false;
        case TOP_REFRESH:
            return true;
        case TOP_KILL:
            end_process();
            return true;
        case TOP_SET_LIMIT:
            set_limit();
            return true;
        case TOP_REDRAW_ALL:
            screen_begin(&screen, screen.rows, screen.columns);
            break;
        case TOP_REDRAW:
            break;
        }
        show();
    }
    return true;
}

static int run_on_screen(uint64_t interval_s)
{
    int error = refresh(true);
    top_start(&top, interval_s);
    terminal_enter(&keys, &screen);
    while (error == PAGODA_OK) {
        show();
        terminal_ask_size();
        if (!wait_and_answer(now_ms() + (have_before ? top.interval_s : FIRST_S) * 1000))
            break;
        error = refresh(false);
    }
    terminal_leave();
    return error == PAGODA_OK ? STATUS_OK : shell_failed("top", error);
}

static int run(struct shell *shell, int argc, char **argv)
{
    uint64_t interval_s = INTERVAL_S;
    bool once = !shell->interactive;
    if (argc > 1 && strcmp(argv[1], "-1") == 0)
        once = true;
    else if (argc > 1 && (!text_parse_number(argv[1], &interval_s) || interval_s == 0 || interval_s > INTERVAL_MAX_S))
        return command_usage(&command_top, "'%s' is not a number of seconds from 1 to %d, or -1 for one sample", argv[1], INTERVAL_MAX_S);
    return once ? print_once() : run_on_screen(interval_s);
}

const struct command command_top = {
    .name = "top",
    .usage = "[SECONDS | -1]",
    .summary = "memory and who uses it, on a screen that refreshes",
    .help = "RAM by use, the history of memory pressure, faults per second by kind, how long\n"
            "the pager took to answer them, and the processes; every 2 seconds, or as many\n"
            "as given. 'top -1', and top without a terminal, print it once, with rates since\n"
            "boot.\n"
            "up down     select a process        left right  sort by another column\n"
            "p n c r s o d w f  sort by pid, name, CPU, resident, shared,\n"
            "                   compressed, on disk, stall, faults\n"
            "k           end a process           l           limit what it may hold\n"
            "+ -         interval                space       refresh now\n"
            "h           help                    q ^C        end\n",
    .words = "-1",
    .group = GROUP_MEMORY,
    .max_args = 1,
    .run = run,
};
