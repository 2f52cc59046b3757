/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Groups: sixteen pages next to each other, aligned to 64 KiB, of which the memory is so as well. Their entries have PTE_GROUPED, by which the TLB may
 * hold all of them as one entry (Arm ARM DDI 0487, D8, "The Contiguous bit").
 *
 * What holds whenever a user runs: the sixteen entries of a group are all valid, all have PTE_GROUPED, and differ in nothing but the address, which goes up by a
 * page each, and PTE_TAG. All count as accessed, and as written if they are writable: MapRange makes them so, and who clears either breaks the group. So neither
 * the table walker nor pte_touch ever changes one of them.
 *
 * What may be done to a group: all sixteen are unmapped or get other rights in one call. Before anything else is done to one of its entries, the group is broken:
 * then they are sixteen pages like any others.
 */
#ifndef KERNEL_OBJECT_PAGING_GROUP_H
#define KERNEL_OBJECT_PAGING_GROUP_H

#include "arch.h"

/* group_break: what group_leave does if there is a group. */
NOINLINE void group_break(asid_t asid, uint64_t *entry, va_t va);

/* group_leave: this entry, which maps va in the space, will be changed: it must not be in a group any more. Nothing is done if it is in none. */
static inline void group_leave(asid_t asid, uint64_t *entry, va_t va)
{
    if (unlikely(*entry & PTE_GROUPED))
        group_break(asid, entry, va);
}

/* group_leave_edges: n entries will be changed in the same way, those from va on: groups that have only some of them are broken. */
NOINLINE void group_break_edges(asid_t asid, uint64_t *entries, unsigned n, va_t va);
static inline void group_leave_edges(asid_t asid, uint64_t *entries, unsigned n, va_t va)
{
    if (unlikely((entries[0] | entries[n - 1]) & PTE_GROUPED))
        group_break_edges(asid, entries, n, va);
}

/* group_leave_all: n entries, those from va on, will be changed, each as it is: all groups that have some of them are broken. */
void group_leave_all(asid_t asid, uint64_t *entries, unsigned n, va_t va);

/* group_is_whole: the group that this entry is in is as it must be; for the checks of debug builds. */
bool group_is_whole(const uint64_t *entry);

/* group_start: the first of the sixteen entries that this one would be in a group with. */
static inline uint64_t *group_start(uint64_t *entry) { return (uint64_t *)((uintptr_t)entry & ~(uintptr_t)(GROUP_PAGES * sizeof(*entry) - 1)); }

#endif
