/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension (docs/paging-extension.md): a large frame becomes small ones. */
#include "paging_area.h"

#define LARGE_BITS 21ul
#define GROUP_BITS 16ul
#define UNTYPEDS AREA_PAGES /* slots behind those of the frames */

struct large {
    seL4_CPtr untyped, frame, cnode;
};

/* An untyped of 2 MiB made into a large frame, and a CNode with room for what it can become. */
static struct large large_new(void)
{
    struct large l = {untyped_new(LARGE_BITS), slot_new(), cnode_new(RADIX)};
    EXPECT_OK(seL4_Untyped_Retype(l.untyped, seL4_ARM_LargePageObject, 0, ROOT_CNODE, 0, 0, l.frame, 1));
    return l;
}

static struct answer split(const struct large *l, unsigned long size_bits, unsigned long frames, unsigned long untypeds, unsigned long depth)
{
    return invoke(l->untyped, PagodaUntypedSplitFrame, WORDS(size_bits, frames, untypeds, depth), CAPS(l->cnode));
}

/* Its level-2 place is free: the table of level 3 is mapped by the test that wants one. */
static void map_large(const struct large *l)
{
    area_tables(OWN_VSPACE, AREA_VA + TABLE_BYTES); /* those above */
    EXPECT_OK(seL4_ARM_Page_Map(l->frame, OWN_VSPACE, AREA_VA, seL4_ReadWrite, DATA));
}

TEST(paging_split_frame_keeps_contents, "what was written to the large frame is read in the 512 small ones")
{
    struct large l = large_new();
    map_large(&l);
    for (unsigned long i = 0; i < AREA_PAGES; i++)
        *page_word(i) = i + 1;
    EXPECT_OK(seL4_ARM_Page_Unmap(l.frame));
    EXPECT_OK(pagoda_Untyped_SplitFrame(l.untyped, l.cnode, GROUP_BITS, 0, UNTYPEDS, RADIX));
    EXPECT(slot_is_empty(l.frame));
    area_tables(OWN_VSPACE, AREA_VA);
    expect_mapped(area_map(l.cnode, 0, AREA_VA, AREA_PAGES, seL4_ReadWrite), AREA_PAGES, 0, 0);
    for (unsigned long i = 0; i < AREA_PAGES; i++)
        EXPECT_EQ(*page_word(i), i + 1);
}

TEST(paging_split_frame_leaves_untypeds_that_can_be_revoked, "each part of 64 KiB is full, and free again when its frames are revoked")
{
    struct large l = large_new();
    EXPECT_SUCCESS(split(&l, GROUP_BITS, 0, UNTYPEDS, RADIX));
    seL4_CPtr part = area_take(l.cnode, UNTYPEDS + 3), frame = area_take(l.cnode, 3 * 16);
    EXPECT_ERROR_WORDS(invoke(part, UntypedRetype, WORDS(seL4_UntypedObject, 12, 0, 0, slot_new(), 1), CAPS(ROOT_CNODE)), seL4_NotEnoughMemory, 0);
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, part, DEPTH));
    EXPECT(slot_is_empty(frame));
    EXPECT_OK(seL4_Untyped_Retype(part, seL4_UntypedObject, 12, l.cnode, 0, 0, 48 + 1, 15));
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, l.untyped, DEPTH));
    EXPECT(slot_is_empty(part));
    EXPECT_OK(seL4_Untyped_Retype(l.untyped, seL4_ARM_LargePageObject, 0, ROOT_CNODE, 0, 0, l.frame, 1));
}

TEST(paging_split_frame_into_its_own_slot, "the slot of the large frame is one of those of the small ones; parts of any size from a page to all")
{
    static const unsigned long bits[] = {12, 15, 20, 21};
    for (unsigned i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        struct large l = {untyped_new(LARGE_BITS), 0, cnode_new(RADIX + 1)};
        EXPECT_OK(seL4_Untyped_Retype(l.untyped, seL4_ARM_LargePageObject, 0, l.cnode, 0, 0, 5, 1));
        EXPECT_SUCCESS(split(&l, bits[i], 5, 1024, RADIX + 1));
        EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, l.untyped, DEPTH));
    }
}

TEST(paging_split_frame_of_something_else_is_illegal_operation, "another size, no frame, a small one, not alone")
{
    struct large l = large_new();
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, l.frame, DEPTH));
    EXPECT_ERROR(split(&l, GROUP_BITS, 0, UNTYPEDS, RADIX), seL4_IllegalOperation);
    EXPECT_OK(seL4_Untyped_Retype(l.untyped, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, 0, 0, l.frame, 1));
    EXPECT_ERROR(split(&l, GROUP_BITS, 0, UNTYPEDS, RADIX), seL4_IllegalOperation);
    struct large larger = {untyped_new(LARGE_BITS + 1), slot_new(), l.cnode};
    EXPECT_OK(seL4_Untyped_Retype(larger.untyped, seL4_ARM_LargePageObject, 0, ROOT_CNODE, 0, 0, larger.frame, 1));
    EXPECT_ERROR(split(&larger, GROUP_BITS, 0, UNTYPEDS, RADIX), seL4_IllegalOperation);
}

TEST(paging_split_frame_in_use_is_revoke_first, "a copy of the frame, a mapping; one that is lost is no obstacle")
{
    struct large l = large_new();
    seL4_CPtr copy = copy_new(l.frame);
    EXPECT_ERROR(split(&l, GROUP_BITS, 0, UNTYPEDS, RADIX), seL4_RevokeFirst);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, copy, DEPTH));
    unsigned long vspace = vspace_new();
    area_tables(vspace, AREA_VA + TABLE_BYTES);
    EXPECT_OK(seL4_ARM_Page_Map(l.frame, vspace, AREA_VA, seL4_ReadWrite, DATA));
    EXPECT_ERROR(split(&l, GROUP_BITS, 0, UNTYPEDS, RADIX), seL4_RevokeFirst);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, vspace, DEPTH));
    EXPECT_SUCCESS(split(&l, GROUP_BITS, 0, UNTYPEDS, RADIX));
}

TEST(paging_split_frame_with_wrong_slots, "occupied, overlapping, too few, no CNode; nothing is changed")
{
    struct large l = large_new();
    EXPECT_OK(seL4_CNode_Copy(l.cnode, 511, RADIX, ROOT_CNODE, endpoint_new(), DEPTH, seL4_AllRights));
    EXPECT_ERROR(split(&l, GROUP_BITS, 0, UNTYPEDS, RADIX), seL4_DeleteFirst);
    EXPECT_ERROR(split(&l, GROUP_BITS, 512, 480, RADIX), seL4_DeleteFirst);
    EXPECT_INVALID_ARGUMENT(split(&l, GROUP_BITS, 0, 511, RADIX), 2);
    EXPECT_INVALID_ARGUMENT(split(&l, GROUP_BITS, 31, 0, RADIX), 2);
    EXPECT_RANGE_ERROR(split(&l, GROUP_BITS, 513, 0, RADIX), 1, 511);
    EXPECT_RANGE_ERROR(split(&l, GROUP_BITS, 0, 1000, RADIX), 1, 24);
    EXPECT_RANGE_ERROR(split(&l, 11, 0, UNTYPEDS, RADIX), 12, 21);
    EXPECT_RANGE_ERROR(split(&l, 22, 0, UNTYPEDS, RADIX), 12, 21);
    EXPECT_EQ(invoke(l.untyped, PagodaUntypedSplitFrame, WORDS(GROUP_BITS, 0, UNTYPEDS, RADIX), CAPS(endpoint_new())).label, seL4_FailedLookup);
    EXPECT_ERROR(invoke(l.untyped, PagodaUntypedSplitFrame, WORDS(GROUP_BITS, 0, UNTYPEDS), CAPS(l.cnode)), seL4_TruncatedMessage);
    EXPECT_ERROR(invoke(l.untyped, PagodaUntypedSplitFrame, WORDS(GROUP_BITS, 0, UNTYPEDS, RADIX), NO_CAPS), seL4_TruncatedMessage);
    EXPECT(!slot_is_empty(l.frame));
    EXPECT_SUCCESS(split(&l, GROUP_BITS, 512, 0, RADIX));
}
