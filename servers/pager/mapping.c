/* SPDX-License-Identifier: BSD-2-Clause */
#include "mapping.h"

#include "file.h"
#include "frame.h"

#include <pagoda/layout.h>

bool mapping_ready(const struct space *s)
{
    return reserve_ready() || (slot_ready(&s->slots) && reserve_tables() >= 3);
}

/* add_tables: give every level of the path to a page its translation table. The page map's levels exist already. */
static void add_tables(struct space *s, uint64_t page)
{
    for (unsigned level = 0; level < 3; level++) {
        struct pagemap_link *link = pagemap_link_at(&s->map, page, level);
        if (!link->table) {
            uint32_t table = reserve_table_take();
            if (table == BUDDY_NONE) {
                pager_panic("mapping: no table in reserve", page);
            }
            must(kernel_table_map(page_second_cap(table), s->vspace, page << PAGE_BITS), "mapping: table");
            link->table = table + 1;
            s->map.table_pages++;
        }
    }
}

static void map_cap(struct space *s, uint64_t page, cptr_t cap, bool writable, bool executable)
{
    unsigned error = kernel_page_map(cap, s->vspace, page << PAGE_BITS, writable, executable);

    if (error == KERNEL_ERROR_FAILED_LOOKUP) {
        add_tables(s, page);
        error = kernel_page_map(cap, s->vspace, page << PAGE_BITS, writable, executable);
    }
    must(error, "mapping: map");
}

/* copy_cap: a further capability for a frame, in a slot of the space. */
static uint32_t copy_cap(struct space *s, uint32_t frame)
{
    bool archive = frame_is_archive(frame);
    uint32_t slot = slot_take(&s->slots);

    if (slot == SLOT_NONE) {
        pager_panic("mapping: no slot in reserve", s->id);
    }
    must(kernel_copy(slot_cap(slot), archive ? archive_cap(frame - FRAME_ARCHIVE) : page_cap(frame),
                     archive ? KERNEL_READ : KERNEL_READ | KERNEL_WRITE),
         "mapping: copy");
    return slot;
}

static cptr_t mapping_cap(page_entry e)
{
    return e & ENTRY_ORIGINAL ? page_cap(entry_frame(e)) : slot_cap(entry_slot(e));
}

/* see_instructions: before code is fetched from a frame, instruction fetch must see what was written to it. Not needed again
 * until the frame is mapped writable. */
static void see_instructions(page_entry e)
{
    uint32_t frame = entry_frame(e);
    bool seen;

    if (frame_is_archive(frame)) {
        seen = archive_unified(frame - FRAME_ARCHIVE);
    } else {
        seen = frame_at(frame)->flags & FRAME_UNIFIED;
        frame_at(frame)->flags |= FRAME_UNIFIED;
    }
    if (!seen) {
        must(kernel_unify(mapping_cap(e)), "mapping: unify");
    }
}

static page_entry rights_bits(bool writable, bool executable)
{
    return ENTRY_MAPPED | (writable ? ENTRY_WRITABLE : 0) | (executable ? ENTRY_EXECUTABLE : 0);
}

/* mapped: what follows from new rights of the mapping. */
static void mapped(page_entry e)
{
    if (e & ENTRY_EXECUTABLE) {
        see_instructions(e);
    }
    if (e & ENTRY_WRITABLE) {
        frame_at(entry_frame(e))->flags &= (uint8_t)~FRAME_UNIFIED;
    }
}

void mapping_make(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable)
{
    uint32_t frame = entry_frame(*entry);
    page_entry how;

    if (!frame_is_archive(frame) && !(frame_at(frame)->flags & FRAME_MAPPED)) {
        frame_at(frame)->flags |= FRAME_MAPPED;
        how = ENTRY_ORIGINAL;
    } else {
        how = (page_entry)copy_cap(s, frame) << 8;
    }
    *entry = (*entry & ~ENTRY_MAPPING) | how | rights_bits(writable, executable);
    map_cap(s, page, mapping_cap(*entry), writable, executable);
    mapped(*entry);
}

void mapping_change(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable)
{
    page_entry rights = rights_bits(writable, executable);

    *entry = (*entry & ~rights_bits(true, true)) | rights;
    must(kernel_page_map(mapping_cap(*entry), s->vspace, page << PAGE_BITS, writable, executable), "mapping: change");
    mapped(*entry);
}

void mapping_discard(struct space *s, page_entry old)
{
    if (!(old & ENTRY_MAPPED)) {
        return;
    }
    if (old & ENTRY_ORIGINAL) {
        must(kernel_page_unmap(page_cap(entry_frame(old))), "mapping: unmap");
        frame_at(entry_frame(old))->flags &= (uint8_t)~FRAME_MAPPED;
    } else {
        must(kernel_delete(slot_cap(entry_slot(old))), "mapping: delete");
        slot_put(&s->slots, entry_slot(old));
    }
}

void mapping_drop(struct space *s, page_entry *entry)
{
    mapping_discard(s, *entry);
    *entry &= ~ENTRY_MAPPING;
}
