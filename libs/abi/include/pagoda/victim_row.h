/* SPDX-License-Identifier: BSD-2-Clause */
/* One row of the table by which the pager chose whom to end, as pager.victim_table gives it. Sizes in pages. */
#ifndef PAGODA_VICTIM_ROW_H
#define PAGODA_VICTIM_ROW_H

#include <stdint.h>

#define VICTIM_LABEL_MAX 15

struct victim_row {
    uint32_t space;
    uint32_t weight;
    uint64_t held;     /* RAM and stored pages: what the choice is about */
    uint64_t resident; /* of it, in RAM */
    uint64_t min;
    uint64_t max;      /* 0: none */
    uint64_t share;    /* (held - min) / weight; 0 at or below the minimum */
    char label[VICTIM_LABEL_MAX + 1]; /* cut, NUL-terminated */
};

_Static_assert(sizeof(struct victim_row) == 64, "no padding: it goes through a message as it is");

#define VICTIM_TABLE_ROWS 8 /* at most; the best choices first */

#endif
