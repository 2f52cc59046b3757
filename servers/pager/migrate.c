/* SPDX-License-Identifier: BSD-2-Clause */
#include "migrate.h"

#include "frame.h"
#include "mapping.h"
#include "page_ops.h"
#include "space.h"
#include "store.h"

#include <string.h>

#define NO_PAGE UINT64_MAX

struct migrate_counters migrate_counters;
static uint64_t last_place; /* page >> 9 of the last frame with several holders: its neighbours are likely to be there too */

void migrate_init(void)
{
    memset(&migrate_counters, 0, sizeof migrate_counters);
    last_place = 0;
}

uint64_t migrate_moved(void)
{
    uint64_t n = 0;

    for (unsigned kind = 0; kind < MIGRATE_KINDS; kind++) {
        n += migrate_counters.moved[kind];
    }
    return n;
}

bool migrate_possible(uint32_t page)
{
    const struct buddy_unit *u = &frame_at(page)->unit;

    return (u->user == FRAME_ANON && !(frame_at(page)->flags & FRAME_PINNED)) || (u->user == FRAME_STORE && u->order != STORE_USE_FIXED);
}

/* ---- finding the holders ---- */

/* entry_in: the entry of a page of a space, if it holds this frame. */
static page_entry *entry_in(struct space *s, uint64_t page, uint32_t frame)
{
    bool shared;
    page_entry *entry = pagemap_find(&s->map, page, &shared);

    return entry && entry_holds_frame(*entry) && entry_frame(*entry) == frame ? entry : NULL;
}

/* recorded_leaf: the leaf that the reverse map names; NULL: it is gone. What it names is not to be trusted unless the frame is private, but can be read. */
static page_entry *recorded_leaf(uint32_t frame)
{
    uint32_t leaf = frame_of_window(frame_entry(frame));

    return frame_is(leaf, FRAME_META) && (frame_at(leaf)->flags & FRAME_WINDOWED) ? frame_window(leaf) : NULL;
}

static uint64_t recorded_page(uint32_t frame)
{
    const page_entry *leaf = recorded_leaf(frame);
    uint64_t page = leaf ? pagemap_leaf_place(leaf) * PAGEMAP_FANOUT + frame_at(frame)->unit.prev % PAGEMAP_FANOUT : NO_PAGE;

    return page < PAGEMAP_PAGES ? page : NO_PAGE;
}

static bool held_at(uint32_t frame, uint64_t page)
{
    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        if (entry_in(s, page, frame)) {
            return true;
        }
    }
    return false;
}

/* search: the page number at which some space holds a frame that has this index in its leaf. Looks at one entry of every leaf. */
static uint64_t search(uint32_t frame, unsigned index)
{
    const page_entry *leaf;

    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        for (uint64_t p = 0; (leaf = pagemap_next_leaf(&s->map, &p, PAGEMAP_PAGES)) != NULL; p = pagemap_leaf_end(p, PAGEMAP_PAGES)) {
            if (entry_holds_frame(leaf[index]) && entry_frame(leaf[index]) == frame) {
                return (p & ~(uint64_t)(PAGEMAP_FANOUT - 1)) + index;
            }
        }
    }
    return NO_PAGE;
}

/* page_of: the page number that all holders of a frame have it at; the likely ones are tried first. */
static uint64_t page_of(uint32_t frame, bool object_page)
{
    unsigned index = object_page ? frame_number(frame) : frame_at(frame)->unit.prev % PAGEMAP_FANOUT;
    uint64_t likely[] = {object_page ? NO_PAGE : recorded_page(frame), last_place * PAGEMAP_FANOUT + index};

    for (unsigned i = 0; i < 2; i++) {
        if (likely[i] != NO_PAGE && held_at(frame, likely[i])) {
            return likely[i];
        }
    }
    return search(frame, index);
}

/* ---- several holders ---- */

/* redirect: the entry of every space that holds `from` at this page holds `to` instead, and is unmapped. Returns how many entries: a leaf with several
 * holders counts once. */
static uint32_t redirect(uint32_t from, uint32_t to, uint64_t page)
{
    uint32_t n = 0;

    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        page_entry *entry = entry_in(s, page, from);
        if (!entry) {
            continue;
        }
        const page_entry *leaf = entry - page % PAGEMAP_FANOUT;
        struct space *owner = pagemap_leaf_mapped(&s->map, leaf) ? s : space_at(pagemap_leaf_owner(leaf));
        if (owner) {
            mapping_drop(owner, page, entry);
        }
        *entry = entry_with_frame(*entry, to);
        n++;
    }
    return n;
}

static bool move_held(uint32_t from, uint32_t to, bool object_page)
{
    page_entry *in_object = object_page ? frame_entry(from) : NULL;
    uint32_t holders = frame_at(from)->refs - object_page;
    uint64_t page = holders ? page_of(from, object_page) : 0;

    if (page == NO_PAGE) {
        return false;
    }
    if (holders && redirect(from, to, page) != holders) {
        redirect(to, from, page);
        return false;
    }
    last_place = page / PAGEMAP_FANOUT;
    page_copy(frame_window(to), frame_window(from));
    frame_move(from, to);
    if (in_object) {
        *in_object = entry_with_frame(*in_object, to);
    }
    return true;
}

/* ---- one holder ---- */

/* Where a private page is. */
struct private_place {
    struct space *space;
    uint64_t page;
    page_entry *entry;
};

static bool find_private(uint32_t frame, struct private_place *at)
{
    const page_entry *leaf = recorded_leaf(frame);

    at->page = recorded_page(frame);
    at->space = at->page != NO_PAGE ? space_at(pagemap_leaf_owner(leaf)) : NULL;
    at->entry = at->space ? entry_in(at->space, at->page, frame) : NULL;
    return at->entry && entry_state(*at->entry) == PAGE_PRIVATE;
}

/* move_private: the kernel says no if what it has mapped is not what the entry says (mapping.h); then the page is mapped anew when it is touched. */
static void move_private(const struct private_place *at, uint32_t from, uint32_t to)
{
    page_entry *entry = at->entry;

    if ((*entry & ENTRY_ORIGINAL) && kernel_replace_frame(at->space->vspace, page_cap(from), page_cap(to), at->page << PAGE_BITS) == 0) {
        frame_at(from)->flags &= (uint8_t)~FRAME_MAPPED;
        frame_move(from, to);
        frame_at(to)->flags |= FRAME_MAPPED;
        migrate_counters.in_place++;
    } else {
        mapping_drop(at->space, at->page, entry);
        page_copy(frame_window(to), frame_window(from));
        frame_move(from, to);
    }
    *entry = entry_with_frame(*entry, to);
}

/* ---- all ---- */

static bool move_anonymous(uint32_t from, uint32_t to, enum migrate_kind *kind)
{
    struct private_place at;
    bool object_page = frame_at(from)->flags & FRAME_OBJECT_PAGE;

    if (!object_page && frame_at(from)->refs == 1 && find_private(from, &at)) {
        *kind = MIGRATE_PRIVATE;
        move_private(&at, from, to);
        return true;
    }
    *kind = object_page ? MIGRATE_SHARED : MIGRATE_COW;
    return move_held(from, to, object_page);
}

bool migrate_frame(uint32_t from, uint32_t to)
{
    enum migrate_kind kind = MIGRATE_STORE;
    bool moved = frame_at(from)->unit.user == FRAME_STORE ? store_move(from, to) : move_anonymous(from, to, &kind);

    migrate_counters.moved[kind] += moved;
    migrate_counters.stayed += !moved;
    return moved;
}
