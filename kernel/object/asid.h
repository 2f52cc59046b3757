/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ASID pools: which VSpace a user-visible ASID names.
 *
 * ASID = pool number * 512 + index. A pool object is one page of struct asid_entry (arch.h). Frames and tables remember the ASID they are mapped
 * under, never a pointer, so that they notice when the VSpace is gone. ASID 0 is never given out.
 */
#ifndef KERNEL_OBJECT_ASID_H
#define KERNEL_OBJECT_ASID_H

#include "object/cap.h"
#include "object/error.h"

enum { ASID_POOLS = 128, ASID_POOL_INDEX_BITS = 9, ASID_POOL_ENTRIES = 1 << ASID_POOL_INDEX_BITS, ASID_POOL_BITS = 12 };

extern struct asid_entry *asid_pools[ASID_POOLS]; /* NULL: no such pool; asid.c changes it */
/* asid_lookup: the live entry of an ASID, NULL if it names no VSpace now. O(1). */
static inline struct asid_entry *asid_lookup(asid_t asid)
{
    struct asid_entry *pool = asid_pools[asid >> ASID_POOL_INDEX_BITS], *entry = pool + (asid & MASK(ASID_POOL_INDEX_BITS));
    return likely(pool && entry->vspace_page) ? entry : NULL;
}
static inline pa_t asid_entry_vspace(const struct asid_entry *entry) { return (pa_t)entry->vspace_page << 12; }
/* asid_release: the VSpace at `vspace` disappears; frees its ASID if it still has it, and all translations with it. */
void asid_release(asid_t asid, pa_t vspace);

/* asid_pool_create: make the zeroed page at `pa` the pool of this number (boot; else through asid_control_invoke). */
struct cap asid_pool_create(unsigned pool, pa_t pa);
/* asid_boot_assign: give `asid` of an existing pool to the VSpace at `vspace`. */
void asid_boot_assign(asid_t asid, pa_t vspace);
/* asid_pool_shrink: one step of a pool's end: the last of its first n entries (n >= 1) that is in use loses its ASID. Gives how many may still be in use; 0: the
 * pool's number is free. */
word_t asid_pool_shrink(struct asid_entry *pool, word_t n);

error_t asid_control_invoke(struct invocation *inv); /* MakePool, ABI 11.3 */
error_t asid_pool_invoke(struct invocation *inv);    /* Assign, ABI 11.3 */

#endif
