/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension: what its calls share, unmapping, rights; see paging.h and docs/paging-extension.md. */
#include "object/paging.h"
#include "entry/entry.h"
#include "generated/invocations.h"
#include "object/paging_group.h"
#include "object/paging_range.h"
#include "preempt.h"

error_t range_check(const struct invocation *inv, va_t va, word_t n_pages)
{
    const struct cap *vspace = &inv->slot->cap;
    if (!vspace_is_assigned(vspace))
        return invalid_capability(0);
    error_t error = vspace_resolve(vspace, 0);
    if (error.code)
        return error;
    if (!IS_ALIGNED(va, PAGE_BITS))
        return alignment_error();
    if (n_pages < 1 || n_pages > PAGING_RANGE_MAX)
        return range_error(1, PAGING_RANGE_MAX);
    return va > USER_TOP - ((n_pages << PAGE_BITS) - 1) ? invalid_argument(0) : ok();
}

void range_answer(struct invocation *inv, unsigned first, const word_t *words, unsigned n)
{
    if (!inv->is_call)
        return;
    word_t *buffer = message_buffer(inv->caller, true);
    if (!buffer && first + n > MESSAGE_REGISTERS)
        n = first < MESSAGE_REGISTERS ? MESSAGE_REGISTERS - first : 0;
    unsigned i = 0;
    for (; i < n && first + i < MESSAGE_REGISTERS; i++)
        arch_set_mr(&inv->caller->context, first + i, words[i]);
    for (; i < n; i++)
        buffer[BUFFER_MESSAGE + first + i] = words[i];
    inv->n_results = first + n;
}

word_t range_invalidate(const struct invocation *inv, va_t va, word_t n_pages, const struct page_set *set)
{
    return tlb_invalidate_marked((asid_t)inv->slot->cap.vspace.asid, va, set->w, (unsigned)(n_pages + WORD_BITS - 1) / WORD_BITS);
}

/* ---- UnmapRange, UnmapSlots ---- */

struct unmapping {
    asid_t asid;
    va_t va;
    struct page_set mapped, dirty;
};

static void finish_unmap(struct invocation *inv, va_t va, word_t n_pages, const struct unmapping *u)
{
    word_t n = range_invalidate(inv, va, n_pages, &u->mapped);
    range_answer(inv, 0, &n, 1);
    range_answer(inv, 1, u->dirty.w, RANGE_WORDS);
}

static bool unmap_part(const struct part *part, void *context)
{
    struct unmapping *u = context;
    word_t mapped, dirty;
    if (part->place.level != PT_LEVELS - 1)
        return true;
    group_leave_edges(u->asid, part->place.entry, part->n, part_va(u->va, part));
    pte_run_unmap(part->place.entry, part->n, part_words(&u->mapped, part, &mapped), part_words(&u->dirty, part, &dirty));
    part_put(&u->mapped, part, &mapped);
    part_put(&u->dirty, part, &dirty);
    return true;
}

static error_t unmap_range(struct invocation *inv)
{
    struct args_paging_unmap_range a;
    if (!args_paging_unmap_range_read(inv, &a))
        return truncated_message();
    error_t error = range_check(inv, a.va, a.n_pages);
    if (error.code)
        return error;

    struct unmapping u = {.asid = (asid_t)inv->slot->cap.vspace.asid, .va = a.va};
    for_parts(vspace_root(&inv->slot->cap), a.va, a.n_pages, unmap_part, &u);
    finish_unmap(inv, a.va, a.n_pages, &u);
    return ok();
}

/* Unmap the frames of the slots of one run as far as they are mapped there. `place`: of the first page of the range. */
static void unmap_run_slots(struct slot *slots, word_t place, unsigned first, struct run run, struct unmapping *u)
{
    bool in_table = run.place.level == PT_LEVELS - 1;
    for (unsigned page = first, end = first + run.n_pages; page < end; page++, run.place.entry += in_table) {
        struct cap *frame = &slots[page].cap;
        if (!says_mapped_at(frame, place + page))
            continue;
        set_unmapped(frame);
        uint64_t was = *run.place.entry;
        if (!in_table || !frame_is_in(frame, was))
            continue;
        if (unlikely(was & PTE_GROUPED))
            group_break(u->asid, run.place.entry, u->va + ((va_t)page << PAGE_BITS));
        pte_store(run.place.entry, 0);
        set_add(&u->mapped, page, true);
        set_add(&u->dirty, page, pte_is_dirty(was));
    }
}

static error_t unmap_slots(struct invocation *inv)
{
    struct args_paging_unmap_slots a;
    struct slot *slots;
    if (!args_paging_unmap_slots_read(inv, &a))
        return truncated_message();
    error_t error = range_check(inv, a.va, a.n_pages);
    if (error.code)
        return error;
    error = lookup_target_slots(inv->caps[0], a.index, a.depth, a.n_pages, &slots);
    if (error.code)
        return error;

    const struct cap *vspace = &inv->slot->cap;
    struct unmapping u = {.asid = (asid_t)vspace->vspace.asid, .va = a.va};
    word_t place = place_word(vspace->vspace.asid, a.va);
    for (unsigned page = 0; page < a.n_pages;) {
        struct run run = range_run(vspace_root(vspace), a.va + ((va_t)page << PAGE_BITS), a.n_pages - page);
        unmap_run_slots(slots, place, page, run, &u);
        page += run.n_pages;
    }
    finish_unmap(inv, a.va, a.n_pages, &u);
    return ok();
}

/* ---- ProtectRange ---- */

/* Give one page execute permission with its rights. What was written as data must be what is fetched. */
static void protect_executable(uint64_t *entry, unsigned rights)
{
    uint64_t old = *entry, next = pte_protect(old, rights, true);
    if (!pte_is_executable(old) && pte_is_executable(next))
        cache_operate(CACHE_UNIFY, pte_pa(old), BIT(PAGE_BITS));
    pte_store(entry, next);
}

struct protection {
    asid_t asid;
    va_t va;
    unsigned rights;
    bool executable;
    struct page_set mapped;
};

/* False: stop now. */
static bool protect_part_executable(const struct part *part, struct protection *p)
{
    for (unsigned i = 0; i < part->n; i++) {
        uint64_t *entry = &part->place.entry[i];
        if (!pte_is_valid(*entry))
            continue;
        bool slow = !pte_is_executable(*entry);
        group_leave(p->asid, entry, part_va(p->va, part) + ((va_t)i << PAGE_BITS));
        protect_executable(entry, p->rights);
        set_add(&p->mapped, part->first + i, true);
        if (slow && preemption_point())
            return false;
    }
    return true;
}

static bool protect_part(const struct part *part, void *context)
{
    struct protection *p = context;
    word_t mapped;
    if (part->place.level != PT_LEVELS - 1)
        return true;
    if (p->executable)
        return protect_part_executable(part, p);
    group_leave_edges(p->asid, part->place.entry, part->n, part_va(p->va, part));
    pte_run_protect(part->place.entry, part->n, p->rights, part_words(&p->mapped, part, &mapped));
    part_put(&p->mapped, part, &mapped);
    return true;
}

static error_t protect_range(struct invocation *inv)
{
    struct args_paging_protect_range a;
    if (!args_paging_protect_range_read(inv, &a))
        return truncated_message();
    error_t error = range_check(inv, a.va, a.n_pages);
    if (error.code)
        return error;

    struct protection p = {(asid_t)inv->slot->cap.vspace.asid, a.va, a.rights & (RIGHT_READ | RIGHT_WRITE), !(a.attributes & ATTRIBUTE_EXECUTE_NEVER), {{0}}};
    if (a.rights & RIGHT_WRITE)
        paging_watch(); /* pages that become writable count as not written */
    bool all = for_parts(vspace_root(&inv->slot->cap), a.va, a.n_pages, protect_part, &p);
    word_t n = range_invalidate(inv, a.va, a.n_pages, &p.mapped);
    if (!all)
        return preempted();
    range_answer(inv, 0, &n, 1);
    return ok();
}

error_t paging_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_PAGING_MAP_RANGE:
        return paging_map_range(inv);
    case LABEL_PAGING_MAP_COPIES:
        return paging_map_copies(inv);
    case LABEL_PAGING_UNMAP_RANGE:
        return unmap_range(inv);
    case LABEL_PAGING_UNMAP_SLOTS:
        return unmap_slots(inv);
    case LABEL_PAGING_PROTECT_RANGE:
        return protect_range(inv);
    case LABEL_PAGING_HARVEST:
        return paging_harvest(inv);
    case LABEL_PAGING_REPLACE_FRAME:
        return paging_replace_frame(inv);
    default:
        return illegal_operation();
    }
}
