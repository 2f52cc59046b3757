/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Aligned tables: collect the cells, then print with each column as wide as its widest cell. One table at a time: it is printed before another is begun.
 *
 *     table_begin(&t, "<NAME|>PID|>SIZE");      '<' left, '>' right aligned; '-' instead of a title: no title line at all
 *     table_cell(&t, "%s", name); table_cell(&t, "%u", pid); table_cell(&t, "%s", text_size(n).s);
 *     table_rule(&t);                            a line of dashes, before sums
 *     table_print(&t, stdout);
 */
#ifndef SHELL_TABLE_H
#define SHELL_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 16
#define TABLE_CELLS_MAX 24576 /* a line of `ps` for each process that there can be */
#define TABLE_TEXT_MAX 163840

struct table {
    unsigned n_columns;
    bool titled;
    unsigned gap;                     /* blanks between columns: 2 after table_begin, 1 for tables of many columns */
    bool right[TABLE_COLUMNS_MAX];
    unsigned width[TABLE_COLUMNS_MAX];
    unsigned n_cells, n_text;         /* of the cells; what they hold is the module's */
    unsigned dropped;                 /* cells for which there was no room */
};

/* table_begin: empty the table and set its columns; see above for the form of `columns`, at most TABLE_COLUMNS_MAX of them. */
void table_begin(struct table *t, const char *columns);

/* table_cell: the next cell, row by row. Cells that do not fit any more are counted, and table_print says so. */
void table_cell(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* table_rule: a line of dashes. The row before must be complete. */
void table_rule(struct table *t);

/* table_print: everything collected, with `gap` blanks between columns and none at the end of a line. An unfinished row is printed too. */
void table_print(const struct table *t, FILE *out);

#endif
