/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The paging extension: what a pager needs and seL4 does not have. Labels from 4098 on, invoked on a VSpace capability, and one label for replies to
 * page faults. Mechanism only: which page, when and why is up to the caller. docs/paging-extension.md describes it for users.
 *
 * Ranges are runs of at most PAGING_RANGE_MAX small pages. A call on a range checks everything that concerns the call as a whole first, then goes from
 * page to page.
 */
#ifndef KERNEL_OBJECT_PAGING_H
#define KERNEL_OBJECT_PAGING_H

#include "object/error.h"

enum { PAGING_RANGE_MAX = 512 };

/* paging_invoke: MapRange, UnmapRange, UnmapSlots, ProtectRange, Harvest, ReplaceFrame on the VSpace capability inv->slot.
 * Errors: ILLEGAL_OPERATION for other labels | as libs/abi/objects.toml lists them for each */
error_t paging_invoke(struct invocation *inv);
/* paging_reply_map: the reply that `inv` is about to send, with label LABEL_PAGING_REPLY_MAP or _MAP_COPY, maps a frame if it answers a page fault:
 * capabilities frame and VSpace, words va, rights, attributes (and the address of a slot for the copy), checked as by Page_Map. What cannot be mapped is
 * not: the thread that is resumed then faults again. */
void paging_reply_map(struct invocation *inv);
/* paging_map: that mapping, once it is known that a page fault of thread `waiting` is answered. */
void paging_map(const struct thread *waiting, struct cap *frame, const struct cap *vspace, va_t va, word_t rights, word_t attributes);
/* paging_fill: the frame gets the contents of another one. False: these are not small frames of memory, two different ones, that may be written and read. */
bool paging_fill(const struct cap *frame, const struct cap *source);
/* paging_map_copy: the same as paging_map with a copy of the capability in slot `frame`, which goes into `dest` if it can be mapped. `dest` must be empty, or hold
 * another frame capability that nothing is mapped by, other than at this very place; else nothing is done. */
void paging_map_copy(const struct thread *waiting, struct slot *frame, struct slot *dest, const struct cap *vspace, va_t va, word_t rights,
                     word_t attributes);
/* paging_touch: thread t was refused an access at va. True: only because its page is watched, see Harvest; the access is noted now and can be done again. */
bool paging_touch(struct thread *t, va_t va, bool write);

#endif
