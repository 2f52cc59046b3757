/* SPDX-License-Identifier: BSD-2-Clause */
/* Free memory, its history, and where it stands between the four levels of pressure. */
#include "census.h"
#include "command.h"
#include "pressure_history.h"
#include "pressure_view.h"
#include "terminal.h"
#include "text.h"

#include "pagoda/layout.h"

#include <string.h>

#define WATCH_S 1     /* unless told otherwise */
#define WATCH_MAX_S 3600

extern const struct command command_pressure;

static struct screen screen;
static struct pressure_history history;

static int draw(unsigned *rows)
{
    struct pager_pressure_info_reply now;
    int error = pager_pressure_info(LAYOUT_CAP_PAGER, &now);
    if (error == PAGODA_OK)
        error = pressure_history_read(&history);
    if (error != PAGODA_OK)
        return error;
    screen_erase(&screen);
    *rows = pressure_view(&screen, &now, &history);
    return PAGODA_OK;
}

static int show(void)
{
    unsigned rows;
    screen_begin(&screen, TERMINAL_ROWS, TERMINAL_COLUMNS);
    int error = draw(&rows);
    if (error != PAGODA_OK)
        return shell_complain("pressure", "%s", pagoda_error_text((uint64_t)error));
    screen_lines(&screen, rows, stdout);
    return STATUS_OK;
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
            "A level is entered when free memory falls below the first figure, and left when\n"
            "it rises above the second.\n"
            "'pressure watch' shows it again and again until a key is pressed; without a\n"
            "terminal, once.\n",
    .words = "watch",
    .group = GROUP_MEMORY,
    .max_args = 2,
    .run = run,
};
