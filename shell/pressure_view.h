/* SPDX-License-Identifier: BSD-2-Clause */
/* Pressure as text on a screen: where we are, its history as a plot, the levels, what they come from, who waits. Pure. */
#ifndef SHELL_PRESSURE_VIEW_H
#define SHELL_PRESSURE_VIEW_H

#include "census.h"
#include "screen.h"
#include "text.h"

#include "generated/pager_protocol.h"
#include "pagoda/pressure_sample.h"

#include <stdint.h>

/* The samples of the last minutes, newest first. */
struct pressure_history {
    uint64_t period_us; /* of one sample */
    unsigned n;
    struct pressure_sample samples[PRESSURE_SAMPLES];
};

/* pressure_view_history: the history, newest at the right: `rows` of used RAM, then one row each of level, faults and stalls. Takes rows + 3
 * rows from `row` on. `total`: pages of RAM. Returns the first row below it. */
unsigned pressure_view_history(struct screen *s, unsigned row, unsigned rows, uint64_t total, const struct pressure_history *history);

/* pressure_signal: one of the signals PAGER_PRESSURE_* as it is now: its value, and what that is. */
struct pressure_signal {
    struct text value;
    const char *what;
};
struct pressure_signal pressure_signal(const struct pager_pressure_info_reply *now, unsigned reason);

/* pressure_view: the level, its history and the thresholds. Returns the number of rows used. */
unsigned pressure_view(struct screen *s, const struct pager_pressure_info_reply *now, const struct pressure_history *history);

/* pressure_view_watch: what fits the screen above its last SCREEN_FOREIGN_ROWS rows: level and history, who waits most, the signals, the thresholds, in
 * this order of importance. */
void pressure_view_watch(struct screen *s, const struct pager_pressure_info_reply *now, const struct pressure_history *history, const struct census *census);

#endif
