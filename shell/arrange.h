/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to the pager that arrange the memory of one program better, each repeated until it is done. PAGODA_OK also when the program has ended meanwhile. */
#ifndef SHELL_ARRANGE_H
#define SHELL_ARRANGE_H

#include <stdint.h>

/* arrange_stack: give back what lies below its stack pointer; adds to *pages. */
int arrange_stack(uint64_t space, uint64_t *pages);

/* arrange_colours: move its pages to frames of the colours that they would get now; adds to *moved. Ends early when no such frames come free. */
int arrange_colours(uint64_t space, uint64_t *moved);

#endif
