/* SPDX-License-Identifier: BSD-2-Clause */
/* VSpaces: top-level translation tables with an ASID. Mapping is done by page_table.h and frame.h; here are what they share and the cache operations. */
#ifndef KERNEL_OBJECT_VSPACE_H
#define KERNEL_OBJECT_VSPACE_H

#include "object/asid.h"
#include "object/cap.h"
#include "object/error.h"

#define USER_TOP 0x00007fffffffffffull /* highest user address */

/* vspace_entry: the ASID entry of a thread's address space for switching to it; NULL when its VSpace slot holds no VSpace with a live ASID. */
struct asid_entry *vspace_entry(const struct thread *t);
/* vspace_entry_quick: the same, remembered in the thread until the epoch changes, unless it is NULL. */
static inline struct asid_entry *vspace_entry_quick(const struct cpu *cpu, struct thread *t)
{
    if (unlikely(t->space_epoch != cpu->space_epoch)) {
        t->space = vspace_entry(t);
        t->space_epoch = t->space ? cpu->space_epoch : 0;
    }
    return t->space;
}
/* vspace_entries_changed: an ASID was assigned or released, or a capability to a VSpace, which may be in a thread, was deleted: a new epoch. */
static inline void vspace_entries_changed(void) { this_cpu()->space_epoch++; }
/* vspace_is_assigned: the capability is to a VSpace that was given an ASID (which may have been lost since). */
bool vspace_is_assigned(const struct cap *cap);
/* vspace_is_live: assigned, and it still owns its ASID. */
static inline bool vspace_is_live(const struct cap *cap)
{
    const struct asid_entry *entry = cap->type == CAP_VSPACE ? asid_lookup((asid_t)cap->vspace.asid) : NULL; /* ASID 0 is nobody's */
    return likely(entry && asid_entry_vspace(entry) == CAP_OBJECT_PA(cap->vspace));
}
/* vspace_resolve: check that an assigned VSpace still owns its ASID.
 *   cap_index  goes into the error
 * Errors: FAILED_LOOKUP(InvalidRoot) ASID gone | INVALID_CAPABILITY(cap_index) ASID belongs to another VSpace */
error_t vspace_resolve(const struct cap *cap, word_t cap_index);
static inline uint64_t *vspace_root(const struct cap *cap) { return CAP_OBJECT(cap->vspace); }
/* vspace_destroy: last capability gone: the ASID is free, all translations are gone. */
void vspace_destroy(const struct cap *cap);
/* vspace_invoke: Clean_Data, Invalidate_Data, CleanInvalidate_Data, Unify_Instruction, ABI 11.4; else paging_invoke. */
error_t vspace_invoke(struct invocation *inv);

enum cache_operation { CACHE_CLEAN, CACHE_INVALIDATE, CACHE_CLEAN_INVALIDATE, CACHE_UNIFY };
/* cache_operate: carry out an operation on physical memory; device memory has no cached copies the kernel could reach: nothing is done. */
void cache_operate(enum cache_operation operation, pa_t pa, size_t len);
/* cache_invoke: the same for an invocation whose first word is the start of what is to be done, preemptible: what is already done is left out of that word.
 * Errors: PREEMPTED */
error_t cache_invoke(struct invocation *inv, enum cache_operation operation, pa_t pa, size_t len);

#endif
