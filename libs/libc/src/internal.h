/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared between the parts of the C library glue; not for programs. */
#ifndef LIBC_INTERNAL_H
#define LIBC_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pagoda/layout.h"
#include "pagoda/pagoda.h"
#include "sel4/sel4.h"

/* set_errno: set errno and return -1. */
int set_errno(int number);

/* file_number: the pager's number and the size of the regular file behind a descriptor. -1 with EBADF or EACCES. */
int file_number(int fd, uint64_t *file, uint64_t *size);

/* streams_flush: write out what stdout and stderr hold. */
void streams_flush(void);

/* Parts of a request that are asked for before others run that want to: the time of a server is not the program's, so its time slice does not see to that. */
#define PARTS_IN_A_ROW 8

/* pagoda_part_done: a further one has been answered. */
static inline void pagoda_part_done(unsigned *parts)
{
    if (++*parts % PARTS_IN_A_ROW == 0)
        seL4_Yield();
}

#endif
