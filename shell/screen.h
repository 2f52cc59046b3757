/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A full screen of text that is drawn anew as a whole and sent as differences. Pure but for the stream.
 *
 *     screen_begin(&s, 24, 80);
 *     for (;;) { screen_erase(&s); screen_at(&s, 0, 0); screen_print(&s, "..."); screen_update(&s, stdout); }
 *
 * Needs a terminal that knows the cursor movement, erasing, scrolling region and attributes of a VT100. Text is printable ASCII.
 *
 * Other programs may print meanwhile: the cursor rests in the last row, and only the last SCREEN_FOREIGN_ROWS rows scroll, so what
 * they print stays there, until screen_repair.
 */
#ifndef SHELL_SCREEN_H
#define SHELL_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SCREEN_ROWS_MIN 10
#define SCREEN_ROWS_MAX 60
#define SCREEN_COLUMNS_MIN 40
#define SCREEN_COLUMNS_MAX 160

#define SCREEN_FOREIGN_ROWS 2

#define SCREEN_BOLD 1
#define SCREEN_REVERSE 2

/* What to send before the first update and after the last: the alternate screen where the terminal has one, so that what stood there comes
 * back; elsewhere the screen is left empty. */
#define SCREEN_ENTER "\x1b[?1049h\x1b[?25l"
#define SCREEN_LEAVE "\x1b[r\x1b[0m\x1b[2J\x1b[H\x1b[?25h\x1b[?1049l"

/* Makes the terminal tell its size, as the cursor position report of the far corner (keys.h). */
#define SCREEN_ASK_SIZE "\x1b" "7\x1b[999;999H\x1b[6n\x1b" "8"

struct screen_cell {
    char text;
    uint8_t attribute;
};

struct screen {
    unsigned rows, columns;
    unsigned row, column;  /* where the next text goes */
    uint8_t attribute;     /* of the next text, SCREEN_* */
    bool unknown;          /* what the terminal shows is not known: draw all */
    struct screen_cell next[SCREEN_ROWS_MAX][SCREEN_COLUMNS_MAX];  /* being drawn */
    struct screen_cell shown[SCREEN_ROWS_MAX][SCREEN_COLUMNS_MAX]; /* what the terminal shows */
};

/* screen_begin: set the size, brought between the limits above; the next update draws everything. */
void screen_begin(struct screen *s, unsigned rows, unsigned columns);

/* screen_erase: draw from an empty screen on. */
void screen_erase(struct screen *s);

/* screen_at: where the next text goes; rows and columns from 0. */
void screen_at(struct screen *s, unsigned row, unsigned column);

/* screen_print: text at the present place, cut off at the right edge; rows below the screen show nothing. At most 160 bytes at once. */
void screen_print(struct screen *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* screen_attribute_row: give all of one row an attribute (a title, a selected line). */
void screen_attribute_row(struct screen *s, unsigned row, uint8_t attribute);

/* screen_repair: the rows where others may have printed are sent anew with the next update. */
void screen_repair(struct screen *s);

/* screen_lines: write the first `rows` rows as lines, without attributes and without blanks at the end: for what is no terminal. */
void screen_lines(const struct screen *s, unsigned rows, FILE *out);

/* screen_update: send what differs from what is shown. The corner at the lower right stays blank: writing there scrolls some terminals. */
void screen_update(struct screen *s, FILE *out);

#endif
