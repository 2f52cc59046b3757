/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The root task's own resources: capability slots, two blocks of RAM (one for the pager's making, one that init keeps), scratch
 * addresses; and what is left of the boot untypeds, for the pager. Every failure here is fatal: init says which and stops.
 */
#ifndef INIT_MEMORY_H
#define INIT_MEMORY_H

#include <pagoda/startup.h>
#include <stdbool.h>
#include <stdint.h>

#include "sel4/sel4.h"

#define INIT_CNODE seL4_CapInitThreadCNode
#define SLOT_DEPTH 64

/* A block of RAM that objects are made from, front to back. `used` mirrors the kernel's rule: each object at its natural alignment. */
struct block {
    seL4_CPtr untyped;
    uint64_t paddr;
    unsigned size_bits;
    uint64_t used; /* bytes */
};

/* memory_init: read the boot information. */
void memory_init(const seL4_BootInfo *info);

/* memory_slots: n consecutive empty slots of init's CNode. */
seL4_CPtr memory_slots(unsigned n);

/* memory_block: cut a block of 2^size_bits bytes out of the boot untypeds; the rest of what was cut stays on the list. */
struct block memory_block(unsigned size_bits, const char *purpose);

/* memory_make: n objects from the block into consecutive slots from `offset` of the CNode `root` (cptr of a CNode cap). */
void memory_make(struct block *block, seL4_Word type, seL4_Word size_bits, seL4_CPtr root, seL4_Word offset, unsigned n);

/* memory_object: one object into a fresh slot of init's CNode. */
seL4_CPtr memory_object(struct block *block, seL4_Word type, seL4_Word size_bits);

/* memory_finish_block: turn what is unused of the block into untypeds on the list. Returns the pages that stay used. */
uint64_t memory_finish_block(struct block *block);

/* memory_list: the boot untypeds (4 KiB and more, not device) that are still whole, ascending by address. */
const struct pager_untyped *memory_list(unsigned *n);

/* memory_left_kib: what memory_list lists, in KiB. */
uint64_t memory_left_kib(void);

/* memory_untyped_pages: pages in all non-device boot untypeds of 4 KiB and more, as the kernel gave them. */
uint64_t memory_untyped_pages(void);

/* memory_device_page: a frame cap for the page of device memory at pa (page aligned), in a fresh slot; once for each page. 0 when there is
 * no such device memory (any more). */
seL4_CPtr memory_device_page(uint64_t pa);

/* memory_map: map a frame, making the translation tables that are missing from `block`. */
void memory_map(struct block *block, seL4_CPtr frame, seL4_CPtr vspace, uint64_t va, seL4_CapRights_t rights, seL4_ARM_VMAttributes attributes);

/* memory_copy_cap: a copy of a cap in a fresh slot of init's CNode. */
seL4_CPtr memory_copy_cap(seL4_CPtr source, seL4_CapRights_t rights);

/* memory_mint: the same with a badge. */
seL4_CPtr memory_mint(seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge);

/* init_fail: say what went wrong, and stop the machine. */
void init_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* init_too_little: the same for want of memory, in one line "init: too little memory: ...". */
void init_too_little(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* init_check: init_fail unless the kernel said yes. */
void init_check(seL4_Error error, const char *what);

#endif
