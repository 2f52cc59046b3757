/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a checked ELF file to regions of an address space: file-backed, lazily loaded segments, the stack, the argument block.
 * Asks the pager for everything, as a manager; touches no page of the file itself.
 */
#ifndef LOADER_LOAD_H
#define LOADER_LOAD_H

#include <loader/arguments.h>
#include <loader/elf.h>
#include <stdint.h>

#include "sel4/sel4.h"

/* Where a loaded program starts. */
struct load_start {
    uint64_t entry;
    uint64_t sp;
};

/*
 * load_program: map `program` into an empty space and write its arguments.
 *   pager    endpoint with a manager's badge
 *   space    the pager's number of a space without regions
 *   file     the pager's number of the ELF file that `program` describes
 *   strings  length bytes: argv, see arguments_build
 * Returns 0 or an enum pagoda_error; after an error the space holds some of the regions and is of no use.
 */
uint64_t load_program(seL4_CPtr pager, uint64_t space, uint64_t file, const struct elf_program *program, const uint8_t *strings,
    uint64_t length, struct load_start *start);

/* load_check: elf_check for the window of addresses in which programs may lie. */
enum elf_status load_check(const struct elf_source *source, struct elf_program *program);

#endif
