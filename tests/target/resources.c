/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots and memory. One untyped (the pool) belongs to the running test: revoking it takes back everything the test made.
 * What lives as long as the program comes from a second one.
 */
#include "harness.h"

#define POOL_BITS_MAX 25
#define PERSISTENT_BITS 18
#define PERSISTENT_SLOTS 200
#define WINDOW_VA 0x1000000000ul /* 64 GiB: far from the image, one 2 MiB table of its own */
#define WINDOW_PAGES 512
#define WINDOW_PERSISTENT 8 /* first pages of the window: the UART and the like */

static unsigned long pool, pool_bits, persistent;
static seL4_CPtr next_persistent_slot, first_test_slot, next_test_slot;
static unsigned long window_used, persistent_pages_used;

static seL4_CPtr persistent_slot(void)
{
    return next_persistent_slot++;
}

static int retype(seL4_CPtr untyped, unsigned long type, unsigned long size_bits, seL4_CPtr slot)
{
    return seL4_Untyped_Retype(untyped, type, size_bits, ROOT_CNODE, 0, 0, slot, 1);
}

unsigned long persistent_object(unsigned long type, unsigned long size_bits)
{
    seL4_CPtr slot = persistent_slot();
    return retype(persistent, type, size_bits, slot) == seL4_NoError ? slot : 0;
}

void *persistent_page_va(void)
{
    return (void *)(WINDOW_VA + 4096 * persistent_pages_used++);
}

/* The largest normal untyped of the machine. */
static seL4_CPtr largest_untyped(unsigned long *bits)
{
    seL4_CPtr best = 0;
    *bits = 0;
    for (unsigned long i = 0; i < boot_info->untyped.end - boot_info->untyped.start; i++) {
        const seL4_UntypedDesc *u = &boot_info->untypedList[i];
        if (!u->isDevice && u->sizeBits > *bits) {
            *bits = u->sizeBits;
            best = boot_info->untyped.start + i;
        }
    }
    return best;
}

static void map_window_tables(void)
{
    for (int level = 0; level < 3; level++) {
        seL4_CPtr table = persistent_object(seL4_ARM_PageTableObject, 0);
        if (seL4_ARM_PageTable_Map(table, OWN_VSPACE, WINDOW_VA, seL4_ARM_Default_VMAttributes) != seL4_NoError)
            return; /* that level was there already, so all are now */
    }
}

void resources_init(void)
{
    next_persistent_slot = boot_info->empty.start;
    unsigned long bits;
    seL4_CPtr largest = largest_untyped(&bits);
    pool_bits = bits - 1 < POOL_BITS_MAX ? bits - 1 : POOL_BITS_MAX;
    persistent = persistent_slot();
    retype(largest, seL4_UntypedObject, PERSISTENT_BITS, persistent);
    pool = persistent_slot();
    retype(largest, seL4_UntypedObject, pool_bits, pool);
    map_window_tables();
    first_test_slot = next_test_slot = boot_info->empty.start + PERSISTENT_SLOTS;
    window_used = WINDOW_PERSISTENT;
}

/* Halve the device untyped that holds pa until one page is left. */
seL4_CPtr device_page(unsigned long pa)
{
    for (unsigned long i = 0; i < boot_info->untyped.end - boot_info->untyped.start; i++) {
        const seL4_UntypedDesc *u = &boot_info->untypedList[i];
        unsigned long base = u->paddr, bits = u->sizeBits;
        if (!u->isDevice || bits < 12 || pa < base || pa - base >= 1ul << bits)
            continue;
        seL4_CPtr part = boot_info->untyped.start + i;
        while (bits > 12) {
            bits--;
            seL4_CPtr halves = next_persistent_slot;
            next_persistent_slot += 2;
            if (seL4_Untyped_Retype(part, seL4_UntypedObject, bits, ROOT_CNODE, 0, 0, halves, 2) != seL4_NoError)
                return 0;
            part = halves + (pa - base >= 1ul << bits);
            base += pa - base >= 1ul << bits ? 1ul << bits : 0;
        }
        seL4_CPtr frame = persistent_slot();
        return retype(part, seL4_ARM_SmallPageObject, 0, frame) == seL4_NoError ? frame : 0;
    }
    return 0;
}

unsigned long test_memory(void)
{
    return pool;
}

unsigned long test_memory_bits(void)
{
    return pool_bits;
}

bool slot_is_empty(seL4_CPtr slot)
{
    return seL4_CNode_Move(ROOT_CNODE, slot, DEPTH, ROOT_CNODE, slot, DEPTH) == seL4_FailedLookup;
}

void resources_release(void)
{
    seL4_CNode_Revoke(ROOT_CNODE, pool, DEPTH);
    for (seL4_CPtr slot = first_test_slot; slot < next_test_slot; slot++)
        seL4_CNode_Delete(ROOT_CNODE, slot, DEPTH);
}

unsigned resources_leaked(void)
{
    unsigned leaked = 0;
    for (seL4_CPtr slot = first_test_slot; slot < next_test_slot; slot++)
        leaked += !slot_is_empty(slot);
    next_test_slot = first_test_slot;
    window_used = WINDOW_PERSISTENT;
    return leaked;
}

seL4_CPtr slot_new(void)
{
    return next_test_slot++;
}

seL4_CPtr object_new(unsigned long type, unsigned long size_bits)
{
    seL4_CPtr slot = slot_new();
    EXPECT_OK(retype(pool, type, size_bits, slot));
    return slot;
}

seL4_CPtr untyped_new(unsigned long size_bits)
{
    return object_new(seL4_UntypedObject, size_bits);
}

seL4_CPtr endpoint_new(void)
{
    return object_new(seL4_EndpointObject, 0);
}

seL4_CPtr notification_new(void)
{
    return object_new(seL4_NotificationObject, 0);
}

seL4_CPtr reply_new(void)
{
    return object_new(seL4_ReplyObject, 0);
}

seL4_CPtr cnode_new(unsigned long radix)
{
    return object_new(seL4_CapTableObject, radix);
}

seL4_CPtr frame_new(void)
{
    return object_new(seL4_ARM_SmallPageObject, 0);
}

seL4_CPtr sched_context_new(void)
{
    return object_new(seL4_SchedContextObject, 8);
}

seL4_CPtr mint_new(seL4_CPtr source, unsigned long rights, unsigned long badge)
{
    seL4_CPtr slot = slot_new();
    seL4_CapRights_t word = seL4_CapRights_new((rights & RIGHT_GRANT_REPLY) != 0, (rights & RIGHT_GRANT) != 0, (rights & RIGHT_READ) != 0,
                                               (rights & RIGHT_WRITE) != 0);
    EXPECT_OK(seL4_CNode_Mint(ROOT_CNODE, slot, DEPTH, ROOT_CNODE, source, DEPTH, word, badge));
    return slot;
}

seL4_CPtr copy_new(seL4_CPtr source)
{
    seL4_CPtr slot = slot_new();
    EXPECT_OK(seL4_CNode_Copy(ROOT_CNODE, slot, DEPTH, ROOT_CNODE, source, DEPTH, seL4_AllRights));
    return slot;
}

void *window_new(unsigned long n_pages)
{
    EXPECT(window_used + n_pages <= WINDOW_PAGES);
    void *va = (void *)(WINDOW_VA + 4096 * window_used);
    window_used += n_pages;
    return va;
}

int page_map(seL4_CPtr frame, void *va, unsigned long rights)
{
    seL4_CapRights_t word = seL4_CapRights_new(0, 0, (rights & RIGHT_READ) != 0, (rights & RIGHT_WRITE) != 0);
    return seL4_ARM_Page_Map(frame, OWN_VSPACE, (unsigned long)va, word, seL4_ARM_Default_VMAttributes);
}

unsigned long vspace_new(void)
{
    seL4_CPtr vspace = object_new(seL4_ARM_VSpaceObject, 0);
    EXPECT_OK(seL4_ARM_ASIDPool_Assign(OWN_ASID_POOL, vspace));
    return vspace;
}

const volatile struct kernel_info *kernel_counters(void)
{
    seL4_CPtr frame = slot_new();
    EXPECT_OK(pagoda_KernelInfoFrame(IRQ_CONTROL, ROOT_CNODE, frame, DEPTH));
    void *va = window_new(1);
    EXPECT_OK(page_map(frame, va, RIGHT_READ));
    return va;
}
