/* SPDX-License-Identifier: BSD-2-Clause */
/* VSpaces; see vspace.h, ABI 11.3, 11.4. */
#include "object/vspace.h"
#include "generated/invocations.h"
#include "object/asid.h"
#include "object/cnode.h"
#include "object/paging.h"
#include "preempt.h"
#include "vm/window.h"

bool vspace_is_assigned(const struct cap *cap) { return cap->type == CAP_VSPACE && cap->vspace.asid; }

struct asid_entry *vspace_entry(const struct thread *t)
{
    const struct cap *cap = &t->slots[THREAD_SLOT_VSPACE].cap;
    if (!vspace_is_assigned(cap))
        return NULL;
    struct asid_entry *entry = asid_lookup((asid_t)cap->vspace.asid);
    return entry && asid_entry_vspace(entry) == CAP_OBJECT_PA(cap->vspace) ? entry : NULL;
}

error_t vspace_resolve(const struct cap *cap, word_t cap_index)
{
    struct asid_entry *entry = asid_lookup((asid_t)cap->vspace.asid);
    if (!entry) {
        struct lookup_failure f = lookup_invalid_root();
        return failed_lookup(false, &f);
    }
    return asid_entry_vspace(entry) == CAP_OBJECT_PA(cap->vspace) ? ok() : invalid_capability(cap_index);
}

void vspace_destroy(const struct cap *cap)
{
    if (cap->vspace.asid)
        asid_release((asid_t)cap->vspace.asid, CAP_OBJECT_PA(cap->vspace));
}

/* ---- cache operations ---- */

void cache_operate(enum cache_operation operation, pa_t pa, size_t len)
{
    static void (*const carry_out[])(const void *, size_t) = {
        [CACHE_CLEAN] = cache_clean_poc,
        [CACHE_INVALIDATE] = cache_invalidate_poc,
        [CACHE_CLEAN_INVALIDATE] = cache_clean_invalidate_poc,
        [CACHE_UNIFY] = cache_unify_pou,
    };
    if (window_covers(pa, len))
        carry_out[operation](kernel_pointer(pa), len);
}

error_t cache_invoke(struct invocation *inv, enum cache_operation operation, pa_t pa, size_t len)
{
    enum { STEP_BYTES = 8192 }; /* about a microsecond */
    struct arch_context *caller = &inv->caller->context;
    for (size_t done = 0, step; done < len; done += step) {
        if (done && preemption_point()) {
            arch_set_mr(caller, 0, arch_mr(caller, 0) + done);
            return preempted();
        }
        step = len - done < STEP_BYTES ? len - done : STEP_BYTES;
        cache_operate(operation, pa + done, step);
    }
    return ok();
}

error_t vspace_invoke(struct invocation *inv)
{
    struct args_arm_vspace_clean_data a; /* all four have the same arguments */
    const struct cap *cap = &inv->slot->cap;
    if (inv->label < LABEL_ARM_VSPACE_CLEAN_DATA || inv->label > LABEL_ARM_VSPACE_UNIFY_INSTRUCTION)
        return paging_invoke(inv);
    if (!args_arm_vspace_clean_data_read(inv, &a))
        return truncated_message();
    if (a.end <= a.start)
        return invalid_argument(1);
    if (a.end > USER_TOP)
        return illegal_operation();
    if (!vspace_is_assigned(cap))
        return invalid_capability(0);
    error_t error = vspace_resolve(cap, 0);
    if (error.code)
        return error;
    struct pt_place place = pt_walk(vspace_root(cap), a.start, PT_LEVELS - 1);
    if (!pte_is_page(*place.entry, place.level))
        return ok();
    unsigned page_bits = pt_level_shift(place.level);
    va_t page = ALIGN_DOWN(a.start, page_bits);
    if (ALIGN_DOWN(a.end - 1, page_bits) != page)
        return range_error(a.start, page + MASK(page_bits));
    if (inv->label == LABEL_ARM_VSPACE_INVALIDATE_DATA && !pte_is_user_writable(*place.entry))
        return illegal_operation();
    return cache_invoke(inv, (enum cache_operation)(inv->label - LABEL_ARM_VSPACE_CLEAN_DATA), pte_pa(*place.entry) + (a.start - page),
                        a.end - a.start);
}
