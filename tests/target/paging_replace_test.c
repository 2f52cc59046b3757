/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension (docs/paging-extension.md): a page moves to another frame. */
#include "paging_area.h"

static struct answer replace(seL4_CPtr old, seL4_CPtr new, unsigned long va)
{
    return invoke(OWN_VSPACE, PagodaVSpaceReplaceFrame, WORDS(va), CAPS(old, new));
}

TEST(paging_replace_frame_moves_content_and_mapping, "the page reads the same and is in the new frame; the old one is free")
{
    seL4_CPtr old = frame_new(), new = frame_new();
    unsigned long *page = window_new(2);
    EXPECT_OK(page_map(old, page, READ_WRITE));
    for (unsigned i = 0; i < 512; i++)
        page[i] = i * 3;
    EXPECT_OK(pagoda_VSpace_ReplaceFrame(OWN_VSPACE, old, new, (unsigned long)page));
    for (unsigned i = 0; i < 512; i++)
        EXPECT_EQ(((volatile unsigned long *)page)[i], i * 3);
    EXPECT_OK(page_map(old, page + 512, READ_WRITE));
    *(volatile unsigned long *)page = 99;
    EXPECT_EQ(*(volatile unsigned long *)(page + 512), 0);
    EXPECT_OK(seL4_ARM_Page_Unmap(new));
    EXPECT(access_refused(page_load, (unsigned long)page));
}

TEST(paging_replace_frame_keeps_rights_and_what_was_noted, "read-only stays so; accessed and dirty are those of the page")
{
    seL4_CPtr cnode = area_new(3);
    area_harvest(AREA_VA, 3, CLEAR_BOTH);
    *page_word(1) = 5;
    area_protect(2, 1, READ_ONLY, DATA, 1);
    for (unsigned long i = 0; i < 3; i++)
        EXPECT_SUCCESS(replace(area_take(cnode, i), frame_new(), AREA_VA + 4096 * i));
    pagoda_VSpace_Harvest_t h = area_harvest(AREA_VA, 3, 0);
    EXPECT_EQ(h.accessed[0], 2);
    EXPECT_EQ(h.dirty[0], 2);
    EXPECT(access_refused(page_store, AREA_VA + 2 * 4096));
    *page_word(0) = 1;
    EXPECT_EQ(area_harvest(AREA_VA, 3, 0).dirty[0], 3);
}

TEST(paging_replace_frame_of_code_runs, "instructions are fetched from the new frame")
{
    seL4_CPtr old = frame_new();
    volatile unsigned *code = window_new(1);
    EXPECT_OK(page_map(old, (void *)code, READ_WRITE));
    code[0] = 0x52800120; /* mov w0, #9 */
    code[1] = 0xd65f03c0; /* ret */
    EXPECT_SUCCESS(replace(old, frame_new(), (unsigned long)code));
    EXPECT_EQ(((unsigned (*)(void))(unsigned long)code)(), 9);
}

TEST(paging_replace_frame_accepts_lost_mapping_of_new_frame, "the new frame's capability remembers a mapping that is gone")
{
    pagoda_VSpace_Unmap_t u;
    seL4_CPtr cnode = area_new(2), old = area_take(cnode, 0);
    *page_word(0) = 8;
    pagoda_VSpace_UnmapRange(OWN_VSPACE, AREA_VA + 4096, 1, &u);
    EXPECT_SUCCESS(replace(old, area_take(cnode, 1), AREA_VA));
    EXPECT_EQ(*page_word(0), 8);
}

TEST(paging_replace_frame_with_wrong_old_frame_is_invalid_capability_1, "no frame, not mapped, mapped elsewhere, lost, larger")
{
    seL4_CPtr cnode = area_new(3), first = area_take(cnode, 0), lost = area_take(cnode, 2), new = frame_new();
    pagoda_VSpace_Unmap_t u;
    pagoda_VSpace_UnmapRange(OWN_VSPACE, AREA_VA + 2 * 4096, 1, &u);
    EXPECT_INVALID_CAPABILITY(replace(endpoint_new(), new, AREA_VA), 1);
    EXPECT_INVALID_CAPABILITY(replace(frame_new(), new, AREA_VA), 1);
    EXPECT_INVALID_CAPABILITY(replace(first, new, AREA_VA + 4096), 1);
    EXPECT_INVALID_CAPABILITY(replace(lost, new, AREA_VA + 2 * 4096), 1);
    seL4_CPtr large = object_new(seL4_ARM_LargePageObject, 0);
    EXPECT_OK(seL4_ARM_Page_Map(large, OWN_VSPACE, AREA_VA + TABLE_BYTES, seL4_ReadWrite, DATA));
    EXPECT_INVALID_CAPABILITY(replace(large, new, AREA_VA + TABLE_BYTES), 1);
}

TEST(paging_replace_frame_with_wrong_new_frame_is_invalid_capability_2, "no frame, mapped, the same frame, fewer rights, larger")
{
    seL4_CPtr cnode = area_new(2), old = area_take(cnode, 0), mapped = area_take(cnode, 1);
    EXPECT_INVALID_CAPABILITY(replace(old, endpoint_new(), AREA_VA), 2);
    EXPECT_INVALID_CAPABILITY(replace(old, mapped, AREA_VA), 2);
    EXPECT_INVALID_CAPABILITY(replace(old, copy_new(old), AREA_VA), 2);
    EXPECT_INVALID_CAPABILITY(replace(old, mint_new(frame_new(), RIGHT_READ, 0), AREA_VA), 2);
    EXPECT_INVALID_CAPABILITY(replace(old, object_new(seL4_ARM_LargePageObject, 0), AREA_VA), 2);
    EXPECT_EQ(*page_word(0), 0);
}

TEST(paging_replace_frame_not_cached_is_illegal_operation, "the processor must not copy what others may write past its caches")
{
    seL4_CPtr old = frame_new();
    unsigned long va = (unsigned long)window_new(1);
    EXPECT_OK(seL4_ARM_Page_Map(old, OWN_VSPACE, va, seL4_ReadWrite, seL4_ARM_ExecuteNever));
    EXPECT_ERROR(replace(old, frame_new(), va), seL4_IllegalOperation);
}

TEST(paging_replace_frame_other_errors, "short message, misaligned, no user address, no ASID")
{
    seL4_CPtr old = frame_new(), new = frame_new();
    EXPECT_ERROR(invoke(OWN_VSPACE, PagodaVSpaceReplaceFrame, NO_WORDS, CAPS(old, new)), seL4_TruncatedMessage);
    EXPECT_ERROR(invoke(OWN_VSPACE, PagodaVSpaceReplaceFrame, WORDS(AREA_VA), CAPS(old)), seL4_TruncatedMessage);
    EXPECT_ERROR(replace(old, new, AREA_VA + 16), seL4_AlignmentError);
    EXPECT_INVALID_ARGUMENT(replace(old, new, 0x800000000000), 0);
    seL4_CPtr vspace = object_new(seL4_ARM_VSpaceObject, 0);
    EXPECT_INVALID_CAPABILITY(invoke(vspace, PagodaVSpaceReplaceFrame, WORDS(AREA_VA), CAPS(old, new)), 0);
}
