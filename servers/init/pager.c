/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Order matters in one place: the start block lists the memory that is left, and filling the pager's CSpace takes memory. So the leaves
 * are sized first, everything is made, the block's tail goes on the list, and only then are list and start block written.
 */
#include "pager.h"
#include <loader/arguments.h>
#include <loader/load.h>
#include <pagoda/layout.h>
#include <string.h>

#define PAGER_PATH "bin/pager"
#define STACK_PAGES 16
#define ARCHIVE_VA 0x0000000080000000
#define FREE_VA 0x0000000100000000
#define FREE_END 0x0000700000000000
#define SCRATCH_VA 0x0000000020000000 /* in init's space: where a page is filled before the pager gets it */
#define LEAF_SLOTS (1u << PAGER_CSPACE_LEAF_BITS)
#define FIRST_LIST_SLOT 64
#define FREE_SLOTS_MIN 512 /* the pager starts with at least so many empty slots */

struct build {
    const struct pager_inputs *in;
    struct block block;
    seL4_CPtr root;       /* CNode, unguarded cap */
    unsigned root_bits;   /* its radix */
    seL4_Uint8 depth;     /* of a slot seen through it */
    seL4_Word guard;      /* that the pager's own caps to it have */
    seL4_CPtr vspace;
    seL4_CPtr tcb;
    seL4_CPtr sched_context;
    seL4_CPtr start_frames[STARTUP_PAGER_BLOCK_PAGES];
    uint64_t next_slot;   /* in the pager's CSpace */
    unsigned n_leaves;
    struct elf_program program;
    const uint8_t *file;  /* its ELF file */
    struct load_start run;
};

static struct pager_start start __attribute__((aligned(4096)));

static void find_program(struct build *b)
{
    struct archive_file file;
    struct elf_memory memory;
    if (!archive_find(&b->in->archive, PAGER_PATH, &file)) {
        init_fail("the boot archive has no " PAGER_PATH);
    }
    struct elf_source source = elf_memory_source(&memory, file.data, file.size);
    enum elf_status status = load_check(&source, &b->program);
    if (status != ELF_OK) {
        init_fail(PAGER_PATH ": %s", elf_status_text(status));
    }
    b->file = file.data;
}

/* Pages of memory for the whole making, from above. The tail of the block goes to the pager, so too much costs nothing. */
static uint64_t pages_needed(const struct build *b)
{
    uint64_t image = (b->program.highest - b->program.lowest) / PAGE_SIZE;
    uint64_t tables = 16 + image / 512 + b->in->archive_pages / 512;
    uint64_t cnodes = ((1u << (b->root_bits + seL4_SlotBits)) + b->n_leaves * (LEAF_SLOTS << seL4_SlotBits)) / PAGE_SIZE;
    return image + tables + cnodes + STACK_PAGES + STARTUP_PAGER_BLOCK_PAGES + 8;
}

static unsigned bits_for(uint64_t bytes)
{
    unsigned bits = PAGE_BITS;
    while (1ull << bits < bytes) {
        bits++;
    }
    return bits;
}

/* Biggest objects first, so that alignment loses nothing. */
static void make_objects(struct build *b)
{
    b->root = memory_slots(1);
    b->block = memory_block(bits_for(pages_needed(b) * PAGE_SIZE), "the pager");
    memory_make(&b->block, seL4_CapTableObject, b->root_bits, INIT_CNODE, b->root, 1);
    memory_make(&b->block, seL4_CapTableObject, PAGER_CSPACE_LEAF_BITS, b->root, 0, b->n_leaves);
    b->vspace = memory_object(&b->block, seL4_ARM_VSpaceObject, 0);
    b->tcb = memory_object(&b->block, seL4_TCBObject, 0);
    b->sched_context = memory_object(&b->block, seL4_SchedContextObject, seL4_MinSchedContextBits);
    init_check(seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, b->vspace), "giving the pager an ASID");
}

/* One page of the pager with these bytes (the rest zero), mapped at va. */
static seL4_CPtr add_page(struct build *b, uint64_t va, const void *bytes, uint64_t offset, uint64_t length, uint32_t rights)
{
    seL4_CPtr frame = memory_object(&b->block, seL4_ARM_SmallPageObject, 0);
    if (length != 0) {
        memory_map(&b->block, frame, seL4_CapInitThreadVSpace, SCRATCH_VA, seL4_ReadWrite, seL4_ARM_Default_VMAttributes);
        memcpy((uint8_t *)SCRATCH_VA + offset, bytes, length);
        if (rights & ELF_EXECUTE) {
            init_check(seL4_ARM_Page_Unify_Instruction(frame, 0, PAGE_SIZE), "making code visible");
        }
        init_check(seL4_ARM_Page_Unmap(frame), "unmapping a page");
    }
    memory_map(&b->block, frame, b->vspace, va, (rights & ELF_WRITE) ? seL4_ReadWrite : seL4_CanRead,
        (rights & ELF_EXECUTE) ? seL4_ARM_Default_VMAttributes : seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
    return frame;
}

static void add_segment(struct build *b, const struct elf_segment *s)
{
    for (uint64_t done = 0; done < s->length; done += PAGE_SIZE) {
        uint64_t left = s->file_length > done ? s->file_length - done : 0;
        add_page(b, s->va + done, b->file + s->file_offset + done, 0, left < PAGE_SIZE ? left : PAGE_SIZE, s->rights);
    }
}

static void add_stack(struct build *b)
{
    static const uint8_t arguments[] = "pager";
    static struct arguments_block block;
    arguments_build(arguments, sizeof(arguments), LAYOUT_STACK_TOP, &block);
    uint64_t in_page = PAGE_SIZE - block.length;
    for (unsigned i = STACK_PAGES; i > 1; i--) {
        add_page(b, LAYOUT_STACK_TOP - i * PAGE_SIZE, NULL, 0, 0, ELF_READ | ELF_WRITE);
    }
    add_page(b, LAYOUT_STACK_TOP - PAGE_SIZE, block.bytes, in_page, block.length, ELF_READ | ELF_WRITE);
    b->run = (struct load_start){.entry = b->program.entry, .sp = block.sp};
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
    seL4_CPtr reply = memory_object(&b->block, seL4_ReplyObject, 0);
    seL4_CPtr kinfo = memory_copy_cap(in->kinfo, seL4_CanRead);
    memory_map(&b->block, kinfo, b->vspace, LAYOUT_KINFO_VA, seL4_CanRead, seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
    init_check(seL4_CNode_Mint(b->root, LAYOUT_CAP_CNODE, b->depth, INIT_CNODE, b->root, SLOT_DEPTH, seL4_AllRights, b->guard),
        "giving the pager its CNode");
    put_move(b, LAYOUT_CAP_REPLY, reply);
    put_move(b, LAYOUT_CAP_KINFO, kinfo);
    put_copy(b, PAGER_CAP_VSPACE, b->vspace, seL4_AllRights);
    put_copy(b, PAGER_CAP_TCB, b->tcb, seL4_AllRights);
    put_copy(b, PAGER_CAP_ASID_POOL, seL4_CapInitThreadASIDPool, seL4_AllRights);
    put_copy(b, PAGER_CAP_ASID_CONTROL, seL4_CapASIDControl, seL4_AllRights);
    put_copy(b, PAGER_CAP_ENDPOINT, in->endpoint, seL4_AllRights);
    put_copy(b, PAGER_CAP_SCHED_CONTEXT, b->sched_context, seL4_AllRights);
    put_copy(b, PAGER_CAP_NOTIFICATION_INIT, in->notifications[MANAGER_INIT - 1], seL4_CanWrite);
    put_copy(b, PAGER_CAP_NOTIFICATION_PROCESS, in->notifications[MANAGER_PROCESS - 1], seL4_CanWrite);
    put_copy(b, PAGER_CAP_NOTIFICATION, in->notification, seL4_CanRead);
    init_check(seL4_TCB_BindNotification(b->tcb, in->notification), "binding the pager's notification");
}

static void add_archive(struct build *b)
{
    start.archive_slot = b->next_slot;
    for (uint64_t i = 0; i < b->in->archive_pages; i++) {
        seL4_CPtr copy = memory_copy_cap(b->in->archive_frames + i, seL4_CanRead);
        memory_map(&b->block, copy, b->vspace, ARCHIVE_VA + i * PAGE_SIZE, seL4_CanRead,
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
    start.image_va = b->program.lowest;
    start.image_end = b->program.highest;
    start.stack_va = LAYOUT_STACK_TOP - STACK_PAGES * PAGE_SIZE;
    start.stack_end = LAYOUT_STACK_TOP;
    start.free_va = FREE_VA;
    start.free_end = FREE_END;
    start.free_slot = b->next_slot;
    start.free_slot_end = (uint64_t)b->n_leaves * LEAF_SLOTS;
    start.next_leaf = b->n_leaves;
    start.root_bits = b->root_bits;
    start.timer_frequency = in->timer_frequency;
    for (unsigned i = 0; i < STARTUP_PAGER_BLOCK_PAGES; i++) {
        seL4_CPtr frame = b->start_frames[i];
        uint64_t done = (uint64_t)i * PAGE_SIZE;
        uint64_t left = sizeof(start) > done ? sizeof(start) - done : 0;
        memory_map(&b->block, frame, seL4_CapInitThreadVSpace, SCRATCH_VA, seL4_ReadWrite, seL4_ARM_Default_VMAttributes);
        memcpy((void *)SCRATCH_VA, (const uint8_t *)&start + done, left < PAGE_SIZE ? left : PAGE_SIZE);
        init_check(seL4_ARM_Page_Unmap(frame), "unmapping the start block");
        memory_map(&b->block, frame, b->vspace, STARTUP_PAGER_BLOCK_VA + done, seL4_CanRead,
            seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
    }
}

/* The tables for the start block exist (the IPC buffer's), so writing it takes no memory any more. */
static void make_start_frames(struct build *b)
{
    for (unsigned i = 0; i < STARTUP_PAGER_BLOCK_PAGES; i++) {
        b->start_frames[i] = memory_object(&b->block, seL4_ARM_SmallPageObject, 0);
    }
}

static void run(struct build *b, seL4_CPtr ipc_frame)
{
    seL4_UserContext registers = {.pc = b->run.entry, .sp = b->run.sp};
    init_check(seL4_TCB_Configure(b->tcb, b->root, b->guard, b->vspace, 0, LAYOUT_IPC_BUFFER_VA, ipc_frame), "configuring the pager's thread");
    init_check(seL4_SchedControl_Configure(b->in->bootinfo->schedcontrol.start, b->sched_context, TIME_SLICE_US, TIME_SLICE_US, 0, 0),
        "configuring the pager's time");
    init_check(seL4_TCB_SetSchedParams(b->tcb, seL4_CapInitThreadTCB, PRIORITY_PAGER, PRIORITY_PAGER, b->sched_context,
                   b->in->fault_endpoint), "scheduling the pager");
    init_check(seL4_TCB_WriteRegisters(b->tcb, 1, 0, SEL4_CONTEXT_WORDS, &registers), "starting the pager");
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
    find_program(&b);
    make_objects(&b);
    seL4_CPtr ipc_frame = add_page(&b, LAYOUT_IPC_BUFFER_VA, NULL, 0, 0, ELF_READ | ELF_WRITE);
    for (uint32_t i = 0; i < b.program.n_segments; i++) {
        add_segment(&b, &b.program.segments[i]);
    }
    add_stack(&b);
    add_fixed_caps(&b);
    add_archive(&b);
    make_start_frames(&b);
    uint64_t pager_pages = memory_finish_block(&b.block);
    add_untypeds(&b);
    write_start_block(&b, pager_pages);
    run(&b, ipc_frame);
    return b.sched_context;
}
