/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A physically indexed, set-associative cache with least-recently-used replacement, and beside it a fully associative one of the same size. What misses in the
 * first and hits in the second is a conflict miss: the cache was large enough, but not in that set.
 * Default geometry: the L2 cache of a Cortex-A72, 1 MiB, 16 ways, lines of 64 bytes. O(ways) for an access.
 */
#ifndef PAGODA_TESTS_SIM_CACHE_MODEL_H
#define PAGODA_TESTS_SIM_CACHE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define CACHE_LINE 64u
#define CACHE_WAYS 16u
#define CACHE_SETS 1024u
#define CACHE_LINES (CACHE_SETS * CACHE_WAYS)
#define CACHE_COLOURS (CACHE_SETS * CACHE_LINE / 4096u)

struct cache_counts {
    uint64_t accesses, misses, conflicts;
};

struct cache_model;

/* cache_new: empty; to be freed by the caller with cache_free. */
struct cache_model *cache_new(void);
void cache_free(struct cache_model *c);

/* cache_access: a byte of physical memory; false: it missed. */
bool cache_access(struct cache_model *c, uint64_t paddr);

/* cache_counts: since cache_new or the last cache_forget_counts; what is in the cache stays. */
struct cache_counts cache_counts(const struct cache_model *c);
void cache_forget_counts(struct cache_model *c);

#endif
