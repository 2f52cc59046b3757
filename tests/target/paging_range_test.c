/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension (docs/paging-extension.md): calls on ranges. */
#include "paging_area.h"

/* ---- MapRange ---- */

TEST(paging_map_range_maps_frames_in_order, "512 frames of consecutive slots, each where it belongs")
{
    seL4_CPtr cnode = area_new(AREA_PAGES);
    for (unsigned long i = 0; i < AREA_PAGES; i++)
        *page_word(i) = i + 1;
    unsigned long *other = window_new(1);
    for (unsigned long i = 0; i < AREA_PAGES; i += 73) {
        seL4_CPtr copy = slot_new();
        EXPECT_OK(seL4_CNode_Copy(ROOT_CNODE, copy, DEPTH, cnode, i, RADIX, seL4_AllRights));
        EXPECT_OK(page_map(copy, other, RIGHT_READ));
        EXPECT_EQ(*(volatile unsigned long *)other, i + 1);
        EXPECT_OK(seL4_ARM_Page_Unmap(copy));
    }
}

TEST(paging_map_range_goes_on_in_the_next_table, "a range on both sides of a 2 MiB boundary")
{
    seL4_CPtr cnode = area_frames(8);
    area_tables(OWN_VSPACE, AREA_VA);
    area_tables(OWN_VSPACE, AREA_VA + TABLE_BYTES);
    expect_mapped(area_map(cnode, 0, AREA_VA + TABLE_BYTES - 4 * 4096, 8, seL4_ReadWrite), 8, 0, 0);
    for (unsigned long i = 508; i < 516; i++)
        *page_word(i) = i;
    for (unsigned long i = 508; i < 516; i++)
        EXPECT_EQ(*page_word(i), i);
}

TEST(paging_map_range_stops_at_a_missing_table, "pages before it stay; the answer tells how many, why, and the bits left")
{
    seL4_CPtr cnode = area_frames(8);
    area_tables(OWN_VSPACE, AREA_VA);
    expect_mapped(area_map(cnode, 0, AREA_VA + TABLE_BYTES - 4 * 4096, 8, seL4_ReadWrite), 4, seL4_FailedLookup, 21);
    *page_word(511) = 5;
    area_tables(OWN_VSPACE, AREA_VA + TABLE_BYTES);
    expect_mapped(area_map(cnode, 4, AREA_VA + TABLE_BYTES, 4, seL4_ReadWrite), 4, 0, 0);
    EXPECT_EQ(*page_word(511), 5);
}

TEST(paging_map_range_stops_at_what_is_no_small_frame, "an empty slot, another capability, a large frame")
{
    seL4_CPtr cnode = area_frames(5);
    area_tables(OWN_VSPACE, AREA_VA);
    EXPECT_OK(seL4_CNode_Delete(cnode, 3, RADIX));
    expect_mapped(area_map(cnode, 0, AREA_VA, 5, seL4_ReadWrite), 3, seL4_InvalidCapability, 0);
    EXPECT_OK(seL4_CNode_Copy(cnode, 3, RADIX, ROOT_CNODE, endpoint_new(), DEPTH, seL4_AllRights));
    expect_mapped(area_map(cnode, 0, AREA_VA, 5, seL4_ReadWrite), 3, seL4_InvalidCapability, 0);
    EXPECT_OK(seL4_CNode_Delete(cnode, 3, RADIX));
    EXPECT_OK(seL4_CNode_Copy(cnode, 3, RADIX, ROOT_CNODE, object_new(seL4_ARM_LargePageObject, 0), DEPTH, seL4_AllRights));
    expect_mapped(area_map(cnode, 0, AREA_VA, 5, seL4_ReadWrite), 3, seL4_InvalidCapability, 0);
}

TEST(paging_map_range_stops_at_a_frame_mapped_elsewhere, "at another address, in another space")
{
    seL4_CPtr cnode = area_new(4);
    expect_mapped(area_map(cnode, 2, AREA_VA + 8 * 4096, 1, seL4_ReadWrite), 0, seL4_InvalidArgument, 0);
    pagoda_VSpace_MapRange_t got = pagoda_VSpace_MapRange(vspace_new(), cnode, AREA_VA, 1, seL4_ReadWrite, DATA, 0, RADIX);
    expect_mapped(got, 0, seL4_InvalidCapability, 1);
}

TEST(paging_map_range_of_lost_mappings_maps_them_anew, "capabilities whose mapping was removed through the space count as unmapped")
{
    pagoda_VSpace_Unmap_t unmapped;
    seL4_CPtr cnode = area_new(4);
    *page_word(1) = 0x11;
    pagoda_VSpace_UnmapRange(OWN_VSPACE, AREA_VA, 4, &unmapped);
    EXPECT_EQ(unmapped.unmapped, 4);
    expect_mapped(area_map(cnode, 0, AREA_VA + 64 * 4096, 4, seL4_ReadWrite), 4, 0, 0);
    EXPECT_EQ(*page_word(65), 0x11);
}

TEST(paging_map_range_replaces_what_was_mapped, "other frames at the same addresses")
{
    seL4_CPtr first = area_new(3), second = area_frames(3);
    for (unsigned long i = 0; i < 3; i++)
        *page_word(i) = 7;
    expect_mapped(area_map(second, 0, AREA_VA, 3, seL4_ReadWrite), 3, 0, 0);
    for (unsigned long i = 0; i < 3; i++)
        EXPECT_EQ(*page_word(i), 0);
    EXPECT_OK(seL4_ARM_Page_Unmap(area_take(first, 1))); /* its mapping is another frame's now */
    EXPECT_EQ(*page_word(1), 0);
}

TEST(paging_map_range_again_changes_rights, "mapped writable, mapped again read-only")
{
    seL4_CPtr cnode = area_new(3);
    *page_word(1) = 3;
    expect_mapped(area_map(cnode, 0, AREA_VA, 3, READ_ONLY), 3, 0, 0);
    EXPECT_EQ(*page_word(1), 3);
    EXPECT(access_refused(page_store, AREA_VA + 4096));
}

TEST(paging_map_range_grants_no_more_than_the_frame_capability, "a read-only capability among others")
{
    seL4_CPtr cnode = area_frames(3), frame = area_take(cnode, 1);
    area_tables(OWN_VSPACE, AREA_VA);
    EXPECT_OK(seL4_CNode_Copy(cnode, 1, RADIX, ROOT_CNODE, frame, DEPTH, READ_ONLY));
    expect_mapped(area_map(cnode, 0, AREA_VA, 3, seL4_ReadWrite), 3, 0, 0);
    *page_word(0) = *page_word(2) = *page_word(1);
    EXPECT(access_refused(page_store, AREA_VA + 4096));
}

TEST(paging_map_range_executable_shows_written_instructions, "code written through one mapping runs in the other")
{
    seL4_CPtr cnode = area_new(2);
    volatile unsigned *code = (volatile unsigned *)page_word(1);
    code[0] = 0x52800540; /* mov w0, #42 */
    code[1] = 0xd65f03c0; /* ret */
    pagoda_VSpace_MapRange_t got =
        pagoda_VSpace_MapRange(OWN_VSPACE, cnode, AREA_VA, 2, seL4_ReadWrite, seL4_ARM_Default_VMAttributes, 0, RADIX);
    expect_mapped(got, 2, 0, 0);
    EXPECT_EQ(((unsigned (*)(void))(unsigned long)code)(), 42);
}

TEST(paging_map_and_protect_of_512_executable_pages_finish, "long enough to be preempted: what was done is passed over, the count is that of all")
{
    seL4_CPtr cnode = area_frames(AREA_PAGES);
    area_tables(OWN_VSPACE, AREA_VA);
    for (int i = 0; i < 8; i++) {
        pagoda_VSpace_MapRange_t got =
            pagoda_VSpace_MapRange(OWN_VSPACE, cnode, AREA_VA, AREA_PAGES, seL4_ReadWrite, seL4_ARM_Default_VMAttributes, 0, RADIX);
        expect_mapped(got, AREA_PAGES, 0, 0);
        area_protect(0, AREA_PAGES, READ_ONLY, DATA, AREA_PAGES);
        area_protect(0, AREA_PAGES, READ_ONLY, seL4_ARM_Default_VMAttributes, AREA_PAGES);
    }
}

/* ---- MapCopies ---- */

#define COPIES 512ul /* the first slot for copies, in the CNode of the frames */

static pagoda_VSpace_MapRange_t area_map_copies(seL4_CPtr cnode, unsigned long source, unsigned long index, unsigned long va, unsigned long n)
{
    pagoda_VSpace_MapCopies_t got = pagoda_VSpace_MapCopies(OWN_VSPACE, cnode, va, n, READ_ONLY, DATA, index, RADIX, source);
    return (pagoda_VSpace_MapRange_t){got.error, got.done, got.page_error, got.detail};
}

#define ELSEWHERE (AREA_VA + 256 * 4096ul)
#define ELSEWHERE_PAGE 256ul

TEST(paging_map_copies_shows_frames_that_are_mapped_already, "the copies are capabilities of their own, derived from the others")
{
    seL4_CPtr cnode = area_new(40);
    for (unsigned long i = 0; i < 40; i++)
        *page_word(i) = i + 7;
    expect_mapped(area_map_copies(cnode, 0, COPIES, ELSEWHERE, 40), 40, 0, 0);
    for (unsigned long i = 0; i < 40; i++)
        EXPECT_EQ(*page_word(ELSEWHERE_PAGE + i), i + 7);
    EXPECT(access_refused(page_store, ELSEWHERE));
    EXPECT_OK(seL4_CNode_Delete(cnode, COPIES + 1, RADIX));
    EXPECT(access_refused(page_load, ELSEWHERE + 4096));
    EXPECT_EQ(*page_word(1), 8);
    EXPECT_OK(seL4_CNode_Revoke(cnode, 2, RADIX));
    EXPECT(access_refused(page_load, ELSEWHERE + 2 * 4096));
    EXPECT_EQ(*page_word(2), 9);
    EXPECT_EQ(*page_word(ELSEWHERE_PAGE + 39), 46);
}

TEST(paging_map_copies_uses_slots_again, "what is mapped no more gives way, also of other frames; the same once more changes nothing")
{
    pagoda_VSpace_Unmap_t unmapped;
    seL4_CPtr cnode = area_new(16);
    for (unsigned long i = 0; i < 16; i++)
        *page_word(i) = i + 1;
    expect_mapped(area_map_copies(cnode, 0, COPIES, ELSEWHERE, 8), 8, 0, 0);
    expect_mapped(area_map_copies(cnode, 0, COPIES, ELSEWHERE, 8), 8, 0, 0);
    pagoda_VSpace_UnmapRange(OWN_VSPACE, ELSEWHERE, 8, &unmapped);
    EXPECT_EQ(unmapped.unmapped, 8);
    expect_mapped(area_map_copies(cnode, 8, COPIES, ELSEWHERE + 16 * 4096, 8), 8, 0, 0);
    for (unsigned long i = 0; i < 8; i++)
        EXPECT_EQ(*page_word(ELSEWHERE_PAGE + 16 + i), i + 9);
    EXPECT(access_refused(page_load, ELSEWHERE));
    EXPECT_OK(seL4_CNode_Revoke(cnode, 0, RADIX)); /* nothing is left of the former copy of this frame */
    EXPECT_EQ(*page_word(ELSEWHERE_PAGE + 16), 9);
}

TEST(paging_map_copies_takes_a_slot_whose_mapping_was_replaced, "also when the same frame is mapped there again, by another copy, which stays")
{
    seL4_CPtr cnode = area_new(2);
    *page_word(0) = 5;
    expect_mapped(area_map_copies(cnode, 0, COPIES, ELSEWHERE, 1), 1, 0, 0);
    seL4_CPtr other = frame_new();
    EXPECT_OK(page_map(other, (void *)ELSEWHERE, READ_WRITE)); /* replaces it */
    EXPECT_OK(seL4_ARM_Page_Unmap(other));
    expect_mapped(area_map_copies(cnode, 0, COPIES + 1, ELSEWHERE, 1), 1, 0, 0);
    expect_mapped(area_map_copies(cnode, 0, COPIES, ELSEWHERE + 16 * 4096, 1), 1, 0, 0);
    EXPECT_EQ(*page_word(ELSEWHERE_PAGE), 5);
    EXPECT_EQ(*page_word(ELSEWHERE_PAGE + 16), 5);
    EXPECT_OK(seL4_CNode_Delete(cnode, COPIES, RADIX));
    EXPECT_EQ(*page_word(ELSEWHERE_PAGE), 5);
    EXPECT(access_refused(page_load, ELSEWHERE + 16 * 4096));
}

TEST(paging_map_copies_can_be_moved, "the capability that made the mapping ends it, in whatever slot it is")
{
    seL4_CPtr cnode = area_new(1);
    *page_word(0) = 6;
    expect_mapped(area_map_copies(cnode, 0, COPIES, ELSEWHERE, 1), 1, 0, 0);
    EXPECT_OK(seL4_CNode_Move(cnode, COPIES + 9, RADIX, cnode, COPIES, RADIX));
    EXPECT_EQ(*page_word(ELSEWHERE_PAGE), 6);
    EXPECT_OK(seL4_CNode_Delete(cnode, COPIES + 9, RADIX));
    EXPECT(access_refused(page_load, ELSEWHERE));
    EXPECT_EQ(*page_word(0), 6);
}

TEST(paging_map_copies_stops_at_a_slot_in_use, "a frame mapped elsewhere, another capability, the source itself: DeleteFirst; they stay")
{
    seL4_CPtr cnode = area_new(8);
    *page_word(1) = 5;
    expect_mapped(area_map_copies(cnode, 0, COPIES, ELSEWHERE, 4), 4, 0, 0);
    expect_mapped(area_map_copies(cnode, 4, COPIES - 2, ELSEWHERE + 16 * 4096, 4), 2, seL4_DeleteFirst, 0);
    EXPECT_EQ(*page_word(ELSEWHERE_PAGE + 1), 5);
    EXPECT_OK(seL4_CNode_Copy(cnode, 600, RADIX, ROOT_CNODE, endpoint_new(), DEPTH, seL4_AllRights));
    expect_mapped(area_map_copies(cnode, 0, 600, ELSEWHERE + 32 * 4096, 1), 0, seL4_DeleteFirst, 0);
    expect_mapped(area_map_copies(cnode, 0, 0, ELSEWHERE + 32 * 4096, 1), 0, seL4_DeleteFirst, 0);
    EXPECT_EQ(*page_word(1), 5);
}

TEST(paging_map_copies_stops_at_what_is_no_small_frame, "an empty slot, another capability, a large frame")
{
    seL4_CPtr cnode = area_new(5);
    EXPECT_OK(seL4_CNode_Delete(cnode, 3, RADIX));
    expect_mapped(area_map_copies(cnode, 0, COPIES, ELSEWHERE, 5), 3, seL4_InvalidCapability, 0);
    EXPECT_OK(seL4_CNode_Copy(cnode, 3, RADIX, ROOT_CNODE, endpoint_new(), DEPTH, seL4_AllRights));
    expect_mapped(area_map_copies(cnode, 3, COPIES + 3, ELSEWHERE, 1), 0, seL4_InvalidCapability, 0);
    EXPECT_OK(seL4_CNode_Delete(cnode, 3, RADIX));
    EXPECT_OK(seL4_CNode_Copy(cnode, 3, RADIX, ROOT_CNODE, object_new(seL4_ARM_LargePageObject, 0), DEPTH, seL4_AllRights));
    expect_mapped(area_map_copies(cnode, 3, COPIES + 3, ELSEWHERE, 1), 0, seL4_InvalidCapability, 0);
}

TEST(paging_map_copies_stops_at_a_missing_table, "pages before it stay")
{
    seL4_CPtr cnode = area_new(8);
    expect_mapped(area_map_copies(cnode, 0, COPIES, AREA_VA + TABLE_BYTES - 4 * 4096, 8), 4, seL4_FailedLookup, 21);
    EXPECT_EQ(*page_word(511), 0);
}

TEST(paging_map_copies_of_512_executable_pages_finish, "long enough to be preempted: what was done is passed over")
{
    seL4_CPtr cnode = area_frames(AREA_PAGES);
    area_tables(OWN_VSPACE, AREA_VA);
    for (int i = 0; i < 4; i++) {
        pagoda_VSpace_MapCopies_t got =
            pagoda_VSpace_MapCopies(OWN_VSPACE, cnode, AREA_VA, AREA_PAGES, READ_ONLY, seL4_ARM_Default_VMAttributes, COPIES, RADIX, 0);
        EXPECT_OK(got.error);
        EXPECT_EQ(got.done, AREA_PAGES);
        EXPECT_EQ(got.page_error, 0);
    }
}

/* ---- errors that all calls on ranges have ---- */

static struct answer call(seL4_CPtr vspace, unsigned long label, unsigned long va, unsigned long n, seL4_CPtr root)
{
    if (label == PagodaVSpaceMapRange)
        return invoke(vspace, label, WORDS(va, n, READ_WRITE, DATA, 0, RADIX), CAPS(root));
    if (label == PagodaVSpaceMapCopies)
        return invoke(vspace, label, WORDS(va, n, READ_WRITE, DATA, COPIES, RADIX, 0), CAPS(root));
    if (label == PagodaVSpaceUnmapSlots)
        return invoke(vspace, label, WORDS(va, n, 0, RADIX), CAPS(root));
    if (label == PagodaVSpaceProtectRange)
        return invoke(vspace, label, WORDS(va, n, READ_WRITE, DATA), NO_CAPS);
    return invoke(vspace, label, WORDS(va, n, 0), NO_CAPS);
}

static const unsigned long range_labels[] = {PagodaVSpaceMapRange, PagodaVSpaceUnmapRange, PagodaVSpaceUnmapSlots, PagodaVSpaceProtectRange,
                                             PagodaVSpaceHarvest, PagodaVSpaceMapCopies};
#define FOR_RANGE_LABELS(label)                                                                                                            \
    for (unsigned label##_i = 0, label = 0; label##_i < 6 && (label = (unsigned)range_labels[label##_i], 1); label##_i++)

TEST(paging_range_of_unassigned_space_is_invalid_capability, "a VSpace without ASID")
{
    seL4_CPtr vspace = object_new(seL4_ARM_VSpaceObject, 0), cnode = area_frames(1);
    FOR_RANGE_LABELS(label)
        EXPECT_INVALID_CAPABILITY(call(vspace, label, AREA_VA, 1, cnode), 0);
}

TEST(paging_range_after_loss_of_asid_is_failed_lookup, "the pool of its ASID was deleted")
{
    seL4_CPtr pool = slot_new(), vspace = object_new(seL4_ARM_VSpaceObject, 0), cnode = area_frames(1);
    EXPECT_OK(seL4_ARM_ASIDControl_MakePool(ASID_CONTROL, untyped_new(12), ROOT_CNODE, pool, DEPTH));
    EXPECT_OK(seL4_ARM_ASIDPool_Assign(pool, vspace));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, pool, DEPTH));
    FOR_RANGE_LABELS(label)
        EXPECT_ERROR_WORDS(call(vspace, label, AREA_VA, 1, cnode), seL4_FailedLookup, 0, LOOKUP_INVALID_ROOT);
}

TEST(paging_range_misaligned_is_alignment_error, "an address inside a page")
{
    seL4_CPtr cnode = area_frames(1);
    FOR_RANGE_LABELS(label)
        EXPECT_ERROR(call(OWN_VSPACE, label, AREA_VA + 8, 1, cnode), seL4_AlignmentError);
}

TEST(paging_range_of_no_or_too_many_pages_is_range_error, "0 and 513 pages")
{
    seL4_CPtr cnode = area_frames(1);
    FOR_RANGE_LABELS(label) {
        EXPECT_RANGE_ERROR(call(OWN_VSPACE, label, AREA_VA, 0, cnode), 1, 512);
        EXPECT_RANGE_ERROR(call(OWN_VSPACE, label, AREA_VA, 513, cnode), 1, 512);
        EXPECT_RANGE_ERROR(call(OWN_VSPACE, label, AREA_VA, ~0ul, cnode), 1, 512);
    }
}

TEST(paging_range_outside_user_addresses_is_invalid_argument, "beginning or ending above the last user address")
{
    seL4_CPtr cnode = area_frames(1);
    FOR_RANGE_LABELS(label) {
        EXPECT_INVALID_ARGUMENT(call(OWN_VSPACE, label, 0x7ffffffff000, 2, cnode), 0);
        EXPECT_INVALID_ARGUMENT(call(OWN_VSPACE, label, 0x800000000000, 1, cnode), 0);
        EXPECT_INVALID_ARGUMENT(call(OWN_VSPACE, label, 0xfffffffffffff000, 1, cnode), 0);
        EXPECT_SUCCESS(call(OWN_VSPACE, label, 0x7ffffffff000, 1, cnode));
    }
}

TEST(paging_range_with_short_message_is_truncated, "one word or the capability is missing")
{
    unsigned long words[7] = {AREA_VA, 1, READ_WRITE, DATA, 0, RADIX, 0};
    static const unsigned needed[] = {6, 2, 4, 4, 3, 7};
    seL4_CPtr cnode = area_frames(1);
    for (unsigned i = 0; i < 6; i++) {
        EXPECT_ERROR(invoke(OWN_VSPACE, range_labels[i], needed[i] - 1, words, CAPS(cnode)), seL4_TruncatedMessage);
        if (range_labels[i] == PagodaVSpaceMapRange || range_labels[i] == PagodaVSpaceUnmapSlots || range_labels[i] == PagodaVSpaceMapCopies)
            EXPECT_ERROR(invoke(OWN_VSPACE, range_labels[i], needed[i], words, NO_CAPS), seL4_TruncatedMessage);
    }
}

TEST(paging_range_slots_that_cannot_be_found_are_errors, "no CNode, bad depth, depth beyond the CNode, window past its end")
{
    seL4_CPtr cnode = area_frames(2), frame = frame_new();
    area_tables(OWN_VSPACE, AREA_VA);
    EXPECT_ERROR_WORDS(call(OWN_VSPACE, PagodaVSpaceMapRange, AREA_VA, 1, frame), seL4_FailedLookup, 1, LOOKUP_INVALID_ROOT);
    EXPECT_RANGE_ERROR(invoke(OWN_VSPACE, PagodaVSpaceMapRange, WORDS(AREA_VA, 1, READ_WRITE, DATA, 0, 0), CAPS(cnode)), 1, 64);
    EXPECT_ERROR_WORDS(invoke(OWN_VSPACE, PagodaVSpaceMapRange, WORDS(AREA_VA, 1, READ_WRITE, DATA, 0, RADIX + 1), CAPS(cnode)),
                       seL4_FailedLookup, 1, LOOKUP_DEPTH_MISMATCH, 1, 0);
    EXPECT_RANGE_ERROR(invoke(OWN_VSPACE, PagodaVSpaceMapRange, WORDS(AREA_VA, 3, READ_WRITE, DATA, 1022, RADIX), CAPS(cnode)), 1, 2);
    EXPECT_RANGE_ERROR(invoke(OWN_VSPACE, PagodaVSpaceUnmapSlots, WORDS(AREA_VA, 3, 1022, RADIX), CAPS(cnode)), 1, 2);
    EXPECT_RANGE_ERROR(invoke(OWN_VSPACE, PagodaVSpaceMapCopies, WORDS(AREA_VA, 3, READ_WRITE, DATA, 1022, RADIX, 0), CAPS(cnode)), 1, 2);
    EXPECT_RANGE_ERROR(invoke(OWN_VSPACE, PagodaVSpaceMapCopies, WORDS(AREA_VA, 3, READ_WRITE, DATA, 0, RADIX, 1022), CAPS(cnode)), 1, 2);
}

TEST(paging_unknown_label_is_illegal_operation, "labels before, between and behind")
{
    EXPECT_ERROR(invoke(OWN_VSPACE, 4096, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(OWN_VSPACE, PagodaReplyMap, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(OWN_VSPACE, PagodaVSpaceMapCopies + 1, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
}

/* ---- UnmapRange, UnmapSlots ---- */

TEST(paging_unmap_range_unmaps_what_is_there, "holes are passed over; the count and the dirty pages are told")
{
    pagoda_VSpace_Unmap_t u;
    seL4_CPtr cnode = area_new(10);
    EXPECT_OK(seL4_ARM_Page_Unmap(area_take(cnode, 4)));
    area_harvest(AREA_VA, 10, CLEAR_BOTH);
    *page_word(7) = 1;
    EXPECT_EQ(*page_word(6), 0);
    pagoda_VSpace_UnmapRange(OWN_VSPACE, AREA_VA + 2 * 4096, 7, &u);
    EXPECT_OK(u.error);
    EXPECT_EQ(u.unmapped, 6);
    EXPECT_EQ(u.dirty[0], 1 << 5);
    EXPECT_EQ(area_count(u.dirty), 1);
    EXPECT_EQ(*page_word(1) + *page_word(9), 0);
    EXPECT(access_refused(page_load, AREA_VA + 2 * 4096));
    EXPECT(access_refused(page_load, AREA_VA + 8 * 4096));
}

TEST(paging_unmap_range_of_512_pages_invalidates_all, "every page was in the TLB")
{
    pagoda_VSpace_Unmap_t u;
    area_new(AREA_PAGES);
    for (unsigned long i = 0; i < AREA_PAGES; i++)
        *page_word(i) = i;
    pagoda_VSpace_UnmapRange(OWN_VSPACE, AREA_VA, AREA_PAGES, &u);
    EXPECT_EQ(u.unmapped, AREA_PAGES);
    EXPECT_EQ(area_count(u.dirty), AREA_PAGES);
    EXPECT(access_refused(page_load, AREA_VA));
    EXPECT(access_refused(page_load, AREA_VA + 300 * 4096));
    EXPECT(access_refused(page_load, AREA_VA + 511 * 4096));
}

TEST(paging_unmap_range_leaves_larger_pages_and_missing_tables, "nothing but small pages is unmapped")
{
    pagoda_VSpace_Unmap_t u;
    area_tables(OWN_VSPACE, AREA_VA); /* also those above AREA_VA + TABLE_BYTES */
    EXPECT_OK(seL4_ARM_Page_Map(object_new(seL4_ARM_LargePageObject, 0), OWN_VSPACE, AREA_VA + TABLE_BYTES, seL4_ReadWrite, DATA));
    *page_word(600) = 9;
    pagoda_VSpace_UnmapRange(OWN_VSPACE, AREA_VA + TABLE_BYTES - 4096, 200, &u);
    EXPECT_OK(u.error);
    EXPECT_EQ(u.unmapped, 0);
    EXPECT_EQ(*page_word(600), 9);
    pagoda_VSpace_UnmapRange(OWN_VSPACE, 0x6000000000, 512, &u);
    EXPECT_OK(u.error);
    EXPECT_EQ(u.unmapped, 0);
}

TEST(paging_unmap_slots_frees_capabilities, "frames can be mapped elsewhere at once, by Page_Map too")
{
    pagoda_VSpace_Unmap_t u;
    seL4_CPtr cnode = area_new(100);
    *page_word(70) = 70;
    pagoda_VSpace_UnmapSlots(OWN_VSPACE, cnode, AREA_VA, 100, 0, RADIX, &u);
    EXPECT_OK(u.error);
    EXPECT_EQ(u.unmapped, 100);
    EXPECT_EQ(area_count(u.dirty), 100);
    EXPECT(access_refused(page_load, AREA_VA + 70 * 4096));
    unsigned long *other = window_new(1);
    EXPECT_OK(page_map(area_take(cnode, 70), other, RIGHT_READ));
    EXPECT_EQ(*(volatile unsigned long *)other, 70);
}

TEST(paging_unmap_slots_passes_over_what_is_not_there, "an empty slot, a frame of another page, a mapping that is lost or replaced")
{
    pagoda_VSpace_Unmap_t u;
    seL4_CPtr cnode = area_new(6), other = area_frames(1);
    EXPECT_OK(seL4_CNode_Delete(cnode, 1, RADIX));
    pagoda_VSpace_UnmapRange(OWN_VSPACE, AREA_VA + 2 * 4096, 1, &u);
    expect_mapped(area_map(other, 0, AREA_VA + 3 * 4096, 1, seL4_ReadWrite), 1, 0, 0);
    EXPECT_OK(seL4_CNode_Move(cnode, 8, RADIX, cnode, 4, RADIX));
    EXPECT_OK(seL4_CNode_Move(cnode, 4, RADIX, cnode, 5, RADIX));
    EXPECT_OK(seL4_CNode_Move(cnode, 5, RADIX, cnode, 8, RADIX));
    pagoda_VSpace_UnmapSlots(OWN_VSPACE, cnode, AREA_VA, 6, 0, RADIX, &u);
    EXPECT_OK(u.error);
    EXPECT_EQ(u.unmapped, 1);
    EXPECT_EQ(*page_word(3) + *page_word(4) + *page_word(5), 0);
    EXPECT(access_refused(page_load, AREA_VA));
    EXPECT_OK(page_map(area_take(cnode, 2), window_new(1), RIGHT_READ)); /* the lost mapping is forgotten */
}

/* ---- ProtectRange ---- */

TEST(paging_protect_range_takes_and_gives_write_access, "read-only refuses writes, then they are allowed again; holes are passed over")
{
    seL4_CPtr cnode = area_new(6);
    EXPECT_OK(seL4_ARM_Page_Unmap(area_take(cnode, 3)));
    *page_word(1) = 1;
    area_protect(1, 4, READ_ONLY, DATA, 3);
    EXPECT_EQ(*page_word(1), 1);
    EXPECT(access_refused(page_store, AREA_VA + 4096));
    EXPECT(access_refused(page_store, AREA_VA + 4 * 4096));
    *page_word(0) = *page_word(5) = 2;
    area_protect(0, 6, seL4_ReadWrite, DATA, 5);
    for (unsigned long i = 0; i < 6; i++)
        if (i != 3)
            *page_word(i) = 3;
}

TEST(paging_protect_range_without_rights_refuses_everything, "no access for the user, then read access again")
{
    area_new(2);
    area_protect(0, 2, seL4_NoRights, DATA, 2);
    EXPECT(access_refused(page_load, AREA_VA));
    area_protect(0, 2, READ_ONLY, DATA, 2);
    EXPECT(!access_refused(page_load, AREA_VA));
}

TEST(paging_protect_range_gives_no_more_than_mapped_with, "a page mapped read-only stays so, one mapped without rights stays unreadable")
{
    seL4_CPtr cnode = area_frames(2);
    area_tables(OWN_VSPACE, AREA_VA);
    expect_mapped(area_map(cnode, 0, AREA_VA, 1, READ_ONLY), 1, 0, 0);
    expect_mapped(area_map(cnode, 1, AREA_VA + 4096, 1, seL4_NoRights), 1, 0, 0);
    area_protect(0, 2, seL4_ReadWrite, DATA, 2);
    EXPECT_EQ(*page_word(0), 0);
    EXPECT(access_refused(page_store, AREA_VA));
    EXPECT(access_refused(page_load, AREA_VA + 4096));
}

TEST(paging_protect_range_keeps_accessed_and_dirty, "a written page made read-only is still dirty; a page made writable is dirty when it is written")
{
    area_new(4);
    area_harvest(AREA_VA, 4, CLEAR_BOTH);
    *page_word(1) = 1;
    EXPECT_EQ(*page_word(2), 0);
    area_protect(0, 4, READ_ONLY, DATA, 4);
    pagoda_VSpace_Harvest_t h = area_harvest(AREA_VA, 4, 0);
    EXPECT_EQ(h.accessed[0], 6);
    EXPECT_EQ(h.dirty[0], 2);
    area_protect(0, 4, seL4_ReadWrite, DATA, 4);
    EXPECT_EQ(area_harvest(AREA_VA, 4, 0).dirty[0], 2);
    *page_word(3) = 1;
    EXPECT_EQ(area_harvest(AREA_VA, 4, CLEAR_BOTH).dirty[0], 10);
    EXPECT_EQ(area_harvest(AREA_VA, 4, 0).dirty[0], 0);
}

TEST(paging_protect_range_clears_dirty_of_read_only_pages, "harvest of a page that was written before it became read-only")
{
    area_new(1);
    area_protect(0, 1, READ_ONLY, DATA, 1);
    EXPECT_EQ(area_harvest(AREA_VA, 1, PAGODA_CLEAR_DIRTY).dirty[0], 1);
    EXPECT_EQ(area_harvest(AREA_VA, 1, 0).dirty[0], 0);
    EXPECT(access_refused(page_store, AREA_VA));
}

TEST(paging_protect_range_makes_executable_and_back, "code written before runs; without execute permission it does not")
{
    area_new(1);
    volatile unsigned *code = (volatile unsigned *)page_word(0);
    code[0] = 0x528000e0; /* mov w0, #7 */
    code[1] = 0xd65f03c0; /* ret */
    area_protect(0, 1, READ_ONLY, seL4_ARM_Default_VMAttributes, 1);
    EXPECT_EQ(((unsigned (*)(void))(unsigned long)code)(), 7);
    area_protect(0, 1, READ_ONLY, DATA, 1);
    EXPECT(access_refused((unsigned long (*)(unsigned long))(unsigned long)code, 0));
}
