/* SPDX-License-Identifier: BSD-2-Clause */
/* Bars and columns out of characters. Pure. */
#ifndef SHELL_PLOT_H
#define SHELL_PLOT_H

#include <stdint.h>

#define PLOT_STEPS 3 /* heights that one character can show: . : # */

/* One part of a bar. */
struct plot_part {
    uint64_t value;
    char mark;
};

/* plot_bar: `width` characters into `out`, NUL-terminated: each part as wide as its share of `total`, rounded so that the sum is right; a
 * part that is not 0 gets at least one character while there is room; what no part takes is '.'. The parts sum to at most total. */
void plot_bar(char *out, unsigned width, uint64_t total, const struct plot_part *parts, unsigned n);

/* plot_cell: the character in row `row` (0 is the lowest) of a column `rows` characters high that stands for `value` of `most`. A value
 * that is not 0 shows at least a dot. */
char plot_cell(uint64_t value, uint64_t most, unsigned rows, unsigned row);

#endif
