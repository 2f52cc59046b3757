/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moving what a frame holds to another frame, without its holders' knowing.
 *
 *   page of one holder       moved by the kernel in one call if its capability maps it, else copied while it is not mapped
 *   copy-on-write page       nobody can write it: unmapped wherever it is mapped, and copied
 *   page of a shared object  the same; threads that touch it meanwhile wait for the answer to their fault
 *   frame of the stores      its records and objects are told
 *
 * The holders of a frame with several ones all have it at the same page number, as only fork makes holders; so they are found by asking each space for
 * that page. Where a page was unmapped, the next touch maps it again.
 *
 * Page maps, regions, spaces, the zero page, IPC buffers and kernel objects stay where they are. So pointers to page map entries remain valid, but
 * not the frames and mappings that were read from them.
 */
#ifndef PAGER_MIGRATE_H
#define PAGER_MIGRATE_H

#include <stdbool.h>
#include <stdint.h>

enum migrate_kind { MIGRATE_PRIVATE, MIGRATE_COW, MIGRATE_SHARED, MIGRATE_STORE, MIGRATE_KINDS };

struct migrate_counters {
    uint64_t moved[MIGRATE_KINDS];
    uint64_t in_place; /* of the private ones, those that the kernel moved while they were mapped */
    uint64_t stayed;   /* pages that could not be moved although they looked as if they could */
};
extern struct migrate_counters migrate_counters;

void migrate_init(void);

/* migrate_moved: pages of all kinds. */
uint64_t migrate_moved(void);

/* migrate_possible: a page in use looks as if it could be moved. */
bool migrate_possible(uint32_t page);

/* migrate_frame: move what `from` holds, for which migrate_possible is true, to `to` (frame_destination). false: it stays, and `to` is unused. Cost: about
 * 2000 instructions and, with several holders, 100 for each space. */
bool migrate_frame(uint32_t from, uint32_t to);

#endif
