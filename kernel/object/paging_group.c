/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups of sixteen pages; see paging_group.h. */
#include "object/paging_group.h"
#include "info.h"
#include "mutants.h"

enum { PAGE_BITS = 12 };

static unsigned index_in_group(const uint64_t *entry) { return (unsigned)((uintptr_t)entry / sizeof(*entry)) % GROUP_PAGES; }

/* A seeded bug: each entry for itself, with the invalidation that it needs. */
static void break_by_pages(asid_t asid, uint64_t *group, va_t va)
{
    for (unsigned i = 0; i < GROUP_PAGES; i++) {
        uint64_t was = group[i];
        pte_store(&group[i], 0);
        tlb_invalidate_page(asid, va + ((va_t)i << PAGE_BITS));
        pte_store(&group[i], was & ~PTE_GROUPED);
    }
    pte_publish();
}

/* Break before make, for all sixteen: the TLB must not find an entry of the group and one that is not, or not any more, of the group for one address. Each page is
 * invalidated by itself, because a TLB need not make use of the hint.
 * The group is gone for a moment. On one CPU nobody sees that. With several, users on others may fault meanwhile, so their faults must find the entry valid again
 * under the lock that is held here; and a table walker of another CPU must not set bits in between: none does, see paging_group.h. */
void group_break(asid_t asid, uint64_t *entry, va_t va)
{
    uint64_t *group = group_start(entry), was[GROUP_PAGES];
    const word_t all = MASK(GROUP_PAGES);
    if (mutant(MUTANT_GROUP_NOT_BROKEN))
        return;
    if (mutant(MUTANT_GROUP_BROKEN_BY_PAGES)) {
        break_by_pages(asid, group, ALIGN_DOWN(va, GROUP_BITS));
        return;
    }
    for (unsigned i = 0; i < GROUP_PAGES; i++) {
        was[i] = group[i];
        if (!mutant(MUTANT_GROUP_BROKEN_IN_PLACE))
            pte_store(&group[i], 0);
    }
    if (!mutant(MUTANT_GROUP_BROKEN_IN_PLACE))
        tlb_invalidate_marked(asid, ALIGN_DOWN(va, GROUP_BITS), &all, 1);
    for (unsigned i = 0; i < GROUP_PAGES; i++)
        pte_store(&group[i], was[i] & ~PTE_GROUPED);
    pte_publish();
    kernel_info->groups_broken++;
}
_Static_assert(GROUP_PAGES << PAGE_BITS == 1 << GROUP_BITS, "a group's pages");

void group_break_edges(asid_t asid, uint64_t *entries, unsigned n, va_t va)
{
    if (index_in_group(entries) || n < GROUP_PAGES)
        group_leave(asid, entries, va);
    if (index_in_group(entries + n))
        group_leave(asid, entries + n - 1, va + ((va_t)(n - 1) << PAGE_BITS));
}

void group_leave_all(asid_t asid, uint64_t *entries, unsigned n, va_t va)
{
    for (unsigned i = 0; i < n; i += GROUP_PAGES - index_in_group(entries + i))
        group_leave(asid, entries + i, va + ((va_t)i << PAGE_BITS));
}

bool group_is_whole(const uint64_t *entry)
{
    const uint64_t *group = entry - index_in_group(entry);
    const uint64_t vary = PTE_TAG;
    if (!pte_is_accessed(group[0]) || !pte_is_valid(group[0]) || (pte_is_user_writable(group[0]) && !pte_is_dirty(group[0])) ||
        !IS_ALIGNED(pte_pa(group[0]), GROUP_BITS))
        return false;
    for (unsigned i = 0; i < GROUP_PAGES; i++)
        if ((group[i] ^ (group[0] + ((uint64_t)i << PAGE_BITS))) & ~vary || !(group[i] & PTE_GROUPED))
            return false;
    return true;
}
