/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames, page tables, VSpaces, cache operations, ASID pools and address-space numbers. */
#include "test.h"

#include <pagoda/kernel_info.h>
#include <string.h>

#define FAR_VA 0x2000000000ul /* nothing of the program is near: no tables below the top one */
#define LARGE_VA 0x1100000000ul /* below the same top-level entry as the program, so only levels 2 and 3 are missing */
#define ATTRIBUTES seL4_ARM_Default_VMAttributes

static struct answer map(seL4_CPtr frame, seL4_CPtr vspace, unsigned long va)
{
    return invoke(frame, ARMPageMap, WORDS(va, RIGHT_READ | RIGHT_WRITE, ATTRIBUTES), CAPS(vspace));
}

static struct answer map_table(seL4_CPtr table, seL4_CPtr vspace, unsigned long va)
{
    return invoke(table, ARMPageTableMap, WORDS(va, ATTRIBUTES), CAPS(vspace));
}

static seL4_CPtr table_new(void)
{
    return object_new(seL4_ARM_PageTableObject, 0);
}

/* The three tables below va in a fresh VSpace. */
static void map_tables(seL4_CPtr vspace, unsigned long va)
{
    for (int i = 0; i < 3; i++)
        EXPECT_SUCCESS(map_table(table_new(), vspace, va));
}

TEST(page_map_without_table_is_failed_lookup_with_39_bits_left, "no level-1 table")
{
    EXPECT_ERROR_WORDS(map(frame_new(), vspace_new(), FAR_VA), seL4_FailedLookup, 0, LOOKUP_MISSING_CAPABILITY, 39);
}

TEST(page_map_without_table_is_failed_lookup_with_30_bits_left, "no level-2 table")
{
    seL4_CPtr vspace = vspace_new();
    EXPECT_SUCCESS(map_table(table_new(), vspace, FAR_VA));
    EXPECT_ERROR_WORDS(map(frame_new(), vspace, FAR_VA), seL4_FailedLookup, 0, LOOKUP_MISSING_CAPABILITY, 30);
}

TEST(page_map_without_table_is_failed_lookup_with_21_bits_left, "no level-3 table")
{
    seL4_CPtr vspace = vspace_new();
    EXPECT_SUCCESS(map_table(table_new(), vspace, FAR_VA));
    EXPECT_SUCCESS(map_table(table_new(), vspace, FAR_VA));
    EXPECT_ERROR_WORDS(map(frame_new(), vspace, FAR_VA), seL4_FailedLookup, 0, LOOKUP_MISSING_CAPABILITY, 21);
    EXPECT_SUCCESS(map_table(table_new(), vspace, FAR_VA));
    EXPECT_SUCCESS(map(frame_new(), vspace, FAR_VA));
}

TEST(page_map_misaligned_is_alignment_error, "small and large pages at addresses that are no multiple of their size")
{
    EXPECT_ERROR(map(frame_new(), OWN_VSPACE, (unsigned long)window_new(1) + 8), seL4_AlignmentError);
    EXPECT_ERROR(map(object_new(seL4_ARM_LargePageObject, 0), OWN_VSPACE, FAR_VA + 4096), seL4_AlignmentError);
}

TEST(page_map_above_user_top_is_invalid_argument_0, "the first address that is not the user's")
{
    EXPECT_INVALID_ARGUMENT(map(frame_new(), OWN_VSPACE, 0x0000800000000000), 0);
    EXPECT_INVALID_ARGUMENT(map(frame_new(), OWN_VSPACE, 0xffff000000000000), 0);
}

TEST(page_map_vspace_without_asid_is_invalid_capability_1, "and so is a capability that is no VSpace")
{
    EXPECT_INVALID_CAPABILITY(map(frame_new(), object_new(seL4_ARM_VSpaceObject, 0), FAR_VA), 1);
    EXPECT_INVALID_CAPABILITY(map(frame_new(), endpoint_new(), FAR_VA), 1);
}

TEST(page_map_short_message_is_truncated_message, "three words and a VSpace")
{
    EXPECT_ERROR(invoke(frame_new(), ARMPageMap, WORDS(FAR_VA, 3), CAPS(OWN_VSPACE)), seL4_TruncatedMessage);
    EXPECT_ERROR(invoke(frame_new(), ARMPageMap, WORDS(FAR_VA, 3, 3), NO_CAPS), seL4_TruncatedMessage);
}

TEST(page_mapped_at_another_address_is_invalid_argument_0, "it must be unmapped first")
{
    seL4_CPtr frame = frame_new();
    char *va = window_new(2);
    EXPECT_SUCCESS(map(frame, OWN_VSPACE, (unsigned long)va));
    EXPECT_INVALID_ARGUMENT(map(frame, OWN_VSPACE, (unsigned long)va + 4096), 0);
    EXPECT_OK(seL4_ARM_Page_Unmap(frame));
    EXPECT_SUCCESS(map(frame, OWN_VSPACE, (unsigned long)va + 4096));
}

TEST(page_mapped_in_another_space_is_invalid_capability_1, "the mapping remembers its space")
{
    seL4_CPtr frame = frame_new();
    EXPECT_SUCCESS(map(frame, OWN_VSPACE, (unsigned long)window_new(1)));
    EXPECT_INVALID_CAPABILITY(map(frame, vspace_new(), FAR_VA), 1);
}

TEST(page_copy_has_its_own_mapping, "the same frame at two addresses by two capabilities")
{
    seL4_CPtr frame = frame_new(), copy = copy_new(frame);
    unsigned long *a = window_new(1), *b = window_new(1);
    EXPECT_OK(page_map(frame, a, RIGHT_READ | RIGHT_WRITE));
    EXPECT_OK(page_map(copy, b, RIGHT_READ | RIGHT_WRITE));
    *(volatile unsigned long *)a = 0x1357;
    EXPECT_EQ(*(volatile unsigned long *)b, 0x1357);
}

TEST(page_map_over_another_page_replaces_it, "the new frame is seen at once; the old capability can be unmapped without harm")
{
    seL4_CPtr first = frame_new(), second = frame_new();
    volatile unsigned long *va = window_new(1);
    EXPECT_OK(page_map(first, (void *)va, RIGHT_READ | RIGHT_WRITE));
    *va = 1;
    EXPECT_OK(page_map(second, (void *)va, RIGHT_READ | RIGHT_WRITE));
    EXPECT_EQ(*va, 0);
    *va = 2;
    EXPECT_OK(seL4_ARM_Page_Unmap(first));
    EXPECT_EQ(*va, 2);
}

static unsigned long load(unsigned long va)
{
    return *(volatile unsigned long *)va;
}

/* Does a read of va fault? */
static bool faults(unsigned long va)
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new_faulting(PRIORITY_HIGH, mint_new(ep, RIGHT_ALL, 1));
    thread_start(t, load, va);
    seL4_Word badge = 0;
    seL4_NBRecv(ep, &badge, reply);
    return badge == 1;
}

TEST(page_unmap_takes_effect_at_once, "the next access faults; a second unmap succeeds")
{
    seL4_CPtr frame = frame_new();
    volatile unsigned long *va = window_new(1);
    EXPECT_OK(page_map(frame, (void *)va, RIGHT_READ | RIGHT_WRITE));
    *va = 5;
    EXPECT(!faults((unsigned long)va));
    EXPECT_OK(seL4_ARM_Page_Unmap(frame));
    EXPECT(faults((unsigned long)va));
    EXPECT_OK(seL4_ARM_Page_Unmap(frame));
}

TEST(page_delete_unmaps, "also when another capability to the frame remains")
{
    seL4_CPtr frame = frame_new(), copy = copy_new(frame);
    volatile unsigned long *va = window_new(1);
    EXPECT_OK(page_map(copy, (void *)va, RIGHT_READ | RIGHT_WRITE));
    *va = 5;
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, copy, DEPTH));
    EXPECT(faults((unsigned long)va));
}

TEST(page_address_reused_by_another_frame_shows_the_new_one, "unmap, map another at the same address, many times")
{
    volatile unsigned long *va = window_new(1);
    seL4_CPtr frames[4];
    for (unsigned i = 0; i < 4; i++) {
        frames[i] = frame_new();
        EXPECT_OK(page_map(frames[i], (void *)va, RIGHT_READ | RIGHT_WRITE));
        *va = 100 + i;
        EXPECT_OK(seL4_ARM_Page_Unmap(frames[i]));
    }
    for (unsigned round = 0; round < 20; round++) {
        EXPECT_OK(page_map(frames[round % 4], (void *)va, RIGHT_READ));
        EXPECT_EQ(*va, 100 + round % 4);
        EXPECT_OK(seL4_ARM_Page_Unmap(frames[round % 4]));
    }
}

TEST(page_without_rights_maps_and_faults, "neither read nor write: success, no user access")
{
    seL4_CPtr frame = frame_new();
    void *va = window_new(1);
    EXPECT_OK(page_map(frame, va, 0));
    EXPECT(faults((unsigned long)va));
    EXPECT_OK(page_map(frame, va, RIGHT_READ));
    EXPECT(!faults((unsigned long)va));
}

static unsigned long store(unsigned long va)
{
    *(volatile unsigned long *)va = 1;
    return 0;
}

TEST(page_read_only_capability_cannot_be_mapped_writable, "rights are those of capability and argument together")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new_faulting(PRIORITY_HIGH, mint_new(ep, RIGHT_ALL, 1));
    void *va = window_new(1);
    EXPECT_OK(page_map(mint_new(frame_new(), RIGHT_READ, 0), va, RIGHT_READ | RIGHT_WRITE));
    thread_start(t, store, (unsigned long)va);
    seL4_Word badge = 0;
    seL4_MessageInfo_t info = seL4_NBRecv(ep, &badge, reply);
    EXPECT_EQ(badge, 1);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_VMFault);
}

TEST(page_large_frame_maps_2_mib, "first and last word; a small page in its place is refused with 21 bits left, a large one over a table with 12")
{
    seL4_CPtr large = object_new(seL4_ARM_LargePageObject, 0);
    seL4_CPtr third = table_new();
    EXPECT_SUCCESS(map_table(table_new(), OWN_VSPACE, LARGE_VA)); /* level 2: the table of level 1 there is the window's */
    EXPECT_SUCCESS(map(large, OWN_VSPACE, LARGE_VA));
    volatile unsigned long *va = (volatile unsigned long *)LARGE_VA;
    EXPECT_EQ(va[0], 0);
    va[0] = 1;
    va[(1 << 21) / 8 - 1] = 2;
    EXPECT_EQ(va[(1 << 21) / 8 - 1], 2);
    EXPECT_ERROR_WORDS(map(frame_new(), OWN_VSPACE, LARGE_VA + 4096), seL4_FailedLookup, 0, LOOKUP_MISSING_CAPABILITY, 21);
    EXPECT_ERROR(map_table(third, OWN_VSPACE, LARGE_VA), seL4_DeleteFirst);
    EXPECT_OK(seL4_ARM_Page_Unmap(large));
    EXPECT_SUCCESS(map_table(third, OWN_VSPACE, LARGE_VA));
    EXPECT_ERROR_WORDS(map(large, OWN_VSPACE, LARGE_VA), seL4_FailedLookup, 0, LOOKUP_MISSING_CAPABILITY, 12);
}

TEST(page_get_address_works_unmapped, "physical address, a multiple of the page size")
{
    seL4_ARM_Page_GetAddress_t got = seL4_ARM_Page_GetAddress(frame_new());
    EXPECT_OK(got.error);
    EXPECT(got.paddr != 0 && got.paddr % 4096 == 0);
}

TEST(page_table_map_three_times_builds_the_tree, "the fourth finds everything there: DeleteFirst")
{
    seL4_CPtr vspace = vspace_new(), table = table_new();
    map_tables(vspace, FAR_VA + 12345);
    EXPECT_ERROR(map_table(table, vspace, FAR_VA), seL4_DeleteFirst);
    EXPECT_SUCCESS(map_table(table, vspace, FAR_VA + (1ul << 21)));
}

TEST(page_table_map_twice_is_invalid_capability_0, "a table is in one place at most")
{
    seL4_CPtr table = table_new(), vspace = vspace_new();
    EXPECT_SUCCESS(map_table(table, vspace, FAR_VA));
    EXPECT_INVALID_CAPABILITY(map_table(table, vspace, FAR_VA + (1ul << 40)), 0);
}

TEST(page_table_map_errors_are_told_in_order, "VSpace without ASID, address above the user's, missing words")
{
    EXPECT_INVALID_CAPABILITY(map_table(table_new(), object_new(seL4_ARM_VSpaceObject, 0), FAR_VA), 1);
    EXPECT_INVALID_ARGUMENT(map_table(table_new(), OWN_VSPACE, 0x0000800000000000), 0);
    EXPECT_ERROR(invoke(table_new(), ARMPageTableMap, WORDS(FAR_VA), CAPS(OWN_VSPACE)), seL4_TruncatedMessage);
    EXPECT_ERROR(invoke(table_new(), ARMPageTableMap, WORDS(FAR_VA, 0), NO_CAPS), seL4_TruncatedMessage);
}

TEST(page_table_unmap_with_copies_is_revoke_first, "the last capability may unmap; an unmapped table unmaps with success")
{
    seL4_CPtr table = table_new(), vspace = vspace_new();
    EXPECT_OK(seL4_ARM_PageTable_Unmap(table));
    EXPECT_SUCCESS(map_table(table, vspace, FAR_VA));
    seL4_CPtr copy = copy_new(table);
    EXPECT_EQ(seL4_ARM_PageTable_Unmap(table), seL4_RevokeFirst);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, copy, DEPTH));
    EXPECT_OK(seL4_ARM_PageTable_Unmap(table));
    EXPECT_SUCCESS(map_table(table, vspace, FAR_VA));
}

TEST(page_table_deleted_takes_its_pages_along, "the page faults; a new table can be mapped and the page, once unmapped, too")
{
    seL4_CPtr tables[3], frame = frame_new();
    unsigned long va = LARGE_VA;
    for (int i = 1; i < 3; i++) {
        tables[i] = table_new();
        EXPECT_SUCCESS(map_table(tables[i], OWN_VSPACE, va));
    }
    EXPECT_SUCCESS(map(frame, OWN_VSPACE, va));
    EXPECT(!faults(va));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, tables[2], DEPTH));
    EXPECT(faults(va));
    EXPECT_SUCCESS(map_table(table_new(), OWN_VSPACE, va));
    EXPECT(faults(va));
    EXPECT_OK(seL4_ARM_Page_Unmap(frame));
    EXPECT_SUCCESS(map(frame, OWN_VSPACE, va));
    EXPECT(!faults(va));
}

TEST(page_table_unmapped_in_use_takes_its_pages_along, "the page faults; the table can be mapped again and is empty then")
{
    seL4_CPtr table = table_new(), frame = frame_new();
    EXPECT_SUCCESS(map_table(table_new(), OWN_VSPACE, LARGE_VA));
    EXPECT_SUCCESS(map_table(table, OWN_VSPACE, LARGE_VA));
    EXPECT_SUCCESS(map(frame, OWN_VSPACE, LARGE_VA));
    EXPECT(!faults(LARGE_VA));
    EXPECT_OK(seL4_ARM_PageTable_Unmap(table));
    EXPECT(faults(LARGE_VA));
    EXPECT_SUCCESS(map_table(table, OWN_VSPACE, LARGE_VA));
    EXPECT(faults(LARGE_VA));
    EXPECT_OK(seL4_ARM_Page_Unmap(frame));
    EXPECT_SUCCESS(map(frame, OWN_VSPACE, LARGE_VA));
    EXPECT(!faults(LARGE_VA));
}

TEST(page_unmap_after_its_table_was_replaced_leaves_the_new_page, "the capability remembers an address at which another frame is mapped by now")
{
    seL4_CPtr table = table_new(), old = frame_new(), new = frame_new();
    EXPECT_SUCCESS(map_table(table_new(), OWN_VSPACE, LARGE_VA));
    EXPECT_SUCCESS(map_table(table, OWN_VSPACE, LARGE_VA));
    EXPECT_SUCCESS(map(old, OWN_VSPACE, LARGE_VA));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, table, DEPTH));
    EXPECT_SUCCESS(map_table(table_new(), OWN_VSPACE, LARGE_VA));
    EXPECT_SUCCESS(map(new, OWN_VSPACE, LARGE_VA));
    EXPECT_OK(seL4_ARM_Page_Unmap(old));
    EXPECT(!faults(LARGE_VA));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, old, DEPTH));
    EXPECT(!faults(LARGE_VA));
}

TEST(page_cache_operations_check_their_range, "unmapped IllegalOperation; end <= start argument 1; outside the page argument 0")
{
    static const unsigned long labels[] = {ARMPageCleanData, ARMPageInvalidateData, ARMPageCleanInvalidateData, ARMPageUnifyInstruction};
    for (unsigned i = 0; i < 4; i++) {
        seL4_CPtr frame = frame_new();
        EXPECT_ERROR(invoke(frame, labels[i], WORDS(0, 64), NO_CAPS), seL4_IllegalOperation);
        EXPECT_SUCCESS(map(frame, OWN_VSPACE, (unsigned long)window_new(1)));
        EXPECT_INVALID_ARGUMENT(invoke(frame, labels[i], WORDS(64, 64), NO_CAPS), 1);
        EXPECT_INVALID_ARGUMENT(invoke(frame, labels[i], WORDS(4096, 4097), NO_CAPS), 0);
        EXPECT_INVALID_ARGUMENT(invoke(frame, labels[i], WORDS(0, 4097), NO_CAPS), 0);
        EXPECT_ERROR(invoke(frame, labels[i], WORDS(0), NO_CAPS), seL4_TruncatedMessage);
        EXPECT_SUCCESS(invoke(frame, labels[i], WORDS(0, 4096), NO_CAPS));
    }
}

TEST(page_invalidate_on_read_only_mapping_is_illegal_operation, "it could uncover what the mapper may not write")
{
    seL4_CPtr frame = frame_new();
    EXPECT_OK(page_map(frame, window_new(1), RIGHT_READ));
    EXPECT_ERROR(invoke(frame, ARMPageInvalidateData, WORDS(0, 64), NO_CAPS), seL4_IllegalOperation);
    EXPECT_SUCCESS(invoke(frame, ARMPageCleanData, WORDS(0, 64), NO_CAPS));
}

TEST(vspace_cache_operations_check_their_range, "end <= start, above the user's, unmapped, across a page")
{
    seL4_CPtr frame = frame_new();
    unsigned long va = (unsigned long)window_new(1);
    EXPECT_SUCCESS(map(frame, OWN_VSPACE, va));
    EXPECT_INVALID_ARGUMENT(invoke(OWN_VSPACE, ARMVSpaceCleanData, WORDS(va, va), NO_CAPS), 1);
    EXPECT_ERROR(invoke(OWN_VSPACE, ARMVSpaceCleanData, WORDS(va, 0x0000800000000000), NO_CAPS), seL4_IllegalOperation);
    EXPECT_SUCCESS(invoke(OWN_VSPACE, ARMVSpaceCleanData, WORDS(FAR_VA, FAR_VA + 64), NO_CAPS));
    EXPECT_RANGE_ERROR(invoke(OWN_VSPACE, ARMVSpaceCleanData, WORDS(va + 4000, va + 4100), NO_CAPS), va + 4000, va + 4095);
    EXPECT_SUCCESS(invoke(OWN_VSPACE, ARMVSpaceUnifyInstruction, WORDS(va, va + 4096), NO_CAPS));
    EXPECT_INVALID_CAPABILITY(invoke(object_new(seL4_ARM_VSpaceObject, 0), ARMVSpaceCleanData, WORDS(va, va + 64), NO_CAPS), 0);
}

/* ASID pools. */
static struct answer make_pool(seL4_CPtr untyped, seL4_CPtr slot)
{
    return invoke(ASID_CONTROL, ARMASIDControlMakePool, WORDS(slot, DEPTH), CAPS(untyped, ROOT_CNODE));
}

TEST(asid_make_pool_refused_cases, "wrong size or type 1, children RevokeFirst, occupied slot DeleteFirst, missing words")
{
    EXPECT_INVALID_CAPABILITY(make_pool(untyped_new(13), slot_new()), 1);
    EXPECT_INVALID_CAPABILITY(make_pool(frame_new(), slot_new()), 1);
    seL4_CPtr used = untyped_new(12);
    EXPECT_OK(seL4_Untyped_Retype(used, seL4_EndpointObject, 0, ROOT_CNODE, 0, 0, slot_new(), 1));
    EXPECT_ERROR(make_pool(used, slot_new()), seL4_RevokeFirst);
    EXPECT_ERROR(make_pool(untyped_new(12), endpoint_new()), seL4_DeleteFirst);
    EXPECT_ERROR(invoke(ASID_CONTROL, ARMASIDControlMakePool, WORDS(0, DEPTH), CAPS(untyped_new(12))), seL4_TruncatedMessage);
}

TEST(asid_make_pool_uses_up_its_untyped, "nothing more can be made from it; revoking it takes the pool back")
{
    seL4_CPtr untyped = untyped_new(12), pool = slot_new();
    EXPECT_SUCCESS(make_pool(untyped, pool));
    EXPECT_EQ(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT_CNODE, 0, 0, slot_new(), 1), seL4_NotEnoughMemory);
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, untyped, DEPTH));
    EXPECT(slot_is_empty(pool));
}

TEST(asid_127_pools_can_be_made, "the next is DeleteFirst; one deleted, one more can be made")
{
    seL4_CPtr last = 0;
    for (unsigned i = 0; i < 127; i++) {
        last = slot_new();
        EXPECT_SUCCESS(make_pool(untyped_new(12), last));
    }
    EXPECT_ERROR(make_pool(untyped_new(12), slot_new()), seL4_DeleteFirst);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, last, DEPTH));
    EXPECT_SUCCESS(make_pool(untyped_new(12), last));
}

TEST(asid_pool_assign_refused_cases_are_invalid_capability_1, "assigned already, not a VSpace")
{
    seL4_CPtr vspace = object_new(seL4_ARM_VSpaceObject, 0);
    EXPECT_SUCCESS(invoke(OWN_ASID_POOL, ARMASIDPoolAssign, NO_WORDS, CAPS(vspace)));
    EXPECT_INVALID_CAPABILITY(invoke(OWN_ASID_POOL, ARMASIDPoolAssign, NO_WORDS, CAPS(vspace)), 1);
    EXPECT_INVALID_CAPABILITY(invoke(OWN_ASID_POOL, ARMASIDPoolAssign, NO_WORDS, CAPS(table_new())), 1);
    EXPECT_ERROR(invoke(OWN_ASID_POOL, ARMASIDPoolAssign, NO_WORDS, NO_CAPS), seL4_TruncatedMessage);
}

TEST(asid_pool_holds_512_spaces, "the next is DeleteFirst; deleting one makes room")
{
    seL4_CPtr pool = slot_new(), untyped = untyped_new(22), cnode = cnode_new(10), last = slot_new();
    EXPECT_SUCCESS(make_pool(untyped_new(12), pool));
    for (unsigned long i = 0; i < 512; i += 256)
        EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_ARM_VSpaceObject, 0, ROOT_CNODE, cnode, DEPTH, i, 256));
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_ARM_VSpaceObject, 0, ROOT_CNODE, 0, 0, last, 1));
    seL4_CPtr hand = slot_new();
    for (unsigned long i = 0; i < 512; i++) {
        EXPECT_OK(seL4_CNode_Move(ROOT_CNODE, hand, DEPTH, cnode, i, 10));
        EXPECT_OK(seL4_ARM_ASIDPool_Assign(pool, hand));
        EXPECT_OK(seL4_CNode_Move(cnode, i, 10, ROOT_CNODE, hand, DEPTH));
    }
    EXPECT_EQ(seL4_ARM_ASIDPool_Assign(pool, last), seL4_DeleteFirst);
    EXPECT_OK(seL4_CNode_Delete(cnode, 77, 10));
    EXPECT_OK(seL4_ARM_ASIDPool_Assign(pool, last));
}

TEST(asid_pool_deleted_takes_the_asids_along, "its VSpaces cannot be mapped into any more")
{
    seL4_CPtr pool = slot_new(), vspace = object_new(seL4_ARM_VSpaceObject, 0);
    EXPECT_SUCCESS(make_pool(untyped_new(12), pool));
    EXPECT_OK(seL4_ARM_ASIDPool_Assign(pool, vspace));
    EXPECT_SUCCESS(map_table(table_new(), vspace, FAR_VA));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, pool, DEPTH));
    EXPECT_ERROR_WORDS(map_table(table_new(), vspace, FAR_VA), seL4_FailedLookup, 0, LOOKUP_INVALID_ROOT);
    EXPECT_ERROR_WORDS(map(frame_new(), vspace, FAR_VA), seL4_FailedLookup, 0, LOOKUP_INVALID_ROOT);
}

TEST(vspace_deleted_leaves_its_pages_unmappable_elsewhere_after_unmap, "unmap of a page whose space is gone succeeds")
{
    seL4_CPtr vspace = vspace_new(), frame = frame_new();
    map_tables(vspace, FAR_VA);
    EXPECT_SUCCESS(map(frame, vspace, FAR_VA));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, vspace, DEPTH));
    EXPECT_OK(seL4_ARM_Page_Unmap(frame));
    EXPECT_OK(page_map(frame, window_new(1), RIGHT_READ));
}

/*
 * Threads in other address spaces. Their program is one page of position-independent code, mapped at FOREIGN_CODE; each space has its own
 * data page at FOREIGN_DATA, the same address everywhere. x0 = endpoint, x19 = address of the word; it calls with the word, adds one, repeats.
 */
#define FOREIGN_CODE 0x400000ul
#define FOREIGN_DATA 0x401000ul
extern char foreign_code[];
asm(".pushsection .text.foreign, \"ax\"\n"
    ".balign 4096\n"
    "foreign_code:\n"
    "    mov x20, x0\n"
    "1:  ldr x2, [x19]\n"
    "    mov x0, x20\n"
    "    mov x1, #1\n"
    "    mov x7, #-1\n"
    "    svc #0\n"
    "    ldr x2, [x19]\n"
    "    add x2, x2, #1\n"
    "    str x2, [x19]\n"
    "    b 1b\n"
    ".balign 4096\n"
    ".popsection\n");

struct foreign {
    seL4_CPtr vspace, tcb, data;
};

static struct foreign foreign_new(seL4_CPtr endpoint, unsigned long badge, unsigned long first_value)
{
    struct foreign f = {.vspace = vspace_new(), .tcb = object_new(seL4_TCBObject, 0), .data = frame_new()};
    seL4_CPtr sc = sched_context_new(), window = copy_new(f.data);
    map_tables(f.vspace, FOREIGN_CODE);
    EXPECT_SUCCESS(map(copy_new(image_frame(foreign_code)), f.vspace, FOREIGN_CODE));
    EXPECT_SUCCESS(map(f.data, f.vspace, FOREIGN_DATA));
    unsigned long *va = window_new(1);
    EXPECT_OK(page_map(window, va, RIGHT_READ | RIGHT_WRITE));
    *va = first_value;
    EXPECT_OK(seL4_ARM_Page_Unmap(window));
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_TCB_Configure(f.tcb, ROOT_CNODE, 0, f.vspace, 0, 0, 0));
    EXPECT_OK(seL4_TCB_SetSchedParams(f.tcb, OWN_TCB, PRIORITY_HIGH, PRIORITY_HIGH, sc, mint_new(endpoint, RIGHT_ALL, badge)));
    seL4_UserContext context;
    memset(&context, 0, sizeof context);
    context.pc = FOREIGN_CODE;
    context.x0 = mint_new(endpoint, RIGHT_ALL, badge);
    context.x19 = FOREIGN_DATA;
    EXPECT_OK(seL4_TCB_WriteRegisters(f.tcb, 1, 0, SEL4_CONTEXT_WORDS, &context));
    return f;
}

static void spaces_count_in_turns(unsigned n_spaces, unsigned long rounds)
{
    seL4_CPtr ep = endpoint_new();
    seL4_CPtr reply[40];
    EXPECT(n_spaces <= 40);
    for (unsigned i = 0; i < n_spaces; i++) {
        foreign_new(ep, i + 1, 1000 * i);
        reply[i] = reply_new();
    }
    unsigned long expected[40];
    for (unsigned i = 0; i < n_spaces; i++)
        expected[i] = 1000 * i;
    for (unsigned long round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < n_spaces; i++) {
            seL4_Word badge = 0;
            seL4_MessageInfo_t info = seL4_Recv(ep, &badge, reply[i]);
            EXPECT(badge >= 1 && badge <= n_spaces);
            EXPECT_EQ(seL4_MessageInfo_get_label(info), 0);
            EXPECT_EQ(seL4_GetMR(0), expected[badge - 1]);
            expected[badge - 1]++;
        }
        for (unsigned i = 0; i < n_spaces; i++)
            seL4_Send(reply[i], seL4_MessageInfo_new(0, 0, 0, 0));
    }
}

TEST(vspace_two_spaces_keep_their_data_apart, "the same address is another frame in each")
{
    spaces_count_in_turns(2, 50);
}

TEST(vspace_40_spaces_keep_their_data_apart_across_rollover, "more spaces than hardware ASIDs when asids= limits them")
{
    seL4_CPtr frame = slot_new();
    EXPECT_OK(pagoda_KernelInfoFrame(IRQ_CONTROL, ROOT_CNODE, frame, DEPTH));
    volatile struct kernel_info *info = window_new(1);
    EXPECT_OK(page_map(frame, (void *)info, RIGHT_READ));
    unsigned long before = info->hw_asid_rollovers;
    spaces_count_in_turns(40, 10);
    if (info->hw_asids_usable < 40)
        EXPECT(info->hw_asid_rollovers > before);
}

TEST(vspace_frame_unmapped_in_another_space_faults_there, "the change reaches a space that is not the current one")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct foreign f = foreign_new(ep, 1, 7);
    seL4_Word badge;
    for (unsigned long i = 0; i < 3; i++) {
        seL4_MessageInfo_t info = seL4_Recv(ep, &badge, reply);
        EXPECT_EQ(seL4_MessageInfo_get_label(info), 0);
        EXPECT_EQ(seL4_GetMR(0), 7 + i);
        if (i < 2)
            seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    }
    EXPECT_OK(seL4_ARM_Page_Unmap(f.data));
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_MessageInfo_t info = seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_VMFault);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), FOREIGN_DATA);
    /* Another frame in its place: the thread sees that one. */
    seL4_CPtr other = frame_new();
    EXPECT_SUCCESS(map(other, f.vspace, FOREIGN_DATA));
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    info = seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), 0);
    EXPECT_EQ(seL4_GetMR(0), 1);
}

TEST(vspace_deleted_under_a_running_thread_faults_it, "its next access is a VM fault at its program counter")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct foreign f = foreign_new(ep, 1, 7);
    seL4_Recv(ep, NULL, reply);
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, f.vspace, DEPTH)); /* the thread's own capability to it */
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, f.vspace, DEPTH));
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_Word badge = 0;
    seL4_MessageInfo_t info = seL4_NBRecv(ep, &badge, reply);
    EXPECT_EQ(badge, 1);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_VMFault);
}

TEST(vspace_number_reused_shows_the_new_space, "a space is deleted and another takes its ASID; nothing of the old one is seen")
{
    for (unsigned long i = 0; i < 8; i++) {
        seL4_CPtr ep = endpoint_new(), reply = reply_new();
        struct foreign f = foreign_new(ep, 1, 100 * i);
        seL4_Recv(ep, NULL, reply);
        EXPECT_EQ(seL4_GetMR(0), 100 * i);
        EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, f.tcb, DEPTH));
        EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, f.vspace, DEPTH));
    }
}
