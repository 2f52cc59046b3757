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

static int read_all(void)
{
    int error = pager_pressure_info(LAYOUT_CAP_PAGER, &now);
    return error == PAGODA_OK ? pressure_history_read(&history) : error;
}

/* ---- what the level comes from ---- */

static void print_signals(void)
{
    table_begin(&table, "<SIGNAL|<LEVEL|>NOW|<");
    for (unsigned reason = 0; reason < PAGER_PRESSURE_REASONS; reason++) {
        struct pressure_signal signal = pressure_signal(&now, reason);
        table_cell(&table, "%s", pressure_reason_name(reason));
        table_cell(&table, "%s", pressure_level_name(now.levels[reason]));
        table_cell(&table, "%s", signal.value.s);
        table_cell(&table, "%s", signal.what);
    }
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

/* ---- load control ---- */

/* The values of SETTING_LOAD_CONTROL. */
static const char *const modes[] = {"off", "on", "fair"};
#define N_MODES (sizeof(modes) / sizeof(modes[0]))

static void add_concerned(const struct census_entry *e)
{
    const struct pager_space_memory_reply *m = &e->memory;
    table_cell(&table, "%s", census_pid(e));
    table_cell(&table, "%s", e->space.label);
    table_cell(&table, "%s", m->storms ? "storms" : "thrashes");
    table_cell(&table, "%s%s", m->bound ? "<=" : "", text_size(m->working_set * PAGE_SIZE).s);
    table_cell(&table, "%s", m->slowed ? text_time(m->slowed_ns).s : "-");
    table_cell(&table, "%s", text_percent(m->worked, PAGER_STALL_ALL).s);
    table_cell(&table, "%s", m->work == PAGER_LOAD_UNBOUNDED ? "-" : text_percent(m->work, PAGER_STALL_ALL).s);
}

static bool is_concerned(const struct census_entry *e)
{
    return e->memory.thrashes || e->memory.slowed || e->memory.storms;
}

/* Those who thrash, of these those who are slowed, and those whose faults are a storm. */
struct concerned {
    unsigned thrash, slowed, storm;
};

static struct concerned count_concerned(const struct census *census)
{
    struct concerned n = {0};
    for (unsigned i = 0; i < census->n; i++) {
        const struct pager_space_memory_reply *m = &census->entries[i].memory;
        n.storm += m->storms != 0;
        n.thrash += is_concerned(&census->entries[i]) && !m->storms;
        n.slowed += m->slowed != 0;
    }
    return n;
}

/* Who is slowed and since when. */
static int print_control(void)
{
    uint64_t mode;
    int error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_LOAD_CONTROL, &mode);
    if (error != PAGODA_OK)
        return shell_failed("pressure", error);
    const struct census *census = census_take("pressure");
    if (census == NULL)
        return STATUS_FAILED;
    struct concerned n = count_concerned(census);
    printf("Load control is %s; %u program%s", mode < N_MODES ? modes[mode] : "unknown", n.thrash, n.thrash == 1 ? " thrashes" : "s thrash");
    if (n.storm != 0)
        printf(", %u %s", n.storm, n.storm == 1 ? "storms" : "storm");
    printf(".\n");
    if (n.thrash + n.storm == 0)
        return STATUS_OK;
    table_begin(&table, ">PID|<WHO|<DOES|>USES|>SLOWED FOR|>SERVERS' WORK|>AT MOST");
    for (unsigned i = 0; i < census->n; i++)
        if (is_concerned(&census->entries[i]))
            add_concerned(&census->entries[i]);
    table_print(&table, stdout);
    return STATUS_OK;
}

/* 'pressure control [on|fair|off]' */
static int control(int argc, char **argv)
{
    if (argc > 2) {
        unsigned mode = text_parse_choice(argv[2], modes, N_MODES);
        if (mode == N_MODES)
            return command_usage(&command_pressure, "'%s' is not 'on', 'fair' or 'off'", argv[2]);
        int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_LOAD_CONTROL, mode);
        if (error != PAGODA_OK)
            return shell_failed("pressure", error);
    }
    return print_control();
}

static int show(void)
{
    int error = read_all();
    if (error != PAGODA_OK)
        return shell_failed("pressure", error);
    screen_begin(&screen, TERMINAL_ROWS, TERMINAL_COLUMNS);
    screen_erase(&screen);
    screen_lines(&screen, pressure_view(&screen, &now, &history), stdout);
    print_signals();
    int status = print_waiters();
    printf("\n");
    return status == STATUS_OK ? print_control() : status;
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

/* How many thrash, and how many of them are slowed. */
static void print_thrashers(const struct census *census)
{
    struct concerned n = count_concerned(census);
    if (n.thrash != 0)
        screen_print(&screen, "   %u program%s, %u of them slowed", n.thrash, n.thrash == 1 ? " thrashes" : "s thrash", n.slowed);
    if (n.storm != 0)
        screen_print(&screen, "   %u %s with faults", n.storm, n.storm == 1 ? "storms" : "storm");
}

static void draw_watch(const struct census *census, uint64_t seconds)
{
    screen_erase(&screen);
    pressure_view_watch(&screen, &now, &history, census);
    screen_at(&screen, screen.rows - SCREEN_FOREIGN_ROWS, 0);
    screen_print(&screen, "every %u s; any key ends", (unsigned)seconds);
    print_thrashers(census);
    screen_repair(&screen);
    screen_update(&screen, stdout);
    fflush(stdout);
}

static int watch(uint64_t seconds)
{
    struct keys keys;
    int error;
    terminal_enter(&keys, &screen);
    while ((error = read_all()) == PAGODA_OK) {
        const struct census *census = census_take_quietly(&error);
        if (census == NULL)
            break;
        draw_watch(census, seconds);
        if (wait_for_key(&keys, seconds) != KEY_NONE)
            break;
    }
    terminal_leave();
    return error == PAGODA_OK ? STATUS_OK : shell_failed("pressure", error);
}

static int run(struct shell *shell, int argc, char **argv)
{
    uint64_t seconds = WATCH_S;
    if (argc == 1)
        return show();
    if (strcmp(argv[1], "control") == 0)
        return control(argc, argv);
    if (strcmp(argv[1], "watch") != 0)
        return command_usage(&command_pressure, "'%s' is neither 'watch' nor 'control'", argv[1]);
    if (argc > 2 && (!text_parse_number(argv[2], &seconds) || seconds == 0 || seconds > WATCH_MAX_S))
        return command_usage(&command_pressure, "'%s' is not a number of seconds from 1 to %d", argv[2], WATCH_MAX_S);
    return shell->interactive ? watch(seconds) : show();
}

const struct command command_pressure = {
    .name = "pressure",
    .usage = "[watch [SECONDS] | control [on|fair|off]]",
    .summary = "free memory, its history, the four levels",
    .help = "The plot shows one column per second, now at the right: used RAM; the highest\n"
            "level (. none, l low, m medium, C critical); faults answered, full height being\n"
            "the figure at the right; share of the time in which a program waited for an\n"
            "evicted page. The pager takes the samples once a second, whatever runs.\n"
            "A level of free memory is entered below the first figure and left above the\n"
            "second. Other signals raise the level too; the highest counts. Then follows who\n"
            "waited for pages that had left memory, or for room: the share of time in which\n"
            "some thread of the program did, and in which all of them did at once.\n"
            "'pressure watch' shows it again and again until a key is pressed, as much of it\n"
            "as the terminal has rows for; without a terminal, once.\n"
            "At the end come the programs that thrash: what they use, for how long they have\n"
            "been slowed, and the share of time that the pager may work for them, if it is\n"
            "bounded. When what all programs use is more than there is memory, those that\n"
            "thrash are slowed in turns; while others compute all of them are, so that those\n"
            "keep nine tenths of their speed. With 'pressure control fair' the one that has\n"
            "its turn keeps an equal part of the time then; 'pressure control off' gives all\n"
            "of them their time back at once, and slows nobody from then on.\n",
    .words = "watch|control on|control fair|control off",
    .group = GROUP_MEMORY,
    .max_args = 2,
    .run = run,
};
