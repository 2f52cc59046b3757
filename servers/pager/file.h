/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the boot archive. A file is a number: its place in the archive. Its contents are archive pages, which are mapped in
 * clients directly where the file's data begins at a page boundary (scripts/mkarchive.py sees to that); otherwise bytes are copied.
 */
#ifndef PAGER_FILE_H
#define PAGER_FILE_H

#include "kernel_if.h"

#include <pagoda/startup.h>

struct file {
    const char *path; /* in the archive, without leading slash */
    uint64_t offset;  /* of its data from the start of the archive, bytes */
    uint64_t size;    /* bytes */
    uint32_t mode;
};

/* files_init: read the archive's headers; stops the pager when they are damaged (init has checked them before). */
void files_init(const struct pager_start *start);

/* file_at: NULL when there is no file of this number. */
const struct file *file_at(uint64_t number);

/* file_find: number of the file with this path (a leading slash is ignored); UINT64_MAX: none. */
uint64_t file_find(const char *path);

/* file_bytes: the archive's bytes from this offset on, readable in the pager. */
const void *file_bytes(uint64_t offset);

/* archive_cap: capability of an archive page, to copy. */
cptr_t archive_cap(uint32_t page);

#endif
