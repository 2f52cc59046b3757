/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"
#include <pagoda/layout.h>
#include <stdlib.h>

#define RETYPE_MAX 256
#define DEVICE_PIECES_MAX 512

static const seL4_BootInfo *bootinfo;
static seL4_CPtr next_slot;
static struct pager_untyped list[PAGER_MAX_UNTYPEDS];
static unsigned n_list;
static uint64_t untyped_pages;

static void list_add(uint64_t paddr, seL4_CPtr slot, unsigned size_bits)
{
    if (n_list == PAGER_MAX_UNTYPEDS) {
        init_fail("more than %u pieces of free memory", PAGER_MAX_UNTYPEDS);
    }
    list[n_list++] = (struct pager_untyped){.paddr = paddr, .slot = (uint32_t)slot, .size_bits = size_bits};
}

/* Device memory that is still whole: what the kernel gave, and the halves that making pages left. */
static struct pager_untyped device_list[DEVICE_PIECES_MAX];
static unsigned n_device_list;

static void device_add(uint64_t paddr, seL4_CPtr slot, unsigned size_bits)
{
    if (n_device_list == DEVICE_PIECES_MAX) {
        init_fail("more than %u pieces of device memory", DEVICE_PIECES_MAX);
    }
    device_list[n_device_list++] = (struct pager_untyped){.paddr = paddr, .slot = (uint32_t)slot, .size_bits = size_bits};
}

void memory_init(const seL4_BootInfo *info)
{
    bootinfo = info;
    next_slot = info->empty.start;
    for (seL4_Word i = 0; i < info->untyped.end - info->untyped.start; i++) {
        const seL4_UntypedDesc *u = &info->untypedList[i];
        if (u->sizeBits < PAGE_BITS) {
            continue;
        }
        if (u->isDevice) {
            device_add(u->paddr, info->untyped.start + i, u->sizeBits);
        } else {
            list_add(u->paddr, info->untyped.start + i, u->sizeBits);
            untyped_pages += 1ull << (u->sizeBits - PAGE_BITS);
        }
    }
}

seL4_CPtr memory_slots(unsigned n)
{
    if (bootinfo->empty.end - next_slot < n) {
        init_fail("the root task's capability space is full (raise root_cnode_bits=)");
    }
    seL4_CPtr first = next_slot;
    next_slot += n;
    return first;
}

static struct pager_untyped list_remove(unsigned i)
{
    struct pager_untyped found = list[i];
    list[i] = list[--n_list];
    return found;
}

/* Index of the smallest piece that is large enough; n_list when there is none. */
static unsigned list_find(unsigned size_bits)
{
    unsigned best = n_list;
    for (unsigned i = 0; i < n_list; i++) {
        if (list[i].size_bits >= size_bits && (best == n_list || list[i].size_bits < list[best].size_bits)) {
            best = i;
        }
    }
    return best;
}

/* Split an untyped into its two halves, in slots n and n + 1 (the upper one). */
static seL4_CPtr split(seL4_CPtr untyped, unsigned size_bits)
{
    seL4_CPtr halves = memory_slots(2);
    init_check(seL4_Untyped_Retype(untyped, seL4_UntypedObject, size_bits - 1, INIT_CNODE, 0, 0, halves, 2), "splitting untyped memory");
    return halves;
}

struct block memory_block(unsigned size_bits, const char *purpose)
{
    unsigned i = list_find(size_bits);
    if (i == n_list) {
        init_too_little("%lu KiB in one piece are needed for %s", 1ul << (size_bits - 10), purpose);
    }
    struct pager_untyped piece = list_remove(i);
    while (piece.size_bits > size_bits) {
        seL4_CPtr halves = split(piece.slot, piece.size_bits);
        piece.size_bits--;
        piece.slot = (uint32_t)halves;
        list_add(piece.paddr + (1ull << piece.size_bits), halves + 1, piece.size_bits);
    }
    return (struct block){.untyped = piece.slot, .paddr = piece.paddr, .size_bits = size_bits};
}

static unsigned object_bits(seL4_Word type, seL4_Word size_bits)
{
    switch (type) {
    case seL4_TCBObject:
        return seL4_TCBBits;
    case seL4_EndpointObject:
        return seL4_EndpointBits;
    case seL4_NotificationObject:
        return seL4_NotificationBits;
    case seL4_ReplyObject:
        return seL4_ReplyBits;
    case seL4_CapTableObject:
        return (unsigned)size_bits + seL4_SlotBits;
    case seL4_UntypedObject:
    case seL4_SchedContextObject:
        return (unsigned)size_bits;
    default:
        return PAGE_BITS; /* frames of 4 KiB, translation tables */
    }
}

void memory_make(struct block *block, seL4_Word type, seL4_Word size_bits, seL4_CPtr root, seL4_Word offset, unsigned n)
{
    uint64_t bytes = 1ull << object_bits(type, size_bits);
    for (unsigned done = 0; done < n;) {
        unsigned now = n - done < RETYPE_MAX ? n - done : RETYPE_MAX;
        init_check(seL4_Untyped_Retype(block->untyped, type, size_bits, root, 0, 0, offset + done, now), "making kernel objects");
        done += now;
    }
    block->used = ((block->used + bytes - 1) & ~(bytes - 1)) + n * bytes;
}

seL4_CPtr memory_object(struct block *block, seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = memory_slots(1);
    memory_make(block, type, size_bits, INIT_CNODE, slot, 1);
    return slot;
}

uint64_t memory_finish_block(struct block *block)
{
    uint64_t end = 1ull << block->size_bits;
    uint64_t at = (block->used + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    uint64_t used_pages = at / PAGE_SIZE;
    while (at < end) {
        unsigned bits = (unsigned)__builtin_ctzll(at);
        list_add(block->paddr + at, memory_object(block, seL4_UntypedObject, bits), bits);
        at += 1ull << bits;
    }
    return used_pages;
}

static int by_address(const void *a, const void *b)
{
    const struct pager_untyped *x = a, *y = b;
    return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

const struct pager_untyped *memory_list(unsigned *n)
{
    qsort(list, n_list, sizeof(list[0]), by_address);
    *n = n_list;
    return list;
}

uint64_t memory_left_kib(void)
{
    uint64_t kib = 0;
    for (unsigned i = 0; i < n_list; i++) {
        kib += 1ull << (list[i].size_bits - 10);
    }
    return kib;
}

uint64_t memory_untyped_pages(void)
{
    return untyped_pages;
}

static bool device_find(uint64_t pa, struct pager_untyped *found)
{
    for (unsigned i = 0; i < n_device_list; i++) {
        const struct pager_untyped *u = &device_list[i];
        if (pa >= u->paddr && (pa - u->paddr) >> u->size_bits == 0) {
            *found = *u;
            device_list[i] = device_list[--n_device_list];
            return true;
        }
    }
    return false;
}

/* Halve the piece around pa until the page is left. */
seL4_CPtr memory_device_page(uint64_t pa)
{
    struct pager_untyped piece;
    if (!device_find(pa, &piece)) {
        return 0;
    }
    while (piece.size_bits > PAGE_BITS) {
        seL4_CPtr halves = split(piece.slot, piece.size_bits--);
        uint64_t upper = piece.paddr + (1ull << piece.size_bits);
        bool in_upper = pa >= upper;
        device_add(in_upper ? piece.paddr : upper, halves + !in_upper, piece.size_bits);
        piece.paddr = in_upper ? upper : piece.paddr;
        piece.slot = (uint32_t)(halves + in_upper);
    }
    seL4_CPtr frame = memory_slots(1);
    init_check(seL4_Untyped_Retype(piece.slot, seL4_ARM_SmallPageObject, 0, INIT_CNODE, 0, 0, frame, 1), "making a device page");
    return frame;
}

void memory_map(struct block *block, seL4_CPtr frame, seL4_CPtr vspace, uint64_t va, seL4_CapRights_t rights, seL4_ARM_VMAttributes attributes)
{
    seL4_Error error;
    /* At most three tables are missing; each turn makes the next one down. */
    for (unsigned level = 0; (error = seL4_ARM_Page_Map(frame, vspace, va, rights, attributes)) == seL4_FailedLookup && level < 3; level++) {
        seL4_CPtr table = memory_object(block, seL4_ARM_PageTableObject, 0);
        init_check(seL4_ARM_PageTable_Map(table, vspace, va, seL4_ARM_Default_VMAttributes), "mapping a translation table");
    }
    init_check(error, "mapping a page");
}

seL4_CPtr memory_copy_cap(seL4_CPtr source, seL4_CapRights_t rights)
{
    seL4_CPtr slot = memory_slots(1);
    init_check(seL4_CNode_Copy(INIT_CNODE, slot, SLOT_DEPTH, INIT_CNODE, source, SLOT_DEPTH, rights), "copying a capability");
    return slot;
}

seL4_CPtr memory_mint(seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_CPtr slot = memory_slots(1);
    init_check(seL4_CNode_Mint(INIT_CNODE, slot, SLOT_DEPTH, INIT_CNODE, source, SLOT_DEPTH, rights, badge), "minting a capability");
    return slot;
}
