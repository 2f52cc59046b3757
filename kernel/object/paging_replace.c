/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension: ReplaceFrame; see docs/paging-extension.md. */
#include "generated/invocations.h"
#include "object/paging_group.h"
#include "object/paging_range.h"

static bool is_small_frame(const struct cap *cap) { return cap->type == CAP_FRAME && cap->frame.size == FRAME_SMALL && !cap->frame.device; }

/* The old frame is mapped at va of the space, nowhere else and in a way that copying it by the processor is right. */
static error_t check_old_frame(const struct cap *vspace, const struct cap *old, va_t va, uint64_t **entry)
{
    if (old->frame.device || !says_mapped_at(old, place_word(vspace->vspace.asid, va)))
        return invalid_capability(1);
    struct pt_place place = pt_walk(vspace_root(vspace), va, PT_LEVELS - 1);
    if (place.level != PT_LEVELS - 1 || !frame_is_in(old, *place.entry))
        return invalid_capability(1);
    *entry = place.entry;
    return pte_is_cacheable(*place.entry) ? ok() : illegal_operation();
}

/* The new frame is free, another one, and allows what the mapping does. */
static error_t check_new_frame(const struct cap *old, struct cap *new, uint64_t entry)
{
    if (!is_small_frame(new) || new->frame.object == old->frame.object || (pte_mapped_rights(entry) & ~(unsigned)new->frame.rights))
        return invalid_capability(2);
    frame_forget_lost_mapping(new);
    return new->frame.mapped ? invalid_capability(2) : ok();
}

error_t paging_replace_frame(struct invocation *inv)
{
    struct args_paging_replace_frame a;
    uint64_t *entry;
    if (!args_paging_replace_frame_read(inv, &a))
        return truncated_message();
    const struct cap *vspace = &inv->slot->cap;
    struct cap *old = &inv->caps[0]->cap, *new = &inv->caps[1]->cap;
    error_t error = range_check(inv, a.va, 1);
    if (error.code)
        return error;
    error = check_old_frame(vspace, old, a.va, &entry);
    if (error.code)
        return error;
    error = check_new_frame(old, new, *entry);
    if (error.code)
        return error;

    group_leave((asid_t)vspace->vspace.asid, entry, a.va);
    uint64_t was = *entry;
    pte_set(entry, 0);
    tlb_invalidate_page((asid_t)vspace->vspace.asid, a.va);
    memory_copy_page(CAP_OBJECT(new->frame), CAP_OBJECT(old->frame));
    if (pte_is_executable(was))
        cache_operate(CACHE_UNIFY, CAP_OBJECT_PA(new->frame), BIT(PAGE_BITS));
    pte_set(entry, (pte_move(was, CAP_OBJECT_PA(new->frame)) & ~PTE_TAG) | frame_tag(new));
    new->frame.mapped = 1;
    new->frame.asid = old->frame.asid;
    new->frame.va_page = old->frame.va_page;
    set_unmapped(old);
    return ok();
}
