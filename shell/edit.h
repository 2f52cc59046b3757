/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor: bytes from the terminal in, one line and terminal output out. Pure: the caller reads, writes and owns all state.
 *
 * Keys: left right ^B ^F, Home End ^A ^E, up down ^P ^N (history), Backspace, Delete, ^K (to the end), ^U (to the start), ^W (word),
 * ^L (clear screen), ^C (drop the line), ^D (end of input on an empty line, else Delete), Tab (complete the word before the cursor), Enter.
 * A line longer than the screen is shown through a window that follows the cursor, so that no terminal has to wrap.
 * Bytes from 0x80 are taken as UTF-8: the cursor moves over whole characters, each one column wide.
 */
#ifndef SHELL_EDIT_H
#define SHELL_EDIT_H

#include "history.h"

#include <stddef.h>

#define EDIT_OUTPUT_MAX 1200 /* one redraw: prompt, at most a screen line of up to 4 bytes per column, a few control sequences */
#define EDIT_COLUMNS_MAX 200

enum edit_event {
    EDIT_MORE,      /* the line goes on */
    EDIT_LINE,      /* Enter: editor.line is complete */
    EDIT_CANCELLED, /* ^C: the line was dropped */
    EDIT_END,       /* ^D on an empty line */
};

/* A source of completions: the index-th candidate for the word line[word..cursor), NULL past the last. It must begin with those
 * bytes and stay valid until the next call. Called with index 0, 1, 2 ... */
typedef const char *edit_candidate(const char *line, size_t word, size_t cursor, unsigned index);

struct editor {
    const char *prompt;
    unsigned columns; /* width of the terminal; at most EDIT_COLUMNS_MAX */
    const struct history *history;
    edit_candidate *candidate; /* NULL: Tab only rings; set by the caller, kept by edit_begin */

    char line[PARSE_LINE_MAX + 1]; /* NUL-terminated */
    size_t length;                 /* bytes in it */
    size_t cursor;                 /* byte offset, always at a character's first byte or the end */
    size_t window;                 /* byte offset of the first character shown */
    unsigned age;                  /* history line shown, 0 = the new line */
    char saved[PARSE_LINE_MAX + 1]; /* the new line, while history is shown */

    unsigned escape;     /* state of an escape sequence, see edit.c */
    unsigned parameter;  /* its number */

    char output[EDIT_OUTPUT_MAX]; /* what to write to the terminal now */
    size_t n_output;
};

/* edit_begin: start a new, empty line and draw the prompt.
 *   prompt   printable ASCII, shorter than columns - 8; borrowed until the line is complete
 *   columns  20..EDIT_COLUMNS_MAX
 *   history  read by up and down; borrowed until the line is complete; the editor adds nothing to it
 * After this and after each edit_feed the caller writes editor->output[0..n_output) to the terminal. */
void edit_begin(struct editor *e, const char *prompt, unsigned columns, const struct history *history);

/* edit_feed: one byte from the terminal. After anything but EDIT_MORE the caller calls edit_begin again. */
enum edit_event edit_feed(struct editor *e, unsigned char byte);

#endif
