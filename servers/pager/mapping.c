/* SPDX-License-Identifier: BSD-2-Clause */
#include "mapping.h"

#include "file.h"
#include "frame.h"

#include <pagoda/layout.h>

bool mapping_ready(const struct space *s)
{
    return reserve_ready() || (slot_ready(&s->slots) && reserve_tables() >= 3);
}

cptr_t mapping_frame_cap(uint32_t frame)
{
    return frame_is_archive(frame) ? archive_cap(frame - FRAME_ARCHIVE) : page_cap(frame);
}

/* take_table: the link to a page at this level gets a translation table, not mapped yet. */
static void take_table(struct space *s, uint64_t page, struct pagemap_link *link)
{
    uint32_t table = reserve_table_take();

    if (table == BUDDY_NONE) {
        pager_panic("mapping: no table in reserve", page);
    }
    link->table = table + 1;
    s->map.table_pages++;
}

static void map_table(struct space *s, uint64_t page, const struct pagemap_link *link)
{
    must(kernel_table_map(page_second_cap(link->table - 1), s->vspace, page << PAGE_BITS), "mapping: table");
}

/* add_tables: give the first n levels of the path to a page, of 3, their translation tables. The page map's levels exist already. */
static void add_tables(struct space *s, uint64_t page, unsigned n)
{
    for (unsigned level = 0; level < n; level++) {
        struct pagemap_link *link = pagemap_link_at(&s->map, page, level);
        if (!link->table) {
            take_table(s, page, link);
            map_table(s, page, link);
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

const struct deferred_mapping *mapping_deferred(void)
{
    deferring = false;
    return &deferred;
}

/* map_run: map the frames of n consecutive slots, adding translation tables when there are none yet. The run stays in a leaf. Of the leaf made last that is known,
 * of others the kernel says so. */
static void map_run(struct space *s, uint64_t page, cptr_t first, unsigned n, bool writable, bool executable)
{
    if (pagemap_is_made(&s->map, page) && !pagemap_has_table(&s->map)) {
        add_tables(s, page, 3);
    }
    bool hint = n >= HINT_PAGES && pager.hint && pager.pressure.level == 0; /* else the hand of eviction would break what was just made */
    unsigned error = kernel_map_range(first, n, s->vspace, page << PAGE_BITS, writable, executable, hint);

    if (error == KERNEL_ERROR_FAILED_LOOKUP) {
        add_tables(s, page, 3);
        error = kernel_map_range(first, n, s->vspace, page << PAGE_BITS, writable, executable, hint);
    }
    must(error, "mapping: map");
}

/* left_to_reply: the reply makes the mapping, where the translation tables exist already. */
static bool left_to_reply(struct space *s, uint64_t page, cptr_t frame, cptr_t copy, bool writable, bool executable)
{
    if (!deferring || !pagemap_has_table(&s->map)) {
        return false;
    }
    deferring = false;
    deferred = (struct deferred_mapping){true, frame, s->vspace, copy, false, page << PAGE_BITS, writable, executable};
    return true;
}

/* map_original, map_copy: by the frame's own capability; by one in a slot of the space. */
static void map_original(struct space *s, uint64_t page, uint32_t frame, bool writable, bool executable)
{
    if (!left_to_reply(s, page, page_cap(frame), 0, writable, executable)) {
        map_run(s, page, page_cap(frame), 1, writable, executable);
    }
}

static void map_copy(struct space *s, uint64_t page, uint32_t frame, uint32_t slot, bool writable, bool executable)
{
    if (!left_to_reply(s, page, mapping_frame_cap(frame), slot_cap(slot), writable, executable)) {
        slot_empty(slot);
        must(kernel_copy(slot_cap(slot), mapping_frame_cap(frame), KERNEL_READ | KERNEL_WRITE), "mapping: copy");
        map_run(s, page, slot_cap(slot), 1, writable, executable);
    }
}

static page_entry rights_bits(bool writable, bool executable)
{
    return ENTRY_MAPPED | (writable ? ENTRY_WRITABLE : 0) | (executable ? ENTRY_EXECUTABLE : 0);
}

void mapping_make(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable)
{
    uint32_t frame = entry_frame(*entry);
    page_entry bare = (*entry & ~ENTRY_MAPPING) | rights_bits(writable, executable);

    if (!frame_is_archive(frame) && !(frame_at(frame)->flags & FRAME_MAPPED)) {
        frame_at(frame)->flags |= FRAME_MAPPED;
        *entry = bare | ENTRY_ORIGINAL;
        map_original(s, page, frame, writable, executable);
        return;
    }
    uint32_t slot = slot_take(&s->slots);
    if (slot == SLOT_NONE) {
        pager_panic("mapping: no slot in reserve", s->id);
    }
    *entry = bare | (page_entry)slot << 8;
    map_copy(s, page, frame, slot, writable, executable);
}

void mapping_widen(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable)
{
    page_entry rights = rights_bits(writable, executable);

    /* A fault although the rights were there already: the reply did not map, so do it here. */
    deferring = deferring && (rights & ~*entry) != 0;
    *entry = (*entry & ~rights_bits(true, true)) | rights;
    if (*entry & ENTRY_ORIGINAL) {
        *entry &= ~ENTRY_COPIED;
        map_original(s, page, entry_frame(*entry), writable, executable);
    } else {
        slot_filled(entry_slot(*entry));
        map_copy(s, page, entry_frame(*entry), entry_slot(*entry), writable, executable);
    }
}

void mapping_lost(struct space *s, page_entry old)
{
    if (old & ENTRY_ORIGINAL) {
        frame_at(entry_frame(old))->flags &= (uint8_t)~FRAME_MAPPED;
    } else if (old & ENTRY_MAPPED) {
        slot_put(&s->slots, entry_slot(old));
    }
}

void mapping_drop(struct space *s, uint64_t page, page_entry *entry)
{
    if (*entry & ENTRY_MAPPED) {
        must(kernel_unmap_range(s->vspace, page << PAGE_BITS, 1), "mapping: unmap");
        mapping_lost(s, *entry);
        *entry &= ~ENTRY_MAPPING;
    }
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

static void give_frames(struct space *s, page_entry *entry, uint32_t frame, unsigned n, page_entry mapped)
{
    page_entry e = entry_make(PAGE_PRIVATE, frame) | mapped, one = entry_make(PAGE_NONE, 1);

    for (struct frame *f = frame_at(frame), *end = f + n; f < end; f++, entry++, e += one) {
        *entry = e;
        frame_entry_set(f, entry);
    }
    entry -= n;
    s->states[PAGE_NONE] -= n;
    s->states[PAGE_PRIVATE] += n;
    pagemap_added(entry, n);
}

void mapping_give_large(struct space *s, uint64_t page, page_entry *leaf, uint32_t first)
{
    struct pagemap_link *link = pagemap_link_at(&s->map, page, 2);

    add_tables(s, page, 2);
    if (link->table) { /* of a leaf that was in use before: the frame is mapped in its place */
        must(kernel_table_unmap(page_second_cap(link->table - 1)), "mapping: table");
    } else {
        take_table(s, page, link);
    }
    give_frames(s, leaf, first, PAGEMAP_FANOUT, ENTRY_ORIGINAL | rights_bits(true, false));
    must(kernel_page_map(page_cap(first), s->vspace, page << PAGE_BITS, true, false), "mapping: large frame");
}

void mapping_unmap_large(const page_entry *leaf)
{
    must(kernel_page_unmap(page_cap(entry_frame(leaf[0]))), "mapping: unmap large frame");
}

void mapping_make_large(struct space *s, uint64_t page, const page_entry *leaf, bool pages)
{
    map_table(s, page, pagemap_link_at(&s->map, page, 2));
    if (pages) {
        map_run(s, page, page_cap(entry_frame(leaf[0])), PAGEMAP_FANOUT, true, false);
    }
}

/* completes: the page before a run is the first of the sixteen that the TLB may hold as one, and has the frame for it. Its own mapping may not be made yet, because
 * the reply to its fault will: then it is made with the run, and the reply finds it. */
static bool completes(uint64_t page, const page_entry *entry, uint32_t frame, unsigned n, page_entry rights)
{
    return n >= HINT_PAGES - 1 && page % HINT_PAGES == 1 && frame % HINT_PAGES == 1 && pager.hint &&
           entry[-1] == (entry_make(PAGE_PRIVATE, frame - 1) | ENTRY_ORIGINAL | rights);
}

void mapping_give_run(struct space *s, uint64_t page, page_entry *entry, uint32_t frame, unsigned n, bool writable, bool executable)
{
    page_entry rights = rights_bits(writable, executable), e = entry_make(PAGE_PRIVATE, frame) | ENTRY_ORIGINAL | rights;
    uint32_t zero = 0;

    for (unsigned i = 0; i < n; i++, e = entry_with_frame(e, frame + i)) {
        if (entry[i]) {
            mapping_lost(s, entry[i]);
            zero++;
        }
        entry[i] = e;
        frame_set_entry(frame + i, &entry[i]);
    }
    s->states[PAGE_ZERO] -= zero;
    s->states[PAGE_NONE] -= n - zero;
    s->states[PAGE_PRIVATE] += n;
    pagemap_added(entry, n - zero);
    unsigned before = completes(page, entry, frame, n, rights);
    map_run(s, page - before, page_cap(frame - before), n + before, writable, executable);
}

#define NEXT_SLOT ((page_entry)1 << 8)
#define NEXT_FRAME ((page_entry)1 << 32)

/* borrow: map up to n pages by copies of the capabilities from `source` on, into slots in a row; `e` is the
 * first one's entry without its slot, the next one's is `step` more. Returns how many. */
static unsigned borrow(struct space *s, uint64_t page, page_entry *entry, page_entry e, page_entry step, cptr_t source, unsigned n)
{
    uint32_t slot;

    n = slot_take_run(&s->slots, n, &slot);
    unsigned mapped = n ? kernel_map_copies(slot_cap(slot), source, n, s->vspace, page << PAGE_BITS, false, e & ENTRY_EXECUTABLE) : 0;
    e += slot * NEXT_SLOT;
    for (unsigned i = 0; i < mapped; i++, e += step) {
        entry[i] = e;
    }
    for (unsigned i = mapped; i < n; i++) {
        slot_put(&s->slots, slot + i);
    }
    return mapped;
}

/* added: n untouched pages got this state. */
static void added(struct space *s, page_entry *entry, enum page_state state, unsigned n)
{
    s->states[PAGE_NONE] -= n;
    s->states[state] += n;
    pagemap_added(entry, n);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned mapping_borrow_run(struct space *s, uint64_t page, page_entry *entry, uint32_t frame, unsigned n, bool executable)
{
    unsigned done = 0, more = n;

    while (done < n && more > 0) {
        cptr_t source = mapping_frame_cap(frame + done);
        page_entry e = entry_make(PAGE_FILE, frame + done) | rights_bits(false, executable);
        more = borrow(s, page + done, &entry[done], e, NEXT_SLOT + NEXT_FRAME, source, least(n - done, CSPACE_LEAF_SLOTS - cptr_slot(source)));
        done += more;
    }
    added(s, entry, PAGE_FILE, done);
    return done;
}

unsigned mapping_zero_run(struct space *s, uint64_t page, page_entry *entry, unsigned n, bool again)
{
    page_entry e = entry_make(PAGE_ZERO, pager.zero_page) | rights_bits(false, false);
    unsigned done = 0, more = n;

    while (done < n && more > 0) {
        more = borrow(s, page + done, &entry[done], e, NEXT_SLOT, pager.zero_row, least(n - done, MAPPING_ZERO_RUN));
        done += more;
    }
    if (!again) {
        added(s, entry, PAGE_ZERO, done);
    }
    return done;
}

/* ---- ranges ---- */

/* Pages of a leaf that one call makes read-only: all that are mapped from the first to the last have, or get, the same rights. */
struct protect_run {
    uint64_t first, end; /* equal: none yet */
    bool executable;
};

/* Pages without a mapping to be changed that a call may pass over: it takes as long as a further call. */
#define PROTECT_GAP 48u

static void protect_end(struct space *s, struct protect_run *run)
{
    if (run->first < run->end) {
        must(kernel_protect_range(s->vspace, run->first << PAGE_BITS, (unsigned)(run->end - run->first), false, run->executable),
             "mapping: protect");
    }
    run->first = run->end;
}

/* protect_page: this page, whose entry is `e`, becomes read-only if it is PAGE_PRIVATE. */
static void protect_page(struct space *s, struct protect_run *run, uint64_t page, page_entry e)
{
    bool executable = e & ENTRY_EXECUTABLE, writable = e & ENTRY_WRITABLE;
    bool wanted = writable && entry_state(e) == PAGE_PRIVATE; /* shared memory stays writable */

    if (!(e & ENTRY_MAPPED)) {
        return;
    }
    if (executable != run->executable || writable != wanted || page - run->end >= PROTECT_GAP) {
        protect_end(s, run);
    }
    if (wanted) {
        *run = (struct protect_run){run->first < run->end ? run->first : page, page + 1, executable};
    }
}

/* protect: see mapping_protect; `private` is the state that PAGE_PRIVATE pages get. Returns how many there were. Most pages of a leaf that was forked before are
 * as they are to be: these are passed over at once. */
static inline __attribute__((always_inline)) uint32_t protect(struct space *s, page_entry *leaf, uint64_t page, uint64_t end, enum page_state private)
{
    struct protect_run run = {.first = page, .end = page};
    uint64_t base = page & ~(uint64_t)(PAGEMAP_FANOUT - 1);
    uint32_t found = 0;

    for (uint64_t p = page; (p = base + pagemap_leaf_next(leaf, (unsigned)(p - base))) < end; p++) {
        page_entry e = leaf[p - base];
        bool is_private = entry_state(e) == PAGE_PRIVATE;
        if (!(e & (ENTRY_WRITABLE | ENTRY_EXECUTABLE)) && !is_private) {
            continue;
        }
        protect_page(s, &run, p, e);
        if (is_private) {
            leaf[p - base] = entry_with_state(e & ~ENTRY_WRITABLE, private);
            found++;
        }
    }
    protect_end(s, &run);
    return found;
}

/* Pages of a leaf whose mappings one call narrows: all that are mapped from the first to the last have, or get, these rights; 0: they go. */
struct narrow_run {
    uint64_t first, end; /* equal: none yet */
    page_entry rights;
};

static void narrow_end(struct space *s, const struct narrow_run *run)
{
    unsigned n = (unsigned)(run->end - run->first);
    uint64_t va = run->first << PAGE_BITS;

    if (n > 0 && run->rights) {
        must(kernel_protect_range(s->vspace, va, n, run->rights & ENTRY_WRITABLE, run->rights & ENTRY_EXECUTABLE), "mapping: narrow");
    } else if (n > 0) {
        must(kernel_unmap_range(s->vspace, va, n), "mapping: unmap");
    }
}

void mapping_narrow(struct space *s, page_entry *leaf, uint64_t page, uint64_t end, uint32_t prot)
{
    page_entry all = rights_bits(true, true), allowed = prot & PAGER_PROT_READ ? rights_bits(prot & PAGER_PROT_WRITE, prot & PAGER_PROT_EXEC) : 0;
    uint64_t base = page & ~(uint64_t)(PAGEMAP_FANOUT - 1);
    struct narrow_run run = {.first = page, .end = page};

    for (uint64_t p = page; (p = base + pagemap_leaf_next(leaf, (unsigned)(p - base))) < end; p++) {
        page_entry e = leaf[p - base], had = e & all, keeps = had & allowed;
        if (!had) {
            continue;
        }
        if (keeps != run.rights) {
            narrow_end(s, &run);
            run = (struct narrow_run){p, p, keeps};
        }
        if (keeps == had) {
            continue;
        }
        run = (struct narrow_run){run.first < run.end ? run.first : p, p + 1, keeps};
        if (!keeps) {
            mapping_lost(s, e);
        }
        leaf[p - base] = keeps ? (e & ~all) | keeps : e & ~ENTRY_MAPPING;
    }
    narrow_end(s, &run);
}

void mapping_protect(struct space *s, page_entry *leaf, uint64_t page, uint64_t end)
{
    protect(s, leaf, page, end, PAGE_PRIVATE);
}

void mapping_freeze(struct space *s, page_entry *leaf, uint64_t page, uint64_t end)
{
    uint32_t were_private = protect(s, leaf, page, end, PAGE_COW);

    s->states[PAGE_PRIVATE] -= were_private;
    s->states[PAGE_COW] += were_private;
}
