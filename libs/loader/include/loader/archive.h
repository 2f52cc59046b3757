/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reader of the boot archive: cpio "newc", the format of `cpio -H newc` and of scripts/mkarchive.py.
 *
 * Pure: works on bytes in memory, allocates nothing, and trusts nothing that it reads; a damaged archive gives an error,
 * never an access outside [base, base + limit). Used by init and by the pager, tested on the host.
 */
#ifndef LOADER_ARCHIVE_H
#define LOADER_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum archive_status {
    ARCHIVE_OK = 0,
    ARCHIVE_END,       /* the trailer was reached */
    ARCHIVE_NOT_CPIO,  /* no 070701 magic where a header must stand */
    ARCHIVE_TRUNCATED, /* a header, name or file reaches past the end */
    ARCHIVE_BAD_FIELD, /* a header field is not hexadecimal, or a name is not terminated */
};

/* An archive that archive_open has walked through once: every header in it is sound. */
struct archive {
    const uint8_t *base;
    uint64_t length;  /* bytes up to the end of the trailer */
    uint64_t n_files; /* entries before the trailer */
};

/* One file. */
struct archive_file {
    const char *path;    /* NUL-terminated, inside the archive, without leading "/" or "./" */
    const uint8_t *data; /* first byte */
    uint64_t offset;     /* of data from the archive's base, bytes */
    uint64_t size;       /* bytes */
    uint32_t mode;       /* st_mode as in cpio: type and permissions */
};

/*
 * archive_open: check the archive that begins at base and lies within limit bytes, up to its trailer.
 *   out   written only on ARCHIVE_OK; borrows base
 * Cost: one pass over the headers.
 */
enum archive_status archive_open(const void *base, uint64_t limit, struct archive *out);

/*
 * archive_next: the file whose header is at *cursor (0: the first one); moves *cursor to the next header.
 * ARCHIVE_END at the trailer; nothing is then written.
 */
enum archive_status archive_next(const struct archive *archive, uint64_t *cursor, struct archive_file *out);

/* archive_find: the file called path (leading "/" and "./" are ignored); false when there is none. O(files). */
bool archive_find(const struct archive *archive, const char *path, struct archive_file *out);

/* archive_path: path without leading slashes and "./". */
const char *archive_path(const char *path);

/* archive_status_text: a sentence fragment for messages, "no cpio header". */
const char *archive_status_text(enum archive_status status);

#endif
