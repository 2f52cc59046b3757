/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables, frames, VSpaces, ASID pools: every error in its order, and what mapping does to tables, TLB and caches; ABI 11. */
#include "../host_kernel.h"
#include "object/asid.h"
#include "object/cnode.h"
#include "object/frame.h"
#include "object/vspace.h"

#include <stdlib.h>

#define VA 0x10000000000ull /* in the second entry of the top level: nothing is there after boot */
enum { ATTR_DEFAULT = 3, ATTR_XN = 7, RW = 3 };

static word_t vspace, frame;

static struct answer map_table(word_t table, word_t space, word_t va) { return CALL(table, LABEL_ARM_PAGE_TABLE_MAP, CAPS(space), va, ATTR_DEFAULT); }
static struct answer map(word_t page, word_t space, word_t va) { return CALL(page, LABEL_ARM_PAGE_MAP, CAPS(space), va, RW, ATTR_XN); }
static struct answer unmap(word_t page) { return CALL0(page, LABEL_ARM_PAGE_UNMAP, NULL); }
static struct answer assign(word_t pool, word_t space) { return CALL0(pool, LABEL_ARM_ASID_POOL_ASSIGN, CAPS(space)); }

static word_t new_space(void)
{
    word_t space = make(OBJECT_VSPACE, 0);
    EXPECT_OK(assign(SLOT_ASID_POOL, space));
    return space;
}

static void map_three_tables(word_t space, word_t va, word_t *tables)
{
    for (unsigned i = 0; i < 3; i++) {
        word_t table = make(OBJECT_PAGE_TABLE, 0);
        EXPECT_OK(map_table(table, space, va));
        if (tables)
            tables[i] = table;
    }
}

static void setup(void)
{
    kernel_boot();
    vspace = new_space();
    frame = make(OBJECT_SMALL_PAGE, 0);
}

static uint64_t *entry_at(word_t space, va_t va, unsigned level)
{
    struct pt_place place = pt_walk(vspace_root(&slot_of(space)->cap), va, level);
    return place.level == level ? place.entry : NULL;
}
static pa_t frame_pa(word_t page) { return CAP_OBJECT_PA(slot_of(page)->cap.frame); }

/* ---- page tables ---- */

START_TEST(page_table_map_errors_come_in_order)
{
    setup();
    word_t table = make(OBJECT_PAGE_TABLE, 0), mapped = make(OBJECT_PAGE_TABLE, 0), unassigned = make(OBJECT_VSPACE, 0);
    EXPECT_OK(map_table(mapped, vspace, VA + 12345));
    EXPECT_PLAIN(CALL0(table, LABEL_ARM_PAGE_MAP, NULL), ERR_ILLEGAL_OPERATION);
    EXPECT_PLAIN(CALL(table, LABEL_ARM_PAGE_TABLE_MAP, CAPS(vspace), VA), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(table, LABEL_ARM_PAGE_TABLE_MAP, NULL, VA, 0), ERR_TRUNCATED_MESSAGE);
    EXPECT(map_table(mapped, frame, ~0ull), ERR_INVALID_CAPABILITY, 0);
    EXPECT(map_table(table, frame, ~0ull), ERR_INVALID_CAPABILITY, 1);
    EXPECT(map_table(table, unassigned, ~0ull), ERR_INVALID_CAPABILITY, 1);
    EXPECT(map_table(table, vspace, USER_TOP + 1), ERR_INVALID_ARGUMENT, 0);
    EXPECT_OK(map_table(table, vspace, USER_TOP));
}
END_TEST

START_TEST(page_table_three_maps_build_the_tree_and_the_fourth_is_refused)
{
    setup();
    word_t tables[3];
    map_three_tables(vspace, VA + 12345, tables);
    for (unsigned level = 0; level < 3; level++)
        ck_assert_uint_eq(*entry_at(vspace, VA, level), pte_make_table(CAP_OBJECT_PA(slot_of(tables[level])->cap.page_table)));
    EXPECT_PLAIN(map_table(make(OBJECT_PAGE_TABLE, 0), vspace, VA), ERR_DELETE_FIRST);
}
END_TEST

START_TEST(page_table_over_a_large_page_is_refused)
{
    setup();
    word_t tables[3];
    map_three_tables(vspace, VA, tables);
    EXPECT_OK(CALL0(tables[2], LABEL_ARM_PAGE_TABLE_UNMAP, NULL));
    word_t large = make(OBJECT_LARGE_PAGE, 0);
    EXPECT_OK(map(large, vspace, VA));
    EXPECT_PLAIN(map_table(tables[2], vspace, VA), ERR_DELETE_FIRST);
    EXPECT(map(frame, vspace, VA), ERR_FAILED_LOOKUP, 0, 2, 21);
    EXPECT_OK(unmap(large));
    EXPECT_OK(map_table(tables[2], vspace, VA));
    EXPECT(map(large, vspace, VA), ERR_FAILED_LOOKUP, 0, 2, 12);
}
END_TEST

START_TEST(page_table_unmap_needs_the_only_cap_and_clears_the_table)
{
    setup();
    word_t tables[3], copy = free_slot();
    map_three_tables(vspace, VA, tables);
    EXPECT_OK(map(frame, vspace, VA));
    EXPECT_OK(cnode_copy(copy, tables[2]));
    EXPECT_PLAIN(CALL0(tables[2], LABEL_ARM_PAGE_TABLE_UNMAP, NULL), ERR_REVOKE_FIRST);
    EXPECT_OK(cnode_delete(copy)); /* not the last: stays mapped */
    ck_assert_ptr_nonnull(entry_at(vspace, VA, 3));
    uint64_t before = host.tlb_asids;
    EXPECT_OK(CALL0(tables[2], LABEL_ARM_PAGE_TABLE_UNMAP, NULL));
    ck_assert_uint_eq(host.tlb_asids, before + 1);
    ck_assert_ptr_null(entry_at(vspace, VA, 3));
    EXPECT_OK(CALL0(tables[2], LABEL_ARM_PAGE_TABLE_UNMAP, NULL)); /* unmapped: nothing to do */
    EXPECT_OK(map_table(tables[2], vspace, VA));
    ck_assert_uint_eq(*entry_at(vspace, VA, 3), 0);
    EXPECT(map(frame, vspace, VA + 4096), ERR_INVALID_ARGUMENT, 0); /* the frame does not know yet */
    EXPECT_OK(map(frame, vspace, VA));
}
END_TEST

START_TEST(page_table_deleted_takes_its_translations_along)
{
    setup();
    word_t tables[3], again = make(OBJECT_PAGE_TABLE, 0);
    map_three_tables(vspace, VA, tables);
    EXPECT_OK(map(frame, vspace, VA));
    EXPECT_OK(cnode_delete(tables[2]));
    ck_assert_ptr_null(entry_at(vspace, VA, 3));
    EXPECT_OK(map_table(again, vspace, VA));
    EXPECT_OK(unmap(frame)); /* stale */
    EXPECT_OK(map(frame, vspace, VA + 0x1000));
}
END_TEST

/* ---- frames ---- */

START_TEST(frame_map_errors_come_in_order)
{
    setup();
    word_t unassigned = make(OBJECT_VSPACE, 0), other = new_space(), mapped = make(OBJECT_SMALL_PAGE, 0), large = make(OBJECT_LARGE_PAGE, 0);
    map_three_tables(vspace, VA, NULL);
    EXPECT_OK(map(mapped, vspace, VA));
    EXPECT_PLAIN(CALL(frame, LABEL_ARM_PAGE_MAP, CAPS(vspace), VA + 1, RW), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(frame, LABEL_ARM_PAGE_MAP, NULL, VA + 1, RW, 0), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL0(frame, LABEL_ARM_PAGE_TABLE_MAP, NULL), ERR_ILLEGAL_OPERATION);
    EXPECT(map(frame, frame, VA + 1), ERR_INVALID_CAPABILITY, 1);
    EXPECT(map(frame, unassigned, VA + 1), ERR_INVALID_CAPABILITY, 1);
    EXPECT_PLAIN(map(mapped, other, VA + 1), ERR_ALIGNMENT);
    EXPECT_PLAIN(map(large, vspace, VA + 4096), ERR_ALIGNMENT);
    EXPECT(map(mapped, other, VA), ERR_INVALID_CAPABILITY, 1);
    EXPECT(map(mapped, vspace, VA + 4096), ERR_INVALID_ARGUMENT, 0);
    EXPECT(map(frame, vspace, USER_TOP + 1), ERR_INVALID_ARGUMENT, 0);
    EXPECT(map(frame, vspace, ~0ull << 12), ERR_INVALID_ARGUMENT, 0);
    EXPECT(map(frame, other, VA), ERR_FAILED_LOOKUP, 0, 2, 39);
    word_t table = make(OBJECT_PAGE_TABLE, 0), table2 = make(OBJECT_PAGE_TABLE, 0);
    EXPECT_OK(map_table(table, other, VA));
    EXPECT(map(frame, other, VA), ERR_FAILED_LOOKUP, 0, 2, 30);
    EXPECT_OK(map_table(table2, other, VA));
    EXPECT(map(frame, other, VA), ERR_FAILED_LOOKUP, 0, 2, 21);
    EXPECT_OK(map(large, other, VA));
    EXPECT(map(frame, other, VA), ERR_FAILED_LOOKUP, 0, 2, 21);
}
END_TEST

START_TEST(frame_rights_are_the_common_part)
{
    static const struct { word_t cap, argument; unsigned expected; } rows[] = {{3, 3, 3}, {3, 2, 2}, {3, 1, 0}, {3, 0, 0}, {2, 3, 2}, {1, 3, 0}, {3, 15, 3}};
    setup();
    map_three_tables(vspace, VA, NULL);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        word_t copy = free_slot();
        EXPECT_OK(cnode_mint(copy, frame, rows[i].cap, 0));
        EXPECT_OK(CALL(copy, LABEL_ARM_PAGE_MAP, CAPS(vspace), VA + i * 4096, rows[i].argument, i % 2 ? ATTR_XN : ATTR_DEFAULT));
        ck_assert_uint_eq(*entry_at(vspace, VA + i * 4096, 3), pte_make_page(frame_pa(frame), 3, rows[i].expected, true, i % 2 == 0));
    }
    EXPECT_OK(CALL(frame, LABEL_ARM_PAGE_MAP, CAPS(vspace), VA + 0x100000, RW, 4));
    ck_assert_uint_eq(*entry_at(vspace, VA + 0x100000, 3), pte_make_page(frame_pa(frame), 3, 3, false, false));
}
END_TEST

START_TEST(frame_remap_in_place_changes_rights_with_one_invalidation)
{
    setup();
    map_three_tables(vspace, VA, NULL);
    EXPECT_OK(map(frame, vspace, VA));
    uint64_t before = host.tlb_pages;
    EXPECT_OK(map(frame, vspace, VA)); /* nothing changes */
    ck_assert_uint_eq(host.tlb_pages, before);
    EXPECT_OK(CALL(frame, LABEL_ARM_PAGE_MAP, CAPS(vspace), VA, RIGHT_READ, ATTR_XN));
    ck_assert_uint_eq(host.tlb_pages, before + 1);
    ck_assert(!pte_is_user_writable(*entry_at(vspace, VA, 3)));
}
END_TEST

START_TEST(frame_map_replaces_another_frame_which_becomes_stale)
{
    setup();
    word_t other = make(OBJECT_SMALL_PAGE, 0);
    map_three_tables(vspace, VA, NULL);
    EXPECT_OK(map(frame, vspace, VA));
    EXPECT_OK(map(other, vspace, VA));
    ck_assert_uint_eq(pte_pa(*entry_at(vspace, VA, 3)), frame_pa(other));
    uint64_t before = host.tlb_pages;
    EXPECT_OK(unmap(frame)); /* must not touch the other one */
    ck_assert_uint_eq(pte_pa(*entry_at(vspace, VA, 3)), frame_pa(other));
    ck_assert_uint_eq(host.tlb_pages, before);
    EXPECT_OK(cnode_delete(other));
    ck_assert_uint_eq(*entry_at(vspace, VA, 3), 0);
    EXPECT_OK(unmap(frame));
}
END_TEST

START_TEST(frame_copies_have_mappings_of_their_own)
{
    setup();
    word_t copy = free_slot(), moved = free_slot();
    map_three_tables(vspace, VA, NULL);
    EXPECT_OK(map(frame, vspace, VA));
    EXPECT_OK(cnode_copy(copy, frame));
    EXPECT_OK(map(copy, vspace, VA + 4096));
    EXPECT_OK(cnode_delete(copy)); /* not the last capability to the frame, but the one mapped there */
    ck_assert_uint_eq(*entry_at(vspace, VA + 4096, 3), 0);
    EXPECT_OK(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_MOVE, CAPS(SLOT_INITIAL_CNODE), moved, 64, frame, 64));
    ck_assert_uint_ne(*entry_at(vspace, VA, 3), 0);
    EXPECT(map(moved, vspace, VA + 4096), ERR_INVALID_ARGUMENT, 0);
    EXPECT_OK(unmap(moved));
    ck_assert_uint_eq(*entry_at(vspace, VA, 3), 0);
}
END_TEST

START_TEST(frame_mapped_executable_is_unified)
{
    setup();
    map_three_tables(vspace, VA, NULL);
    uint64_t before = host.unified_bytes;
    EXPECT_OK(map(frame, vspace, VA));
    ck_assert_uint_eq(host.unified_bytes, before);
    EXPECT_OK(CALL(frame, LABEL_ARM_PAGE_MAP, CAPS(vspace), VA, RW, ATTR_DEFAULT));
    ck_assert_uint_eq(host.unified_bytes, before + 4096);
}
END_TEST

enum { ATTR_UNCACHED_XN = 6, ATTR_UNCACHED = 2 };
static struct answer map_as(word_t page, word_t attributes) { return CALL(page, LABEL_ARM_PAGE_MAP, CAPS(vspace), VA, RW, attributes); }

START_TEST(frame_mapped_uncached_is_cleaned_first)
{
    setup();
    word_t copy = free_slot();
    map_three_tables(vspace, VA, NULL);
    uint64_t before = host.cleaned_bytes;
    EXPECT_OK(map(frame, vspace, VA));
    ck_assert_uint_eq(host.cleaned_bytes, before);
    EXPECT_OK(cnode_copy(copy, frame));
    EXPECT_OK(map_as(frame, ATTR_UNCACHED_XN));
    EXPECT_OK(map_as(frame, ATTR_DEFAULT));
    EXPECT_OK(map_as(frame, ATTR_UNCACHED));
    ck_assert_uint_eq(host.cleaned_bytes, before + 4096);
    EXPECT_OK(unmap(frame));
    EXPECT_OK(map_as(copy, ATTR_UNCACHED)); /* knows nothing of the other's mappings */
    ck_assert_uint_eq(host.cleaned_bytes, before + 2 * 4096);
}
END_TEST

START_TEST(frame_large_mapped_uncached_or_executable_is_cleaned_in_steps)
{
    static const word_t attributes[] = {ATTR_UNCACHED_XN, ATTR_UNCACHED, ATTR_DEFAULT};
    setup();
    word_t tables[3];
    map_three_tables(vspace, VA, tables);
    EXPECT_OK(CALL0(tables[2], LABEL_ARM_PAGE_TABLE_UNMAP, NULL));
    word_t large = make(OBJECT_LARGE_PAGE, 0);
    struct cap fresh = slot_of(large)->cap;
    for (unsigned i = 0; i < ARRAY_SIZE(attributes); i++) {
        slot_of(large)->cap = fresh;
        uint64_t before = host.cleaned_bytes;
        EXPECT_OK(map_as(large, ATTR_XN));
        ck_assert_uint_eq(host.cleaned_bytes, before);
        host.pending_every = 2; /* an interrupt at every second look */
        EXPECT_OK(map_as(large, attributes[i]));
        host.pending_every = 0;
        ck_assert_uint_eq(host.cleaned_bytes, before + (1 << 21));
        EXPECT_OK(map_as(large, attributes[i]));
        ck_assert_uint_eq(host.cleaned_bytes, before + (1 << 21));
        EXPECT_OK(unmap(large));
    }
}
END_TEST

START_TEST(frame_tag_is_where_the_entry_has_it)
{
    setup();
    struct cap cap = {.frame = {.tag = 31}};
    ck_assert_uint_eq(cap.w[0], PTE_TAG);
    ck_assert_uint_eq(frame_tag(&slot_of(frame)->cap), 0);
    map_three_tables(vspace, VA, NULL);
    slot_of(frame)->cap.frame.tag = 21;
    EXPECT_OK(map(frame, vspace, VA));
    ck_assert_uint_eq(*entry_at(vspace, VA, 3) & PTE_TAG, (uint64_t)21 << 58);
    ck_assert_uint_eq(pte_pa(*entry_at(vspace, VA, 3)), frame_pa(frame));
    word_t copy = free_slot();
    EXPECT_OK(cnode_copy(copy, frame)); /* has no mapping, and so no tag */
    ck_assert_uint_eq(frame_tag(&slot_of(copy)->cap), 0);
    EXPECT_OK(unmap(frame));
    ck_assert_uint_eq(*entry_at(vspace, VA, 3), 0);
}
END_TEST

#define CACHE(cap, label, start, end) CALL(cap, label, NULL, start, end)

START_TEST(frame_cache_operation_errors_come_in_order)
{
    setup();
    word_t copy = free_slot();
    map_three_tables(vspace, VA, NULL);
    EXPECT_PLAIN(CALL(frame, LABEL_ARM_PAGE_CLEAN_DATA, NULL, 0), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CACHE(frame, LABEL_ARM_PAGE_CLEAN_DATA, 9, 1), ERR_ILLEGAL_OPERATION);
    EXPECT_OK(map(frame, vspace, VA));
    EXPECT(CACHE(frame, LABEL_ARM_PAGE_CLEAN_DATA, 8000, 8000), ERR_INVALID_ARGUMENT, 1);
    EXPECT(CACHE(frame, LABEL_ARM_PAGE_CLEAN_DATA, 4096, 4097), ERR_INVALID_ARGUMENT, 0);
    EXPECT(CACHE(frame, LABEL_ARM_PAGE_CLEAN_DATA, 0, 4097), ERR_INVALID_ARGUMENT, 0);
    EXPECT_OK(CACHE(frame, LABEL_ARM_PAGE_CLEAN_DATA, 0, 4096));
    EXPECT_OK(CACHE(frame, LABEL_ARM_PAGE_INVALIDATE_DATA, 64, 128));
    EXPECT_OK(CACHE(frame, LABEL_ARM_PAGE_CLEAN_INVALIDATE_DATA, 64, 65));
    EXPECT_OK(CACHE(frame, LABEL_ARM_PAGE_UNIFY_INSTRUCTION, 0, 1));
    EXPECT_OK(cnode_mint(copy, frame, RIGHT_READ, 0));
    EXPECT_OK(map(copy, vspace, VA + 4096));
    EXPECT_PLAIN(CACHE(copy, LABEL_ARM_PAGE_INVALIDATE_DATA, 0, 64), ERR_ILLEGAL_OPERATION);
    word_t other = make(OBJECT_SMALL_PAGE, 0);
    EXPECT_OK(map(other, vspace, VA));
    EXPECT(CACHE(frame, LABEL_ARM_PAGE_CLEAN_DATA, 0, 64), ERR_INVALID_CAPABILITY, 0);
    EXPECT_OK(cnode_delete(vspace));
    EXPECT(CACHE(frame, LABEL_ARM_PAGE_CLEAN_DATA, 9, 1), ERR_FAILED_LOOKUP, 0, 1);
}
END_TEST

START_TEST(vspace_cache_operation_errors_come_in_order)
{
    setup();
    word_t unassigned = make(OBJECT_VSPACE, 0);
    map_three_tables(vspace, VA, NULL);
    EXPECT_OK(CALL(frame, LABEL_ARM_PAGE_MAP, CAPS(vspace), VA, RIGHT_READ, ATTR_XN));
    EXPECT_PLAIN(CALL(unassigned, LABEL_ARM_VSPACE_CLEAN_DATA, NULL, 0), ERR_TRUNCATED_MESSAGE);
    EXPECT(CACHE(unassigned, LABEL_ARM_VSPACE_CLEAN_DATA, ~0ull, ~0ull), ERR_INVALID_ARGUMENT, 1);
    EXPECT_PLAIN(CACHE(unassigned, LABEL_ARM_VSPACE_CLEAN_DATA, 0, USER_TOP + 1), ERR_ILLEGAL_OPERATION);
    EXPECT(CACHE(unassigned, LABEL_ARM_VSPACE_CLEAN_DATA, 0, 1), ERR_INVALID_CAPABILITY, 0);
    EXPECT_OK(CACHE(vspace, LABEL_ARM_VSPACE_CLEAN_DATA, VA + 4096, VA + 99999)); /* nothing there */
    EXPECT_OK(CACHE(vspace, LABEL_ARM_VSPACE_CLEAN_DATA, VA + 8, VA + 4096));
    EXPECT(CACHE(vspace, LABEL_ARM_VSPACE_CLEAN_DATA, VA + 8, VA + 4097), ERR_RANGE, VA + 8, VA + 4095);
    EXPECT_PLAIN(CACHE(vspace, LABEL_ARM_VSPACE_INVALIDATE_DATA, VA, VA + 64), ERR_ILLEGAL_OPERATION);
    EXPECT_OK(CACHE(vspace, LABEL_ARM_VSPACE_UNIFY_INSTRUCTION, VA, VA + 64));
    EXPECT_PLAIN(CALL0(vspace, LABEL_ARM_PAGE_MAP, NULL), ERR_ILLEGAL_OPERATION);
}
END_TEST

/* ---- VSpaces and ASIDs ---- */

START_TEST(vspace_deleted_makes_everything_in_it_stale)
{
    setup();
    word_t table = make(OBJECT_PAGE_TABLE, 0);
    map_three_tables(vspace, VA, NULL);
    EXPECT_OK(map(frame, vspace, VA));
    asid_t asid = (asid_t)slot_of(vspace)->cap.vspace.asid;
    word_t copy = free_slot();
    EXPECT_OK(cnode_copy(copy, vspace));
    EXPECT_OK(cnode_delete(vspace));
    ck_assert_ptr_nonnull(asid_lookup(asid));
    EXPECT_OK(cnode_delete(copy));
    ck_assert_ptr_null(asid_lookup(asid));
    word_t next = new_space(); /* takes the lowest free number: the same */
    ck_assert_uint_eq(slot_of(next)->cap.vspace.asid, asid);
    EXPECT_OK(unmap(frame));
    EXPECT_OK(map_table(table, next, VA));
}
END_TEST

static struct answer make_pool(word_t untyped, word_t dest)
{
    return CALL(SLOT_ASID_CONTROL, LABEL_ARM_ASID_CONTROL_MAKE_POOL, CAPS(untyped, SLOT_INITIAL_CNODE), dest, 64);
}

START_TEST(asid_make_pool_errors_come_in_order)
{
    setup();
    word_t small = untyped_of(11), untyped = untyped_of(12), used = untyped_of(12), dest = free_slot(), child = free_slot();
    EXPECT_OK(retype(used, OBJECT_ENDPOINT, 0, child, 1));
    EXPECT_PLAIN(CALL(SLOT_ASID_CONTROL, LABEL_ARM_ASID_CONTROL_MAKE_POOL, CAPS(untyped), dest, 64), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(SLOT_ASID_CONTROL, LABEL_ARM_ASID_CONTROL_MAKE_POOL, CAPS(untyped, SLOT_INITIAL_CNODE), dest), ERR_TRUNCATED_MESSAGE);
    EXPECT(make_pool(frame, frame), ERR_INVALID_CAPABILITY, 1);
    EXPECT(make_pool(small, frame), ERR_INVALID_CAPABILITY, 1);
    EXPECT_PLAIN(make_pool(used, frame), ERR_REVOKE_FIRST);
    EXPECT_PLAIN(make_pool(untyped, frame), ERR_DELETE_FIRST);
    EXPECT_OK(make_pool(untyped, dest));
    EXPECT(retype(untyped, OBJECT_ENDPOINT, 0, free_slot(), 1), ERR_NOT_ENOUGH_MEMORY, 0);
    ck_assert_uint_eq(slot_of(dest)->cap.asid_pool.pool, 1);
    EXPECT_OK(cnode_revoke(untyped));
    EXPECT_OK(retype(untyped, OBJECT_ENDPOINT, 0, free_slot(), 1));
}
END_TEST

START_TEST(asid_127_pools_can_be_made_and_used_again)
{
    setup();
    word_t untyped[128], pool[128];
    for (unsigned i = 0; i < 128; i++) {
        untyped[i] = untyped_of(12);
        pool[i] = free_slot();
    }
    for (unsigned i = 0; i < 127; i++)
        EXPECT_OK(make_pool(untyped[i], pool[i]));
    EXPECT_PLAIN(make_pool(frame, pool[127]), ERR_DELETE_FIRST);
    EXPECT_OK(cnode_delete(pool[50]));
    EXPECT_OK(make_pool(untyped[50], pool[127]));
    ck_assert_uint_eq(slot_of(pool[127])->cap.asid_pool.pool, 51);
}
END_TEST

START_TEST(asid_assign_errors_and_pool_sizes)
{
    setup();
    word_t pool = free_slot(), space = make(OBJECT_VSPACE, 0);
    EXPECT_OK(make_pool(untyped_of(12), pool));
    EXPECT_PLAIN(CALL0(pool, LABEL_ARM_ASID_POOL_ASSIGN, NULL), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL0(pool, LABEL_ARM_PAGE_MAP, NULL), ERR_ILLEGAL_OPERATION);
    EXPECT(assign(pool, frame), ERR_INVALID_CAPABILITY, 1);
    EXPECT(assign(pool, vspace), ERR_INVALID_CAPABILITY, 1);
    EXPECT_OK(assign(pool, space));
    ck_assert_uint_eq(slot_of(space)->cap.vspace.asid, 512);
    /* Fill the pool with entries by hand: 512 VSpaces are more memory than this machine has. */
    struct asid_entry *entries = CAP_OBJECT(slot_of(pool)->cap.asid_pool);
    for (unsigned i = 1; i < ASID_POOL_ENTRIES; i++)
        entries[i].vspace_page = 1;
    EXPECT_PLAIN(assign(pool, make(OBJECT_VSPACE, 0)), ERR_DELETE_FIRST);
    for (unsigned i = 1; i < ASID_POOL_ENTRIES; i++)
        entries[i].vspace_page = 0;
    word_t table = make(OBJECT_PAGE_TABLE, 0);
    EXPECT_OK(cnode_delete(pool));
    EXPECT(map_table(table, space, VA), ERR_FAILED_LOOKUP, 0, 1);
    EXPECT(map(frame, space, VA), ERR_FAILED_LOOKUP, 0, 1);
    EXPECT(CACHE(space, LABEL_ARM_VSPACE_CLEAN_DATA, 0, 64), ERR_FAILED_LOOKUP, 0, 1);
    /* The number is used again, by a pool whose first VSpace has the lost one's ASID. */
    word_t pool2 = free_slot(), space2 = make(OBJECT_VSPACE, 0);
    EXPECT_OK(make_pool(untyped_of(12), pool2));
    EXPECT_OK(assign(pool2, space2));
    EXPECT(map_table(table, space, VA), ERR_INVALID_CAPABILITY, 1);
    EXPECT(map(frame, space, VA), ERR_INVALID_CAPABILITY, 1);
    EXPECT(CACHE(space, LABEL_ARM_VSPACE_CLEAN_DATA, 0, 64), ERR_INVALID_CAPABILITY, 0);
    EXPECT_OK(cnode_delete(space)); /* must not take the number from its new owner */
    ck_assert_ptr_nonnull(asid_lookup(512));
    EXPECT_OK(map_table(table, space2, VA));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vspace");
    TCase *tcase = tcase_create("vspace");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, page_table_map_errors_come_in_order);
    tcase_add_test(tcase, page_table_three_maps_build_the_tree_and_the_fourth_is_refused);
    tcase_add_test(tcase, page_table_over_a_large_page_is_refused);
    tcase_add_test(tcase, page_table_unmap_needs_the_only_cap_and_clears_the_table);
    tcase_add_test(tcase, page_table_deleted_takes_its_translations_along);
    tcase_add_test(tcase, frame_map_errors_come_in_order);
    tcase_add_test(tcase, frame_rights_are_the_common_part);
    tcase_add_test(tcase, frame_remap_in_place_changes_rights_with_one_invalidation);
    tcase_add_test(tcase, frame_map_replaces_another_frame_which_becomes_stale);
    tcase_add_test(tcase, frame_copies_have_mappings_of_their_own);
    tcase_add_test(tcase, frame_mapped_executable_is_unified);
    tcase_add_test(tcase, frame_mapped_uncached_is_cleaned_first);
    tcase_add_test(tcase, frame_large_mapped_uncached_or_executable_is_cleaned_in_steps);
    tcase_add_test(tcase, frame_tag_is_where_the_entry_has_it);
    tcase_add_test(tcase, frame_cache_operation_errors_come_in_order);
    tcase_add_test(tcase, vspace_cache_operation_errors_come_in_order);
    tcase_add_test(tcase, vspace_deleted_makes_everything_in_it_stale);
    tcase_add_test(tcase, asid_make_pool_errors_come_in_order);
    tcase_add_test(tcase, asid_127_pools_can_be_made_and_used_again);
    tcase_add_test(tcase, asid_assign_errors_and_pool_sizes);
    suite_add_tcase(suite, tcase);
    return kernel_run_tests(suite);
}
