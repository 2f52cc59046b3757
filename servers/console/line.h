/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Line discipline: from bytes typed to input that can be read, with echo.
 *
 * Cooked: a line is edited (backspace, ^U whole line, ^W word) and becomes readable with Enter; ^D ends input: at the start of a
 * line the reader sees end of file, else it gets the line as it is; ^C drops the line and is reported. Raw: bytes are
 * readable as they come, nothing is echoed or special. Pure: what to show goes into the echo ring of the caller.
 */
#ifndef CONSOLE_LINE_H
#define CONSOLE_LINE_H

#include "ring.h"

#define LINE_MAX_BYTES 1024  /* of one line in editing; more is refused with a bell */
#define LINE_READY_MAX 8192  /* entries waiting to be read; power of two */

enum line_event {
    LINE_NOTHING,   /* nothing new to read */
    LINE_READABLE,  /* line_read has something */
    LINE_INTERRUPT, /* ^C in cooked mode */
};

struct line {
    bool raw;                       /* discipline in force */
    uint32_t length;                /* bytes of the line in editing */
    uint32_t ready_put, ready_taken; /* positions in ready, as in struct ring */
    uint8_t edit[LINE_MAX_BYTES];
    uint16_t ready[LINE_READY_MAX]; /* a byte, or LINE_MARK: end of input (^D) here */
};

#define LINE_MARK 0x100

void line_init(struct line *line);

/* line_set_raw: change the discipline. A line in editing becomes readable as it is when raw mode begins. */
void line_set_raw(struct line *line, bool raw);

/* line_input: one byte was typed; what it shows is put into echo (cut off when echo is full). */
enum line_event line_input(struct line *line, uint8_t byte, struct ring *echo);

/* line_readable: line_read would give something (end of file included). */
bool line_readable(const struct line *line);

/*
 * line_read: take at most max bytes, at most one line in cooked mode.
 * Returns the number of bytes; 0 with *end = true is end of file, 0 with *end = false is nothing to read.
 */
uint32_t line_read(struct line *line, uint8_t *buffer, uint32_t max, bool *end);

/* line_drop: forget the line in editing and all that waits to be read. */
void line_drop(struct line *line);

#endif
