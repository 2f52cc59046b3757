/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure_view.h"

#include "plot.h"

#include "pagoda/layout.h"

#include <inttypes.h>

#define PLOT_ROWS 6
#define PLOT_ROWS_LOW 3 /* on a screen of fewer rows than PLOT_FROM */
#define PLOT_ROWS_LEAST 1
#define PLOT_FROM 30
#define PLOT_LOW_FROM 20
#define LABEL_WIDTH 8 /* in front of a plot */
#define NOTE_WIDTH 12 /* behind one */
#define BAR_WIDTH 60

/* The column of a plot `width` wide that shows the i-th newest sample. */
static unsigned column_of(unsigned width, unsigned i)
{
    return LABEL_WIDTH + width - 1 - i;
}

static unsigned shown(unsigned width, const struct pressure_history *h)
{
    return h->n < width ? h->n : width;
}

static uint64_t used_of(const struct pressure_sample *sample, uint64_t total)
{
    return sample->free_pages < total ? total - sample->free_pages : 0;
}

static void used_row(struct screen *s, unsigned at, unsigned rows, unsigned row, unsigned width, uint64_t total, const struct pressure_history *h)
{
    screen_at(s, at, 0);
    if (row == rows - 1)
        screen_print(s, "used %%  ");
    screen_at(s, at, LABEL_WIDTH - 1);
    screen_print(s, "|");
    for (unsigned i = 0; i < shown(width, h); i++) {
        screen_at(s, at, column_of(width, i));
        screen_print(s, "%c", plot_cell(used_of(&h->samples[i], total), total, rows, row));
    }
    screen_at(s, at, LABEL_WIDTH + width);
    screen_print(s, "|%s", row == rows - 1 ? " 100 %" : row == 0 ? " 0 %" : "");
}

static void level_row(struct screen *s, unsigned at, unsigned width, const struct pressure_history *h)
{
    static const char marks[] = {'.', 'l', 'm', 'C'};
    screen_at(s, at, 0);
    screen_print(s, "level");
    for (unsigned i = 0; i < shown(width, h); i++) {
        screen_at(s, at, column_of(width, i));
        screen_print(s, "%c", h->samples[i].level < sizeof(marks) ? marks[h->samples[i].level] : '?');
    }
    screen_at(s, at, LABEL_WIDTH + width + 1);
    screen_print(s, " %" PRIu64 " s wide", width * h->period_us / 1000000);
}

static uint64_t faults_of(const struct pressure_sample *sample)
{
    return sample->faults;
}

static uint64_t stall_of(const struct pressure_sample *sample)
{
    return sample->stall;
}

/* One row of a value; what full height means is told behind it: at least `least`. */
static uint64_t value_row(struct screen *s, unsigned at, const char *label, unsigned width, const struct pressure_history *h,
                          uint64_t (*value)(const struct pressure_sample *), uint64_t least)
{
    uint64_t most = least;
    for (unsigned i = 0; i < shown(width, h); i++)
        most = value(&h->samples[i]) > most ? value(&h->samples[i]) : most;
    screen_at(s, at, 0);
    screen_print(s, "%s", label);
    for (unsigned i = 0; i < shown(width, h); i++) {
        screen_at(s, at, column_of(width, i));
        screen_print(s, "%c", plot_cell(value(&h->samples[i]), most, 1, 0));
    }
    screen_at(s, at, LABEL_WIDTH + width + 1);
    return most;
}

unsigned pressure_view_history(struct screen *s, unsigned row, unsigned rows, uint64_t total, const struct pressure_history *h)
{
    unsigned width = s->columns - LABEL_WIDTH - NOTE_WIDTH;
    if (width > PRESSURE_SAMPLES)
        width = PRESSURE_SAMPLES;
    for (unsigned i = rows; i-- > 0;)
        used_row(s, row++, rows, i, width, total, h);
    level_row(s, row++, width, h);
    uint64_t faults = value_row(s, row++, "faults", width, h, faults_of, 1);
    screen_print(s, " %s/s", text_short(h->period_us == 0 ? 0 : faults * 1000000 / h->period_us).s);
    value_row(s, row++, "stall", width, h, stall_of, UINT16_MAX);
    screen_print(s, " 100 %%");
    return row;
}

static unsigned levels(struct screen *s, unsigned row, const struct pager_pressure_info_reply *p)
{
    screen_at(s, row++, 0);
    screen_print(s, "    LEVEL     ENTERED BELOW  LEFT ABOVE  TIMES ENTERED");
    for (unsigned i = 0; i < PRESSURE_LEVEL_NAMES; i++) {
        screen_at(s, row++, 0);
        screen_print(s, "%-2s  %-8s", i == p->level ? "->" : "", pressure_level_name(i));
        screen_print(s, "  %13s", i == 0 ? "-" : text_size(p->enter[i - 1] * PAGE_SIZE).s);
        screen_print(s, "  %10s", i == 0 ? "-" : text_size(p->leave[i - 1] * PAGE_SIZE).s);
        screen_print(s, "  %13" PRIu64, p->entered[i]);
    }
    return row;
}

/* The signals that made the level; the table of signals has the others. */
static void reasons(struct screen *s, const struct pager_pressure_info_reply *p)
{
    screen_print(s, "Because of: %s", pressure_reason_name(p->reason));
    for (unsigned i = 0; i < PAGER_PRESSURE_REASONS; i++)
        if (i != p->reason && p->levels[i] == p->level)
            screen_print(s, ", %s", pressure_reason_name(i));
    screen_print(s, " (%s)", pressure_level_name(p->level));
}

/* The level and its history. Returns the first row below them. */
static unsigned level_and_history(struct screen *s, unsigned plot_rows, const struct pager_pressure_info_reply *p, const struct pressure_history *history)
{
    char bar[BAR_WIDTH + 1];
    const struct plot_part used = {p->total - p->free, '#'};
    screen_print(s, "Pressure: %s. Free: %" PRIu64 " of %" PRIu64 " pages, %s of %s.", pressure_level_name(p->level), p->free, p->total,
                 text_size(p->free * PAGE_SIZE).s, text_size(p->total * PAGE_SIZE).s);
    plot_bar(bar, BAR_WIDTH, p->total, &used, 1);
    screen_at(s, 1, 0);
    screen_print(s, "[%s] %s used", bar, text_percent(p->total - p->free, p->total).s);
    screen_at(s, 2, 0);
    if (p->level != 0)
        reasons(s, p);
    return pressure_view_history(s, 3, plot_rows, p->total, history);
}

unsigned pressure_view(struct screen *s, const struct pager_pressure_info_reply *p, const struct pressure_history *history)
{
    return levels(s, level_and_history(s, PLOT_ROWS, p, history) + 1, p);
}

/* ---- what the level comes from ---- */

struct pressure_signal pressure_signal(const struct pager_pressure_info_reply *p, unsigned reason)
{
    switch (reason) {
    case PAGER_PRESSURE_FREE:
        return (struct pressure_signal){text_size(p->free * PAGE_SIZE), "free"};
    case PAGER_PRESSURE_STALL:
        return (struct pressure_signal){text_percent(p->stall_some[STALL_10S], PAGER_STALL_ALL), "of the last 10 s somebody waited for a page"};
    case PAGER_PRESSURE_REFAULT:
        return (struct pressure_signal){text_short(p->refault_rate), "pages per second come back"};
    case PAGER_PRESSURE_CONSUMPTION:
        return (struct pressure_signal){p->time_left == UINT64_MAX ? (struct text){"-"} : text_time(p->time_left), "until nothing is free at the present rate"};
    default:
        return (struct pressure_signal){text_percent(p->scattered, p->free), "of free memory lies in no free group of 64 KiB"};
    }
}

static unsigned signals(struct screen *s, unsigned row, const struct pager_pressure_info_reply *p)
{
    screen_at(s, row++, 0);
    screen_print(s, "%-13s %-8s %10s", "SIGNAL", "LEVEL", "NOW");
    for (unsigned reason = 0; reason < PAGER_PRESSURE_REASONS; reason++) {
        struct pressure_signal signal = pressure_signal(p, reason);
        screen_at(s, row++, 0);
        screen_print(s, "%-13s %-8s %10s %s", pressure_reason_name(reason), pressure_level_name(p->levels[reason]), signal.value.s, signal.what);
    }
    return row;
}

/* ---- who waits ---- */

static bool waited(const struct census_entry *e)
{
    return e->memory.stall != 0;
}

static bool waits_more(const struct census_entry *a, const struct census_entry *b)
{
    if (a->memory.stall_some[STALL_10S] != b->memory.stall_some[STALL_10S])
        return a->memory.stall_some[STALL_10S] > b->memory.stall_some[STALL_10S];
    return a->memory.stall != b->memory.stall ? a->memory.stall > b->memory.stall : a < b;
}

/* Who comes next behind `last` (NULL: the first) in the order of waiting most. */
static const struct census_entry *next_waiter(const struct census *census, const struct census_entry *last)
{
    const struct census_entry *best = NULL;
    for (unsigned i = 0; i < census->n; i++) {
        const struct census_entry *e = &census->entries[i];
        if (waited(e) && (last == NULL || waits_more(last, e)) && (best == NULL || waits_more(e, best)))
            best = e;
    }
    return best;
}

static void waiter(struct screen *s, unsigned row, const char *pid, const char *name, const uint64_t some[], const uint64_t full[], const char *total)
{
    screen_at(s, row, 0);
    screen_print(s, "%4s  %-16.16s", pid, name);
    for (unsigned span = STALL_10S; span <= STALL_60S; span++)
        screen_print(s, "  %9s  %9s", text_percent(some[span], PAGER_STALL_ALL).s, text_percent(full[span], PAGER_STALL_ALL).s);
    screen_print(s, "  %10s", total);
}

/* As many as there is room for above `end`, who waits most first. */
static void waiters(struct screen *s, unsigned row, unsigned end, const struct pager_pressure_info_reply *p, const struct census *census)
{
    const struct census_entry *e = NULL;
    screen_at(s, row++, 0);
    screen_print(s, " PID  WAITED FOR PAGES  SOME 10 S  FULL 10 S  SOME 60 S  FULL 60 S      IN ALL");
    while (row + 1 < end && (e = next_waiter(census, e)) != NULL)
        waiter(s, row++, census_pid(e), e->space.label, e->memory.stall_some, e->memory.stall_full, text_time(e->memory.stall).s);
    waiter(s, row, "", "all together", p->stall_some, p->stall_full, "");
}

/* ---- the whole, again and again ---- */

#define LEVEL_ROWS (1 + PRESSURE_LEVEL_NAMES + 1)     /* with a blank one */
#define SIGNAL_ROWS (1 + PAGER_PRESSURE_REASONS + 1)
#define WAITER_ROWS_LEAST 3                           /* title, one, all together */
#define WAITER_ROWS_FIRST 5                           /* before anything else below the history */

void pressure_view_watch(struct screen *s, const struct pager_pressure_info_reply *p, const struct pressure_history *history, const struct census *census)
{
    unsigned end = s->rows - SCREEN_FOREIGN_ROWS;
    unsigned row = level_and_history(s, s->rows >= PLOT_FROM ? PLOT_ROWS : s->rows >= PLOT_LOW_FROM ? PLOT_ROWS_LOW : PLOT_ROWS_LEAST, p, history) + 1;
    bool has_signals = row + SIGNAL_ROWS + WAITER_ROWS_FIRST <= end;
    if (row + LEVEL_ROWS + SIGNAL_ROWS + WAITER_ROWS_FIRST <= end)
        row = levels(s, row, p) + 1;
    if (has_signals)
        row = signals(s, row, p) + 1;
    if (row + WAITER_ROWS_LEAST <= end)
        waiters(s, row, end, p, census);
}
