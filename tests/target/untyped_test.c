/* SPDX-License-Identifier: BSD-2-Clause */
/* Untyped_Retype: order of checks, placement, zeroing. */
#include "test.h"

static struct answer retype(seL4_CPtr untyped, unsigned long type, unsigned long bits, unsigned long index, unsigned long depth,
                            unsigned long offset, unsigned long n)
{
    return invoke(untyped, UntypedRetype, WORDS(type, bits, index, depth, offset, n), CAPS(ROOT_CNODE));
}

static struct answer retype_to(seL4_CPtr untyped, unsigned long type, unsigned long bits, seL4_CPtr slot, unsigned long n)
{
    return retype(untyped, type, bits, 0, 0, slot, n);
}

TEST(untyped_retype_five_words_is_truncated_message, "six words are needed")
{
    EXPECT_ERROR(invoke(untyped_new(12), UntypedRetype, WORDS(2, 0, 0, 0, slot_new()), CAPS(ROOT_CNODE)), seL4_TruncatedMessage);
}

TEST(untyped_retype_without_root_is_truncated_message, "the destination root capability is needed")
{
    EXPECT_ERROR(invoke(untyped_new(12), UntypedRetype, WORDS(2, 0, 0, 0, slot_new(), 1), NO_CAPS), seL4_TruncatedMessage);
}

TEST(untyped_retype_unknown_type_is_invalid_argument_0, "types end at 11")
{
    EXPECT_INVALID_ARGUMENT(retype_to(untyped_new(12), 12, 0, slot_new(), 1), 0);
    EXPECT_INVALID_ARGUMENT(retype_to(untyped_new(12), ~0ul, 0, slot_new(), 1), 0);
}

TEST(untyped_retype_size_bits_64_is_range_error, "checked for every type, also those that ignore it")
{
    EXPECT_RANGE_ERROR(retype_to(untyped_new(12), seL4_UntypedObject, 64, slot_new(), 1), 0, 47);
    EXPECT_RANGE_ERROR(retype_to(untyped_new(12), seL4_EndpointObject, 64, slot_new(), 1), 0, 47);
}

TEST(untyped_retype_object_above_47_bits_is_range_error, "an untyped of 2^48, a CNode of 2^43 slots")
{
    EXPECT_RANGE_ERROR(retype_to(untyped_new(12), seL4_UntypedObject, 48, slot_new(), 1), 0, 47);
    EXPECT_RANGE_ERROR(retype_to(untyped_new(12), seL4_CapTableObject, 43, slot_new(), 1), 0, 47);
}

TEST(untyped_retype_page_ignores_size_bits_below_64, "63 is accepted for an object of fixed size")
{
    EXPECT_SUCCESS(retype_to(untyped_new(12), seL4_ARM_SmallPageObject, 63, slot_new(), 1));
}

TEST(untyped_retype_too_small_object_is_invalid_argument_1, "CNode radix 0, untyped below 2^4, scheduling context below 2^7")
{
    EXPECT_INVALID_ARGUMENT(retype_to(untyped_new(12), seL4_CapTableObject, 0, slot_new(), 1), 1);
    EXPECT_INVALID_ARGUMENT(retype_to(untyped_new(12), seL4_UntypedObject, 3, slot_new(), 1), 1);
    EXPECT_INVALID_ARGUMENT(retype_to(untyped_new(12), seL4_SchedContextObject, 6, slot_new(), 1), 1);
}

TEST(untyped_retype_node_depth_65_is_range_error, "a depth is 1..64")
{
    EXPECT_RANGE_ERROR(retype(untyped_new(12), seL4_EndpointObject, 0, 2, 65, slot_new(), 1), 1, 64);
}

TEST(untyped_retype_destination_not_a_cnode_is_failed_lookup, "missing capability, as many bits left as the depth given")
{
    seL4_CPtr ep = endpoint_new();
    EXPECT_ERROR_WORDS(retype(untyped_new(12), seL4_EndpointObject, 0, ep, DEPTH, 0, 1), seL4_FailedLookup, 0, LOOKUP_MISSING_CAPABILITY, 64);
}

TEST(untyped_retype_root_not_a_cnode_is_failed_lookup, "depth 0 means the root itself, which must be a CNode")
{
    struct answer got = invoke(untyped_new(12), UntypedRetype, WORDS(seL4_EndpointObject, 0, 0, 0, 0, 1), CAPS(endpoint_new()));
    EXPECT_ERROR_WORDS(got, seL4_FailedLookup, 0, LOOKUP_MISSING_CAPABILITY, 0);
}

TEST(untyped_retype_offset_past_cnode_end_is_range_error, "0 to the last slot")
{
    seL4_CPtr cnode = cnode_new(4);
    EXPECT_RANGE_ERROR(retype(untyped_new(12), seL4_EndpointObject, 0, cnode, DEPTH, 16, 1), 0, 15);
}

TEST(untyped_retype_zero_objects_is_range_error, "1 to 256 objects")
{
    EXPECT_RANGE_ERROR(retype_to(untyped_new(12), seL4_EndpointObject, 0, slot_new(), 0), 1, 256);
}

TEST(untyped_retype_257_objects_is_range_error, "1 to 256 objects")
{
    EXPECT_RANGE_ERROR(retype_to(untyped_new(16), seL4_EndpointObject, 0, slot_new(), 257), 1, 256);
    EXPECT_RANGE_ERROR(retype_to(untyped_new(16), seL4_EndpointObject, 0, slot_new(), 1ul << 31), 1, 256);
}

TEST(untyped_retype_window_past_cnode_end_is_range_error, "no more objects than slots from the offset on")
{
    seL4_CPtr cnode = cnode_new(4);
    EXPECT_RANGE_ERROR(retype(untyped_new(12), seL4_EndpointObject, 0, cnode, DEPTH, 10, 7), 1, 6);
    EXPECT_SUCCESS(retype(untyped_new(12), seL4_EndpointObject, 0, cnode, DEPTH, 10, 6));
}

TEST(untyped_retype_occupied_destination_is_delete_first, "found before missing memory is, and for any slot of the window")
{
    seL4_CPtr cnode = cnode_new(2), untyped = untyped_new(12);
    EXPECT_SUCCESS(retype(untyped, seL4_EndpointObject, 0, cnode, DEPTH, 2, 1));
    EXPECT_ERROR(retype(untyped, seL4_EndpointObject, 0, cnode, DEPTH, 0, 4), seL4_DeleteFirst);
    EXPECT_ERROR(retype(untyped, seL4_ARM_LargePageObject, 0, cnode, DEPTH, 2, 1), seL4_DeleteFirst);
}

TEST(untyped_retype_too_large_is_not_enough_memory_with_free_bytes, "the answer tells how many bytes are free")
{
    EXPECT_ERROR_WORDS(retype_to(untyped_new(12), seL4_UntypedObject, 13, slot_new(), 1), seL4_NotEnoughMemory, 4096);
}

TEST(untyped_retype_16_pages_fill_64_kib, "exactly; the next page finds 0 bytes")
{
    seL4_CPtr untyped = untyped_new(16);
    for (int i = 0; i < 16; i++)
        EXPECT_SUCCESS(retype_to(untyped, seL4_ARM_SmallPageObject, 0, slot_new(), 1));
    EXPECT_ERROR_WORDS(retype_to(untyped, seL4_ARM_SmallPageObject, 0, slot_new(), 1), seL4_NotEnoughMemory, 0);
}

TEST(untyped_retype_free_bytes_count_from_unaligned_watermark, "a page after an endpoint starts at the next page")
{
    seL4_CPtr untyped = untyped_new(13), page = slot_new(), other = slot_new();
    EXPECT_SUCCESS(retype_to(untyped, seL4_EndpointObject, 0, slot_new(), 1));
    EXPECT_ERROR_WORDS(retype_to(untyped, seL4_ARM_SmallPageObject, 0, page, 2), seL4_NotEnoughMemory, 8192 - 16);
    EXPECT_SUCCESS(retype_to(untyped, seL4_ARM_SmallPageObject, 0, page, 1));
    EXPECT_ERROR_WORDS(retype_to(untyped, seL4_EndpointObject, 0, other, 1), seL4_NotEnoughMemory, 0);
    EXPECT_EQ(seL4_ARM_Page_GetAddress(page).paddr % 4096, 0);
}

TEST(untyped_retype_device_memory_into_tcb_is_invalid_argument_1, "device memory makes only pages and untyped objects")
{
    for (seL4_CPtr i = 0; i < boot_info->untyped.end - boot_info->untyped.start; i++) {
        const seL4_UntypedDesc *u = &boot_info->untypedList[i];
        if (!u->isDevice || u->sizeBits < 20 || (u->paddr < 0x09001000 && u->paddr + (1ul << u->sizeBits) > 0x09000000))
            continue;
        struct answer got = retype_to(boot_info->untyped.start + i, seL4_TCBObject, 0, slot_new(), 1);
        if (got.label == seL4_NotEnoughMemory)
            continue; /* the one that the UART page was taken from */
        EXPECT_INVALID_ARGUMENT(got, 1);
        return;
    }
    EXPECT(!"there is device memory");
}

TEST(untyped_retype_after_last_child_is_deleted_restarts_at_the_beginning, "the same physical page comes again")
{
    seL4_CPtr untyped = untyped_new(14), a = slot_new(), b = slot_new();
    EXPECT_SUCCESS(retype_to(untyped, seL4_ARM_SmallPageObject, 0, a, 1));
    EXPECT_SUCCESS(retype_to(untyped, seL4_ARM_SmallPageObject, 0, b, 1));
    unsigned long first = seL4_ARM_Page_GetAddress(a).paddr;
    EXPECT_EQ(seL4_ARM_Page_GetAddress(b).paddr, first + 4096);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, a, DEPTH));
    EXPECT_SUCCESS(retype_to(untyped, seL4_ARM_SmallPageObject, 0, a, 1));
    EXPECT_EQ(seL4_ARM_Page_GetAddress(a).paddr, first + 8192);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, a, DEPTH));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, b, DEPTH));
    EXPECT_SUCCESS(retype_to(untyped, seL4_ARM_SmallPageObject, 0, a, 1));
    EXPECT_EQ(seL4_ARM_Page_GetAddress(a).paddr, first);
}

TEST(untyped_retype_used_memory_reads_zero_again, "a frame made where an old one was holds no old data")
{
    seL4_CPtr untyped = untyped_new(12), frame = slot_new();
    volatile unsigned long *va = window_new(1);
    EXPECT_SUCCESS(retype_to(untyped, seL4_ARM_SmallPageObject, 0, frame, 1));
    EXPECT_OK(page_map(frame, (void *)va, RIGHT_READ | RIGHT_WRITE));
    for (unsigned i = 0; i < 512; i++)
        EXPECT_EQ(va[i], 0);
    for (unsigned i = 0; i < 512; i++)
        va[i] = ~0ul;
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, frame, DEPTH));
    EXPECT_SUCCESS(retype_to(untyped, seL4_ARM_SmallPageObject, 0, frame, 1));
    EXPECT_OK(page_map(frame, (void *)va, RIGHT_READ | RIGHT_WRITE));
    for (unsigned i = 0; i < 512; i++)
        EXPECT_EQ(va[i], 0);
}

TEST(untyped_copy_with_children_is_revoke_first, "an untyped that something was made from cannot be copied")
{
    seL4_CPtr untyped = untyped_new(12), copy = slot_new(), ep = slot_new();
    EXPECT_SUCCESS(retype_to(untyped, seL4_EndpointObject, 0, ep, 1));
    EXPECT_EQ(seL4_CNode_Copy(ROOT_CNODE, copy, DEPTH, ROOT_CNODE, untyped, DEPTH, seL4_AllRights), seL4_RevokeFirst);
    EXPECT(slot_is_empty(copy));
}

TEST(untyped_copy_fills_the_source, "the copy becomes its child and owns the memory")
{
    seL4_CPtr untyped = untyped_new(12), copy = copy_new(untyped);
    EXPECT_ERROR_WORDS(retype_to(untyped, seL4_EndpointObject, 0, slot_new(), 1), seL4_NotEnoughMemory, 0);
    EXPECT_SUCCESS(retype_to(copy, seL4_EndpointObject, 0, slot_new(), 1));
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, untyped, DEPTH));
    EXPECT(slot_is_empty(copy));
}

TEST(untyped_retype_into_cnode_found_by_address, "objects land in the CNode that index and depth name")
{
    seL4_CPtr cnode = cnode_new(4);
    EXPECT_SUCCESS(retype(untyped_new(12), seL4_EndpointObject, 0, cnode, DEPTH, 3, 2));
    EXPECT_EQ(seL4_CNode_Move(cnode, 3, 4, cnode, 3, 4), seL4_DeleteFirst);
    EXPECT_EQ(seL4_CNode_Move(cnode, 4, 4, cnode, 4, 4), seL4_DeleteFirst);
    EXPECT_EQ(seL4_CNode_Move(cnode, 5, 4, cnode, 5, 4), seL4_FailedLookup);
}

TEST(untyped_retype_cnode_fills_its_memory_exactly, "2^12 slots of 32 bytes in 2^17 bytes")
{
    seL4_CPtr untyped = untyped_new(17);
    EXPECT_SUCCESS(retype_to(untyped, seL4_CapTableObject, 12, slot_new(), 1));
    EXPECT_ERROR_WORDS(retype_to(untyped, seL4_UntypedObject, 4, slot_new(), 1), seL4_NotEnoughMemory, 0);
}

TEST(untyped_retype_256_objects_at_once, "the largest count, consecutive slots and addresses")
{
    seL4_CPtr first = slot_new();
    for (int i = 1; i < 256; i++)
        slot_new();
    EXPECT_SUCCESS(retype_to(untyped_new(20), seL4_ARM_SmallPageObject, 0, first, 256));
    unsigned long base = seL4_ARM_Page_GetAddress(first).paddr;
    for (unsigned long i = 1; i < 256; i++)
        EXPECT_EQ(seL4_ARM_Page_GetAddress(first + i).paddr, base + 4096 * i);
}

TEST(untyped_retype_makes_every_type, "each object type except the 1 GiB page, which this memory cannot hold")
{
    static const struct {
        unsigned long type, bits;
    } types[] = {{seL4_UntypedObject, 4},      {seL4_TCBObject, 0},         {seL4_EndpointObject, 0},     {seL4_NotificationObject, 0},
                 {seL4_CapTableObject, 1},     {seL4_SchedContextObject, 7}, {seL4_ReplyObject, 0},        {seL4_ARM_VSpaceObject, 0},
                 {seL4_ARM_SmallPageObject, 0}, {seL4_ARM_LargePageObject, 0}, {seL4_ARM_PageTableObject, 0}};
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++)
        EXPECT(!slot_is_empty(object_new(types[i].type, types[i].bits)));
    EXPECT_EQ(retype_to(untyped_new(12), seL4_ARM_HugePageObject, 0, slot_new(), 1).label, seL4_NotEnoughMemory);
}

TEST(untyped_unknown_label_is_illegal_operation, "a TCB's label on an untyped; a label of no object")
{
    EXPECT_ERROR(invoke(untyped_new(12), TCBSuspend, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(untyped_new(12), 3000, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
}

TEST(untyped_revoke_takes_back_nested_children, "objects made from an untyped that was made from it")
{
    seL4_CPtr outer = untyped_new(14), inner = slot_new(), ep = slot_new(), copy = slot_new();
    EXPECT_SUCCESS(retype_to(outer, seL4_UntypedObject, 13, inner, 1));
    EXPECT_SUCCESS(retype_to(inner, seL4_EndpointObject, 0, ep, 1));
    EXPECT_OK(seL4_CNode_Copy(ROOT_CNODE, copy, DEPTH, ROOT_CNODE, ep, DEPTH, seL4_AllRights));
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, outer, DEPTH));
    EXPECT(slot_is_empty(inner) && slot_is_empty(ep) && slot_is_empty(copy));
    EXPECT(!slot_is_empty(outer));
}

/* ---- Clear (docs/paging-extension.md) ---- */

#define CLEAR_BLOCK 0x4000ul
#define CLEAR_FRAMES 128

static seL4_CPtr device_untyped(void)
{
    for (seL4_CPtr i = 0; i < boot_info->untyped.end - boot_info->untyped.start; i++)
        if (boot_info->untypedList[i].isDevice)
            return boot_info->untyped.start + i;
    EXPECT(!"there is device memory");
    return 0;
}

static struct answer clear(seL4_CPtr untyped, unsigned long n_blocks) { return invoke(untyped, PagodaUntypedClear, WORDS(n_blocks), NO_CAPS); }

/* Until so many bytes are zero; an interrupt ends a call early, but not before it has done a block. */
static void clear_up_to(seL4_CPtr untyped, unsigned long bytes)
{
    unsigned long before = 0;
    for (unsigned calls = 0; before < bytes; calls++) {
        pagoda_Untyped_Clear_t got = pagoda_Untyped_Clear(untyped, 2);
        EXPECT_OK(got.error);
        EXPECT(got.bytes > before && got.bytes <= before + 2 * CLEAR_BLOCK);
        EXPECT(calls <= bytes / CLEAR_BLOCK);
        before = got.bytes;
    }
    EXPECT_EQ(before, bytes);
}

/* All of an untyped of 512 KiB becomes frames, in the slots from `frames` on: every word of them must be 0, and gets another value. */
static void expect_zero_and_soil(seL4_CPtr untyped, seL4_CPtr frames)
{
    unsigned long *page = window_new(1);
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, 0, 0, frames, CLEAR_FRAMES));
    for (unsigned i = 0; i < CLEAR_FRAMES; i++) {
        EXPECT_OK(page_map(frames + i, page, 3));
        unsigned long any = 0;
        for (unsigned w = 0; w < 512; w++) {
            any |= page[w];
            page[w] = ~0ul;
        }
        EXPECT_EQ(any, 0);
        EXPECT_OK(seL4_ARM_Page_Unmap(frames + i));
    }
}

static seL4_CPtr slots_for_frames(void)
{
    seL4_CPtr first = slot_new();
    for (unsigned i = 1; i < CLEAR_FRAMES; i++)
        slot_new();
    return first;
}

TEST(untyped_clear_without_words_is_truncated_message, "one word is needed")
{
    EXPECT_ERROR(invoke(untyped_new(16), PagodaUntypedClear, NO_WORDS, NO_CAPS), seL4_TruncatedMessage);
}

TEST(untyped_clear_of_0_or_17_blocks_is_range_error, "1 to 16 of 16 KiB")
{
    seL4_CPtr untyped = untyped_new(19);
    EXPECT_RANGE_ERROR(clear(untyped, 0), 1, 16);
    EXPECT_RANGE_ERROR(clear(untyped, 17), 1, 16);
    EXPECT_RANGE_ERROR(clear(untyped, ~0ul), 1, 16);
}

TEST(untyped_clear_of_device_memory_is_illegal_operation, "it is never zeroed")
{
    EXPECT_ERROR(clear(device_untyped(), 1), seL4_IllegalOperation);
}

TEST(untyped_clear_ends_at_the_end, "of 64 KiB four blocks; of less than a block none; of what is not handed out yet only")
{
    seL4_CPtr untyped = untyped_new(16), small = untyped_new(12), part = untyped_new(16);
    clear_up_to(untyped, 4 * CLEAR_BLOCK);
    EXPECT_EQ(pagoda_Untyped_Clear(untyped, 16).bytes, 4 * CLEAR_BLOCK);
    EXPECT_EQ(pagoda_Untyped_Clear(small, 16).bytes, 0);
    EXPECT_OK(seL4_Untyped_Retype(part, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, 0, 0, slot_new(), 1));
    clear_up_to(part, 3 * CLEAR_BLOCK);
    EXPECT_EQ(pagoda_Untyped_Clear(part, 16).bytes, 3 * CLEAR_BLOCK);
}

TEST(untyped_clear_then_retype_is_zero, "of memory that was used before, cleared in part and as a whole")
{
    static const unsigned long parts[] = {2, 10, 32};
    seL4_CPtr untyped = untyped_new(19), frames = slots_for_frames();
    expect_zero_and_soil(untyped, frames);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, untyped, DEPTH));
        clear_up_to(untyped, parts[i] * CLEAR_BLOCK);
        expect_zero_and_soil(untyped, frames);
    }
}

TEST(untyped_clear_is_forgotten_when_memory_is_handed_out, "an object is made and revoked between, or made by a copy of the capability")
{
    seL4_CPtr untyped = untyped_new(19), copy = slot_new(), frames = slots_for_frames();
    clear_up_to(untyped, 8 * CLEAR_BLOCK);
    expect_zero_and_soil(untyped, frames);
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, untyped, DEPTH));
    expect_zero_and_soil(untyped, frames);
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, untyped, DEPTH));
    clear_up_to(untyped, 8 * CLEAR_BLOCK);
    EXPECT_OK(seL4_CNode_Copy(ROOT_CNODE, copy, DEPTH, ROOT_CNODE, untyped, DEPTH, seL4_AllRights));
    expect_zero_and_soil(copy, frames);
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, untyped, DEPTH));
    expect_zero_and_soil(untyped, frames);
}
