/* SPDX-License-Identifier: BSD-2-Clause */
/* Translation table entries. Where they go and whether they may is decided in object/; the encoding is known here only. */
#include "arch.h"
#include "object/cap.h"
#include "paging.h"
#include "tlb_ops.h"

struct pt_place pt_walk(uint64_t *root, va_t va, unsigned stop_level)
{
    uint64_t *table = root;
    unsigned shift = pt_level_shift(0);
    for (unsigned level = 0;; level++, shift -= 9) {
        uint64_t *entry = &table[(va >> shift) & MASK(9)];
        if (level == stop_level || level == PT_LEVELS - 1)
            return (struct pt_place){entry, level};
        uint64_t value = *entry;
        if ((value & (PTE_VALID | PTE_TABLE)) != (PTE_VALID | PTE_TABLE))
            return (struct pt_place){entry, level};
        table = kernel_pointer(pte_pa(value));
    }
}

bool pte_is_valid(uint64_t entry) { return entry & PTE_VALID; }

bool pte_is_table(uint64_t entry, unsigned level)
{
    return level < PT_LEVELS - 1 && (entry & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

bool pte_is_page(uint64_t entry, unsigned level)
{
    uint64_t kind = entry & (PTE_VALID | PTE_TABLE);
    return level == PT_LEVELS - 1 ? kind == (PTE_VALID | PTE_TABLE) : level > 0 && kind == PTE_VALID;
}

pa_t pte_pa(uint64_t entry) { return entry & PTE_ADDRESS; }

uint64_t pte_make_table(pa_t table) { return table | PTE_TABLE | PTE_VALID; }

uint64_t pte_make_page(pa_t pa, unsigned level, unsigned rights, bool cacheable, bool executable)
{
    uint64_t entry = pa | PTE_VALID | PTE_ACCESSED | PTE_INNER_SHAREABLE | PTE_NOT_GLOBAL | PTE_PXN | PTE_MAPPED_RIGHTS(rights);
    bool user = rights & RIGHT_READ;
    entry |= PTE_ATTR(cacheable ? MEMORY_NORMAL : MEMORY_DEVICE);
    if (level == PT_LEVELS - 1)
        entry |= PTE_TABLE;
    if (user)
        entry |= PTE_USER;
    entry |= rights & RIGHT_WRITE ? PTE_DBM : PTE_READ_ONLY;
    /* Without EL0 access the entry would still allow EL0 to execute; and a core may fetch ahead from
     * what it may execute, which device registers do not bear. */
    if (!executable || !user || !cacheable)
        entry |= PTE_UXN;
    return entry;
}

bool pte_is_user_writable(uint64_t entry)
{
    return (entry & (PTE_VALID | PTE_USER)) == (PTE_VALID | PTE_USER) && (entry & (PTE_READ_ONLY | PTE_DBM)) != PTE_READ_ONLY;
}

void pte_set(uint64_t *entry, uint64_t value)
{
    tlb_oracle_store(entry, value);
    *(volatile uint64_t *)entry = value;
    walk_barrier(); /* the table walker sees it; the return to EL0 synchronises the rest */
}
