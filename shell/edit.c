/* SPDX-License-Identifier: BSD-2-Clause */
/* Each key changes line and cursor; one function, `redraw`, shows the result. See edit.h. */
#include "edit.h"

#include <stdio.h>
#include <string.h>

#define KEY_CTRL(letter) ((letter) - '@')
#define KEY_ESCAPE 0x1b
#define KEY_DELETE 0x7f

#define COMPLETION_MAX 63 /* bytes of a word that Tab completes */

/* States of an escape sequence: ESC, then '[' or 'O', then an optional number, then one final byte. */
enum { ESCAPE_NONE, ESCAPE_SEEN, ESCAPE_SEQUENCE };

static void out_bytes(struct editor *e, const char *bytes, size_t n)
{
    size_t room = sizeof(e->output) - e->n_output;
    if (n > room)
        n = room;
    memcpy(&e->output[e->n_output], bytes, n);
    e->n_output += n;
}

static void out_text(struct editor *e, const char *text)
{
    out_bytes(e, text, strlen(text));
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t next_char(const struct editor *e, size_t at)
{
    if (at < e->length)
        at++;
    while (at < e->length && is_continuation(e->line[at]))
        at++;
    return at;
}

static size_t previous_char(const struct editor *e, size_t at)
{
    if (at > 0)
        at--;
    while (at > 0 && is_continuation(e->line[at]))
        at--;
    return at;
}

/* Columns that the bytes from..to take. */
static unsigned columns_between(const struct editor *e, size_t from, size_t to)
{
    unsigned n = 0;
    for (; from < to; from++)
        n += !is_continuation(e->line[from]);
    return n;
}

/* Columns left for text. The last column stays free: writing there makes some terminals wrap. */
static unsigned text_columns(const struct editor *e)
{
    return e->columns - (unsigned)strlen(e->prompt) - 1;
}

static void window_follow_cursor(struct editor *e)
{
    unsigned room = text_columns(e);
    if (columns_between(e, 0, e->length) <= room)
        e->window = 0;
    else if (e->cursor < e->window)
        e->window = e->cursor;
    if (columns_between(e, e->window, e->cursor) <= room)
        return;
    /* Leave a third of the row free: what is typed next then needs no redraw. */
    while (columns_between(e, e->window, e->cursor) > room - room / 3)
        e->window = next_char(e, e->window);
}

static size_t window_end(const struct editor *e)
{
    unsigned room = text_columns(e);
    size_t end = e->window;
    while (room-- > 0 && end < e->length)
        end = next_char(e, end);
    return end;
}

static void redraw(struct editor *e)
{
    char move[16];
    window_follow_cursor(e);
    unsigned column = (unsigned)strlen(e->prompt) + columns_between(e, e->window, e->cursor);
    out_text(e, "\r");
    out_text(e, e->prompt);
    out_bytes(e, &e->line[e->window], window_end(e) - e->window);
    out_text(e, "\x1b[K\r");
    snprintf(move, sizeof(move), "\x1b[%uC", column);
    out_text(e, move);
}

static void cursor_set(struct editor *e, size_t at)
{
    e->cursor = at;
    redraw(e);
}

static void erase(struct editor *e, size_t from, size_t to)
{
    bool at_end = to == e->length && e->cursor == to && e->window == 0 && columns_between(e, from, to) == 1;
    memmove(&e->line[from], &e->line[to], e->length - to + 1);
    e->length -= to - from;
    e->cursor = from;
    if (at_end) /* Backspace, nearly always */
        out_text(e, "\b\x1b[K");
    else
        redraw(e);
}

static void erase_word(struct editor *e)
{
    size_t from = e->cursor;
    while (from > 0 && e->line[from - 1] == ' ')
        from--;
    while (from > 0 && e->line[from - 1] != ' ')
        from--;
    erase(e, from, e->cursor);
}

static void insert(struct editor *e, const char *bytes, size_t n)
{
    if (n > PARSE_LINE_MAX - e->length) {
        out_text(e, "\a");
        return;
    }
    memmove(&e->line[e->cursor + n], &e->line[e->cursor], e->length - e->cursor + 1);
    memcpy(&e->line[e->cursor], bytes, n);
    e->cursor += n;
    e->length += n;
    /* Typing at the end is by far the most frequent case: what was typed goes out, not the whole line. */
    if (e->cursor == e->length && columns_between(e, e->window, e->length) <= text_columns(e))
        out_bytes(e, bytes, n);
    else
        redraw(e);
}

static size_t word_start(const struct editor *e)
{
    size_t at = e->cursor;
    while (at > 0 && strchr(" ;&\"'", e->line[at - 1]) == NULL)
        at--;
    return at;
}

/* What all candidates have in common goes into `common`, at most COMPLETION_MAX bytes. Returns how many candidates there are. */
static unsigned common_start(const struct editor *e, size_t word, char *common)
{
    const char *candidate;
    unsigned n = 0;
    for (; (candidate = e->candidate(e->line, word, e->cursor, n)) != NULL; n++) {
        if (n == 0)
            snprintf(common, COMPLETION_MAX + 1, "%s", candidate);
        size_t same = 0;
        while (common[same] != '\0' && common[same] == candidate[same])
            same++;
        common[same] = '\0';
    }
    return n;
}

/* Adds what is certain; a blank too when there is only one candidate, unless it ends in '/'. */
static void complete_word(struct editor *e)
{
    char common[COMPLETION_MAX + 1]; /* no longer a string once the blank is in its last place */
    size_t word = word_start(e), typed = e->cursor - word;
    unsigned n = e->candidate == NULL ? 0 : common_start(e, word, common);
    size_t length = n == 0 ? 0 : strlen(common);
    if (n == 0 || length < typed || (n > 1 && length == typed)) {
        out_text(e, "\a");
        return;
    }
    if (n == 1 && (length == 0 || common[length - 1] != '/'))
        common[length++] = ' ';
    insert(e, &common[typed], length - typed);
}

static void show_history(struct editor *e, unsigned age)
{
    const char *line = age == 0 ? e->saved : history_get(e->history, age);
    if (line == NULL) {
        out_text(e, "\a");
        return;
    }
    if (e->age == 0)
        memcpy(e->saved, e->line, e->length + 1);
    e->age = age;
    e->length = strlen(line);
    memcpy(e->line, line, e->length + 1);
    e->window = 0;
    cursor_set(e, e->length);
}

static void history_older(struct editor *e)
{
    show_history(e, e->age + 1);
}

static void history_newer(struct editor *e)
{
    if (e->age > 0)
        show_history(e, e->age - 1);
}

static void sequence_end(struct editor *e, unsigned char final)
{
    e->escape = ESCAPE_NONE;
    if (final == '~') /* ESC [ number ~: the keys of the six-key block */
        final = e->parameter == 3 ? 'X' : e->parameter == 1 || e->parameter == 7 ? 'H' : e->parameter == 4 || e->parameter == 8 ? 'F' : 0;
    switch (final) {
    case 'A':
        history_older(e);
        break;
    case 'B':
        history_newer(e);
        break;
    case 'C':
        cursor_set(e, next_char(e, e->cursor));
        break;
    case 'D':
        cursor_set(e, previous_char(e, e->cursor));
        break;
    case 'H':
        cursor_set(e, 0);
        break;
    case 'F':
        cursor_set(e, e->length);
        break;
    case 'X':
        erase(e, e->cursor, next_char(e, e->cursor));
        break;
    default: /* a key that means nothing here */
        break;
    }
}

static void feed_escape(struct editor *e, unsigned char byte)
{
    if (e->escape == ESCAPE_SEEN) {
        e->escape = byte == '[' || byte == 'O' ? ESCAPE_SEQUENCE : ESCAPE_NONE;
        e->parameter = 0;
    } else if (byte >= '0' && byte <= '9') {
        e->parameter = e->parameter < 100 ? e->parameter * 10 + (byte - '0') : e->parameter;
    } else if (byte >= 0x40 && byte <= 0x7e) {
        sequence_end(e, byte);
    } else if (byte < 0x20) { /* not a sequence after all */
        e->escape = ESCAPE_NONE;
    }
}

static enum edit_event finish(struct editor *e, enum edit_event event, const char *mark)
{
    if (e->cursor != e->length)
        cursor_set(e, e->length);
    out_text(e, mark);
    out_text(e, "\n");
    return event;
}

static enum edit_event cancel(struct editor *e)
{
    finish(e, EDIT_CANCELLED, "^C");
    e->line[0] = '\0';
    e->length = e->cursor = 0;
    return EDIT_CANCELLED;
}

static enum edit_event delete_or_end(struct editor *e)
{
    if (e->length == 0)
        return finish(e, EDIT_END, "");
    erase(e, e->cursor, next_char(e, e->cursor));
    return EDIT_MORE;
}

static void feed_key(struct editor *e, unsigned char byte)
{
    switch (byte) {
    case KEY_ESCAPE:
        e->escape = ESCAPE_SEEN;
        break;
    case KEY_CTRL('A'):
        cursor_set(e, 0);
        break;
    case KEY_CTRL('E'):
        cursor_set(e, e->length);
        break;
    case KEY_CTRL('B'):
        cursor_set(e, previous_char(e, e->cursor));
        break;
    case KEY_CTRL('F'):
        cursor_set(e, next_char(e, e->cursor));
        break;
    case KEY_CTRL('P'):
        history_older(e);
        break;
    case KEY_CTRL('N'):
        history_newer(e);
        break;
    case KEY_CTRL('K'):
        erase(e, e->cursor, e->length);
        break;
    case KEY_CTRL('U'):
        erase(e, 0, e->cursor);
        break;
    case KEY_CTRL('W'):
        erase_word(e);
        break;
    case KEY_CTRL('L'):
        out_text(e, "\x1b[H\x1b[2J");
        redraw(e);
        break;
    case KEY_CTRL('H'):
    case KEY_DELETE:
        erase(e, previous_char(e, e->cursor), e->cursor);
        break;
    case '\t':
        complete_word(e);
        break;
    default:
        if (byte >= 0x20)
            insert(e, &(char){(char)byte}, 1);
        break;
    }
}

enum edit_event edit_feed(struct editor *e, unsigned char byte)
{
    e->n_output = 0;
    if (e->escape != ESCAPE_NONE) {
        feed_escape(e, byte);
        return EDIT_MORE;
    }
    switch (byte) {
    case '\r':
    case '\n':
        return finish(e, EDIT_LINE, "");
    case KEY_CTRL('C'):
        return cancel(e);
    case KEY_CTRL('D'):
        return delete_or_end(e);
    default:
        feed_key(e, byte);
        return EDIT_MORE;
    }
}

void edit_begin(struct editor *e, const char *prompt, unsigned columns, const struct history *history)
{
    e->prompt = prompt;
    e->columns = columns;
    e->history = history;
    e->line[0] = e->saved[0] = '\0';
    e->length = e->cursor = e->window = 0;
    e->age = 0;
    e->escape = ESCAPE_NONE;
    e->n_output = 0;
    redraw(e);
}
