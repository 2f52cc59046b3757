/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension: MapRange, and replies to page faults that map; see paging.h and docs/paging-extension.md. */
#include "cpu.h"
#include "entry/entry.h"
#include "generated/invocations.h"
#include "info.h"
#include "mutants.h"
#include "object/paging_group.h"
#include "object/paging_range.h"
#include "object/reply.h"
#include "preempt.h"

/* The arguments of a call in the form that each page needs. */
struct mapping {
    const struct cap *vspace;
    word_t rights, attributes;
    const uint64_t *entries;
};

static inline uint64_t mapping_entry(const struct mapping *m, const struct cap *frame)
{
    return m->entries[frame->frame.rights & m->rights & (RIGHT_READ | RIGHT_WRITE)] | CAP_OBJECT_PA(frame->frame) | frame_tag(frame);
}

#define NEVER_MAPPED_MASK ((struct cap){.frame = {.size = 3, .mapped = 1}}.w[0])
_Static_assert(FRAME_SMALL == 0, "a small frame has no bits of NEVER_MAPPED_MASK set while it is not mapped");

/* A frame not mapped yet, to where nothing is: all checks of Page_Map have been made for the range, or in the tests here. */
static inline bool map_simple(const struct mapping *m, struct cap *frame, uint64_t *entry, word_t place)
{
    if (frame->type != CAP_FRAME || frame->w[0] & NEVER_MAPPED_MASK || pte_is_valid(*entry))
        return false;
    frame->w[0] = (frame->w[0] & ~PLACE_MASK) | place;
    pte_store(entry, mapping_entry(m, frame));
    return true;
}

/* A small frame's capability that says it is mapped in this space, at another place than `place`, forgets that if something else is there by
 * now. True: it is not mapped, or at `place`. */
static inline bool forget_elsewhere(const struct mapping *m, struct cap *frame, word_t place)
{
    if (!frame->frame.mapped || (frame->w[0] & PLACE_MASK) == place)
        return true;
    if (frame->frame.asid != m->vspace->vspace.asid) {
        frame_forget_lost_mapping(frame);
        return !frame->frame.mapped;
    }
    const uint64_t *entry = pte_small(vspace_root(m->vspace), (va_t)frame->frame.va_page << PAGE_BITS);
    if (entry && frame_is_in(frame, *entry))
        return false;
    set_unmapped(frame);
    return true;
}

/* The same as map_simple for a frame whose former mapping is lost: frames that were used before are such. */
static __attribute__((noinline)) bool map_lost(const struct mapping *m, struct cap *frame, uint64_t *entry, word_t place)
{
    if (frame->type != CAP_FRAME || frame->frame.size != FRAME_SMALL || pte_is_valid(*entry) || !forget_elsewhere(m, frame, place))
        return false;
    set_unmapped(frame); /* nothing is mapped at `place` */
    return map_simple(m, frame, entry, place);
}

/* May this frame be the page of number i of a group in which the first one's entry is to be `first`? That alone is checked which map_simple and map_lost do. */
static bool may_join(const struct mapping *m, struct cap *frame, const uint64_t *entry, word_t place, uint64_t first, unsigned i)
{
    if (frame->type != CAP_FRAME || frame->frame.size != FRAME_SMALL || pte_is_valid(*entry) || !forget_elsewhere(m, frame, place))
        return false;
    return !((mapping_entry(m, frame) ^ (first + ((uint64_t)i << PAGE_BITS))) & ~PTE_TAG);
}

/* The frames of sixteen slots to sixteen entries of a table, from `entry` on, as a group. False: they cannot be one; nothing is mapped. Valid entries come where
 * invalid ones were, so nothing is to be invalidated. */
static NOINLINE bool map_group(const struct mapping *m, struct slot *slots, uint64_t *entry, word_t place)
{
    if (slots->cap.type != CAP_FRAME || !IS_ALIGNED(CAP_OBJECT_PA(slots->cap.frame), GROUP_BITS))
        return false;
    uint64_t first = mapping_entry(m, &slots->cap);
    for (unsigned i = 0; i < GROUP_PAGES; i++)
        if (!may_join(m, &slots[i].cap, &entry[i], place + i, first, i))
            return false;
    for (unsigned i = 0; i < GROUP_PAGES; i++) {
        struct cap *frame = &slots[i].cap;
        frame->w[0] = (frame->w[0] & ~PLACE_MASK) | (place + i);
        pte_store(&entry[i], mapping_entry(m, frame) | (mutant(MUTANT_GROUP_OF_FIFTEEN) && i == GROUP_PAGES - 1 ? 0 : PTE_GROUPED));
    }
    kernel_info->groups_mapped++;
    return true;
}

/* Of n pages from `va` on those up to the end of the group that the first one would be in. */
static word_t up_to_group_end(va_t va, word_t n)
{
    word_t left = GROUP_PAGES - (va >> PAGE_BITS) % GROUP_PAGES;
    return n < left ? n : left;
}

/* True: the page is already mapped exactly so, nothing is to be done (so a call that is done again passes over what it did). */
static bool is_mapped_so(const struct mapping *m, const struct cap *frame, const struct pt_place *at, word_t place)
{
    return at->level == PT_LEVELS - 1 && says_mapped_at(frame, place) &&
           (*at->entry & ~PTE_GROUPED) == mapping_entry(m, frame);
}

static error_t map_page(const struct mapping *m, struct cap *frame, va_t va)
{
    if (frame->type != CAP_FRAME || frame->frame.size != FRAME_SMALL)
        return invalid_capability(0);
    frame_forget_lost_mapping(frame);
    return frame_map(frame, m->vspace, va, m->rights, m->attributes);
}

/* May what is in this slot give way to a copy that will be mapped at `va`? Nothing, or a frame that is not mapped any more, or just there. */
static bool may_give_way(struct cap *cap, const struct cap *vspace, va_t va)
{
    if (cap->type == CAP_NULL)
        return true;
    if (cap->type != CAP_FRAME || vspace->type != CAP_VSPACE)
        return false;
    struct mapping m = {.vspace = vspace};
    if (cap->frame.size == FRAME_SMALL)
        return forget_elsewhere(&m, cap, place_word(vspace->vspace.asid, va));
    frame_forget_lost_mapping(cap);
    return !cap->frame.mapped;
}

/* Make slots[0..n) hold copies of the capabilities of small frames in sources[0..n), which will be mapped from va on; up to the first for which that cannot be. A
 * copy that is mapped so already stays. Gives how many do; *error is that of the next one. */
static word_t put_copies(const struct mapping *m, struct slot *sources, struct slot *slots, va_t va, word_t n, error_t *error)
{
    word_t place = place_word(m->vspace->vspace.asid, va);
    for (word_t i = 0; i < n; i++) {
        struct cap copy = sources[i].cap;
        struct slot *dest = &slots[i];
        if (copy.type != CAP_FRAME || copy.frame.size != FRAME_SMALL) {
            *error = invalid_capability(0);
            return i;
        }
        copy.w[0] = (copy.w[0] & ~PLACE_MASK) | (place + i);
        frame_retag(&copy, dest);
        if (dest->cap.w[0] == copy.w[0] && dest->cap.w[1] == copy.w[1])
            continue;
        if (dest == &sources[i] || !may_give_way(&dest->cap, m->vspace, va + (i << PAGE_BITS))) {
            *error = delete_first();
            return i;
        }
        set_unmapped(&copy);
        slot_replace_frame(&sources[i], dest, copy);
    }
    return n;
}

/* Map the frames of slots[0..n) from va on, up to the first that cannot be; `sources`, if there are any: after they were copied there. Gives how many are done;
 * *error is that of the next one. */
static word_t map_slots(const struct mapping *m, struct slot *sources, struct slot *slots, va_t va, word_t n, error_t *error)
{
    enum { PAGES_PER_STEP = 64, COPIES_PER_STEP = 16 };
    bool simple = (m->attributes & ATTRIBUTES_DATA) == ATTRIBUTES_DATA, grouped = simple && m->attributes & ATTRIBUTE_CONTIGUOUS;
    word_t done = 0, passed = 0, place = place_word(m->vspace->vspace.asid, va), most = sources ? COPIES_PER_STEP : PAGES_PER_STEP;
    *error = ok();
    while (done < n) {
        if (done > passed && preemption_point()) {
            *error = preempted();
            return done;
        }
        word_t step = n - done < most ? n - done : most;
        if (unlikely(grouped))
            step = up_to_group_end(va + (done << PAGE_BITS), step);
        if (sources) {
            step = put_copies(m, sources + done, slots + done, va + (done << PAGE_BITS), step, error);
            if (step == 0)
                return done;
        }
        struct run run = range_run(vspace_root(m->vspace), va + (done << PAGE_BITS), step);
        bool in_table = run.place.level == PT_LEVELS - 1;
        if (unlikely(grouped) && in_table && run.n_pages == GROUP_PAGES && map_group(m, &slots[done], run.place.entry, place + done)) {
            done += GROUP_PAGES;
            continue;
        }
        for (word_t end = done + run.n_pages; done < end; done++, run.place.entry += in_table) {
            struct cap *frame = &slots[done].cap;
            if (simple && in_table && likely(map_simple(m, frame, run.place.entry, place + done)))
                continue;
            if (simple && in_table && map_lost(m, frame, run.place.entry, place + done))
                continue;
            if (is_mapped_so(m, frame, &run.place, place + done)) {
                passed++;
                continue;
            }
            *error = map_page(m, frame, va + (done << PAGE_BITS));
            if (error->code)
                return done;
            if (preemption_point()) { /* such a page takes a cache operation or an invalidation */
                *error = preempted();
                return done;
            }
        }
    }
    return done;
}

/* What went wrong with a page, in one word: of a failed lookup the bits that were left, else the number that the error names. */
static word_t error_detail(error_t error)
{
    word_t words[ERROR_WORDS_MAX] = {0};
    error_words(error, words);
    return words[error_code(error) == ERR_FAILED_LOOKUP ? 2 : 0];
}

static error_t map_range(struct invocation *inv, const struct args_paging_map_range *a, struct slot *sources)
{
    struct slot *slots;
    error_t page_error, error = lookup_target_slots(inv->caps[0], a->index, a->depth, a->n_pages, &slots);
    if (error.code)
        return error;
    struct mapping m = {&inv->slot->cap, a->rights, a->attributes, frame_entries_for(a->attributes)};
    word_t done = map_slots(&m, sources, slots, a->va, a->n_pages, &page_error);
    pte_publish();
    if (page_error.code == ERR_PREEMPTED)
        return page_error;
    range_answer(inv, 0, (const word_t[]){done, error_code(page_error), error_detail(page_error)}, 3);
    return ok();
}

error_t paging_map_range(struct invocation *inv)
{
    struct args_paging_map_range a;
    if (!args_paging_map_range_read(inv, &a))
        return truncated_message();
    error_t error = range_check(inv, a.va, a.n_pages);
    return error.code ? error : map_range(inv, &a, NULL);
}

error_t paging_map_copies(struct invocation *inv)
{
    struct args_paging_map_copies a;
    struct slot *sources;
    if (!args_paging_map_copies_read(inv, &a))
        return truncated_message();
    error_t error = range_check(inv, a.va, a.n_pages);
    if (!error.code)
        error = lookup_target_slots(inv->caps[0], a.source, a.depth, a.n_pages, &sources);
    if (error.code)
        return error;
    return map_range(inv, &(struct args_paging_map_range){a.va, a.n_pages, a.rights, a.attributes, a.index, a.depth}, sources);
}

/* ---- replies ---- */

/* Is this a capability to the very space that `t` runs in, as found out when it ran last? Then it needs no checks. */
static inline bool is_space_of(const struct cap *vspace, const struct thread *t)
{
    const struct cap *own = &t->slots[THREAD_SLOT_VSPACE].cap;
    return vspace->w[0] == own->w[0] && vspace->w[1] == own->w[1] && t->space_epoch == this_cpu()->space_epoch;
}

/* No valid entry may follow another valid one directly. What is mapped just so in a group stays in it. */
static NOINLINE void replace_valid(asid_t asid, uint64_t *entry, uint64_t next, va_t va)
{
    if (*entry == (next | PTE_GROUPED))
        return;
    group_leave(asid, entry, va);
    pte_store(entry, 0);
    tlb_invalidate_page(asid, va);
    pte_store(entry, next);
    pte_publish();
}

static inline void replace_entry(const struct mapping *m, uint64_t *entry, uint64_t next, va_t va)
{
    if (pte_is_valid(*entry) && *entry != next) {
        replace_valid((asid_t)m->vspace->vspace.asid, entry, next, va);
        return;
    }
    pte_store(entry, next);
    pte_publish();
}

/* A small frame for data, where the waiting thread runs and where there is a table. False: it is not that simple, and nothing was done. */
static inline bool map_quickly(const struct thread *waiting, struct cap *frame, const struct cap *vspace, va_t va, word_t rights, word_t attributes)
{
    if (unlikely(!is_space_of(vspace, waiting) || (attributes & ATTRIBUTES_DATA) != ATTRIBUTES_DATA || !IS_ALIGNED(va, PAGE_BITS) || va > USER_TOP))
        return false;
    struct mapping m = {vspace, rights, attributes, frame_entries_for(attributes)};
    uint64_t *entry = pte_small(vspace_root(vspace), va);
    word_t place = place_word(vspace->vspace.asid, va);
    if (unlikely(!entry || frame->type != CAP_FRAME || frame->frame.size != FRAME_SMALL || !forget_elsewhere(&m, frame, place)))
        return false;
    frame->w[0] = (frame->w[0] & ~PLACE_MASK) | place;
    replace_entry(&m, entry, mapping_entry(&m, frame), va);
    return true;
}

/* Any other frame or place, or none that can be: then the thread faults again, and its handler finds out by Page_Map what is wrong. */
static NOINLINE bool map_anyhow(struct cap *frame, const struct cap *vspace, va_t va, word_t rights, word_t attributes)
{
    if (frame->type != CAP_FRAME)
        return false;
    frame_forget_lost_mapping(frame);
    return frame_map(frame, vspace, va, rights, attributes).code == ERR_NONE;
}

static inline bool map_for(const struct thread *waiting, struct cap *frame, const struct cap *vspace, va_t va, word_t rights, word_t attributes)
{
    return likely(map_quickly(waiting, frame, vspace, va, rights, attributes)) || map_anyhow(frame, vspace, va, rights, attributes);
}

void paging_map(const struct thread *waiting, struct cap *frame, const struct cap *vspace, va_t va, word_t rights, word_t attributes)
{
    map_for(waiting, frame, vspace, va, rights, attributes);
}

void paging_map_copy(const struct thread *waiting, struct slot *frame, struct slot *dest, const struct cap *vspace, va_t va, word_t rights, word_t attributes)
{
    struct cap copy = frame->cap;
    if (copy.type != CAP_FRAME || frame == dest || !may_give_way(&dest->cap, vspace, va))
        return;
    copy.frame.mapped = 0;
    copy.frame.asid = 0;
    copy.frame.va_page = 0;
    frame_retag(&copy, dest);
    if (map_for(waiting, &copy, vspace, va, rights, attributes))
        slot_replace_frame(frame, dest, copy);
}

static bool is_memory(const struct cap *cap, word_t right)
{
    return cap->type == CAP_FRAME && cap->frame.size == FRAME_SMALL && !cap->frame.device && cap->frame.rights & right;
}

bool paging_fill(const struct cap *frame, const struct cap *source)
{
    if (!is_memory(frame, RIGHT_WRITE) || !is_memory(source, RIGHT_READ) || frame->frame.object == source->frame.object)
        return false;
    memory_copy_page(CAP_OBJECT(frame->frame), CAP_OBJECT(source->frame));
    return true;
}

static const struct thread *waiting_after_fault(const struct invocation *inv)
{
    const struct reply *reply = CAP_OBJECT(inv->slot->cap.reply);
    const struct thread *waiting = reply->thread;
    return waiting && waiting->state == THREAD_BLOCKED_REPLY && waiting->fault.label == FAULT_VM ? waiting : NULL;
}

static void reply_map_copy(struct invocation *inv, const struct thread *waiting)
{
    struct args_paging_reply_map_copy a;
    struct lookup_failure failure;
    if (!args_paging_reply_map_copy_read(inv, &a))
        return;
    struct slot *dest = lookup_slot(inv->caller, a.dest, &failure);
    if (dest)
        paging_map_copy(waiting, inv->caps[0], dest, &inv->caps[1]->cap, a.va, a.rights, a.attributes);
}

/* The frame is filled whoever waits, and whether or not it can be mapped: what the replier believes of its contents is true then. */
static void reply_map_filled(struct invocation *inv, const struct thread *waiting)
{
    struct args_paging_reply_map_filled a;
    struct lookup_failure failure;
    if (!args_paging_reply_map_filled_read(inv, &a))
        return;
    const struct slot *source = lookup_slot(inv->caller, a.source, &failure);
    if (source && paging_fill(&inv->caps[0]->cap, &source->cap) && waiting)
        paging_map(waiting, &inv->caps[0]->cap, &inv->caps[1]->cap, a.va, a.rights, a.attributes);
}

void paging_reply_map(struct invocation *inv)
{
    struct args_paging_reply_map a;
    const struct thread *waiting = waiting_after_fault(inv);
    if (inv->label == LABEL_PAGING_REPLY_MAP_FILLED)
        reply_map_filled(inv, waiting);
    if (inv->label == LABEL_PAGING_REPLY_MAP_FILLED || !waiting)
        return;
    if (inv->label == LABEL_PAGING_REPLY_MAP_COPY)
        reply_map_copy(inv, waiting);
    else if (args_paging_reply_map_read(inv, &a))
        paging_map(waiting, &inv->caps[0]->cap, &inv->caps[1]->cap, a.va, a.rights, a.attributes);
}
