/* SPDX-License-Identifier: BSD-2-Clause */
#include "space.h"

#include "arena.h"
#include "asid.h"
#include "compact.h"
#include "event.h"
#include "frame.h"
#include "large.h"
#include "leaving.h"
#include "load.h"
#include "mapping.h"
#include "park.h"
#include "promote.h"
#include "range.h"
#include "reclaim.h"
#include "retire.h"
#include "shared.h"
#include "store.h"
#include "subscribe.h"
#include "trace.h"
#include "trail.h"
#include "unmap.h"
#include "waiting.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(struct space) <= PAGE_SIZE, "a space fits a frame");

static struct space **table; /* NULL: number not in use */
static uint32_t n_numbers;   /* numbers 1..n_numbers - 1 */
static uint32_t first_free;  /* no lower number is free */
static uint32_t end_used;    /* this and higher numbers have never been in use */
static uint32_t n_spaces;
static cptr_t endpoint_cap;

/* numbers: more than fit in memory, since the smallest space takes about 16 pages. */
static uint32_t numbers(uint64_t ram_pages)
{
    return ram_pages / 16 < 512 ? 512 : ram_pages / 16 > 65536 ? 65536 : (uint32_t)(ram_pages / 16);
}

uint64_t spaces_table_bytes(uint64_t ram_pages)
{
    return (uint64_t)numbers(ram_pages) * sizeof *table;
}

void spaces_init(uint64_t ram_pages, cptr_t endpoint, cptr_t asid_pool, cptr_t asid_control)
{
    n_numbers = numbers(ram_pages);
    table = arena_memory(spaces_table_bytes(ram_pages));
    n_spaces = 0;
    retire_init();
    leaving_init();
    first_free = 1;
    end_used = 1;
    endpoint_cap = endpoint;
    asid_init(asid_pool, asid_control);
}

struct space *space_at(uint64_t id)
{
    return id < n_numbers ? table[id] : NULL;
}

struct space *space_first_from(uint64_t id)
{
    while (id < end_used && !table[id]) {
        id++;
    }
    return id < end_used ? table[id] : NULL;
}

uint32_t space_count(void)
{
    return n_spaces;
}

void spaces_count_faults(uint64_t counts[PAGER_FAULT_KINDS])
{
    memcpy(counts, pager.former_faults, sizeof pager.former_faults);
    for (const struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++) {
            counts[kind] += s->faults[kind];
        }
    }
}

/* arm: so many frames at least; up to FRAMES_ARMED_MIN of what is free: nobody gives pages up for that. */
static __attribute__((cold, noinline)) bool arm(uint32_t n)
{
    frames_wanted = n > FRAMES_ARMED_MIN ? n : FRAMES_ARMED_MIN;
    frames_refill();
    return frames_armed() >= n;
}

bool memory_ready(uint32_t n)
{
    while ((frames_armed() < FRAMES_ARMED_MIN || frames_available() < n) && !arm(n + frames_kept_back)) {
        if (!retired_give_up() && !reclaim_now(NULL)) {
            frames_were_short = true;
            return false;
        }
    }
    while (reserve_low() && !reserve_fill() && !reserve_ready()) {
        if (unmap_needed() ? !unmap_now() && !leaving_step() : !retired_give_up() && !compact_group_now() && !reclaim_now(NULL)) {
            frames_were_short = true;
            return false;
        }
    }
    return true;
}

uint64_t space_receive(struct space *s, uint32_t *slot)
{
    uint32_t taken = memory_ready(0) ? slot_take(&s->slots) : SLOT_NONE;

    if (taken == SLOT_NONE) {
        return PAGODA_ERR_NO_MEMORY;
    }
    slot_empty(taken);
    if (kernel_take_received(slot_cap(taken))) {
        slot_put(&s->slots, taken);
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    *slot = taken;
    return 0;
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

static void release_page(struct space *s, page_entry *entry)
{
    page_entry e = *entry;

    mapping_lost(s, e);
    space_set_page(s, entry, 0);
    entry_release(e);
}

/* release_group: the 16 pages from this entry of a leaf on, if their frames are those of a group in order, their own, and mapped by their own capabilities if at all. */
static bool release_group(struct space *s, page_entry *entry)
{
    page_entry e = *entry;
    uint32_t first = entry_frame(e);

    if (entry_state(e) != PAGE_PRIVATE || first % GROUP_PAGES != 0) {
        return false;
    }
    for (unsigned i = 0; i < GROUP_PAGES; i++) {
        if (entry_by_slot(entry[i]) || entry_state(entry[i]) != PAGE_PRIVATE || entry_frame(entry[i]) != first + i) {
            return false;
        }
    }
    if (!frames_put_group(first)) {
        return false;
    }
    memset(entry, 0, GROUP_PAGES * sizeof *entry);
    pagemap_removed(entry, GROUP_PAGES);
    s->states[PAGE_PRIVATE] -= GROUP_PAGES;
    s->states[PAGE_NONE] += GROUP_PAGES;
    return true;
}

/* unmap_leaf: take the mappings of [page, end) of a leaf away, in one call; the entries still say that they are mapped. */
static void unmap_leaf(struct space *s, const page_entry *leaf, uint64_t page, uint64_t end)
{
    uint64_t first = end, last = page;

    for (uint64_t p = page; p < end; p++) {
        if (leaf[p % PAGEMAP_FANOUT] & ENTRY_MAPPED) {
            first = first < p ? first : p;
            last = p;
        }
    }
    if (first < end) {
        must(kernel_unmap_range(s->vspace, first << PAGE_BITS, (unsigned)(last - first + 1)), "space: unmap");
    }
}

/* forget_mappings: the mappings of a whole leaf are gone; its entries stay, for other holders. */
static void forget_mappings(struct space *s, page_entry *leaf)
{
    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        mapping_lost(s, leaf[i]);
        leaf[i] &= ~ENTRY_MAPPING;
    }
    pagemap_leaf_disown(leaf);
}

/* give_up_leaf: a leaf with other holders, all of it. */
static void give_up_leaf(struct space *s, page_entry *leaf, uint64_t page)
{
    if (pagemap_leaf_mapped(&s->map, leaf)) {
        unmap_leaf(s, leaf, page, page + PAGEMAP_FANOUT);
        forget_mappings(s, leaf);
    }
    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        s->states[entry_state(leaf[i])]--;
        s->states[PAGE_NONE]++;
    }
    pagemap_give_up(&s->map, page);
}

/* own_leaf: the leaf that holds `page`, if it lies in [start, end) only in part: without other holders from now on. false: no frame left. */
static bool own_leaf(struct space *s, uint64_t page, uint64_t start, uint64_t end)
{
    uint64_t first = page & ~(uint64_t)(PAGEMAP_FANOUT - 1);
    bool shared;

    if (first >= start && first + PAGEMAP_FANOUT <= end) {
        return true;
    }
    return !pagemap_entry(&s->map, page, &shared) || !shared || pagemap_make(&s->map, page) != NULL;
}

bool space_own_edges(struct space *s, uint64_t page, uint64_t end)
{
    return page >= end || (own_leaf(s, page, page, end) && own_leaf(s, end - 1, page, end));
}

void space_give_up_shared(struct space *s, uint64_t page, uint64_t end)
{
    page_entry *leaf;

    while ((leaf = pagemap_next_leaf(&s->map, &page, end)) != NULL) {
        if (pagemap_leaf_shared(leaf)) {
            give_up_leaf(s, leaf, page);
        }
        page = pagemap_leaf_end(page, end);
    }
}

bool space_own_pages(struct space *s, uint64_t page, uint64_t end)
{
    if (!space_own_edges(s, page, end)) {
        return false;
    }
    space_give_up_shared(s, page, end);
    return true;
}

void space_release_pages(struct space *s, uint64_t page, uint64_t end)
{
    page_entry *leaf;

    while ((leaf = pagemap_next_leaf(&s->map, &page, end)) != NULL) {
        uint64_t stop = pagemap_leaf_end(page, end);
        large_break(s, page, leaf, stop - page == PAGEMAP_FANOUT ? LARGE_RELEASED : LARGE_UNMAPPED);
        unmap_leaf(s, leaf, page, stop);
        while (page < stop) {
            page_entry *entry = &leaf[page % PAGEMAP_FANOUT];
            if (stop - page >= GROUP_PAGES && release_group(s, entry)) {
                page += GROUP_PAGES;
                continue;
            }
            if (*entry) {
                release_page(s, entry);
            }
            page++;
        }
    }
}

/* ---- creation ---- */

/* free_number: the lowest; n_numbers: none. Amortised O(1): what is passed over was taken since a lower number became free. */
static uint32_t free_number(void)
{
    while (first_free < n_numbers && (table[first_free] || retired_number(first_free))) {
        first_free++;
    }
    return first_free;
}

static bool make_vspace(struct space *s)
{
    s->vspace_page = object_page_take(FRAME_TABLE);
    if (s->vspace_page == BUDDY_NONE) {
        return false;
    }
    cptr_t made = page_second_cap(s->vspace_page);
    must(kernel_retype(page_cap(s->vspace_page), KERNEL_VSPACE, 0, cptr_leaf(made), cptr_slot(made), 1), "space: vspace");
    uint32_t leaf = asid_assign(made) ? cspace_leaf_take() : CSPACE_NO_LEAF;
    if (leaf == CSPACE_NO_LEAF) {
        return false;
    }
    must(kernel_copy_to_root(leaf, made), "space: vspace");
    s->vspace = cptr_at(leaf, 0);
    return true;
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
    uint32_t frame = frame_take_pinned(); /* the kernel writes to it */
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

void space_enlist(struct space *s)
{
    table[s->id] = s;
    end_used = s->id < end_used ? end_used : s->id + 1;
    n_spaces++;
    stall_init(&s->stall, ticks_to_ns(kernel_ticks()));
    load_join(s);
    s->trail_start = trail_mark();
}

static struct space *make_struct(uint32_t id)
{
    uint32_t frame = frame_take(FRAME_META, true, false);

    if (frame == BUDDY_NONE) {
        return NULL;
    }
    struct space *s = frame_window(frame);
    s->id = id;
    s->map.number = id;
    s->frame = frame;
    s->vspace_page = BUDDY_NONE;
    s->objects_page = BUDDY_NONE;
    s->ipc_frame = BUDDY_NONE;
    for (unsigned i = 0; i < SPACE_BADGE_CAPS; i++) {
        s->badge_slots[i] = SLOT_NONE;
    }
    s->thread_slot = SLOT_NONE;
    slot_set_init(&s->slots);
    return s;
}

/* Pages that a new space takes at once: struct, three levels of page map, region page, IPC buffer. */
#define SPACE_FIRST_PAGES 8u

static void set_careful(struct space *s)
{
    s->careful = s->max_pages != 0 || s->followed || s->traced || s->bounded;
}

static void set_followed(struct space *s, bool followed)
{
    s->followed = followed;
    set_careful(s);
}

static void set_max(struct space *s, uint64_t max_pages)
{
    s->max_pages = max_pages;
    set_careful(s);
}

void space_set_traced(struct space *s, bool traced)
{
    s->traced = traced;
    set_careful(s);
}

void space_set_bounded(struct space *s, bool bounded)
{
    s->bounded = bounded;
    set_careful(s);
}

void space_begin(struct space *s)
{
    memset((uint8_t *)s + SPACE_LIFE, 0, sizeof *s - SPACE_LIFE);
    s->pressure.slot = SLOT_NONE;
    s->min_pages = SPACE_MIN_PAGES;
    s->weight = 1;
    s->mmap_hint = LAYOUT_MMAP_VA;
    s->colour_set = UINT32_MAX >> (COLOURS_MAX - pager.colours);
    s->colours = pager.all_colours;
    evict_init(&s->evict, (enum evict_kind)pager.evict_policy);
}

/* make: a space with its VSpace and IPC buffer, and nothing else. */
static uint64_t make(uint32_t manager, struct space **out)
{
    uint32_t id = free_number();
    struct space *s = id < n_numbers ? make_struct(id) : NULL;

    if (!s) {
        return id == n_numbers ? PAGODA_ERR_TOO_MANY : PAGODA_ERR_NO_MEMORY;
    }
    s->manager = manager;
    space_begin(s);
    space_enlist(s);
    if (!make_vspace(s) || !make_ipc_buffer(s)) {
        space_destroy(s);
        return PAGODA_ERR_NO_MEMORY;
    }
    *out = s;
    return 0;
}

uint64_t space_create(uint32_t manager, uint64_t max_pages, const char *label, struct space **out)
{
    struct space *s;

    if (!memory_ready(SPACE_FIRST_PAGES)) {
        return free_number() == n_numbers ? PAGODA_ERR_TOO_MANY : PAGODA_ERR_NO_MEMORY;
    }
    s = space_renew(manager);
    uint64_t error = s ? 0 : make(manager, &s);
    if (error) {
        return error;
    }
    set_max(s, max_pages);
    space_set_label(s, label);
    if (max_pages != 0 && space_pages(s) > max_pages) {
        space_destroy(s);
        return PAGODA_ERR_OVER_LIMIT;
    }
    *out = s;
    return 0;
}

void space_set_limit(struct space *s, uint64_t max_pages)
{
    uint64_t pages = space_pages(s);

    set_max(s, max_pages);
    s->excess = max_pages != 0 && pages > max_pages ? pages - max_pages : 0;
}

static uint64_t kept(const struct space *s)
{
    return s->min_pages > SPACE_MIN_PAGES ? s->min_pages - SPACE_MIN_PAGES : 0;
}

bool space_set_share(struct space *s, uint64_t min_pages, uint32_t weight)
{
    uint64_t more = min_pages > SPACE_MIN_PAGES ? min_pages - SPACE_MIN_PAGES : 0;

    if (more > kept(s) && (more > pager.general_pages / 2 || pager.kept - kept(s) + more > pager.general_pages / 2)) {
        return false;
    }
    pager.kept += more - kept(s);
    s->min_pages = min_pages;
    s->weight = weight;
    return true;
}

bool space_inherit(struct space *s, const struct space *parent)
{
    space_set_limit(s, parent->max_pages);
    s->colour_set = parent->colour_set;
    s->colours = parent->colours;
    if (!space_set_share(s, parent->min_pages, parent->weight)) {
        space_set_share(s, SPACE_MIN_PAGES, parent->weight);
    }
    return s->excess == 0;
}

void space_follow(struct space *s, uint64_t page)
{
    struct space *dropped = space_at(trail_follow(s->id, page, s->trail_start));

    if (dropped) {
        set_followed(dropped, false);
    }
    set_followed(s, true);
}

void space_set_colours(struct space *s, uint32_t set)
{
    s->colour_set = set;
    colouring_make(&s->colours, set, pager.colours);
}

void space_set_label(struct space *s, const char *label)
{
    memset(s->label, 0, sizeof s->label);
    memcpy(s->label, label, strnlen(label, SPACE_LABEL_MAX));
}

/* ---- destruction ---- */

void space_forget_program(struct space *s)
{
    s->started = false;
    s->deep = false;
    s->stack_top = 0;
    unsubscribe(s);
    if (s->followed) {
        trail_forget(s->id);
        set_followed(s, false);
    }
    trace_end(s, TRACE_END_PROGRAM);
    s->trail_start = trail_mark();
    load_forget(s);
}

void space_clear(struct space *s)
{
    space_forget_program(s);
    range_clear(s);
}

static void revoke_badges(struct space *s)
{
    for (unsigned i = 0; i < SPACE_BADGE_CAPS; i++) {
        if (s->badge_slots[i] != SLOT_NONE) {
            must(kernel_revoke(slot_cap(s->badge_slots[i])), "space: revoke badge");
            must(kernel_delete(slot_cap(s->badge_slots[i])), "space: delete badge"); /* the leaf may be used again as it is */
        }
    }
}

void space_let_leaf_go(struct space *s, page_entry *leaf, uint64_t page, enum large_reason reason)
{
    if (pagemap_leaf_shared(leaf)) {
        if (pagemap_leaf_mapped(&s->map, leaf)) {
            forget_mappings(s, leaf);
        }
        return;
    }
    large_break(s, page, leaf, reason);
    for (unsigned i = 0; (i = pagemap_leaf_next(leaf, i)) < PAGEMAP_FANOUT; i++) {
        if (reason != LARGE_ENDED) {
            mapping_lost(s, leaf[i]);
        } else if (leaf[i] & ENTRY_ORIGINAL) {
            frame_at(entry_frame(leaf[i]))->flags &= (uint8_t)~FRAME_MAPPED;
        }
        entry_release(leaf[i]);
    }
}

/* let_go: what all pages hold. The VSpace is gone, so nothing has to be unmapped; capabilities in slots go with their leaves. */
static void let_go(struct space *s)
{
    page_entry *leaf;

    for (uint64_t p = 0; (leaf = pagemap_next_leaf(&s->map, &p, PAGEMAP_PAGES)) != NULL; p = pagemap_leaf_end(p, PAGEMAP_PAGES)) {
        space_let_leaf_go(s, leaf, p, LARGE_ENDED);
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

void space_silence(struct space *s)
{
    event_forget(s);
    park_forget(s->id);
    waiting_forget(s->id);
    unsubscribe(s);
    promote_forget(s);
    trace_end(s, TRACE_END_PROGRAM);
}

void space_part(struct space *s)
{
    space_silence(s);
    load_leave(s);
    if (s->followed) {
        trail_forget(s->id);
    }
    pager.kept -= kept(s);
    commit_release(&pager.commit, s->promised);
    for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++) {
        pager.former_faults[kind] += s->faults[kind];
    }
    table[s->id] = NULL;
    first_free = s->id < first_free ? s->id : first_free;
    n_spaces--;
}

void space_destroy(struct space *s)
{
    space_part(s);
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
    if (s->vspace) {
        cspace_leaf_put(cptr_leaf(s->vspace));
    }
    let_go(s);
    slot_set_clear(&s->slots);
    release_objects(s);
    pagemap_clear(&s->map);
    region_set_clear(&s->regions);
    frame_put(s->frame);
}

/* ---- capabilities ---- */

/* rights_of: clients may send capabilities with their requests. */
static unsigned rights_of(unsigned kind)
{
    return KERNEL_WRITE | KERNEL_GRANT_REPLY | (kind == BADGE_FAULT ? 0 : KERNEL_GRANT);
}

static uint64_t badge_cap(struct space *s, enum space_badge_cap which, unsigned kind, cptr_t *cap)
{
    if (s->badge_slots[which] == SLOT_NONE) {
        if (!memory_ready(0)) {
            return PAGODA_ERR_NO_MEMORY;
        }
        s->badge_slots[which] = slot_take(&s->slots);
        slot_empty(s->badge_slots[which]);
        must(kernel_mint(slot_cap(s->badge_slots[which]), endpoint_cap, rights_of(kind), BADGE(kind, s->id)), "space: mint");
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

/* ---- stored copies beside frames ---- */

/* few_copies: all that there are take hardly any memory. */
static bool few_copies(void)
{
    return frames_copied < pager.general_pages / (pager.pressure.level > 0 ? KEPT_COPIES_FEW_SHORT : KEPT_COPIES_FEW);
}

void space_keep_copy(struct space *s, uint32_t frame, uint32_t handle, bool written)
{
    if (!written && (!store_takes_memory(handle) || kept_copies_keep(&s->copies, few_copies()))) {
        frame_set_stored(frame, handle);
    } else {
        store_release(handle);
    }
}

void space_give_copy_up(struct space *s, uint32_t frame)
{
    uint32_t handle = frame_stored(frame);

    if (handle) {
        if (store_takes_memory(handle)) {
            kept_copies_lost(&s->copies);
        }
        frame_forget_stored(frame);
    }
}
