/* SPDX-License-Identifier: BSD-2-Clause */
#include "plot.h"

#include <string.h>

/* value * by / total, rounded to the nearest; values here are pages and counts, far below 2^48. */
static uint64_t scaled(uint64_t value, uint64_t by, uint64_t total)
{
    return total == 0 ? 0 : (value * by + total / 2) / total;
}

void plot_bar(char *out, unsigned width, uint64_t total, const struct plot_part *parts, unsigned n)
{
    uint64_t sum = 0;
    unsigned at = 0;
    memset(out, '.', width);
    out[width] = '\0';
    for (unsigned i = 0; i < n; i++) {
        sum += parts[i].value;
        unsigned end = (unsigned)scaled(sum, width, total);
        if (parts[i].value != 0 && end <= at)
            end = at + 1;
        for (; at < end && at < width; at++)
            out[at] = parts[i].mark;
    }
}

char plot_cell(uint64_t value, uint64_t most, unsigned rows, unsigned row)
{
    static const char marks[PLOT_STEPS + 1] = {' ', '.', ':', '#'};
    uint64_t steps = scaled(value < most ? value : most, (uint64_t)rows * PLOT_STEPS, most);
    if (value != 0 && steps == 0)
        steps = 1;
    uint64_t below = (uint64_t)row * PLOT_STEPS;
    uint64_t here = steps > below ? steps - below : 0;
    return marks[here < PLOT_STEPS ? here : PLOT_STEPS];
}
