/* SPDX-License-Identifier: BSD-2-Clause */
#include "screen.h"

#include <stdarg.h>

#define GAP_MAX 6 /* as many equal cells are cheaper to send again than a movement of the cursor */

static const struct screen_cell blank = {' ', 0};

static unsigned between(unsigned value, unsigned least, unsigned most)
{
    return value < least ? least : value > most ? most : value;
}

void screen_begin(struct screen *s, unsigned rows, unsigned columns)
{
    s->rows = between(rows, SCREEN_ROWS_MIN, SCREEN_ROWS_MAX);
    s->columns = between(columns, SCREEN_COLUMNS_MIN, SCREEN_COLUMNS_MAX);
    s->unknown = true;
    screen_erase(s);
}

void screen_erase(struct screen *s)
{
    for (unsigned row = 0; row < s->rows; row++)
        for (unsigned column = 0; column < s->columns; column++)
            s->next[row][column] = blank;
    s->attribute = 0;
    screen_at(s, 0, 0);
}

void screen_at(struct screen *s, unsigned row, unsigned column)
{
    s->row = row;
    s->column = column;
}

static bool is_corner(const struct screen *s, unsigned row, unsigned column)
{
    return row == s->rows - 1 && column == s->columns - 1;
}

void screen_print(struct screen *s, const char *format, ...)
{
    char text[SCREEN_COLUMNS_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    for (const char *c = text; *c != '\0'; c++, s->column++) {
        if (s->row >= s->rows || s->column >= s->columns || is_corner(s, s->row, s->column))
            continue;
        s->next[s->row][s->column] = (struct screen_cell){*c >= ' ' && *c <= '~' ? *c : '?', s->attribute};
    }
}

void screen_attribute_row(struct screen *s, unsigned row, uint8_t attribute)
{
    for (unsigned column = 0; row < s->rows && column < s->columns; column++)
        if (!is_corner(s, row, column))
            s->next[row][column].attribute = attribute;
}

static bool same(struct screen_cell a, struct screen_cell b)
{
    return a.text == b.text && a.attribute == b.attribute;
}

static bool changed(const struct screen *s, unsigned row, unsigned column)
{
    return !same(s->next[row][column], s->shown[row][column]);
}

/* The first changed cell from `column` on; the number of columns when there is none. */
static unsigned next_change(const struct screen *s, unsigned row, unsigned column)
{
    while (column < s->columns && !changed(s, row, column))
        column++;
    return column;
}

/* The first column from which on the row is to be blank. */
static unsigned blank_from(const struct screen *s, unsigned row)
{
    unsigned column = s->columns;
    while (column > 0 && same(s->next[row][column - 1], blank))
        column--;
    return column;
}

static void set_attribute(uint8_t *now, uint8_t wanted, FILE *out)
{
    if (*now == wanted)
        return;
    fprintf(out, "\x1b[0%s%sm", wanted & SCREEN_BOLD ? ";1" : "", wanted & SCREEN_REVERSE ? ";7" : "");
    *now = wanted;
}

/* Sends the cells [from, to). */
static void send_run(const struct screen *s, unsigned row, unsigned from, unsigned to, uint8_t *attribute, FILE *out)
{
    fprintf(out, "\x1b[%u;%uH", row + 1, from + 1);
    for (unsigned column = from; column < to; column++) {
        struct screen_cell cell = s->next[row][column];
        set_attribute(attribute, cell.attribute, out);
        fputc(cell.text, out);
    }
}

/* Returns whether anything was sent. */
static bool update_row(const struct screen *s, unsigned row, uint8_t *attribute, FILE *out)
{
    unsigned end = blank_from(s, row);
    unsigned from = next_change(s, row, 0);
    if (from == s->columns)
        return false;
    while (from < end) {
        unsigned to = from + 1, next;
        while ((next = next_change(s, row, to)) < end && next - to < GAP_MAX)
            to = next + 1;
        send_run(s, row, from, to, attribute, out);
        from = next;
    }
    if (from < s->columns) {
        set_attribute(attribute, 0, out);
        fprintf(out, "\x1b[%u;%uH\x1b[K", row + 1, end + 1);
    }
    return true;
}

void screen_update(struct screen *s, FILE *out)
{
    uint8_t attribute = 0;
    if (s->unknown)
        fprintf(out, "\x1b[0m\x1b[2J\x1b[%u;%ur\x1b[%u;1H", s->rows - SCREEN_FOREIGN_ROWS + 1, s->rows, s->rows);
    bool sent = false;
    for (unsigned row = 0; row < s->rows; row++) {
        for (unsigned column = 0; s->unknown && column < s->columns; column++)
            s->shown[row][column] = blank;
        sent = update_row(s, row, &attribute, out) || sent;
        for (unsigned column = 0; column < s->columns; column++)
            s->shown[row][column] = s->next[row][column];
    }
    set_attribute(&attribute, 0, out);
    if (sent)
        fprintf(out, "\x1b[%u;1H", s->rows);
    s->unknown = false;
}

void screen_repair(struct screen *s)
{
    for (unsigned row = s->rows - SCREEN_FOREIGN_ROWS; row < s->rows; row++)
        for (unsigned column = 0; column < s->columns; column++)
            s->shown[row][column].text = '\0';
}

void screen_lines(const struct screen *s, unsigned rows, FILE *out)
{
    for (unsigned row = 0; row < rows && row < s->rows; row++) {
        unsigned end = s->columns;
        while (end > 0 && s->next[row][end - 1].text == ' ')
            end--;
        for (unsigned column = 0; column < end; column++)
            fputc(s->next[row][column].text, out);
        fputc('\n', out);
    }
}
