/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension: Harvest, and the faults by which accesses are noticed; see paging.h and docs/paging-extension.md. */
#include "cpu.h"
#include "generated/invocations.h"
#include "info.h"
#include "object/paging_group.h"
#include "object/paging_range.h"

/* Some page may be watched. Never set where the hardware notes accesses. */
static bool watching;

void paging_watch(void) { watching = !arch_tracks_accesses(); }

enum { HARVEST_CLEAR_ACCESSED = 1, HARVEST_CLEAR_DIRTY = 2 };

struct harvest {
    asid_t asid;
    va_t va;
    bool clear_accessed, clear_dirty;
    struct page_set accessed, dirty;
};

/* Pages below one larger page have its bits. They are cleared with the last part, so that all parts tell the same. */
static void harvest_large(const struct part *part, struct harvest *h)
{
    word_t accessed, dirty;
    pte_run_harvest(part->place.entry, 1, part->last && h->clear_accessed, part->last && h->clear_dirty, &accessed, &dirty);
    for (unsigned page = part->first; page < part->first + part->n; page++) {
        set_add(&h->accessed, page, accessed);
        set_add(&h->dirty, page, dirty);
    }
}

static bool harvest_part(const struct part *part, void *context)
{
    struct harvest *h = context;
    word_t accessed, dirty;
    if (part->place.level == PT_LEVELS - 1) {
        if (h->clear_accessed || h->clear_dirty) /* from now on each page has an answer of its own */
            group_leave_all(h->asid, part->place.entry, part->n, part_va(h->va, part));
        pte_run_harvest(part->place.entry, part->n, h->clear_accessed, h->clear_dirty, part_words(&h->accessed, part, &accessed),
                        part_words(&h->dirty, part, &dirty));
        part_put(&h->accessed, part, &accessed);
        part_put(&h->dirty, part, &dirty);
    } else if (pte_is_page(*part->place.entry, part->place.level)) {
        harvest_large(part, h);
    }
    return true;
}

error_t paging_harvest(struct invocation *inv)
{
    struct args_paging_harvest a;
    if (!args_paging_harvest_read(inv, &a))
        return truncated_message();
    error_t error = range_check(inv, a.va, a.n_pages);
    if (error.code)
        return error;
    if (a.flags & ~(word_t)(HARVEST_CLEAR_ACCESSED | HARVEST_CLEAR_DIRTY))
        return invalid_argument(2);

    struct harvest h = {(asid_t)inv->slot->cap.vspace.asid, a.va, a.flags & HARVEST_CLEAR_ACCESSED, a.flags & HARVEST_CLEAR_DIRTY, {{0}}, {{0}}};
    struct page_set changed;
    if (a.flags)
        paging_watch();
    for_parts(vspace_root(&inv->slot->cap), a.va, a.n_pages, harvest_part, &h);
    for (unsigned i = 0; i < RANGE_WORDS; i++)
        changed.w[i] = (h.clear_accessed ? h.accessed.w[i] : 0) | (h.clear_dirty ? h.dirty.w[i] : 0);
    range_invalidate(inv, a.va, a.n_pages, &changed);
    range_answer(inv, 0, h.accessed.w, RANGE_WORDS);
    range_answer(inv, RANGE_WORDS, h.dirty.w, RANGE_WORDS);
    return ok();
}

bool paging_touch(struct thread *t, va_t va, bool write)
{
    if (!watching || va > USER_TOP)
        return false;
    const struct asid_entry *space = vspace_entry_quick(this_cpu(), t);
    if (!space)
        return false;
    struct pt_place place = pt_walk(kernel_pointer(asid_entry_vspace(space)), va, PT_LEVELS - 1);
    if (!pte_is_page(*place.entry, place.level) || !pte_touch(place.entry, write))
        return false;
    tlb_invalidate_page((asid_t)t->slots[THREAD_SLOT_VSPACE].cap.vspace.asid, va);
    kernel_info->faults_noted++;
    return true;
}
