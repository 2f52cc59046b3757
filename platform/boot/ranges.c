/* SPDX-License-Identifier: BSD-2-Clause */
#include "ranges.h"

#define PAGE_BYTES 4096ull

static uint64_t end_of(const struct boot_range *r) { return r->pa + r->size; }

static void delete_at(struct range_set *set, uint32_t i, uint32_t count)
{
    for (uint32_t j = i; j + count < set->n; j++)
        set->range[j] = set->range[j + count];
    set->n -= count;
}

static bool insert_at(struct range_set *set, uint32_t i, uint64_t pa, uint64_t size)
{
    if (set->n == RANGES_MAX)
        return false;
    for (uint32_t j = set->n; j > i; j--)
        set->range[j] = set->range[j - 1];
    set->range[i] = (struct boot_range){pa, size};
    set->n++;
    return true;
}

bool ranges_add(struct range_set *set, uint64_t pa, uint64_t size)
{
    uint64_t start = pa, end = pa + size;
    uint32_t first = 0, last;

    if (!size)
        return true;
    while (first < set->n && end_of(&set->range[first]) < start)
        first++;
    for (last = first; last < set->n && set->range[last].pa <= end; last++)
        ;
    if (first == last)
        return insert_at(set, first, start, size);
    if (set->range[first].pa < start)
        start = set->range[first].pa;
    if (end_of(&set->range[last - 1]) > end)
        end = end_of(&set->range[last - 1]);
    set->range[first] = (struct boot_range){start, end - start};
    delete_at(set, first + 1, last - first - 1);
    return true;
}

bool ranges_add_touched(struct range_set *set, uint64_t pa, uint64_t size)
{
    uint64_t start = pa & ~(PAGE_BYTES - 1), end = (pa + size + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    return size == 0 || ranges_add(set, start, end - start);
}

bool ranges_add_inside(struct range_set *set, uint64_t pa, uint64_t size)
{
    uint64_t start = (pa + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1), end = (pa + size) & ~(PAGE_BYTES - 1);
    return start >= end || ranges_add(set, start, end - start);
}

bool ranges_remove(struct range_set *set, uint64_t pa, uint64_t size)
{
    uint64_t end = pa + size;

    for (uint32_t i = 0; size && i < set->n;) {
        struct boot_range r = set->range[i];
        if (end_of(&r) <= pa || r.pa >= end) {
            i++;
        } else if (r.pa < pa && end_of(&r) > end) {
            if (!insert_at(set, i + 1, end, end_of(&r) - end))
                return false;
            set->range[i].size = pa - r.pa;
            return true;
        } else if (r.pa < pa) {
            set->range[i++].size = pa - r.pa;
        } else if (end_of(&r) > end) {
            set->range[i++] = (struct boot_range){end, end_of(&r) - end};
        } else {
            delete_at(set, i, 1);
        }
    }
    return true;
}

bool ranges_remove_set(struct range_set *set, const struct range_set *remove)
{
    for (uint32_t i = 0; i < remove->n; i++)
        if (!ranges_remove(set, remove->range[i].pa, remove->range[i].size))
            return false;
    return true;
}

bool ranges_contain(const struct range_set *set, uint64_t pa, uint64_t size)
{
    for (uint32_t i = 0; i < set->n; i++) {
        const struct boot_range *r = &set->range[i];
        if (pa >= r->pa && size <= r->size && pa - r->pa <= r->size - size)
            return true;
    }
    return false;
}

void ranges_limit(struct range_set *set, uint64_t bytes)
{
    bytes &= ~(PAGE_BYTES - 1);
    for (uint32_t i = 0; i < set->n; i++) {
        if (set->range[i].size >= bytes) {
            set->range[i].size = bytes;
            set->n = bytes ? i + 1 : i;
            return;
        }
        bytes -= set->range[i].size;
    }
}

bool ranges_first_fit(const struct range_set *set, uint64_t size, uint64_t *pa)
{
    for (uint32_t i = 0; i < set->n; i++) {
        if (set->range[i].size >= size) {
            *pa = set->range[i].pa;
            return true;
        }
    }
    return false;
}

uint64_t ranges_total(const struct range_set *set)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < set->n; i++)
        total += set->range[i].size;
    return total;
}

uint64_t ranges_largest(const struct range_set *set)
{
    uint64_t largest = 0;
    for (uint32_t i = 0; i < set->n; i++)
        if (set->range[i].size > largest)
            largest = set->range[i].size;
    return largest;
}
