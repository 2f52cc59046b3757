/* SPDX-License-Identifier: BSD-2-Clause */
/* What the keys of `top` do: choices, and questions that are answered in one line. Pure. */
#ifndef SHELL_TOP_KEYS_H
#define SHELL_TOP_KEYS_H

#include "top_view.h"

#include <stdbool.h>
#include <stdint.h>

enum top_action {
    TOP_NOTHING,
    TOP_REDRAW,  /* the same figures, shown otherwise */
    TOP_REFRESH, /* new figures, at once */
    TOP_REDRAW_ALL, /* the screen may show something else */
    TOP_QUIT,
    TOP_KILL,    /* end process `target` */
    TOP_SET_LIMIT, /* give process `target` the maximum `limit_bytes`, 0: none */
};

enum top_mode { TOP_LIST, TOP_HELP, TOP_ASK_KILL, TOP_ASK_LIMIT_OF, TOP_ASK_LIMIT };

#define TOP_INPUT_MAX 20
#define TOP_LINE_MAX 100

struct top {
    enum top_mode mode;
    enum top_column sort;
    uint64_t interval_s;
    uint64_t selected;          /* pid; 0: the first row */
    unsigned first;             /* row of the table shown first */
    uint64_t target;            /* of the question or action */
    uint64_t limit_bytes;
    char input[TOP_INPUT_MAX + 1]; /* the answer so far */
    char line[TOP_LINE_MAX];    /* the question with the answer, or a message; empty: none */
};

/* top_start: sorted by CPU. */
void top_start(struct top *t, uint64_t interval_s);

/* top_key: one key (keys.h). `rows` is the table as shown, list_rows how many rows of it fit. */
enum top_action top_key(struct top *t, int key, const struct top_rows *rows, unsigned list_rows);

/* top_selected_row: where the selected process is now; the first row when it is gone. Moves `first` so that the row is shown. */
unsigned top_selected_row(struct top *t, const struct top_rows *rows, unsigned list_rows);

/* top_message: say something in place of the keys, until the next key. */
void top_message(struct top *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
