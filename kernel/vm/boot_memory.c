/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of physical address ranges; see boot_memory.h. */
#include "vm/boot_memory.h"

bool memory_ranges_add(struct memory_ranges *set, pa_t start, pa_t end)
{
    if (start >= end)
        return true;
    if (set->n == MEMORY_RANGES_MAX)
        return false;
    set->range[set->n++] = (struct memory_range){start, end};
    return true;
}

static void remove_range(struct memory_ranges *set, unsigned i)
{
    for (set->n--; i < set->n; i++)
        set->range[i] = set->range[i + 1];
}

static void insert_range(struct memory_ranges *set, unsigned i, struct memory_range range)
{
    for (unsigned j = set->n++; j > i; j--)
        set->range[j] = set->range[j - 1];
    set->range[i] = range;
}

/* Cut [start, end) out of range i, which it touches. */
static void cut_one(struct memory_ranges *set, unsigned i, pa_t start, pa_t end)
{
    struct memory_range *range = &set->range[i], above = {end, range->end};
    bool keep_below = range->start < start, keep_above = end < range->end;
    if (keep_below && keep_above)
        insert_range(set, i + 1, above);
    if (keep_below)
        range->end = start;
    else if (keep_above)
        range->start = end;
    else
        remove_range(set, i);
}

bool memory_ranges_cut(struct memory_ranges *set, pa_t start, pa_t end)
{
    if (set->n == MEMORY_RANGES_MAX)
        return false;
    for (unsigned i = set->n; i-- > 0;)
        if (start < set->range[i].end && set->range[i].start < end)
            cut_one(set, i, start, end);
    return true;
}

bool memory_ranges_take(struct memory_ranges *set, unsigned size_bits, pa_t *out)
{
    uint64_t size = BIT(size_bits), best = UINT64_MAX;
    for (unsigned i = 0; i < set->n; i++) {
        const struct memory_range *range = &set->range[i];
        uint64_t range_size = range->end - range->start;
        if (range_size < size || ALIGN_DOWN(range->end - size, size_bits) < range->start || range_size >= best)
            continue;
        best = range_size;
        *out = ALIGN_DOWN(range->end - size, size_bits);
    }
    return best != UINT64_MAX && memory_ranges_cut(set, *out, *out + size);
}

unsigned memory_first_piece(pa_t start, pa_t end, unsigned max_bits)
{
    unsigned bits = 63 - (unsigned)__builtin_clzll(end - start);
    if (start && (unsigned)__builtin_ctzll(start) < bits)
        bits = (unsigned)__builtin_ctzll(start);
    return bits < max_bits ? bits : max_bits;
}

uint64_t memory_ranges_bytes(const struct memory_ranges *set)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < set->n; i++)
        bytes += set->range[i].end - set->range[i].start;
    return bytes;
}
