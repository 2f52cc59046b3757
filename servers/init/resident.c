/* SPDX-License-Identifier: BSD-2-Clause */
#include "resident.h"
#include <pagoda/layout.h>
#include <stdio.h>
#include <string.h>

#define SCRATCH_VA 0x0000000020000000 /* in init's space: where a page is filled before its owner gets it */

static void find_program(struct resident *r, const struct archive *archive)
{
    char path[64];
    struct archive_file file;
    struct elf_memory memory;
    snprintf(path, sizeof(path), "bin/%s", r->name);
    if (!archive_find(archive, path, &file)) {
        init_fail("the boot archive has no %s", path);
    }
    struct elf_source source = elf_memory_source(&memory, file.data, file.size);
    enum elf_status status = load_check(&source, &r->elf);
    if (status != ELF_OK) {
        init_fail("%s: %s", path, elf_status_text(status));
    }
    r->file = file.data;
}

static unsigned bits_for(uint64_t bytes)
{
    unsigned bits = PAGE_BITS;
    while (1ull << bits < bytes) {
        bits++;
    }
    return bits;
}

/* From above. What is left of the block goes to the pager, so too much costs nothing. */
void resident_begin(struct resident *r, const char *name, const struct archive *archive, unsigned stack_pages, uint64_t extra_pages)
{
    r->name = name;
    r->stack_pages = stack_pages;
    find_program(r, archive);
    uint64_t image = (r->elf.highest - r->elf.lowest) / PAGE_SIZE;
    uint64_t pages = image + image / 512 + stack_pages + extra_pages + 8;
    r->block = memory_block(bits_for(pages * PAGE_SIZE), name);
}

/* remember: what is to be written again if the program is started again. */
static void remember(struct resident *r, const struct resident_page *page)
{
    if (!r->writable) {
        return;
    }
    if (r->n_writable == r->max_writable) {
        init_fail("%s has more than %u pages that it can write to", r->name, r->max_writable);
    }
    r->writable[r->n_writable++] = *page;
}

static void fill(struct resident *r, seL4_CPtr frame, const void *bytes, uint64_t offset, uint64_t length, bool is_code)
{
    memory_map(&r->block, frame, seL4_CapInitThreadVSpace, SCRATCH_VA, seL4_ReadWrite, seL4_ARM_Default_VMAttributes);
    memcpy((uint8_t *)SCRATCH_VA + offset, bytes, length);
    if (is_code) {
        init_check(seL4_ARM_Page_Unify_Instruction(frame, 0, PAGE_SIZE), "making code visible");
    }
    init_check(seL4_ARM_Page_Unmap(frame), "unmapping a page");
}

void resident_fill(struct resident *r, seL4_CPtr frame, const void *bytes, uint64_t offset, uint64_t length)
{
    fill(r, frame, bytes, offset, length, false);
}

seL4_CPtr resident_add_page(struct resident *r, uint64_t va, const void *bytes, uint64_t offset, uint64_t length, uint32_t rights)
{
    seL4_CPtr frame = memory_object(&r->block, seL4_ARM_SmallPageObject, 0);
    if (length != 0) {
        fill(r, frame, bytes, offset, length, rights & ELF_EXECUTE);
    }
    if (rights & ELF_WRITE) {
        remember(r, &(struct resident_page){.frame = frame, .bytes = bytes, .offset = offset, .length = length});
    }
    memory_map(&r->block, frame, r->vspace, va, (rights & ELF_WRITE) ? seL4_ReadWrite : seL4_CanRead,
        (rights & ELF_EXECUTE) ? seL4_ARM_Default_VMAttributes : seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
    return frame;
}

static void add_segment(struct resident *r, const struct elf_segment *s)
{
    for (uint64_t done = 0; done < s->length; done += PAGE_SIZE) {
        uint64_t left = s->file_length > done ? s->file_length - done : 0;
        resident_add_page(r, s->va + done, r->file + s->file_offset + done, 0, left < PAGE_SIZE ? left : PAGE_SIZE, s->rights);
    }
}

static void add_stack(struct resident *r)
{
    struct arguments_block *arguments = &r->arguments;
    arguments_build((const uint8_t *)r->name, strlen(r->name) + 1, LAYOUT_STACK_TOP, arguments);
    for (unsigned i = r->stack_pages; i > 1; i--) {
        resident_add_page(r, LAYOUT_STACK_TOP - i * PAGE_SIZE, NULL, 0, 0, ELF_READ | ELF_WRITE);
    }
    resident_add_page(r, LAYOUT_STACK_TOP - PAGE_SIZE, arguments->bytes, PAGE_SIZE - arguments->length, arguments->length, ELF_READ | ELF_WRITE);
    r->run = (struct load_start){.entry = r->elf.entry, .sp = arguments->sp};
}

void resident_load(struct resident *r)
{
    r->vspace = memory_object(&r->block, seL4_ARM_VSpaceObject, 0);
    r->tcb = memory_object(&r->block, seL4_TCBObject, 0);
    r->sched_context = memory_object(&r->block, seL4_SchedContextObject, seL4_MinSchedContextBits);
    init_check(seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, r->vspace), "giving an address space an ASID");
    r->ipc_frame = resident_add_page(r, LAYOUT_IPC_BUFFER_VA, NULL, 0, 0, ELF_READ | ELF_WRITE);
    for (uint32_t i = 0; i < r->elf.n_segments; i++) {
        add_segment(r, &r->elf.segments[i]);
    }
    add_stack(r);
}

static void start_thread(const struct resident *r)
{
    seL4_UserContext registers = {.pc = r->run.entry, .sp = r->run.sp};
    init_check(seL4_TCB_WriteRegisters(r->tcb, 1, 0, SEL4_CONTEXT_WORDS, &registers), "starting a thread");
}

void resident_run(struct resident *r, const struct resident_thread *t)
{
    init_check(seL4_TCB_Configure(r->tcb, t->cnode, t->guard, r->vspace, 0, LAYOUT_IPC_BUFFER_VA, r->ipc_frame), "configuring a thread");
    init_check(seL4_SchedControl_Configure(t->sched_control, r->sched_context, TIME_SLICE_US, TIME_SLICE_US, 0, 0), "configuring its time");
    init_check(seL4_TCB_SetSchedParams(r->tcb, seL4_CapInitThreadTCB, t->priority, t->priority, r->sched_context, t->fault_endpoint),
        "scheduling a thread");
    start_thread(r);
}

/* The frame is mapped in the program: a copy of its capability can be mapped here as well. */
static void rewrite(struct resident *r, const struct resident_page *page, seL4_CPtr slot)
{
    uint8_t *scratch = (uint8_t *)SCRATCH_VA;
    init_check(seL4_CNode_Copy(INIT_CNODE, slot, SLOT_DEPTH, INIT_CNODE, page->frame, SLOT_DEPTH, seL4_ReadWrite), "looking at a page again");
    memory_map(&r->block, slot, seL4_CapInitThreadVSpace, SCRATCH_VA, seL4_ReadWrite, seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
    memset(scratch, 0, PAGE_SIZE);
    if (page->length != 0) {
        memcpy(scratch + page->offset, page->bytes, page->length);
    }
    init_check(seL4_CNode_Delete(INIT_CNODE, slot, SLOT_DEPTH), "unmapping a page");
}

void resident_reload(struct resident *r, seL4_CPtr slot)
{
    for (unsigned i = 0; i < r->n_writable; i++) {
        rewrite(r, &r->writable[i], slot);
    }
    start_thread(r);
}
