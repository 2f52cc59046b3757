/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of physical address ranges, for the time of booting: free memory, from which the root task's objects are taken before the rest becomes
 * untyped capabilities, and device addresses. Pure arithmetic on a structure of the caller.
 */
#ifndef KERNEL_VM_BOOT_MEMORY_H
#define KERNEL_VM_BOOT_MEMORY_H

#include "types.h"

enum { MEMORY_RANGES_MAX = 128 }; /* RAM and reserved ranges are at most 48; every cut or allocation adds at most one */

struct memory_range {
    pa_t start;
    pa_t end; /* exclusive */
};

/* Ascending, disjoint, none empty. */
struct memory_ranges {
    unsigned n;
    struct memory_range range[MEMORY_RANGES_MAX];
};

/* memory_ranges_add: put [start, end) behind all others. False: there is no place for one more. */
bool memory_ranges_add(struct memory_ranges *set, pa_t start, pa_t end) MUST_USE;
/* memory_ranges_cut: take out [start, end). False: there is no place for one more range; the set is unchanged. O(n). */
bool memory_ranges_cut(struct memory_ranges *set, pa_t start, pa_t end) MUST_USE;
/* memory_ranges_take: cut out an aligned block of 2^size_bits bytes, from the end of the smallest range that has one. False: none has. */
bool memory_ranges_take(struct memory_ranges *set, unsigned size_bits, pa_t *out) MUST_USE;
/* memory_first_piece: log2 of the largest aligned power of two at the start of [start, end), at most max_bits. */
unsigned memory_first_piece(pa_t start, pa_t end, unsigned max_bits);
uint64_t memory_ranges_bytes(const struct memory_ranges *set);

#endif
