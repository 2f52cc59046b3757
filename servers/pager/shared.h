/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared objects: the contents of MAP_SHARED memory. Regions refer to one; fork shares it, and a page that any of its regions
 * touches first is then the same frame for all. The object's own page map holds one reference to each frame.
 *
 * A page leaves memory in steps (reclaim.c): each space lets go of it when it has not used it, as of a page of a file, and the next touch finds it in
 * the object; the last one stores it, and the object's entry is then PAGE_STORED. So a page stays while anyone uses it, and nobody has to know who else
 * has it. Pages that were left behind by spaces that have ended are found by a hand of their own (shared_look).
 */
#ifndef PAGER_SHARED_H
#define PAGER_SHARED_H

#include "pagemap.h"
#include "region.h"

struct shared_object {
    struct pagemap map;
    uint32_t refs; /* regions */
    uint32_t next; /* frame of the next object + 1; 0: last */
    uint32_t prev;
    uint64_t pages; /* promised for it (promise.h) */
};

/* shared_create: an empty object of so many pages, which count as promised, with one reference; its frame, or BUDDY_NONE. */
uint32_t shared_create(uint64_t pages);
void shared_retain(uint32_t object);
/* shared_release: drop a reference; the last one frees the object, whose pages no space may hold any more. */
void shared_release(uint32_t object);

/* shared_page: entry of an object's page, made if need be (from the reserve); NULL when no frame is left. */
page_entry *shared_page(uint32_t object, uint64_t page);

/* shared_find: the same to look at; NULL when it has no leaf. */
const page_entry *shared_find(uint32_t object, uint64_t page);

/* shared_index: the page of the object that a page of a region is. */
static inline uint64_t shared_index(const struct region *r, uint64_t page)
{
    return r->object.first + page - (r->start >> 12);
}

/* shared_look: the touched page under the hand that goes round the pages of all objects; the hand moves on. NULL: it has come to the end, and begins anew
 * with the next call. */
page_entry *shared_look(uint64_t *page);

/* shared_first, shared_next: all objects, for checks. NULL at the end. */
struct shared_object *shared_first(void);
struct shared_object *shared_next(const struct shared_object *o);

/* shared_reset: forget all objects (start-up). */
void shared_reset(void);

#endif
