/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines typed before, newest last. Pure; the caller owns the state. */
#ifndef SHELL_HISTORY_H
#define SHELL_HISTORY_H

#include "parse.h"

#define HISTORY_LINES 50 /* enough to walk back through a session by hand; 50 KiB */

struct history {
    unsigned n;    /* lines kept, at most HISTORY_LINES */
    unsigned next; /* ring index the next line goes to */
    char lines[HISTORY_LINES][PARSE_LINE_MAX + 1];
};

/* history_add: remember a line, unless it is empty or repeats the newest. The oldest is dropped when all places are taken.
 * Lines longer than PARSE_LINE_MAX are not kept. */
void history_add(struct history *h, const char *line);

/* history_get: the line `age` steps back, 1 = newest; NULL past the oldest and for 0. */
const char *history_get(const struct history *h, unsigned age);

#endif
