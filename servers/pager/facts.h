/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fault is decided by (policy/decide.h), for the quick way (quick.h) and the whole one (fault.h): inline, as the quick way counts its instructions. */
#ifndef PAGER_FACTS_H
#define PAGER_FACTS_H

#include "frame.h"
#include "pagemap.h"
#include "policy/decide.h"
#include "region.h"
#include "state.h"

#include <pagoda/layout.h>

/* facts_backing: where an untouched page's contents are; of a file, *offset is that place in the archive and *length how much of the page is there. */
static inline enum backing facts_backing(const struct region *r, uint64_t page, uint64_t *offset, uint64_t *length)
{
    if (r->kind != PAGER_REGION_FILE) {
        return r->kind == PAGER_REGION_SHARED ? BACKING_SHARED : BACKING_ZERO;
    }
    uint64_t at = (page << PAGE_BITS) - r->start;

    if (at >= r->file.length) {
        return BACKING_ZERO;
    }
    *offset = r->file.offset + at;
    *length = r->file.length - at < PAGE_SIZE ? r->file.length - at : PAGE_SIZE;
    return *length == PAGE_SIZE && *offset % PAGE_SIZE == 0 ? BACKING_FILE : BACKING_FILE_PARTIAL;
}

/* facts_decide: what is done for an access to a page with this entry. shared_leaf: the entry's leaf has other holders, who hold its frames as well. */
static inline enum action facts_decide(const struct region *r, enum access access, page_entry e, bool shared_leaf, enum backing backing)
{
    enum page_state state = entry_state(e);
    struct fault_facts facts = {
        .access = access,
        .may_read = r->prot & PAGER_PROT_READ,
        .may_write = r->prot & PAGER_PROT_WRITE,
        .may_execute = r->prot & PAGER_PROT_EXEC,
        .state = state,
        .backing = backing,
        .last_holder = state == PAGE_COW && !shared_leaf && frame_at(entry_frame(e))->refs == 1,
        .share_zero = access != ACCESS_WRITE && zero_page_share(&r->zero, pager.zero_sharing, pager.pressure.level),
    };
    return fault_decide(&facts);
}

#endif
