/* SPDX-License-Identifier: BSD-2-Clause */
#include "line.h"

enum {
    CONTROL_C = 3,
    CONTROL_D = 4,
    BELL = 7,
    BACKSPACE = 8,
    CONTROL_U = 21,
    CONTROL_W = 23,
    DELETE = 127,
};

void line_init(struct line *line)
{
    line->raw = false;
    line->length = 0;
    line->ready_put = 0;
    line->ready_taken = 0;
}

static uint32_t ready_used(const struct line *line)
{
    return line->ready_put - line->ready_taken;
}

static void ready_push(struct line *line, uint16_t entry)
{
    if (ready_used(line) < LINE_READY_MAX) {
        line->ready[line->ready_put++ & (LINE_READY_MAX - 1)] = entry;
    }
}

static void show(struct ring *echo, const char *text)
{
    while (*text) {
        ring_put(echo, (uint8_t)*text++);
    }
}

/* Control characters show as ^X, a tab as one blank (so that erasing it is one column). */
static void show_byte(struct ring *echo, uint8_t byte)
{
    if (byte == '\t') {
        ring_put(echo, ' ');
    } else if (byte < ' ') {
        ring_put(echo, '^');
        ring_put(echo, byte + '@');
    } else {
        ring_put(echo, byte);
    }
}

static bool is_utf8_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Take the last character (all bytes of it) off the line and off the screen. */
static void erase_character(struct line *line, struct ring *echo)
{
    uint8_t byte;
    do {
        byte = line->edit[--line->length];
    } while (is_utf8_continuation(byte) && line->length != 0);
    show(echo, "\b \b");
    if (byte < ' ' && byte != '\t') {
        show(echo, "\b \b");
    }
}

static void erase_line(struct line *line, struct ring *echo)
{
    while (line->length != 0) {
        erase_character(line, echo);
    }
}

static bool last_is_blank(const struct line *line)
{
    uint8_t byte = line->edit[line->length - 1];
    return byte == ' ' || byte == '\t';
}

static void erase_word(struct line *line, struct ring *echo)
{
    while (line->length != 0 && last_is_blank(line)) {
        erase_character(line, echo);
    }
    while (line->length != 0 && !last_is_blank(line)) {
        erase_character(line, echo);
    }
}

/* Make the line readable, followed by `last` ('\n' or a mark). Refused as a whole when it does not fit. */
static enum line_event finish_line(struct line *line, uint16_t last, struct ring *echo)
{
    if (LINE_READY_MAX - ready_used(line) < line->length + 1) {
        ring_put(echo, BELL);
        return LINE_NOTHING;
    }
    for (uint32_t i = 0; i < line->length; i++) {
        ready_push(line, line->edit[i]);
    }
    ready_push(line, last);
    line->length = 0;
    return LINE_READABLE;
}

static enum line_event input_cooked(struct line *line, uint8_t byte, struct ring *echo)
{
    switch (byte) {
    case CONTROL_C:
        line_drop(line);
        show(echo, "^C\r\n");
        return LINE_INTERRUPT;
    case CONTROL_D:
        return finish_line(line, LINE_MARK, echo);
    case CONTROL_U:
        erase_line(line, echo);
        return LINE_NOTHING;
    case CONTROL_W:
        erase_word(line, echo);
        return LINE_NOTHING;
    case BACKSPACE:
    case DELETE:
        if (line->length != 0) {
            erase_character(line, echo);
        }
        return LINE_NOTHING;
    case '\r':
    case '\n':
        show(echo, "\r\n");
        return finish_line(line, '\n', echo);
    default:
        break;
    }
    if (line->length == LINE_MAX_BYTES) {
        ring_put(echo, BELL);
        return LINE_NOTHING;
    }
    line->edit[line->length++] = byte;
    show_byte(echo, byte);
    return LINE_NOTHING;
}

enum line_event line_input(struct line *line, uint8_t byte, struct ring *echo)
{
    if (!line->raw) {
        return input_cooked(line, byte, echo);
    }
    ready_push(line, byte);
    return LINE_READABLE;
}

void line_set_raw(struct line *line, bool raw)
{
    if (raw && !line->raw) {
        for (uint32_t i = 0; i < line->length; i++) {
            ready_push(line, line->edit[i]);
        }
        line->length = 0;
    }
    line->raw = raw;
}

bool line_readable(const struct line *line)
{
    return ready_used(line) != 0;
}

static uint16_t ready_first(const struct line *line)
{
    return line->ready[line->ready_taken & (LINE_READY_MAX - 1)];
}

/* End-of-input marks mean nothing to a raw reader. */
static uint32_t read_raw(struct line *line, uint8_t *buffer, uint32_t max)
{
    uint32_t n = 0;
    while (n < max && ready_used(line) != 0) {
        uint16_t entry = ready_first(line);
        line->ready_taken++;
        if (entry != LINE_MARK) {
            buffer[n++] = (uint8_t)entry;
        }
    }
    return n;
}

uint32_t line_read(struct line *line, uint8_t *buffer, uint32_t max, bool *end)
{
    uint32_t n = 0;
    *end = false;
    if (line->raw) {
        return read_raw(line, buffer, max);
    }
    while (n < max && ready_used(line) != 0) {
        uint16_t entry = ready_first(line);
        line->ready_taken++;
        if (entry == LINE_MARK) {
            *end = n == 0;
            return n;
        }
        buffer[n++] = (uint8_t)entry;
        if (entry == '\n') {
            return n;
        }
    }
    /* A mark right after the last byte that fitted belongs to these bytes: left there it would read as end of file. */
    if (n != 0 && ready_used(line) != 0 && ready_first(line) == LINE_MARK) {
        line->ready_taken++;
    }
    return n;
}

void line_drop(struct line *line)
{
    line->length = 0;
    line->ready_taken = line->ready_put;
}
