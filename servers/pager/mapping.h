/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making the kernel's translation agree with a page map entry. The original capability of a frame is used for its first mapping;
 * further ones need a copy in a slot of the space.
 *
 * Between mapping_defer and mapping_deferred, the first mapping is not made but described, for a reply to the fault that makes it:
 * one system call fewer. FRAME_MAPPED of a frame means that its original capability serves a page map entry; when it does
 * not, the capability may still remember a former mapping that is gone ("lost"), which the calls used here see through.
 */
#ifndef PAGER_MAPPING_H
#define PAGER_MAPPING_H

#include "space.h"

/* A mapping left to the reply. */
struct deferred_mapping {
    bool wanted;
    cptr_t frame, vspace;
    uint64_t va;
    bool writable, executable;
};

void mapping_defer(void);
/* mapping_deferred: what the reply has to map, if wanted is set; ends the deferring. */
struct deferred_mapping mapping_deferred(void);

/* mapping_ready: one mapping_make can be done with what is in reserve. */
bool mapping_ready(const struct space *s);

/* mapping_make: map the frame of an entry that is not mapped; the entry was just found by pagemap_entry or pagemap_make. What else
 * was mapped there is replaced. Takes translation tables and a slot from the reserve. */
void mapping_make(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable);

/* mapping_make_run: the same for n pages of one leaf that hold consecutive frames of one group, not mapped by their original
 * capabilities yet. Never deferred. */
void mapping_make_run(struct space *s, uint64_t page, page_entry *entry, unsigned n, bool writable, bool executable);

/* mapping_change: change the rights of an existing mapping. */
void mapping_change(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable);

/* mapping_drop: unmap, if mapped. */
void mapping_drop(struct space *s, page_entry *entry);

/* mapping_discard: the same for a former entry. mapping_lost: let go of the capability of a mapping that another frame's has replaced,
 * or that went with its range. */
void mapping_discard(struct space *s, page_entry old);
void mapping_lost(struct space *s, page_entry old);

/* mapping_forget_zero: delete the capabilities of the zero page that are kept for later mappings. */
void mapping_forget_zero(struct space *s);

/* mapping_protect: make the pages [page, end) of one leaf read-only that are PAGE_PRIVATE; by ranges where possible. */
void mapping_protect(struct space *s, page_entry *leaf, uint64_t page, uint64_t end);

#endif
