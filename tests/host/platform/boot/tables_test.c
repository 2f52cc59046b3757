/* SPDX-License-Identifier: BSD-2-Clause */
/* Mappings built by tables_map, read back by a plain walk. */
#include <paging.h>
#include <stdlib.h>
#include <string.h>
#include <tables.h>
#include <check_main.h>

enum { POOL = 32 };
#define ATTRIBUTES PTE_KERNEL_DATA
#define MIB (1ull << 20)
#define GIB (1ull << 30)

static uint64_t *root;
static struct table_pool pool;

static void fresh(uint32_t tables)
{
    static uint64_t memory[(POOL + 1) * 512] __attribute__((aligned(4096)));
    memset(memory, 0, sizeof(memory));
    root = memory;
    pool = (struct table_pool){memory + 512, tables};
}

/* What `va` is mapped to, UINT64_MAX: nothing. */
static uint64_t walk(uint64_t va)
{
    uint64_t *table = root;
    for (unsigned level = 0; level < 4; level++) {
        unsigned shift = 39 - 9 * level;
        uint64_t entry = table[va >> shift & 511];
        if (!(entry & PTE_VALID))
            return UINT64_MAX;
        if (level == 3 || !(entry & PTE_TABLE)) {
            ck_assert(level != 3 || (entry & PTE_TABLE));
            ck_assert_uint_eq(entry & ~(PTE_ADDRESS | PTE_TABLE), ATTRIBUTES);
            return (entry & PTE_ADDRESS) + (va & ((1ull << shift) - 1));
        }
        table = (uint64_t *)(uintptr_t)(entry & PTE_ADDRESS);
    }
    return UINT64_MAX;
}

START_TEST(tables_map_uses_pages_at_the_edges_and_blocks_inside)
{
    uint64_t va = 0xffff000000000000, pa = 0x1ff000, size = 3 * GIB;
    fresh(POOL);
    ck_assert(tables_map(&pool, root, va + pa, pa, size, ATTRIBUTES));
    ck_assert_uint_eq(POOL - pool.left, 5); /* level 1; level 2 and level 3 for both ends */
    ck_assert_uint_eq(walk(va + pa), pa);
    ck_assert_uint_eq(walk(va + pa + size - 1), pa + size - 1);
    ck_assert_uint_eq(walk(va + pa + GIB + 5), pa + GIB + 5);
    ck_assert_uint_eq(walk(va + pa - 1), UINT64_MAX);
    ck_assert_uint_eq(walk(va + pa + size), UINT64_MAX);
}
END_TEST

START_TEST(tables_map_leaves_what_is_mapped)
{
    fresh(POOL);
    ck_assert(tables_map(&pool, root, 0x201000, 0x201000, 0x1000, ATTRIBUTES));
    ck_assert(tables_map(&pool, root, 4 * MIB, 100 * MIB, 2 * MIB, ATTRIBUTES));
    ck_assert(tables_map(&pool, root, 0, 0, 8 * MIB, ATTRIBUTES)); /* around both */
    ck_assert_uint_eq(walk(0x201234), 0x201234);
    ck_assert_uint_eq(walk(0x200000), 0x200000);
    ck_assert_uint_eq(walk(4 * MIB + 5), 100 * MIB + 5);
    ck_assert_uint_eq(walk(8 * MIB - 1), 8 * MIB - 1);
}
END_TEST

START_TEST(tables_map_without_tables_left_says_so)
{
    fresh(2);
    ck_assert(!tables_map(&pool, root, 0x1000, 0x1000, 0x1000, ATTRIBUTES));
    fresh(3);
    ck_assert(tables_map(&pool, root, 0x1000, 0x1000, 0x1000, ATTRIBUTES));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("boot_tables");
    TCase *t = tcase_create("all");
    tcase_add_test(t, tables_map_uses_pages_at_the_edges_and_blocks_inside);
    tcase_add_test(t, tables_map_leaves_what_is_mapped);
    tcase_add_test(t, tables_map_without_tables_left_says_so);
    suite_add_tcase(s, t);
    return s;
}

int main(void) { return check_run(suite()); }
