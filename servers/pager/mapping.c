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

static struct deferred_mapping deferred;
static bool deferring;

void mapping_defer(void)
{
    deferring = true;
    deferred.wanted = false;
}

struct deferred_mapping mapping_deferred(void)
{
    deferring = false;
    return deferred;
}

/* map_run: map the frames of n consecutive slots, adding translation tables when there are none yet. The run stays in a leaf. */
static void map_run(struct space *s, uint64_t page, cptr_t first, unsigned n, bool writable, bool executable)
{
    unsigned error = kernel_map_range(first, n, s->vspace, page << PAGE_BITS, writable, executable);

    if (error == KERNEL_ERROR_FAILED_LOOKUP) {
        add_tables(s, page);
        error = kernel_map_range(first, n, s->vspace, page << PAGE_BITS, writable, executable);
    }
    must(error, "mapping: map");
}

static void map_cap(struct space *s, uint64_t page, cptr_t cap, bool writable, bool executable)
{
    map_run(s, page, cap, 1, writable, executable);
}

/* map_now_or_later: the reply can map only where the translation tables exist already. */
static void map_now_or_later(struct space *s, uint64_t page, cptr_t cap, bool writable, bool executable)
{
    if (deferring && pagemap_has_table(&s->map)) {
        deferring = false;
        deferred = (struct deferred_mapping){true, cap, s->vspace, page << PAGE_BITS, writable, executable};
    } else {
        map_cap(s, page, cap, writable, executable);
    }
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

static page_entry rights_bits(bool writable, bool executable)
{
    return ENTRY_MAPPED | (writable ? ENTRY_WRITABLE : 0) | (executable ? ENTRY_EXECUTABLE : 0);
}

/* zero_slot: a slot whose capability of the zero page serves no mapping now; SLOT_NONE: none kept. */
static uint32_t zero_slot(struct space *s)
{
    return s->n_zero_slots > 0 ? s->zero_slots[--s->n_zero_slots] : SLOT_NONE;
}

static uint32_t slot_for(struct space *s, uint32_t frame)
{
    uint32_t slot = frame == pager.zero_page ? zero_slot(s) : SLOT_NONE;
    return slot != SLOT_NONE ? slot : copy_cap(s, frame);
}

void mapping_make(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable)
{
    uint32_t frame = entry_frame(*entry);
    page_entry how;

    if (!frame_is_archive(frame) && !(frame_at(frame)->flags & FRAME_MAPPED)) {
        frame_at(frame)->flags |= FRAME_MAPPED;
        how = ENTRY_ORIGINAL;
    } else {
        how = (page_entry)slot_for(s, frame) << 8;
    }
    *entry = (*entry & ~ENTRY_MAPPING) | how | rights_bits(writable, executable);
    map_now_or_later(s, page, mapping_cap(*entry), writable, executable);
}

void mapping_change(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable)
{
    page_entry rights = rights_bits(writable, executable);
    page_entry added = rights & ~*entry;

    *entry = (*entry & ~rights_bits(true, true)) | rights;
    /* A fault although the rights were there already: the reply did not map, so find out here why. */
    if (added) {
        map_now_or_later(s, page, mapping_cap(*entry), writable, executable);
    } else {
        map_cap(s, page, mapping_cap(*entry), writable, executable);
    }
}

/* let_slot_go: the capability in a slot serves no mapping any more. Those of the zero page are kept for the next one. */
static void let_slot_go(struct space *s, page_entry old)
{
    if (entry_frame(old) == pager.zero_page && s->n_zero_slots < SPACE_ZERO_SLOTS) {
        s->zero_slots[s->n_zero_slots++] = entry_slot(old);
        return;
    }
    must(kernel_delete(slot_cap(entry_slot(old))), "mapping: delete");
    slot_put(&s->slots, entry_slot(old));
}

void mapping_forget_zero(struct space *s)
{
    while (s->n_zero_slots > 0) {
        uint32_t slot = s->zero_slots[--s->n_zero_slots];
        must(kernel_delete(slot_cap(slot)), "mapping: delete");
        slot_put(&s->slots, slot);
    }
}

void mapping_lost(struct space *s, page_entry old)
{
    if (!(old & ENTRY_MAPPED)) {
        return;
    }
    if (old & ENTRY_ORIGINAL) {
        frame_at(entry_frame(old))->flags &= (uint8_t)~FRAME_MAPPED;
    } else {
        let_slot_go(s, old);
    }
}

void mapping_discard(struct space *s, page_entry old)
{
    if (old & ENTRY_MAPPED) {
        cptr_t cap = mapping_cap(old);
        must(kernel_page_unmap(cap), "mapping: unmap");
        mapping_lost(s, old);
    }
}

void mapping_drop(struct space *s, page_entry *entry)
{
    mapping_discard(s, *entry);
    *entry &= ~ENTRY_MAPPING;
}

void mapping_make_run(struct space *s, uint64_t page, page_entry *entry, unsigned n, bool writable, bool executable)
{
    cptr_t first = page_cap(entry_frame(*entry));

    for (unsigned i = 0; i < n; i++) {
        frame_at(entry_frame(entry[i]))->flags |= FRAME_MAPPED;
        entry[i] = (entry[i] & ~ENTRY_MAPPING) | ENTRY_ORIGINAL | rights_bits(writable, executable);
    }
    map_run(s, page, first, n, writable, executable);
}

/* ---- ranges ---- */

/* Pages of a leaf that one call can make read-only: all that are mapped there have, or get, the same rights. */
struct protect_run {
    uint64_t first;
    unsigned to_protect; /* pages in it that are writable now */
    bool executable;
    bool any;            /* some page is mapped */
};

static void protect_end(struct space *s, page_entry *leaf, struct protect_run *run, uint64_t end)
{
    if (run->to_protect > 0) {
        must(kernel_protect_range(s->vspace, run->first << PAGE_BITS, (unsigned)(end - run->first), false, run->executable), "mapping: protect");
        for (uint64_t p = run->first; p < end; p++) {
            leaf[p % PAGEMAP_FANOUT] &= ~ENTRY_WRITABLE;
        }
    }
    *run = (struct protect_run){.first = end};
}

void mapping_protect(struct space *s, page_entry *leaf, uint64_t page, uint64_t end)
{
    struct protect_run run = {.first = page};

    for (uint64_t p = page; p < end; p++) {
        page_entry e = leaf[p % PAGEMAP_FANOUT];
        bool executable = e & ENTRY_EXECUTABLE;
        if (!(e & ENTRY_MAPPED)) {
            continue;
        }
        if (run.any && executable != run.executable) {
            protect_end(s, leaf, &run, p);
        }
        if ((e & ENTRY_WRITABLE) && entry_state(e) != PAGE_PRIVATE) { /* shared memory stays writable */
            protect_end(s, leaf, &run, p);
            run.first = p + 1;
            continue;
        }
        run.any = true;
        run.executable = executable;
        run.to_protect += !!(e & ENTRY_WRITABLE);
    }
    protect_end(s, leaf, &run, end);
}
