/* SPDX-License-Identifier: BSD-2-Clause */
#include "range.h"

#include "ahead.h"
#include "frame.h"
#include "large.h"
#include "mapping.h"
#include "promise.h"
#include "record.h"
#include "shared.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <stddef.h>

static uint64_t region_bytes_reserved(const struct region *r)
{
    return r->kind == REGION_IPC_BUFFER ? PAGE_SIZE : r->end - r->start;
}

/* ---- splitting ---- */

static uint64_t at_most(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* split_contents: `high` is to hold what `low` held from the address `at` on. */
static void split_contents(struct region *low, struct region *high, uint64_t at)
{
    uint64_t below = at - low->start;

    switch (low->kind) {
    case PAGER_REGION_FILE:
        high->file = low->file;
        high->file.offset += below;
        high->file.length -= at_most(below, low->file.length);
        low->file.length = at_most(below, low->file.length);
        break;
    case PAGER_REGION_SHARED:
        high->object = low->object;
        high->object.first += below >> PAGE_BITS;
        shared_retain(high->object.object);
        break;
    case PAGER_REGION_STACK: /* the part with the top stays the stack */
        high->stack = low->stack;
        low->kind = PAGER_REGION_ANONYMOUS;
        predict_init(&low->anonymous.reads, (uint32_t)(low->start >> PAGE_BITS));
        break;
    case PAGER_REGION_ANONYMOUS:
        predict_init(&high->anonymous.reads, (uint32_t)(at >> PAGE_BITS));
        break;
    default:
        break;
    }
}

/* split: make `at` a region boundary. Needs one region in reserve. */
static void split(struct space *s, uint64_t at)
{
    struct region *low = region_across(&s->regions, at);

    if (!low) {
        return;
    }
    struct region *high = region_insert(&s->regions, at, low->end);
    high->kind = low->kind;
    high->prot = low->prot;
    high->shared = low->shared;
    high->promised = low->promised;
    high->advice = low->advice;
    high->zero = low->zero;
    predict_init(&high->predict, (uint32_t)(at >> PAGE_BITS));
    promise_end(s, low);
    split_contents(low, high, at);
    low->end = at;
    promise_make(s, low);
    promise_make(s, high);
}

/* ready_for: n further regions can be made. */
static uint64_t ready_for(struct space *s, unsigned n)
{
    bool full = false;

    if (region_room(&s->regions, n)) {
        return 0;
    }
    if (!space_may_grow(s, 1)) {
        return PAGODA_ERR_OVER_LIMIT;
    }
    if (region_ready(&s->regions, n, &full) || (!full && memory_ready(1) && region_ready(&s->regions, n, &full))) {
        return 0;
    }
    return full ? PAGODA_ERR_TOO_MANY : PAGODA_ERR_NO_MEMORY;
}

/* ready_to_split: the regions that making both ends region boundaries needs: none, one or two. */
static uint64_t ready_to_split(struct space *s, uint64_t start, uint64_t end)
{
    return ready_for(s, (unsigned)(region_across(&s->regions, start) != NULL) + (region_across(&s->regions, end) != NULL));
}

/* ---- making ---- */

static bool fits(uint64_t va, uint64_t length)
{
    return va >= PAGE_SIZE && length <= LAYOUT_USER_TOP && va <= LAYOUT_USER_TOP - length;
}

/* choose_address: where a region goes whose address is not fixed. */
static uint64_t choose_address(struct space *s, const struct region_plan *plan, uint64_t *va)
{
    if (plan->va && fits(plan->va, plan->length) && !region_overlaps(&s->regions, plan->va, plan->va + plan->length)) {
        *va = plan->va;
        return 0;
    }
    if (plan->length > LAYOUT_MMAP_END - LAYOUT_MMAP_VA) {
        return PAGODA_ERR_NO_ADDRESS_RANGE;
    }
    *va = region_gap(&s->regions, s->mmap_hint, plan->length, LAYOUT_MMAP_END);
    if (!*va && s->mmap_hint > LAYOUT_MMAP_VA) {
        *va = region_gap(&s->regions, LAYOUT_MMAP_VA, plan->length, LAYOUT_MMAP_END);
    }
    if (!*va) {
        return PAGODA_ERR_NO_ADDRESS_RANGE;
    }
    s->mmap_hint = *va + plan->length;
    return 0;
}

/* touches_ipc_buffer: the range reaches into the pages that are not the client's to use. */
static bool touches_ipc_buffer(uint64_t start, uint64_t end)
{
    return start < LAYOUT_PROGRAM_VA && end > LAYOUT_IPC_BUFFER_VA;
}

static uint64_t fixed_address(struct space *s, const struct region_plan *plan, uint64_t *va)
{
    uint64_t end = plan->va + plan->length;

    if (!fits(plan->va, plan->length)) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    *va = plan->va;
    if (!region_overlaps(&s->regions, plan->va, end)) {
        return 0;
    }
    if (!(plan->flags & PAGER_MAP_REPLACE) || touches_ipc_buffer(plan->va, end)) {
        return PAGODA_ERR_OVERLAP;
    }
    return range_unmap(s, plan->va, end);
}

/* So often are pages around a fault in a region of a file brought in before that has to pay. */
#define FILE_GUESSES 3u

static void fill_region(struct region *r, const struct region_plan *plan, uint32_t object)
{
    r->kind = (uint8_t)plan->kind;
    r->prot = (uint8_t)plan->prot;
    r->shared = (plan->flags & PAGER_MAP_SHARED) != 0;
    predict_init(&r->predict, (uint32_t)(r->start >> PAGE_BITS));
    if (plan->kind == PAGER_REGION_FILE) {
        predict_lend(&r->predict, FILE_GUESSES * PREDICT_AROUND * AHEAD_FILE_COST);
        r->file.number = (uint32_t)plan->file_number;
        r->file.offset = plan->file_offset;
        r->file.length = plan->file_length;
    } else if (plan->kind == PAGER_REGION_STACK) {
        r->stack.limit = (uint32_t)at_most(plan->stack_limit >> PAGE_BITS, UINT32_MAX);
        stack_step_init(&r->stack.step);
    } else if (plan->kind == PAGER_REGION_SHARED) {
        r->object.object = object;
    } else if (plan->kind == PAGER_REGION_ANONYMOUS) {
        predict_init(&r->anonymous.reads, (uint32_t)(r->start >> PAGE_BITS));
    }
}

/* planned: pages that the region is going to promise; an object of shared memory does it for its regions. */
static uint64_t planned(const struct region_plan *plan)
{
    if (plan->kind == PAGER_REGION_STACK) {
        return at_most(plan->stack_limit, plan->length) >> PAGE_BITS;
    }
    return plan->kind == PAGER_REGION_SHARED || plan->prot & PAGER_PROT_WRITE ? plan->length >> PAGE_BITS : 0;
}

/* may_promise: with what is promised anew, and what ends because it is replaced. */
static bool may_promise(struct space *s, const struct region_plan *plan, bool replaces)
{
    uint64_t end = plan->va + plan->length;
    uint64_t more = planned(plan) + (replaces ? promise_cut(s, plan->va, plan->va) : 0);
    uint64_t less = replaces ? promise_within(s, plan->va, end) : 0;

    return more <= less || promise_possible(more - less);
}

uint64_t range_map(struct space *s, const struct region_plan *plan, uint64_t *va)
{
    uint32_t object = BUDDY_NONE;
    /* What replaces a region needs none more: unmapping leaves one. */
    bool replaces = plan->flags & PAGER_MAP_REPLACE && region_overlaps(&s->regions, plan->va, plan->va + plan->length);
    uint64_t error = replaces ? 0 : ready_for(s, 1);

    if (error) {
        return error;
    }
    if (!may_promise(s, plan, replaces)) {
        return PAGODA_ERR_NO_MEMORY;
    }
    if (plan->kind == PAGER_REGION_SHARED) {
        object = memory_ready(1) ? shared_create(plan->length >> PAGE_BITS) : BUDDY_NONE;
        if (object == BUDDY_NONE) {
            return PAGODA_ERR_NO_MEMORY;
        }
    }
    error = plan->flags & PAGER_MAP_FIXED ? fixed_address(s, plan, va) : choose_address(s, plan, va);
    if (error) {
        if (object != BUDDY_NONE) {
            shared_release(object);
        }
        return error;
    }
    struct region *r = region_insert(&s->regions, *va, *va + plan->length);
    fill_region(r, plan, object);
    if (plan->prot & PAGER_PROT_WRITE) {
        promise_pledge(s, r);
    }
    s->reserved += plan->length >> PAGE_BITS;
    return 0;
}

/* ---- pages of a range ---- */

static void release_pages(struct space *s, uint64_t start, uint64_t end)
{
    space_release_pages(s, start >> PAGE_BITS, end >> PAGE_BITS);
}

static bool is_on_disk(page_entry e)
{
    return entry_state(e) == PAGE_STORED && record_valid(entry_handle(e)) && record_at(entry_handle(e))->kind == RECORD_DISK;
}

uint64_t range_count(struct space *s, uint64_t start, uint64_t end, struct range_counts *counts)
{
    uint64_t page = start >> PAGE_BITS, stop = pagemap_piece(&s->map, page, end >> PAGE_BITS, PAGEMAP_LOOKED);
    page_entry *entry;

    *counts = (struct range_counts){0};
    for (; (page = pagemap_next(&s->map, page, stop, &entry)) != UINT64_MAX; page++) {
        counts->states[entry_state(*entry)]++;
        counts->on_disk += is_on_disk(*entry);
    }
    return stop << PAGE_BITS;
}

static void unmap_regions(struct space *s, uint64_t start, uint64_t end)
{
    struct region *r;

    while ((r = region_from(&s->regions, start)) != NULL && r->start < end) {
        release_pages(s, r->start, r->end);
        s->reserved -= region_bytes_reserved(r) >> PAGE_BITS;
        promise_end(s, r);
        if (r->kind == PAGER_REGION_SHARED) {
            shared_release(r->object.object);
        }
        region_remove(&s->regions, r);
    }
}

/* unmap_whole: start and end cut no region. */
static void unmap_whole(struct space *s, uint64_t start, uint64_t end)
{
    unmap_regions(s, start, end);
    pagemap_trim(&s->map, start >> PAGE_BITS, end >> PAGE_BITS);
    slot_set_trim(&s->slots);
    if (start >= LAYOUT_MMAP_VA && start < s->mmap_hint) {
        s->mmap_hint = start;
    }
}

/* own_edges: of the leaves of the page map that lie in the range in part, there are no other holders. */
static uint64_t own_edges(struct space *s, uint64_t start, uint64_t end)
{
    return space_own_edges(s, start >> PAGE_BITS, end >> PAGE_BITS) ? 0 : PAGODA_ERR_NO_MEMORY;
}

/* own_pages: after that, whoever holds leaves of the page map together with this space is left with what they hold. */
static void own_pages(struct space *s, uint64_t start, uint64_t end)
{
    space_give_up_shared(s, start >> PAGE_BITS, end >> PAGE_BITS);
}

static __attribute__((cold, noinline)) void drop_leaves(struct space *s, uint64_t page, uint64_t end)
{
    space_give_up_shared(s, page, end);
    space_release_pages(s, page, end);
    pagemap_trim(&s->map, page, end);
    slot_set_trim(&s->slots);
}

/* thin: few of the leaves that lie in the range as a whole are left; false: there were more, and PAGEMAP_DROPPED of them have been given back. */
static bool thin(struct space *s, uint64_t start, uint64_t end)
{
    uint64_t in_leaf = PAGEMAP_FANOUT - 1;
    uint64_t page = ((start >> PAGE_BITS) + in_leaf) & ~in_leaf, last = (end >> PAGE_BITS) & ~in_leaf;
    uint64_t stop = pagemap_piece(&s->map, page, last, PAGEMAP_DROPPED);

    if (stop >= last) {
        return true;
    }
    drop_leaves(s, page, stop);
    return false;
}

/* cut: there are regions in the range, and from now on none goes across its ends. */
static bool cut(struct space *s, uint64_t start, uint64_t end)
{
    if (start >= end || !region_overlaps(&s->regions, start, end)) {
        return false;
    }
    split(s, start);
    split(s, end);
    return true;
}

void range_clear(struct space *s)
{
    /* Needs no memory: the leaf with the IPC buffer, the only one that is not unmapped as a whole, never has other holders. */
    own_edges(s, 0, LAYOUT_USER_TOP);
    own_pages(s, 0, LAYOUT_USER_TOP);
    unmap_whole(s, 0, LAYOUT_IPC_BUFFER_VA);
    unmap_whole(s, LAYOUT_PROGRAM_VA, LAYOUT_USER_TOP);
    region_set_shrink(&s->regions);
    slot_set_trim(&s->slots);
    s->mmap_hint = LAYOUT_MMAP_VA;
}

uint64_t range_unmap(struct space *s, uint64_t start, uint64_t end)
{
    uint64_t error = ready_to_split(s, start, end);

    error = error || promise_possible(promise_cut(s, start, start)) ? error : PAGODA_ERR_NO_MEMORY;
    error = error ? error : own_edges(s, start, end);
    if (error) {
        return error;
    }
    bool around = touches_ipc_buffer(start, end);
    uint64_t low_end = around ? LAYOUT_IPC_BUFFER_VA : start, high = around ? LAYOUT_PROGRAM_VA : start;
    bool low = cut(s, start, low_end), rest = cut(s, high, end);
    /* Nothing can be refused from here on, also when it is asked for again. */
    if ((low && !thin(s, start, low_end)) || (rest && !thin(s, high, end))) {
        return PAGODA_ERR_UNFINISHED;
    }
    own_pages(s, start, end);
    if (low) {
        unmap_whole(s, start, low_end);
    }
    if (rest) {
        unmap_whole(s, high, end);
    }
    return 0;
}

/* covered: the range lies wholly inside regions that clients may change. */
static bool covered(struct space *s, uint64_t start, uint64_t end)
{
    struct region *r = region_from(&s->regions, start);

    while (r && r->start <= start && r->kind != REGION_IPC_BUFFER) {
        if (r->end >= end) {
            return true;
        }
        start = r->end;
        r = region_next(&s->regions, r);
    }
    return false;
}

/* ---- rights ---- */

static uint64_t highest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* narrow_leaf: the pages [page, end) of a leaf, by the regions that they lie in. */
static void narrow_leaf(struct space *s, page_entry *leaf, uint64_t page, uint64_t end)
{
    for (struct region *r = region_from(&s->regions, page << PAGE_BITS); r && r->start >> PAGE_BITS < end; r = region_next(&s->regions, r)) {
        uint64_t first = highest(page, r->start >> PAGE_BITS), last = at_most(end, r->end >> PAGE_BITS);
        if (!(r->prot & PAGER_PROT_WRITE)) {
            large_break(s, first, leaf, LARGE_PROTECTED);
        }
        mapping_narrow(s, leaf, first, last, r->prot);
    }
}

uint64_t range_piece(struct space *s, uint64_t start, uint64_t end)
{
    return pagemap_piece(&s->map, start >> PAGE_BITS, end >> PAGE_BITS, PAGEMAP_DROPPED) << PAGE_BITS;
}

void range_narrow(struct space *s, uint64_t start, uint64_t end)
{
    uint64_t page = start >> PAGE_BITS;
    page_entry *leaf;

    while ((leaf = pagemap_next_leaf(&s->map, &page, end >> PAGE_BITS)) != NULL) {
        uint64_t stop = pagemap_leaf_end(page, end >> PAGE_BITS);
        if (pagemap_leaf_mapped(&s->map, leaf)) { /* otherwise nothing is mapped in it here */
            narrow_leaf(s, leaf, page, stop);
        }
        page = stop;
    }
}

uint64_t range_protect(struct space *s, uint64_t start, uint64_t end, uint32_t prot)
{
    if (!covered(s, start, end)) {
        return PAGODA_ERR_NOT_MAPPED;
    }
    uint64_t error = ready_to_split(s, start, end);
    if (error) {
        return error;
    }
    uint64_t more = promise_cut(s, start, end) + (prot & PAGER_PROT_WRITE ? promise_unpledged(s, start, end) : 0);
    if (!promise_possible(more)) {
        return PAGODA_ERR_NO_MEMORY;
    }
    split(s, start);
    split(s, end);
    for (struct region *r = region_from(&s->regions, start); r && r->start < end; r = region_next(&s->regions, r)) {
        r->prot = (uint8_t)prot;
        if (prot & PAGER_PROT_WRITE) {
            promise_pledge(s, r);
        }
    }
    range_narrow(s, start, range_piece(s, start, end));
    return 0;
}

uint64_t range_advise(struct space *s, uint64_t start, uint64_t end, enum predict_advice advice)
{
    if (!covered(s, start, end)) {
        return PAGODA_ERR_NOT_MAPPED;
    }
    uint64_t error = ready_to_split(s, start, end);
    if (error) {
        return error;
    }
    if (!promise_possible(promise_cut(s, start, end))) {
        return PAGODA_ERR_NO_MEMORY;
    }
    split(s, start);
    split(s, end);
    for (struct region *r = region_from(&s->regions, start); r && r->start < end; r = region_next(&s->regions, r)) {
        r->advice = (uint8_t)advice & 3;
        predict_advise(&r->predict, advice, (uint32_t)(r->start >> PAGE_BITS));
        if (r->kind == PAGER_REGION_ANONYMOUS) {
            predict_advise(&r->anonymous.reads, advice, (uint32_t)(r->start >> PAGE_BITS));
        }
    }
    return 0;
}

uint64_t range_bring(struct space *s, uint64_t start, uint64_t end, uint64_t *next)
{
    if (!covered(s, start, end)) {
        return PAGODA_ERR_NOT_MAPPED;
    }
    *next = ahead_bring(s, start >> PAGE_BITS, end >> PAGE_BITS) << PAGE_BITS;
    return 0;
}

uint64_t range_forget(struct space *s, uint64_t start, uint64_t end)
{
    if (!covered(s, start, end)) {
        return PAGODA_ERR_NOT_MAPPED;
    }
    uint64_t error = own_edges(s, start, end);
    if (error) {
        return error;
    }
    if (!thin(s, start, end)) {
        return PAGODA_ERR_UNFINISHED;
    }
    own_pages(s, start, end);
    release_pages(s, start, end);
    pagemap_trim(&s->map, start >> PAGE_BITS, end >> PAGE_BITS);
    slot_set_trim(&s->slots);
    return 0;
}
