/* SPDX-License-Identifier: BSD-2-Clause */
#include "table.h"

#include <stdarg.h>
#include <string.h>

#define RULE "\x01" /* text of the cells of a rule */

/* What is collected. Of one table at a time: it is printed before another is begun. */
static unsigned cells[TABLE_CELLS_MAX]; /* offsets into texts; titles first; a rule is a row of cells without text */
static char texts[TABLE_TEXT_MAX];

static void add_cell(struct table *t, const char *text, unsigned length)
{
    if (t->n_cells == TABLE_CELLS_MAX || length + 1 > TABLE_TEXT_MAX - t->n_text) {
        t->dropped++;
        return;
    }
    unsigned column = t->n_cells % t->n_columns;
    cells[t->n_cells++] = t->n_text;
    memcpy(&texts[t->n_text], text, length);
    texts[t->n_text + length] = '\0';
    t->n_text += length + 1;
    if (length > t->width[column])
        t->width[column] = length;
}

void table_begin(struct table *t, const char *columns)
{
    const char *titles[TABLE_COLUMNS_MAX];
    unsigned lengths[TABLE_COLUMNS_MAX];
    t->n_columns = t->n_cells = t->n_text = t->dropped = 0;
    t->titled = true;
    t->gap = 2;
    while (*columns != '\0' && t->n_columns < TABLE_COLUMNS_MAX) {
        size_t length = strcspn(columns, "|");
        unsigned i = t->n_columns++;
        t->right[i] = columns[0] == '>';
        t->width[i] = 0;
        titles[i] = columns + 1;
        lengths[i] = (unsigned)length - 1;
        if (columns[1] == '-')
            t->titled = false;
        columns += length + (columns[length] == '|');
    }
    for (unsigned i = 0; t->titled && i < t->n_columns; i++)
        add_cell(t, titles[i], lengths[i]);
}

void table_cell(struct table *t, const char *format, ...)
{
    char text[128];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (length < 0)
        length = 0;
    if ((size_t)length >= sizeof(text))
        length = sizeof(text) - 1;
    add_cell(t, text, (unsigned)length);
}

void table_rule(struct table *t)
{
    for (unsigned i = 0; i < t->n_columns; i++)
        add_cell(t, RULE, 1);
}

/* Blanks wait in *blanks until something follows them in their line. */
static void print_text(const char *text, unsigned *blanks, FILE *out)
{
    if (*text == '\0')
        return;
    for (; *blanks > 0; --*blanks)
        fputc(' ', out);
    fputs(text, out);
}

static void print_cell(const struct table *t, unsigned index, unsigned *blanks, FILE *out)
{
    unsigned column = index % t->n_columns;
    const char *text = &texts[cells[index]];
    if (strcmp(text, RULE) == 0) {
        for (unsigned i = 0; i < t->width[column]; i++)
            print_text("-", blanks, out);
        return;
    }
    unsigned padding = t->width[column] - (unsigned)strlen(text);
    if (t->right[column])
        *blanks += padding;
    print_text(text, blanks, out);
    if (!t->right[column])
        *blanks += padding;
}

void table_print(const struct table *t, FILE *out)
{
    unsigned blanks = 0;
    for (unsigned i = 0; i < t->n_cells; i++) {
        print_cell(t, i, &blanks, out);
        blanks += t->gap;
        if (i % t->n_columns == t->n_columns - 1 || i == t->n_cells - 1) {
            fputs("\n", out);
            blanks = 0;
        }
    }
    if (t->dropped > 0)
        fprintf(out, "(%u more rows do not fit)\n", (t->dropped + t->n_columns - 1) / t->n_columns);
}
