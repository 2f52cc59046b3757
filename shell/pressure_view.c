/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure_view.h"

#include "census.h"
#include "plot.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>

#define PLOT_ROWS 6
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

/* What made the level, and the other signals that are not at rest. */
static void reasons(struct screen *s, const struct pager_pressure_info_reply *p)
{
    screen_print(s, "Because of: %s (%s)", pressure_reason_name(p->reason), pressure_level_name(p->level));
    for (unsigned i = 0; i < PAGER_PRESSURE_REASONS; i++)
        if (i != p->reason && p->levels[i] != 0)
            screen_print(s, ", %s (%s)", pressure_reason_name(i), pressure_level_name(p->levels[i]));
}

unsigned pressure_view(struct screen *s, const struct pager_pressure_info_reply *p, const struct pressure_history *history)
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
    unsigned row = pressure_view_history(s, 3, PLOT_ROWS, p->total, history);
    return levels(s, row + 1, p);
}
