/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making the kernel's translation agree with a page map entry. The original capability of a frame is used for its first mapping;
 * further ones need a copy in a slot of the space.
 */
#ifndef PAGER_MAPPING_H
#define PAGER_MAPPING_H

#include "space.h"

/* mapping_ready: one mapping_make can be done with what is in reserve. */
bool mapping_ready(const struct space *s);

/* mapping_make: map the frame of an entry that is not mapped. Takes translation tables and a slot from the reserve. */
void mapping_make(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable);

/* mapping_change: change the rights of an existing mapping. */
void mapping_change(struct space *s, uint64_t page, page_entry *entry, bool writable, bool executable);

/* mapping_drop: unmap, if mapped. */
void mapping_drop(struct space *s, page_entry *entry);

/* mapping_discard: let go of the capability of a mapping that was replaced by another frame's (`old` is the former entry). */
void mapping_discard(struct space *s, page_entry old);

#endif
