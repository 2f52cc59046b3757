/* SPDX-License-Identifier: BSD-2-Clause */
#include "quick.h"

#include "ahead.h"
#include "facts.h"
#include "frame.h"
#include "trail.h"

#include <pagoda/layout.h>

/* in_reach: no question of limits or growth arises, and the page's entry and translation table exist. */
static inline bool in_reach(const struct space *s, const struct region *r, uint64_t va)
{
    if (!r || va - r->start >= r->end - r->start || s->careful) {
        return false;
    }
    if (r->kind == PAGER_REGION_STACK && ((r->end >> PAGE_BITS) - (va >> PAGE_BITS) > r->stack.grown)) {
        return false;
    }
    return r->kind != REGION_IPC_BUFFER && pagemap_is_made(&s->map, va >> PAGE_BITS) && pagemap_has_table(&s->map);
}

_Static_assert(PAGER_PROT_WRITE << 4 == ENTRY_WRITABLE && PAGER_PROT_EXEC << 4 == ENTRY_EXECUTABLE, "rights_of");

/* rights_of: mapped with those rights of the region that are in `most`. */
static inline page_entry rights_of(const struct region *r, unsigned most)
{
    return ENTRY_MAPPED | (page_entry)(r->prot & most) << 4;
}

static inline void describe(struct deferred_mapping *m, const struct space *s, uint64_t va, page_entry e)
{
    m->wanted = true;
    m->vspace = s->vspace;
    m->va = va & ~(uint64_t)(PAGE_SIZE - 1);
    m->writable = e & ENTRY_WRITABLE;
    m->executable = e & ENTRY_EXECUTABLE;
}

/* own_frame: the page gets a frame of its own instead of what it had, which is let go of. */
static inline bool own_frame(struct space *s, const struct region *r, uint64_t va, page_entry *entry, bool zeroed, struct deferred_mapping *m)
{
    page_entry old = *entry;
    uint32_t frame = frame_take_quick(zeroed, colour_of_page(&s->colours, va >> PAGE_BITS));

    if (frame == BUDDY_NONE) {
        return false;
    }
    page_entry e = entry_make(PAGE_PRIVATE, frame) | ENTRY_ORIGINAL | rights_of(r, PAGER_PROT_WRITE | PAGER_PROT_EXEC);
    space_set_page(s, entry, e);
    describe(m, s, va, e);
    m->frame = page_cap(frame);
    m->fill = !zeroed; /* by the reply: nobody changes the old frame before, which has other holders */
    m->copy = zeroed ? 0 : mapping_frame_cap(entry_frame(old));
    if (old) {
        mapping_lost(s, old);
    }
    if (entry_state(old) == PAGE_COW) {
        frame_put(entry_frame(old));
    }
    return true;
}

/* borrowed_frame: a page that is read shows the zero page or a frame of the archive, read-only, and neighbours with it. It was untouched, or eviction had
 * given it the zero page. */
static inline bool borrowed_frame(struct space *s, struct region *r, uint64_t va, page_entry *entry, enum page_state shows, uint32_t frame,
                                  struct deferred_mapping *m)
{
    enum page_state was = entry_state(*entry);

    if (was > PAGE_ZERO || *entry & ENTRY_MAPPED || !slot_ready(&s->slots)) {
        return false;
    }
    uint32_t slot = slot_take(&s->slots);
    page_entry e = entry_make(shows, frame) | (page_entry)slot << 8 | rights_of(r, PAGER_PROT_EXEC);
    space_set_page(s, entry, e);
    describe(m, s, va, e);
    m->frame = shows == PAGE_ZERO ? pager.zero_row : mapping_frame_cap(frame);
    m->copy = slot_cap(slot);
    m->fill = false;
    if (shows == PAGE_ZERO && was == PAGE_NONE) {
        zero_page_shared(&r->zero, 1);
    }
    ahead_shown(s, r, va >> PAGE_BITS, entry, was);
    return true;
}

/* last_holder: the frame becomes the page's own as it is; its mapping gets wider. */
static inline bool last_holder(struct space *s, const struct region *r, uint64_t va, page_entry *entry, struct deferred_mapping *m)
{
    page_entry old = *entry;

    if (!(old & ENTRY_MAPPED) || frame_stored(entry_frame(old))) {
        return false;
    }
    page_entry all = ENTRY_WRITABLE | ENTRY_EXECUTABLE; /* it may have had one that the region does not give any more (range_narrow) */
    page_entry e = entry_with_state(old & ~all, PAGE_PRIVATE) | rights_of(r, PAGER_PROT_WRITE | PAGER_PROT_EXEC);
    space_set_page(s, entry, e);
    describe(m, s, va, e);
    m->frame = page_cap(entry_frame(e));
    m->fill = false;
    m->copy = 0;
    if (e & ENTRY_ORIGINAL) {
        *entry &= ~ENTRY_COPIED;
    } else {
        m->copy = slot_cap(entry_slot(e));
        slot_filled(entry_slot(e));
    }
    return true;
}

bool quick_fault(struct space *s, uint64_t va, enum access access, struct deferred_mapping *m, uint64_t *kind)
{
    struct region *r = s->regions.last;

    if (!in_reach(s, r, va)) {
        return false;
    }
    page_entry *entry = &s->map.last_leaf[(va >> PAGE_BITS) % PAGEMAP_FANOUT];
    enum page_state state = entry_state(*entry);
    uint64_t offset = 0, length;
    enum backing backing = state == PAGE_NONE ? facts_backing(r, va >> PAGE_BITS, &offset, &length) : BACKING_ZERO;

    switch (facts_decide(r, access, *entry, false, backing)) {
    case ACTION_NEW_ZEROED:
        *kind = state == PAGE_ZERO ? PAGER_FAULT_WRITE_ZERO : PAGER_FAULT_WRITE_FIRST;
        if (!own_frame(s, r, va, entry, true, m)) {
            return false;
        }
        if (state == PAGE_ZERO) {
            zero_page_broken(&r->zero, 1);
        }
        ahead_zeroed(s, r, va >> PAGE_BITS, entry, state);
        return true;
    case ACTION_COPY:
        *kind = PAGER_FAULT_COW_COPY;
        if (!own_frame(s, r, va, entry, false, m)) {
            return false;
        }
        trail_note(s->id, va >> PAGE_BITS, PAGER_PAGE_EVENT_COPIED, 0);
        return true;
    case ACTION_TAKE:
        *kind = PAGER_FAULT_COW_LAST;
        return last_holder(s, r, va, entry, m);
    case ACTION_MAP_FILE:
        *kind = PAGER_FAULT_FILE_READ;
        return borrowed_frame(s, r, va, entry, PAGE_FILE, FRAME_ARCHIVE + (uint32_t)(offset >> PAGE_BITS), m);
    case ACTION_MAP_ZERO:
    case ACTION_REMAP:
        *kind = state == PAGE_NONE ? PAGER_FAULT_READ_ZERO : PAGER_FAULT_REMAP;
        return borrowed_frame(s, r, va, entry, PAGE_ZERO, pager.zero_page, m);
    default:
        return false;
    }
}
