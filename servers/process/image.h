/* SPDX-License-Identifier: BSD-2-Clause */
/* A program file of the archive, found and checked. */
#ifndef PROCESS_IMAGE_H
#define PROCESS_IMAGE_H

#include <loader/elf.h>
#include <stdint.h>

struct image {
    uint64_t file; /* the pager's number */
    struct elf_program program;
};

/* image_open: look the file up and read its headers; those read lately are remembered. 0, NO_SUCH_FILE, NOT_EXECUTABLE or NO_MEMORY. */
uint64_t image_open(const char *path, struct image *out);

#endif
