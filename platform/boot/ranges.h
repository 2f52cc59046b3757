/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of physical address ranges: ascending, disjoint, not touching each other, whole pages. Pure: no hardware, no globals.
 */
#ifndef BOOT_RANGES_H
#define BOOT_RANGES_H

#include "pagoda/boot_descriptor.h"

#include <stdbool.h>
#include <stdint.h>

#define RANGES_MAX 64

struct range_set {
    uint32_t n;
    struct boot_range range[RANGES_MAX];
};

/* ranges_add: union with [pa, pa + size). False when the set is full; it is then unchanged. Size 0 adds nothing. */
bool ranges_add(struct range_set *set, uint64_t pa, uint64_t size);
/* ranges_add_touched: as ranges_add, for the pages that [pa, pa + size) touches. */
bool ranges_add_touched(struct range_set *set, uint64_t pa, uint64_t size);
/* ranges_add_inside: as ranges_add, for the pages that lie wholly inside. */
bool ranges_add_inside(struct range_set *set, uint64_t pa, uint64_t size);
/* ranges_remove: difference. False when the set is full (a range had to be split); it is then unchanged. */
bool ranges_remove(struct range_set *set, uint64_t pa, uint64_t size);
bool ranges_remove_set(struct range_set *set, const struct range_set *remove);
/* ranges_contain: is all of [pa, pa + size) in the set? */
bool ranges_contain(const struct range_set *set, uint64_t pa, uint64_t size);
/* ranges_limit: keep only the first `bytes` bytes, counted from the lowest range up. */
void ranges_limit(struct range_set *set, uint64_t bytes);
/* ranges_first_fit: lowest place for `size` bytes (whole pages). False: none is large enough. */
bool ranges_first_fit(const struct range_set *set, uint64_t size, uint64_t *pa);
uint64_t ranges_total(const struct range_set *set);
uint64_t ranges_largest(const struct range_set *set);

#endif
