/* SPDX-License-Identifier: BSD-2-Clause */
#include "tables.h"

#include "paging.h"

#include <stddef.h>

static unsigned level_shift(unsigned level) { return 39 - 9 * level; }

static bool is_table(uint64_t entry, unsigned level)
{
    return level < 3 && (entry & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

/* The highest level (lowest number, but not the top) at which one entry covers no more than asked for. */
static unsigned leaf_level(uint64_t va, uint64_t pa, uint64_t size)
{
    unsigned level = 1;
    for (; level < 3; level++) {
        uint64_t block = 1ull << level_shift(level);
        if (!((va | pa) & (block - 1)) && size >= block)
            break;
    }
    return level;
}

static uint64_t *take_table(struct table_pool *pool)
{
    if (!pool->left)
        return NULL;
    uint64_t *table = pool->next;
    pool->next += 512;
    pool->left--;
    return table;
}

/* Map what one entry covers at most; how many bytes that was. 0: no table left. */
static uint64_t map_one(struct table_pool *pool, uint64_t *root, uint64_t va, uint64_t pa, uint64_t size, uint64_t attributes)
{
    unsigned leaf = leaf_level(va, pa, size);
    uint64_t *table = root;

    for (unsigned level = 0;; level++) {
        uint64_t *entry = &table[va >> level_shift(level) & 511];
        uint64_t covered = 1ull << level_shift(level);
        if (is_table(*entry, level)) {
            table = (uint64_t *)(uintptr_t)(*entry & PTE_ADDRESS);
        } else if (*entry & PTE_VALID) {
            uint64_t rest = covered - (va & (covered - 1));
            return rest < size ? rest : size;
        } else if (level >= leaf) { /* below it where a finer table stands already */
            *entry = pa | attributes | (level == 3 ? PTE_TABLE : 0);
            return covered;
        } else {
            table = take_table(pool);
            if (!table)
                return 0;
            *entry = (uintptr_t)table | PTE_TABLE | PTE_VALID;
        }
    }
}

bool tables_map(struct table_pool *pool, uint64_t *root, uint64_t va, uint64_t pa, uint64_t size, uint64_t attributes)
{
    while (size) {
        uint64_t done = map_one(pool, root, va, pa, size, attributes);
        if (!done)
            return false;
        va += done;
        pa += done;
        size -= done;
    }
    return true;
}
