/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The screen of `top`: from two snapshots and what the user chose to text. Pure.
 *
 * From above: title, RAM by use, history of pressure, faults by kind, service times, then the processes, sorted. What does not fit the
 * height is left out in this order: history, service times and faults. The last two rows are the keys or a question, and what other
 * programs print (screen.h).
 */
#ifndef SHELL_TOP_VIEW_H
#define SHELL_TOP_VIEW_H

#include "pressure_view.h"
#include "snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/* The columns of the process table, from the left; each can be sorted by. */
enum top_column {
    TOP_PID,
    TOP_NAME,
    TOP_CPU,
    TOP_RESIDENT,
    TOP_SHARED,
    TOP_COMPRESSED,
    TOP_SWAPPED,
    TOP_REFAULTS,
    TOP_STALL,
    TOP_FAULTS,
    TOP_LIMIT,
    TOP_STATE,
    TOP_COLUMNS,
};

struct top_row {
    const struct process_list_reply *process;
    const struct pager_space_list_reply *space; /* NULL: none of the pager's */
    const struct pager_space_memory_reply *stored; /* of the same */
    uint64_t on_disk;       /* of its stored pages */
    uint64_t cpu_permille;  /* of the time between the snapshots */
    uint64_t faults_per_s;
    uint64_t refaults_per_s; /* pages that had left memory */
    uint64_t stall_permille; /* of that time, waiting for such pages */
};

/* The processes that the table has, in its order. */
struct top_rows {
    unsigned n;
    struct top_row rows[CENSUS_MAX];
};

/* top_rows_make: the processes of `now`, ended ones left out, sorted: numbers with the greatest first, names and pids with the least.
 * Rates are those since `before`, or since boot when it is NULL. */
void top_rows_make(struct top_rows *rows, const struct snapshot *now, const struct snapshot *before, enum top_column sort);

/* What is shown. */
struct top_view {
    const struct snapshot *now;
    const struct snapshot *before; /* NULL: figures since boot */
    const struct pressure_history *history;
    const struct top_rows *rows;
    enum top_column sort;
    unsigned first;       /* row of the table shown first */
    unsigned selected;    /* row shown as selected; above rows->n: none */
    uint64_t interval_s;  /* 0: a single sample */
    const char *line;     /* the second to last row of the screen; NULL: what the keys do */
    bool help;            /* the keys instead of the processes */
};

/* top_view_list_rows: how many processes fit on a screen of this height. */
unsigned top_view_list_rows(unsigned screen_rows);

/* top_view_draw: everything. Returns the number of rows used, the last two not counted. */
unsigned top_view_draw(struct screen *s, const struct top_view *view);

#endif
