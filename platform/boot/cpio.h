/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot archives: cpio "newc" (magic 070701), out of untrusted bytes. Pure. */
#ifndef BOOT_CPIO_H
#define BOOT_CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpio_file {
    const uint8_t *data;
    size_t size;
};

bool cpio_has_magic(const uint8_t *archive, size_t size);
/* cpio_check: walk the whole archive, each header, name and length.
 *   used  bytes up to the end of the trailer, a multiple of 4
 * Returns NULL, or what is wrong, as a phrase for a message. */
const char *cpio_check(const uint8_t *archive, size_t size, size_t *used);
/* cpio_find: the regular file `path` of an archive that passed cpio_check. A leading "/" or "./" in the archive's names does not matter. */
bool cpio_find(const uint8_t *archive, size_t size, const char *path, struct cpio_file *out);

#endif
