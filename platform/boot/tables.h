/* SPDX-License-Identifier: BSD-2-Clause */
/* Building translation tables: for the identity map and for the kernel's half. Tables lie where virtual and physical address are equal. */
#ifndef BOOT_TABLES_H
#define BOOT_TABLES_H

#include <stdbool.h>
#include <stdint.h>

struct table_pool {
    uint64_t *next; /* zeroed 4 KiB pages */
    uint32_t left;
};

/* tables_map: map [va, va + size) to pa with leaf attributes (paging.h), in the largest blocks that fit. What is mapped already stays as it is.
 * All arguments are whole pages. False when the pool runs out. */
bool tables_map(struct table_pool *pool, uint64_t *root, uint64_t va, uint64_t pa, uint64_t size, uint64_t attributes);

#endif
