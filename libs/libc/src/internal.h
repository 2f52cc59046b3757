/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared between the parts of the C library glue; not for programs. */
#ifndef LIBC_INTERNAL_H
#define LIBC_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pagoda/layout.h"
#include "pagoda/pagoda.h"

/* set_errno: set errno and return -1. */
int set_errno(int number);

/* file_number: the pager's number and the size of the regular file behind a descriptor. -1 with EBADF or EACCES. */
int file_number(int fd, uint64_t *file, uint64_t *size);

/* streams_flush: write out what stdout and stderr hold. */
void streams_flush(void);

#endif
