/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading static AArch64 ELF executables out of untrusted bytes. Pure; every offset is checked once, here. */
#ifndef BOOT_ELF_H
#define BOOT_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_MAX_SEGMENTS 16

enum elf_rights { ELF_EXECUTE = 1, ELF_WRITE = 2, ELF_READ = 4 };

struct elf_segment {
    uint64_t va;
    uint64_t memory_size;  /* > 0 */
    const uint8_t *data;
    uint64_t data_size;    /* <= memory_size; the rest is zero */
    uint32_t rights;       /* enum elf_rights */
};

struct elf_image {
    uint64_t entry;
    uint64_t start, end; /* lowest and one past the highest address, rounded to pages */
    uint32_t n_segments;
    struct elf_segment segment[ELF_MAX_SEGMENTS]; /* ascending, disjoint */
};

bool elf_has_magic(const uint8_t *file, size_t size);
/* elf_read: check `file` and list its loadable segments.
 *   low, high  every segment has to lie in [low, high)
 * Returns NULL, or what is wrong, as a phrase for a message. */
const char *elf_read(const uint8_t *file, size_t size, uint64_t low, uint64_t high, struct elf_image *out);

#endif
