/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension (docs/paging-extension.md): groups of sixteen pages that the TLB may hold as one. In debug builds the TLB oracle watches all of it. */
#include "paging_area.h"
#include <pagoda/kernel_info.h>

#define GROUP 16ul
#define CONTIGUOUS ((seL4_ARM_VMAttributes)(DATA | seL4_ARM_Contiguous))

static const volatile struct kernel_info *counters;
static unsigned long mapped_before, broken_before;

static void count_from_here(void)
{
    mapped_before = counters->groups_mapped;
    broken_before = counters->groups_broken;
}

static void expect_counted(unsigned long mapped, unsigned long broken)
{
    EXPECT_EQ(counters->groups_mapped - mapped_before, mapped);
    EXPECT_EQ(counters->groups_broken - broken_before, broken);
}

/* 64 frames next to each other in memory, aligned to 64 KiB, in slots from 0 on; tables for the area; counting begins. */
static seL4_CPtr frames_in_a_row(void)
{
    seL4_CPtr cnode = cnode_new(RADIX);
    EXPECT_OK(seL4_Untyped_Retype(untyped_new(18), seL4_ARM_SmallPageObject, 0, ROOT_CNODE, cnode, DEPTH, 0, 64));
    area_tables(OWN_VSPACE, AREA_VA);
    counters = kernel_counters();
    count_from_here();
    return cnode;
}

static pagoda_VSpace_MapRange_t map(seL4_CPtr cnode, unsigned long index, unsigned long page, unsigned long n, seL4_CapRights_t rights)
{
    return pagoda_VSpace_MapRange(OWN_VSPACE, cnode, AREA_VA + 4096 * page, n, rights, CONTIGUOUS, index, RADIX);
}

/* Two groups at the start of the area, with a word in each page. */
static seL4_CPtr two_groups(void)
{
    seL4_CPtr cnode = frames_in_a_row();
    expect_mapped(map(cnode, 0, 0, 2 * GROUP, seL4_ReadWrite), 2 * GROUP, 0, 0);
    expect_counted(2, 0);
    for (unsigned long i = 0; i < 2 * GROUP; i++)
        *page_word(i) = i + 1;
    count_from_here();
    return cnode;
}

/* The words are where they were written, but for page `except`. */
static void expect_words(unsigned long except)
{
    for (unsigned long i = 0; i < 2 * GROUP; i++)
        if (i != except)
            EXPECT_EQ(*page_word(i), i + 1);
}

static pagoda_VSpace_Unmap_t unmap(unsigned long page, unsigned long n)
{
    pagoda_VSpace_Unmap_t u;
    pagoda_VSpace_UnmapRange(OWN_VSPACE, AREA_VA + 4096 * page, n, &u);
    EXPECT_OK(u.error);
    return u;
}

TEST(paging_group_is_made_where_all_is_aligned, "of a longer range those pages that can be; each page is its frame")
{
    seL4_CPtr cnode = frames_in_a_row();
    expect_mapped(map(cnode, 3, 3, 45, seL4_ReadWrite), 45, 0, 0); /* pages 3..47: two whole groups */
    expect_counted(2, 0);
    for (unsigned long i = 3; i < 48; i++)
        *page_word(i) = i;
    unsigned long *other = window_new(1);
    for (unsigned long i = 3; i < 48; i++) {
        seL4_CPtr copy = slot_new();
        EXPECT_OK(seL4_CNode_Copy(ROOT_CNODE, copy, DEPTH, cnode, i, RADIX, seL4_AllRights));
        EXPECT_OK(page_map(copy, other, RIGHT_READ));
        EXPECT_EQ(*(volatile unsigned long *)other, i);
        EXPECT_OK(seL4_ARM_Page_Unmap(copy));
    }
    expect_counted(2, 0);
}

TEST(paging_group_is_not_made_unasked, "the same range without the attribute")
{
    seL4_CPtr cnode = frames_in_a_row();
    expect_mapped(area_map(cnode, 0, AREA_VA, 2 * GROUP, seL4_ReadWrite), 2 * GROUP, 0, 0);
    expect_counted(0, 0);
}

TEST(paging_group_needs_aligned_frames_in_a_row, "memory off by a page, one page in the wrong order, one mapped already, one frame read-only: single pages")
{
    seL4_CPtr cnode = frames_in_a_row();
    expect_mapped(map(cnode, 1, 0, GROUP, seL4_ReadWrite), GROUP, 0, 0);
    unmap(0, GROUP);
    expect_mapped(area_map(cnode, 21, AREA_VA + 4096 * 21, 1, seL4_ReadWrite), 1, 0, 0);
    expect_mapped(map(cnode, GROUP, GROUP, GROUP, seL4_ReadWrite), GROUP, 0, 0);
    seL4_CPtr frame = area_take(cnode, 40);
    EXPECT_OK(seL4_CNode_Mint(cnode, 40, RADIX, ROOT_CNODE, frame, DEPTH, seL4_CanRead, 0));
    expect_mapped(map(cnode, 2 * GROUP, 2 * GROUP, GROUP, seL4_ReadWrite), GROUP, 0, 0);
    seL4_CPtr last = area_take(cnode, 63), before = area_take(cnode, 62);
    EXPECT_OK(seL4_CNode_Move(cnode, 62, RADIX, ROOT_CNODE, last, DEPTH));
    EXPECT_OK(seL4_CNode_Move(cnode, 63, RADIX, ROOT_CNODE, before, DEPTH));
    expect_mapped(map(cnode, 3 * GROUP, 3 * GROUP, GROUP, seL4_ReadWrite), GROUP, 0, 0);
    expect_counted(0, 0);
    *page_word(20) = 4;
    EXPECT_EQ(*page_word(20), 4);
}

TEST(paging_group_mapped_again_stays, "the same call once more changes nothing; one with other rights makes it single pages")
{
    seL4_CPtr cnode = two_groups();
    expect_mapped(map(cnode, 0, 0, 2 * GROUP, seL4_ReadWrite), 2 * GROUP, 0, 0);
    expect_counted(0, 0);
    expect_mapped(map(cnode, 0, 0, GROUP, seL4_CanRead), GROUP, 0, 0);
    expect_counted(0, 1);
    expect_words(AREA_PAGES);
    EXPECT(access_refused(page_store, AREA_VA + 4096));
}

TEST(paging_group_unmapped_as_a_whole_is_not_broken, "and frames that were in one may be in another, though their capabilities remember the first")
{
    seL4_CPtr cnode = two_groups();
    pagoda_VSpace_Unmap_t u = unmap(0, 2 * GROUP);
    EXPECT_EQ(u.unmapped, 2 * GROUP);
    EXPECT_EQ(u.dirty[0], 0xffffffff);
    expect_counted(0, 0);
    for (unsigned long i = 0; i < 2 * GROUP; i += GROUP - 1)
        EXPECT(access_refused(page_load, AREA_VA + 4096 * i));
    expect_mapped(map(cnode, GROUP, 0, GROUP, seL4_ReadWrite), GROUP, 0, 0);
    expect_counted(1, 0);
    EXPECT_EQ(*page_word(1), GROUP + 2);
}

TEST(paging_group_of_which_a_page_is_unmapped_is_broken, "the others stay, with what they hold")
{
    two_groups();
    EXPECT_EQ(unmap(5, 1).unmapped, 1);
    expect_counted(0, 1);
    EXPECT(access_refused(page_load, AREA_VA + 5 * 4096));
    expect_words(5);
    EXPECT_EQ(unmap(6, 1).unmapped, 1); /* is no group any more */
    expect_counted(0, 1);
}

TEST(paging_group_parts_of_a_range_are_broken, "a range that begins in one group and ends in another")
{
    seL4_CPtr cnode = frames_in_a_row();
    expect_mapped(map(cnode, 0, 0, 64, seL4_ReadWrite), 64, 0, 0);
    EXPECT_EQ(unmap(8, 48).unmapped, 48);
    expect_counted(4, 2);
    *page_word(7) = 1;
    *page_word(56) = 2;
    EXPECT(access_refused(page_load, AREA_VA + 8 * 4096));
    EXPECT(access_refused(page_load, AREA_VA + 55 * 4096));
}

TEST(paging_group_is_broken_by_its_frames_own_calls, "a frame is unmapped by Page_Unmap, by UnmapSlots, deleted")
{
    seL4_CPtr cnode = two_groups(), frame = area_take(cnode, 3);
    pagoda_VSpace_Unmap_t u;
    EXPECT_OK(seL4_ARM_Page_Unmap(frame));
    expect_counted(0, 1);
    expect_words(3);
    pagoda_VSpace_UnmapSlots(OWN_VSPACE, cnode, AREA_VA + 20 * 4096, 2, 20, RADIX, &u);
    EXPECT_OK(u.error);
    EXPECT_EQ(u.unmapped, 2);
    expect_counted(0, 2);
    EXPECT_OK(seL4_CNode_Delete(cnode, 7, RADIX));
    EXPECT(access_refused(page_load, AREA_VA + 7 * 4096));
    EXPECT(access_refused(page_load, AREA_VA + 21 * 4096));
    EXPECT_EQ(*page_word(22), 23);
}

TEST(paging_group_deleted_page_by_page_is_broken_once, "the capabilities of a whole group go")
{
    seL4_CPtr cnode = two_groups();
    for (unsigned long i = 0; i < GROUP; i++)
        EXPECT_OK(seL4_CNode_Delete(cnode, i, RADIX));
    expect_counted(0, 1);
    EXPECT(access_refused(page_load, AREA_VA));
    EXPECT_EQ(*page_word(GROUP), GROUP + 1);
}

TEST(paging_group_changes_rights_as_a_whole, "read-only and back without being broken; a part of it, or to be executed: broken")
{
    two_groups();
    area_protect(0, 2 * GROUP, READ_ONLY, DATA, 2 * GROUP);
    EXPECT(access_refused(page_store, AREA_VA + 4096));
    area_protect(0, 2 * GROUP, seL4_ReadWrite, DATA, 2 * GROUP);
    *page_word(1) = 2;
    expect_counted(0, 0);
    area_protect(2, 1, READ_ONLY, DATA, 1);
    expect_counted(0, 1);
    EXPECT(access_refused(page_store, AREA_VA + 2 * 4096));
    *page_word(1) = 2;
    *page_word(3) = 4;
    area_protect(GROUP, GROUP, seL4_ReadWrite, seL4_ARM_Default_VMAttributes, GROUP);
    expect_counted(0, 2);
    expect_words(AREA_PAGES);
}

TEST(paging_group_is_asked_without_being_broken, "Harvest that clears nothing: all are accessed and written; one that clears tells single pages from then on")
{
    two_groups();
    pagoda_VSpace_Harvest_t h = area_harvest(AREA_VA, 2 * GROUP, 0);
    EXPECT_EQ(h.accessed[0], 0xffffffff);
    EXPECT_EQ(h.dirty[0], 0xffffffff);
    expect_counted(0, 0);
    area_harvest(AREA_VA + 4 * 4096, 3, PAGODA_CLEAR_ACCESSED);
    expect_counted(0, 1);
    area_harvest(AREA_VA, 2 * GROUP, CLEAR_BOTH);
    expect_counted(0, 2);
    EXPECT_EQ(*page_word(4), 5);
    *page_word(GROUP) = GROUP + 1;
    h = area_harvest(AREA_VA, 2 * GROUP, 0);
    EXPECT_EQ(h.accessed[0], 1ul << 4 | 1ul << GROUP);
    EXPECT_EQ(h.dirty[0], 1ul << GROUP);
    expect_words(AREA_PAGES);
}

TEST(paging_group_of_which_a_page_moves_is_broken, "ReplaceFrame, and another frame mapped over it by Page_Map and by MapRange")
{
    seL4_CPtr cnode = two_groups();
    EXPECT_OK(pagoda_VSpace_ReplaceFrame(OWN_VSPACE, area_take(cnode, 2), frame_new(), AREA_VA + 2 * 4096));
    expect_counted(0, 1);
    expect_words(AREA_PAGES);
    seL4_CPtr other = frame_new();
    EXPECT_OK(seL4_ARM_Page_Map(other, OWN_VSPACE, AREA_VA + 20 * 4096, seL4_ReadWrite, DATA));
    expect_counted(0, 2);
    expect_words(20);
    EXPECT_EQ(*page_word(20), 0);
}

TEST(paging_group_is_broken_by_a_reply_that_maps, "a page of a read-only group gets a frame of its own when it is written")
{
    seL4_CPtr cnode = two_groups(), endpoint = endpoint_new(), reply = reply_new();
    (void)cnode;
    area_protect(0, GROUP, READ_ONLY, DATA, GROUP);
    expect_counted(0, 0);
    struct thread *thread = thread_new_faulting(PRIORITY_LOW, endpoint);
    thread_start(thread, page_store, AREA_VA + 9 * 4096);
    seL4_Recv(endpoint, NULL, reply);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), AREA_VA + 9 * 4096);
    pagoda_ReplyMap(reply, frame_new(), OWN_VSPACE, AREA_VA + 9 * 4096, seL4_ReadWrite, DATA);
    thread_join(thread);
    expect_counted(0, 1);
    EXPECT_EQ(*page_word(9), AREA_VA + 9 * 4096);
    expect_words(9);
}

TEST(paging_group_of_copies_is_made_and_broken, "MapCopies: the frames are mapped a second time, read-only, while the first mapping stays")
{
    seL4_CPtr cnode = two_groups();
    pagoda_VSpace_MapCopies_t got =
        pagoda_VSpace_MapCopies(OWN_VSPACE, cnode, AREA_VA + 64 * 4096, 2 * GROUP, seL4_CanRead, CONTIGUOUS, 512, RADIX, 0);
    EXPECT_OK(got.error);
    EXPECT_EQ(got.done, 2 * GROUP);
    expect_counted(2, 0);
    for (unsigned long i = 0; i < 2 * GROUP; i++)
        EXPECT_EQ(*page_word(64 + i), i + 1);
    EXPECT(access_refused(page_store, AREA_VA + 64 * 4096));
    EXPECT_OK(seL4_CNode_Delete(cnode, 512 + 4, RADIX));
    expect_counted(2, 1);
    EXPECT(access_refused(page_load, AREA_VA + 68 * 4096));
    EXPECT_EQ(*page_word(64 + 5), 6);
    *page_word(4) = 5;
    expect_words(AREA_PAGES);
}

TEST(paging_group_mapped_just_so_by_a_reply_stays, "the thread that faulted finds the page mapped by another call")
{
    seL4_CPtr cnode = frames_in_a_row(), endpoint = endpoint_new(), reply = reply_new();
    struct thread *thread = thread_new_faulting(PRIORITY_LOW, endpoint);
    seL4_Word badge, mr[4];
    thread_start(thread, page_store, AREA_VA);
    seL4_Recv(endpoint, NULL, reply);
    expect_mapped(map(cnode, 0, 0, GROUP, seL4_ReadWrite), GROUP, 0, 0);
    struct thread *next = thread_new_faulting(PRIORITY_LOW, endpoint);
    thread_start(next, page_store, AREA_VA + GROUP * 4096);
    pagoda_ReplyMapRecv(endpoint, &badge, reply, area_take(cnode, 0), OWN_VSPACE, AREA_VA, seL4_ReadWrite, DATA, &mr[0], &mr[1], &mr[2], &mr[3]);
    EXPECT_EQ(mr[seL4_VMFault_Addr], AREA_VA + GROUP * 4096);
    thread_join(thread);
    expect_counted(1, 0);
    EXPECT_EQ(*page_word(0), AREA_VA);
    pagoda_ReplyMap(reply, area_take(cnode, GROUP), OWN_VSPACE, AREA_VA + GROUP * 4096, seL4_ReadWrite, DATA);
    thread_join(next);
    expect_counted(1, 0);
}

TEST(paging_group_in_a_table_that_goes, "the table is taken out with the group; mapped again it is empty")
{
    seL4_CPtr cnode = frames_in_a_row(), table = object_new(seL4_ARM_PageTableObject, 0);
    EXPECT_OK(seL4_ARM_PageTable_Map(table, OWN_VSPACE, AREA_VA + TABLE_BYTES, seL4_ARM_Default_VMAttributes));
    expect_mapped(map(cnode, 0, AREA_PAGES, GROUP, seL4_ReadWrite), GROUP, 0, 0);
    *page_word(AREA_PAGES) = 6;
    EXPECT_OK(seL4_ARM_PageTable_Unmap(table));
    EXPECT(access_refused(page_load, AREA_VA + TABLE_BYTES));
    EXPECT_OK(seL4_ARM_PageTable_Map(table, OWN_VSPACE, AREA_VA + TABLE_BYTES, seL4_ARM_Default_VMAttributes));
    EXPECT(access_refused(page_load, AREA_VA + TABLE_BYTES));
    expect_mapped(map(cnode, 0, AREA_PAGES, GROUP, seL4_ReadWrite), GROUP, 0, 0);
    expect_counted(2, 0);
    EXPECT_EQ(*page_word(AREA_PAGES), 6);
}

TEST(paging_group_in_a_space_that_never_ran, "nothing of it can be cached; it is broken all the same")
{
    seL4_CPtr cnode = frames_in_a_row(), space = vspace_new();
    area_tables(space, AREA_VA);
    pagoda_VSpace_Unmap_t u;
    expect_mapped(pagoda_VSpace_MapRange(space, cnode, AREA_VA, GROUP, seL4_ReadWrite, CONTIGUOUS, 0, RADIX), GROUP, 0, 0);
    pagoda_VSpace_UnmapRange(space, AREA_VA, 1, &u);
    EXPECT_EQ(u.unmapped, 1);
    expect_counted(1, 1);
}
