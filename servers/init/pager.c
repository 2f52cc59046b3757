/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Order matters in one place: the start block lists the memory that is left, and filling the pager's CSpace takes memory. So the leaves
 * are sized first, everything is made, the block's tail goes on the list, and only then are list and start block written.
 */
#include "pager.h"
#include "block.h"
#include "resident.h"
#include <pagoda/layout.h>
#include <string.h>

#define STACK_PAGES 16
#define ARCHIVE_VA 0x0000000080000000
#define FREE_VA 0x0000000100000000
#define FREE_END 0x0000700000000000
#define LEAF_SLOTS (1u << PAGER_CSPACE_LEAF_BITS)
#define FIRST_LIST_SLOT 64
#define FREE_SLOTS_MIN 512 /* the pager starts with at least so many empty slots */

struct build {
    const struct pager_inputs *in;
    struct resident program;
    seL4_CPtr root;       /* CNode, unguarded cap */
    unsigned root_bits;   /* its radix */
    seL4_Uint8 depth;     /* of a slot seen through it */
    seL4_Word guard;      /* that the pager's own caps to it have */
    seL4_CPtr start_frames[STARTUP_PAGER_BLOCK_PAGES];
    uint64_t next_slot;   /* in the pager's CSpace */
    unsigned n_leaves;
};

static struct pager_start start __attribute__((aligned(4096)));

/* Pages of memory besides the program's own. */
static uint64_t extra_pages(const struct build *b)
{
    uint64_t tables = 16 + b->in->archive_pages / 512;
    uint64_t cnodes = ((1u << (b->root_bits + seL4_SlotBits)) + b->n_leaves * (LEAF_SLOTS << seL4_SlotBits)) / PAGE_SIZE;
    return tables + cnodes + STARTUP_PAGER_BLOCK_PAGES;
}

/* Biggest objects first, so that alignment loses nothing. */
static void make_cnodes(struct build *b)
{
    b->root = memory_slots(1);
    memory_make(&b->program.block, seL4_CapTableObject, b->root_bits, INIT_CNODE, b->root, 1);
    memory_make(&b->program.block, seL4_CapTableObject, PAGER_CSPACE_LEAF_BITS, b->root, 0, b->n_leaves);
}

/* ---- the pager's capabilities ---- */

static void put_copy(const struct build *b, seL4_Word dest, seL4_CPtr source, seL4_CapRights_t rights)
{
    init_check(seL4_CNode_Copy(b->root, dest, b->depth, INIT_CNODE, source, SLOT_DEPTH, rights), "giving the pager a capability");
}

static void put_move(const struct build *b, seL4_Word dest, seL4_CPtr source)
{
    init_check(seL4_CNode_Move(b->root, dest, b->depth, INIT_CNODE, source, SLOT_DEPTH), "giving the pager memory");
}

static void add_fixed_caps(struct build *b)
{
    const struct pager_inputs *in = b->in;
    seL4_CPtr reply = memory_object(&b->program.block, seL4_ReplyObject, 0);
    seL4_CPtr kinfo = memory_copy_cap(in->kinfo, seL4_CanRead);
    memory_map(&b->program.block, kinfo, b->program.vspace, LAYOUT_KINFO_VA, seL4_CanRead, seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
    init_check(seL4_CNode_Mint(b->root, LAYOUT_CAP_CNODE, b->depth, INIT_CNODE, b->root, SLOT_DEPTH, seL4_AllRights, b->guard),
        "giving the pager its CNode");
    put_move(b, LAYOUT_CAP_REPLY, reply);
    put_move(b, LAYOUT_CAP_KINFO, kinfo);
    put_copy(b, PAGER_CAP_VSPACE, b->program.vspace, seL4_AllRights);
    put_copy(b, PAGER_CAP_TCB, b->program.tcb, seL4_AllRights);
    put_copy(b, PAGER_CAP_ASID_POOL, seL4_CapInitThreadASIDPool, seL4_AllRights);
    put_copy(b, PAGER_CAP_ASID_CONTROL, seL4_CapASIDControl, seL4_AllRights);
    put_copy(b, PAGER_CAP_ENDPOINT, in->endpoint, seL4_AllRights);
    put_copy(b, PAGER_CAP_SCHED_CONTEXT, b->program.sched_context, seL4_AllRights);
    put_copy(b, PAGER_CAP_NOTIFICATION_INIT, in->notifications[MANAGER_INIT - 1], seL4_CanWrite);
    put_copy(b, PAGER_CAP_NOTIFICATION_PROCESS, in->notifications[MANAGER_PROCESS - 1], seL4_CanWrite);
    put_copy(b, PAGER_CAP_NOTIFICATION, in->notification, seL4_CanRead);
    put_copy(b, PAGER_CAP_SIGNAL_BLOCK, in->signal_block, seL4_CanWrite);
    put_copy(b, PAGER_CAP_SIGNAL_IDLE, in->signal_idle, seL4_CanWrite);
    put_copy(b, PAGER_CAP_IDLE_TCB, in->idle_tcb, seL4_AllRights);
    init_check(seL4_TCB_BindNotification(b->program.tcb, in->notification), "binding the pager's notification");
}

static void add_archive(struct build *b)
{
    start.archive_slot = b->next_slot;
    for (uint64_t i = 0; i < b->in->archive_pages; i++) {
        seL4_CPtr copy = memory_copy_cap(b->in->archive_frames + i, seL4_CanRead);
        memory_map(&b->program.block, copy, b->program.vspace, ARCHIVE_VA + i * PAGE_SIZE, seL4_CanRead,
            seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
        put_move(b, b->next_slot++, copy);
    }
}

static void add_untypeds(struct build *b)
{
    unsigned n;
    const struct pager_untyped *list = memory_list(&n);
    start.n_untypeds = n;
    for (unsigned i = 0; i < n; i++) {
        start.untypeds[i] = list[i];
        start.untypeds[i].slot = (uint32_t)b->next_slot;
        put_move(b, b->next_slot++, list[i].slot);
    }
}

/* ---- the start block ---- */

static uint64_t listed_pages(void)
{
    uint64_t pages = 0;
    for (uint64_t i = 0; i < start.n_untypeds; i++) {
        pages += 1ull << (start.untypeds[i].size_bits - PAGE_BITS);
    }
    return pages;
}

static void write_start_block(struct build *b, uint64_t pager_pages)
{
    const struct pager_inputs *in = b->in;
    start.magic = PAGER_START_MAGIC;
    start.version = PAGER_START_VERSION;
    start.size = sizeof(start);
    start.ram_pages = in->ram_pages;
    start.init_pages = in->init_pages;
    start.pager_pages = pager_pages;
    start.archive_pages = in->archive_pages;
    start.kernel_pages = in->ram_pages - in->init_pages - pager_pages - in->archive_pages - listed_pages();
    start.archive_va = ARCHIVE_VA;
    start.archive_length = in->archive.length;
    start.image_va = b->program.elf.lowest;
    start.image_end = b->program.elf.highest;
    start.stack_va = LAYOUT_STACK_TOP - STACK_PAGES * PAGE_SIZE;
    start.stack_end = LAYOUT_STACK_TOP;
    start.free_va = FREE_VA;
    start.free_end = FREE_END;
    start.free_slot = b->next_slot;
    start.free_slot_end = (uint64_t)b->n_leaves * LEAF_SLOTS;
    start.next_leaf = b->n_leaves;
    start.root_bits = b->root_bits;
    start.timer_frequency = in->timer_frequency;
    start.commit_strict = in->commit_strict;
    start.evict = in->evict;
    start.fail_alloc = in->fail_alloc;
    for (unsigned i = 0; i < STARTUP_PAGER_BLOCK_PAGES; i++) {
        seL4_CPtr frame = b->start_frames[i];
        uint64_t done = (uint64_t)i * PAGE_SIZE;
        uint64_t left = sizeof(start) > done ? sizeof(start) - done : 0;
        resident_fill(&b->program, frame, (const uint8_t *)&start + done, 0, left < PAGE_SIZE ? left : PAGE_SIZE);
        memory_map(&b->program.block, frame, b->program.vspace, STARTUP_PAGER_BLOCK_VA + done, seL4_CanRead,
            seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
    }
}

/* The tables for the start block exist (the IPC buffer's), so writing it takes no memory any more. */
static void make_start_frames(struct build *b)
{
    for (unsigned i = 0; i < STARTUP_PAGER_BLOCK_PAGES; i++) {
        b->start_frames[i] = memory_object(&b->program.block, seL4_ARM_SmallPageObject, 0);
    }
}

seL4_CPtr pager_start_up(const struct pager_inputs *inputs)
{
    static struct build b;
    b.in = inputs;
    b.next_slot = FIRST_LIST_SLOT;
    b.n_leaves = (unsigned)((FIRST_LIST_SLOT + PAGER_MAX_UNTYPEDS + inputs->archive_pages + FREE_SLOTS_MIN + LEAF_SLOTS - 1) / LEAF_SLOTS);
    b.root_bits = pager_cspace_root_bits(inputs->ram_pages);
    b.depth = (seL4_Uint8)(b.root_bits + PAGER_CSPACE_LEAF_BITS);
    b.guard = seL4_CNode_CapData_new(0, 64u - b.depth).words[0];
    resident_begin(&b.program, "pager", &inputs->archive, STACK_PAGES, extra_pages(&b));
    make_cnodes(&b);
    resident_load(&b.program);
    add_fixed_caps(&b);
    add_archive(&b);
    block_share(&b.program);
    make_start_frames(&b);
    uint64_t pager_pages = memory_finish_block(&b.program.block);
    add_untypeds(&b);
    write_start_block(&b, pager_pages);
    const struct resident_thread thread = {.cnode = b.root, .guard = b.guard, .sched_control = inputs->bootinfo->schedcontrol.start,
        .priority = PRIORITY_PAGER, .fault_endpoint = inputs->fault_endpoint};
    resident_run(&b.program, &thread);
    return b.program.sched_context;
}
