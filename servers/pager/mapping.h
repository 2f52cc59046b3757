/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making the kernel's translation agree with a page map entry. The original capability of a frame is used for its first mapping;
 * further ones need a copy in a slot of the space.
 *
 * What a slot of the space holds is never relied on: the kernel may have refused a mapping that was left to a reply, and then another
 * frame's capability is still there. So a slot is always filled anew when something is mapped by it, and pages are unmapped by address.
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
    cptr_t copy; /* slot for a copy of the frame's capability, which is then what is mapped; 0: none */
    bool fill;   /* `copy` is the capability of another frame, whose contents the frame gets first; it is mapped itself */
    uint64_t va;
    bool writable, executable;
};

void mapping_defer(void);
/* mapping_deferred: what the reply has to map, if wanted is set; ends the deferring. */
const struct deferred_mapping *mapping_deferred(void);

/* mapping_frame_cap: of a frame, or of a page of the archive. */
cptr_t mapping_frame_cap(uint32_t frame);

/* mapping_ready: one mapping_make can be done with what is in reserve. */
bool mapping_ready(const struct space *s);

/* mapping_make: map the frame of an entry that is not mapped; the entry was just found by pagemap_entry or pagemap_make. What else
 * was mapped there is replaced. Takes translation tables and a slot from the reserve. */
void mapping_make(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable);

/* mapping_make_run: the same for n pages of one leaf that hold consecutive frames of one group, not mapped by their original
 * capabilities yet. Never deferred. */
void mapping_make_run(struct space *s, uint64_t page, page_entry *entry, unsigned n, bool writable, bool executable);

/* Sixteen pages and frames, aligned: what a TLB may hold as one entry. */
#define HINT_PAGES 16u

/* mapping_give_run: n neighbouring pages of one leaf, untouched or with the zero page, become PAGE_PRIVATE with n consecutive frames of one chunk, which
 * frame_take_quick gave, and are mapped in place of what was mapped. The leaf has its translation table. Never deferred. */
void mapping_give_run(struct space *s, uint64_t page, page_entry *entry, uint32_t frame, unsigned n, bool writable, bool executable);

/* mapping_borrow_run: up to n neighbouring untouched pages of one leaf become PAGE_FILE with consecutive pages of the archive from `frame` on, mapped read-only, as far as
 * the space has slots for that; returns how many did. The leaf has its translation table. Never deferred. */
unsigned mapping_borrow_run(struct space *s, uint64_t page, page_entry *entry, uint32_t frame, unsigned n, bool executable);

/* mapping_zero_run: the same with the zero page, for data, for pages of which none is mapped: untouched ones, or PAGE_ZERO if `again`. */
unsigned mapping_zero_run(struct space *s, uint64_t page, page_entry *entry, unsigned n, bool again);
#define MAPPING_ZERO_RUN 64u /* pages that one call of the kernel maps */

/* mapping_give_large: the untouched pages of a leaf, from `page` on, become PAGE_PRIVATE with the frames of a large frame from `first` on, which is mapped writable. Takes
 * translation tables, also the one that is not used yet. mapping_unmap_large: that frame is not mapped any more. mapping_make_large: once it is split: its pages can be mapped one by one, and are if `pages`. */
void mapping_give_large(struct space *s, uint64_t page, page_entry *leaf, uint32_t first);
void mapping_unmap_large(const page_entry *leaf);
void mapping_make_large(struct space *s, uint64_t page, const page_entry *leaf, bool pages);

/* mapping_widen: give an existing mapping these rights, more than or as many as it has; it is made again if it is missing. */
void mapping_widen(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable);

/* mapping_narrow: the mappings of the pages [page, end) of one leaf keep no right that is not in `prot` (PROT_*); without any they go. By ranges where
 * possible. */
void mapping_narrow(struct space *s, page_entry *leaf, uint64_t page, uint64_t end, uint32_t prot);

/* mapping_drop: unmap, if mapped. */
void mapping_drop(struct space *s, uint64_t page, page_entry *entry);

/* mapping_lost: let go of the capability of a mapping that another frame's has replaced, or that went with its range. */
void mapping_lost(struct space *s, page_entry old);

/* mapping_protect: make the pages [page, end) of one leaf read-only that are PAGE_PRIVATE; by ranges where possible. */
void mapping_protect(struct space *s, page_entry *leaf, uint64_t page, uint64_t end);

/* mapping_freeze: the same, and they become PAGE_COW: none of the pages can be written from now on without a fault, apart from shared memory. */
void mapping_freeze(struct space *s, page_entry *leaf, uint64_t page, uint64_t end);

#endif
