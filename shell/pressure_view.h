/* SPDX-License-Identifier: BSD-2-Clause */
/* Pressure as text on a screen: where we are, its history as a plot, the levels. Pure. */
#ifndef SHELL_PRESSURE_VIEW_H
#define SHELL_PRESSURE_VIEW_H

#include "screen.h"

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

/* pressure_view: all of it. Returns the number of rows used. */
unsigned pressure_view(struct screen *s, const struct pager_pressure_info_reply *now, const struct pressure_history *history);

#endif
