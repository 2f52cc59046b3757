/* SPDX-License-Identifier: BSD-2-Clause */
#include "space.h"

#include "arena.h"
#include "asid.h"
#include "event.h"
#include "frame.h"
#include "mapping.h"
#include "range.h"
#include "shared.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <string.h>

_Static_assert(sizeof(struct space) <= PAGE_SIZE, "a space fits a frame");

static uint32_t *table;   /* frame + 1 of each space; 0: number not in use */
static uint32_t n_numbers; /* numbers 1..n_numbers - 1 */
static uint32_t n_spaces;
static cptr_t endpoint_cap;

void spaces_init(uint64_t ram_pages, cptr_t endpoint, cptr_t asid_pool, cptr_t asid_control)
{
    n_numbers = ram_pages / 8 < 512 ? 512 : ram_pages / 8 > 65536 ? 65536 : (uint32_t)(ram_pages / 8);
    table = arena_memory((uint64_t)n_numbers * sizeof *table);
    n_spaces = 0;
    endpoint_cap = endpoint;
    asid_init(asid_pool, asid_control);
}

struct space *space_at(uint64_t id)
{
    return id < n_numbers && table[id] ? frame_window(table[id] - 1) : NULL;
}

struct space *space_first_from(uint64_t id)
{
    while (id < n_numbers && !table[id]) {
        id++;
    }
    return space_at(id);
}

uint32_t space_count(void)
{
    return n_spaces;
}

bool memory_ready(uint32_t n)
{
    if (frames_available() >= n && !reserve_low()) {
        return true;
    }
    return reserve_fill() && frames_available() >= n;
}

/* ---- accounting ---- */

uint64_t space_table_pages(const struct space *s)
{
    return s->map.table_pages + 1 + (s->objects_page != BUDDY_NONE);
}

uint64_t space_pages(const struct space *s)
{
    return (uint64_t)s->states[PAGE_PRIVATE] + s->states[PAGE_COW] + s->states[PAGE_SHARED] + s->map.meta_pages + s->regions.n_pages +
           s->slots.leaves + 1 + space_table_pages(s);
}

void space_set_page(struct space *s, page_entry *entry, page_entry value)
{
    s->states[entry_state(*entry)]--;
    s->states[entry_state(value)]++;
    pagemap_set(entry, value);
}

static bool holds_frame(enum page_state state)
{
    return state == PAGE_PRIVATE || state == PAGE_COW || state == PAGE_SHARED;
}

void space_release_page(struct space *s, page_entry *entry)
{
    page_entry e = *entry;

    mapping_discard(s, e);
    space_set_page(s, entry, 0);
    if (holds_frame(entry_state(e))) {
        frame_put(entry_frame(e));
    }
}

/* ---- creation ---- */

static uint32_t free_number(void)
{
    uint32_t id = 1;

    while (id < n_numbers && table[id]) {
        id++;
    }
    return id;
}

static bool make_vspace(struct space *s)
{
    s->vspace_page = object_page_take(FRAME_TABLE);
    if (s->vspace_page == BUDDY_NONE) {
        return false;
    }
    s->vspace = page_second_cap(s->vspace_page);
    must(kernel_retype(page_cap(s->vspace_page), KERNEL_VSPACE, 0, cptr_leaf(s->vspace),
                       cptr_slot(s->vspace), 1),
         "space: vspace");
    return asid_assign(s->vspace);
}

/* make_ipc_buffer: the page that is always there, with the region that keeps its surroundings free (startup.h). */
static bool make_ipc_buffer(struct space *s)
{
    bool full;
    uint64_t page = LAYOUT_IPC_BUFFER_VA >> PAGE_BITS;
    page_entry *entry = pagemap_make(&s->map, page);

    if (!entry || !region_ready(&s->regions, 1, &full)) {
        return false;
    }
    uint32_t frame = frame_take(FRAME_ANON, true, false);
    if (frame == BUDDY_NONE) {
        return false;
    }
    struct region *r = region_insert(&s->regions, LAYOUT_IPC_BUFFER_VA, LAYOUT_PROGRAM_VA);
    r->kind = REGION_IPC_BUFFER;
    r->prot = PAGER_PROT_READ | PAGER_PROT_WRITE;
    s->reserved += 1;
    s->ipc_frame = frame;
    space_set_page(s, entry, entry_make(PAGE_PRIVATE, frame));
    mapping_make(s, page, entry, true, false);
    return true;
}

static struct space *make_struct(uint32_t id)
{
    uint32_t frame = frame_take(FRAME_META, true, false);

    if (frame == BUDDY_NONE) {
        return NULL;
    }
    struct space *s = frame_window(frame);
    s->id = id;
    s->frame = frame;
    s->vspace_page = BUDDY_NONE;
    s->objects_page = BUDDY_NONE;
    s->ipc_frame = BUDDY_NONE;
    s->mmap_hint = LAYOUT_MMAP_VA;
    for (unsigned i = 0; i < SPACE_BADGE_CAPS; i++) {
        s->badge_slots[i] = SLOT_NONE;
    }
    slot_set_init(&s->slots);
    table[id] = frame + 1;
    n_spaces++;
    return s;
}

/* Pages that a new space takes at once: struct, three levels of page map, region page, IPC buffer. */
#define SPACE_FIRST_PAGES 8u

uint64_t space_create(uint32_t manager, uint64_t max_pages, const char *label, struct space **out)
{
    uint32_t id = free_number();

    if (id == n_numbers) {
        return PAGODA_ERR_TOO_MANY;
    }
    struct space *s = memory_ready(SPACE_FIRST_PAGES) ? make_struct(id) : NULL;
    if (!s) {
        return PAGODA_ERR_NO_MEMORY;
    }
    s->manager = manager;
    s->max_pages = max_pages;
    space_set_label(s, label);
    if (!make_vspace(s) || !make_ipc_buffer(s)) {
        space_destroy(s);
        return PAGODA_ERR_NO_MEMORY;
    }
    *out = s;
    return 0;
}

void space_set_label(struct space *s, const char *label)
{
    memset(s->label, 0, sizeof s->label);
    memcpy(s->label, label, strnlen(label, SPACE_LABEL_MAX));
}

/* ---- destruction ---- */

void space_clear(struct space *s)
{
    range_unmap(s, PAGE_SIZE, LAYOUT_IPC_BUFFER_VA);
    range_unmap(s, LAYOUT_PROGRAM_VA, LAYOUT_USER_TOP);
    s->mmap_hint = LAYOUT_MMAP_VA;
}

static void revoke_badges(struct space *s)
{
    for (unsigned i = 0; i < SPACE_BADGE_CAPS; i++) {
        if (s->badge_slots[i] != SLOT_NONE) {
            must(kernel_revoke(slot_cap(s->badge_slots[i])), "space: revoke badge");
        }
    }
}

/* let_go: the frames of all pages. The VSpace is gone, so an original capability only has to forget its mapping; capabilities in
 * slots go with their leaves. */
static void let_go(struct space *s)
{
    page_entry *entry;

    for (uint64_t p = 0; (p = pagemap_next(&s->map, p, PAGEMAP_PAGES, &entry)) != UINT64_MAX; p++) {
        page_entry e = *entry;
        if (e & ENTRY_ORIGINAL) {
            must(kernel_page_unmap(page_cap(entry_frame(e))), "space: unmap");
            frame_at(entry_frame(e))->flags &= (uint8_t)~FRAME_MAPPED;
        }
        if (holds_frame(entry_state(e))) {
            frame_put(entry_frame(e));
        }
    }
}

static void release_objects(struct space *s)
{
    for (struct region *r = region_from(&s->regions, 0); r; r = region_next(&s->regions, r)) {
        if (r->kind == PAGER_REGION_SHARED) {
            shared_release(r->object.object);
        }
    }
}

void space_destroy(struct space *s)
{
    event_forget(s);
    revoke_badges(s);
    if (s->objects_page != BUDDY_NONE) {
        object_page_put(s->objects_page);
    }
    if (s->ipc_frame != BUDDY_NONE) {
        frame_forget_copies(s->ipc_frame);
    }
    if (s->vspace_page != BUDDY_NONE) {
        object_page_put(s->vspace_page);
    }
    slot_set_clear(&s->slots);
    let_go(s);
    release_objects(s);
    pagemap_clear(&s->map);
    region_set_clear(&s->regions);
    table[s->id] = 0;
    n_spaces--;
    frame_put(s->frame);
}

/* ---- capabilities ---- */

static uint64_t badge_cap(struct space *s, enum space_badge_cap which, unsigned kind, cptr_t *cap)
{
    if (s->badge_slots[which] == SLOT_NONE) {
        if (!memory_ready(0)) {
            return PAGODA_ERR_NO_MEMORY;
        }
        s->badge_slots[which] = slot_take(&s->slots);
        must(kernel_mint(slot_cap(s->badge_slots[which]), endpoint_cap, KERNEL_WRITE | KERNEL_GRANT_REPLY, BADGE(kind, s->id)), "space: mint");
    }
    *cap = slot_cap(s->badge_slots[which]);
    return 0;
}

/* objects_cap: the untyped can be copied out only once, while nothing was made from it. */
static uint64_t objects_cap(struct space *s, cptr_t *cap)
{
    if (s->objects_given) {
        return PAGODA_ERR_TOO_MANY;
    }
    s->objects_page = object_page_take(FRAME_OBJECT);
    if (s->objects_page == BUDDY_NONE) {
        return PAGODA_ERR_NO_MEMORY;
    }
    s->objects_given = true;
    *cap = page_cap(s->objects_page);
    return 0;
}

uint64_t space_cap(struct space *s, uint64_t kind, cptr_t *cap)
{
    switch (kind) {
    case PAGER_SPACE_CAP_VSPACE:
        *cap = s->vspace;
        return 0;
    case PAGER_SPACE_CAP_FAULT:
        return badge_cap(s, SPACE_BADGE_FAULT, BADGE_FAULT, cap);
    case PAGER_SPACE_CAP_CLIENT:
        return badge_cap(s, SPACE_BADGE_CLIENT, BADGE_CLIENT, cap);
    case PAGER_SPACE_CAP_OBSERVER:
        return badge_cap(s, SPACE_BADGE_OBSERVER, BADGE_OBSERVER, cap);
    case PAGER_SPACE_CAP_IPC_BUFFER:
        *cap = page_cap(s->ipc_frame);
        return 0;
    default:
        return objects_cap(s, cap);
    }
}
