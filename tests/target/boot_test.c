/* SPDX-License-Identifier: BSD-2-Clause */
/* What the root task finds when it starts: bootinfo, initial CSpace, address space. */
#include "test.h"

TEST(bootinfo_describes_one_node_without_io_spaces, "fixed fields of the bootinfo frame")
{
    EXPECT_EQ(boot_info->nodeID, 0);
    EXPECT_EQ(boot_info->numNodes, 1);
    EXPECT_EQ(boot_info->numIOPTLevels, 0);
    EXPECT_EQ(boot_info->initThreadDomain, 0);
    EXPECT_EQ(boot_info->sharedFrames.end - boot_info->sharedFrames.start, 0);
    EXPECT_EQ(boot_info->ioSpaceCaps.end - boot_info->ioSpaceCaps.start, 0);
    EXPECT(boot_info->initThreadCNodeSizeBits >= 13);
}

TEST(bootinfo_regions_follow_in_documented_order, "paging, extra, schedcontrol, image frames, untyped, empty")
{
    EXPECT_EQ(boot_info->userImagePaging.start, 16);
    EXPECT_EQ(boot_info->extraBIPages.start, boot_info->userImagePaging.end);
    EXPECT_EQ(boot_info->schedcontrol.start, boot_info->extraBIPages.end);
    EXPECT_EQ(boot_info->schedcontrol.end, boot_info->schedcontrol.start + 1);
    EXPECT_EQ(boot_info->userImageFrames.start, boot_info->schedcontrol.end);
    EXPECT_EQ(boot_info->untyped.start, boot_info->userImageFrames.end);
    EXPECT_EQ(boot_info->empty.start, boot_info->untyped.end);
    EXPECT_EQ(boot_info->empty.end, 1ul << boot_info->initThreadCNodeSizeBits);
}

TEST(bootinfo_extra_pages_cover_extra_length, "one frame capability per extra bootinfo page")
{
    EXPECT_EQ(boot_info->extraBIPages.end - boot_info->extraBIPages.start, (boot_info->extraLen + 4095) / 4096);
}

TEST(bootinfo_extra_holds_a_device_tree, "first chunk is the FDT blob with its magic number")
{
    const unsigned char *chunk = (const unsigned char *)boot_info + 4096;
    const seL4_BootInfoHeader *header = (const void *)chunk;
    EXPECT_EQ(header->id, 6);
    EXPECT_EQ(header->len, boot_info->extraLen);
    static const unsigned char magic[4] = {0xd0, 0x0d, 0xfe, 0xed};
    for (int i = 0; i < 4; i++)
        EXPECT_EQ(chunk[16 + i], magic[i]);
}

TEST(bootinfo_frames_lie_behind_the_image, "IPC buffer, bootinfo and extra bootinfo follow the image page by page")
{
    unsigned long ipc = (unsigned long)boot_info->ipcBuffer;
    EXPECT_EQ((unsigned long)boot_info, ipc + 4096);
    EXPECT_EQ(ipc % 4096, 0);
}

TEST(initial_cspace_has_the_documented_slots, "which of the first sixteen slots are occupied")
{
    static const bool occupied[16] = {[1] = 1, [2] = 1, [3] = 1, [4] = 1, [5] = 1, [6] = 1, [9] = 1, [10] = 1, [11] = 1, [14] = 1};
    for (seL4_CPtr slot = 0; slot < 16; slot++)
        if (slot_is_empty(slot) == occupied[slot])
            expect_failed(__FILE__, __LINE__, "slot %lu is %s", slot, occupied[slot] ? "empty" : "occupied");
}

TEST(initial_cspace_regions_are_full_and_the_rest_empty, "every slot of the dynamic regions is occupied, the end of the CNode is empty")
{
    for (seL4_CPtr slot = 16; slot < boot_info->untyped.end; slot++)
        if (slot_is_empty(slot))
            expect_failed(__FILE__, __LINE__, "slot %lu is empty", slot);
    for (seL4_CPtr slot = boot_info->empty.end - 100; slot < boot_info->empty.end; slot++)
        EXPECT(slot_is_empty(slot));
}

TEST(untyped_list_entries_do_not_overlap, "no physical byte belongs to two untyped objects")
{
    unsigned long n = boot_info->untyped.end - boot_info->untyped.start;
    EXPECT(n > 0 && n <= 230);
    for (unsigned long i = 0; i < n; i++) {
        const seL4_UntypedDesc *a = &boot_info->untypedList[i];
        for (unsigned long j = i + 1; j < n; j++) {
            const seL4_UntypedDesc *b = &boot_info->untypedList[j];
            if (a->paddr < b->paddr + (1ul << b->sizeBits) && b->paddr < a->paddr + (1ul << a->sizeBits))
                expect_failed(__FILE__, __LINE__, "untyped %lu and %lu overlap", i, j);
        }
    }
}

TEST(untyped_list_sizes_are_in_range_and_normal_ones_aligned, "2^4..2^47 bytes; RAM is cut at its natural alignment")
{
    for (unsigned long i = 0; i < boot_info->untyped.end - boot_info->untyped.start; i++) {
        const seL4_UntypedDesc *u = &boot_info->untypedList[i];
        EXPECT(u->sizeBits >= 4 && u->sizeBits <= 47);
        if (!u->isDevice)
            EXPECT_EQ(u->paddr & ((1ul << u->sizeBits) - 1), 0);
    }
}

TEST(untyped_list_has_device_and_normal_memory, "both kinds are handed out")
{
    unsigned long device = 0, normal = 0;
    for (unsigned long i = 0; i < boot_info->untyped.end - boot_info->untyped.start; i++)
        *(boot_info->untypedList[i].isDevice ? &device : &normal) += 1;
    EXPECT(device > 0 && normal > 0);
}

TEST(image_frames_are_contiguous_in_physical_memory, "one small frame per page of the image, ascending")
{
    seL4_CPtr frame = boot_info->userImageFrames.start;
    seL4_ARM_Page_GetAddress_t first = seL4_ARM_Page_GetAddress(frame);
    EXPECT_OK(first.error);
    for (seL4_CPtr i = 1; frame + i < boot_info->userImageFrames.end; i++) {
        seL4_ARM_Page_GetAddress_t next = seL4_ARM_Page_GetAddress(frame + i);
        EXPECT_OK(next.error);
        EXPECT_EQ(next.paddr, first.paddr + 4096 * i);
    }
}

TEST(image_frame_capability_names_the_page_it_is_mapped_at, "a second mapping of an image frame shows the program's own data")
{
    static volatile unsigned long word __attribute__((aligned(4096)));
    word = 0x1234567;
    unsigned long *again = window_new(1);
    EXPECT_OK(page_map(copy_new(image_frame((const void *)&word)), again, RIGHT_READ));
    EXPECT_EQ(*(volatile unsigned long *)again, 0x1234567);
}

TEST(root_thread_priority_cannot_exceed_its_mcp_of_255, "255 is allowed, 256 is a range error")
{
    EXPECT_RANGE_ERROR(invoke(OWN_TCB, TCBSetPriority, WORDS(256), CAPS(OWN_TCB)), 0, 255);
    EXPECT_SUCCESS(invoke(OWN_TCB, TCBSetPriority, WORDS(255), CAPS(OWN_TCB)));
    EXPECT_SUCCESS(invoke(OWN_TCB, TCBSetPriority, WORDS(PRIORITY_MAIN), CAPS(OWN_TCB)));
}
