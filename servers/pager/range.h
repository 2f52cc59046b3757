/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on ranges of a space: reserve, unmap, protect, give back. Addresses and lengths are multiples of a page here;
 * requests_region.c rounds and checks what clients send. None touches the IPC buffer.
 */
#ifndef PAGER_RANGE_H
#define PAGER_RANGE_H

#include "space.h"

/* What a new region is made of. */
struct region_plan {
    uint64_t va; /* 0: anywhere */
    uint64_t length;
    uint32_t prot, flags; /* PROT_*, MAP_* */
    uint32_t kind;        /* REGION_* */
    uint64_t file_number, file_offset, file_length; /* REGION_FILE: offset from the start of the archive */
    uint64_t stack_limit;                           /* REGION_STACK: bytes */
};

/* range_map: make a region; *va is where. 0 or INVALID_ARGUMENT, OVERLAP, NO_ADDRESS_RANGE, NO_MEMORY, TOO_MANY, OVER_LIMIT; UNFINISHED, as range_unmap, with MAP_REPLACE. */
uint64_t range_map(struct space *s, const struct region_plan *plan, uint64_t *va);

/* range_unmap: 0 or NO_MEMORY, TOO_MANY, OVER_LIMIT, when a region has to be split and cannot. Whole regions can always be unmapped. UNFINISHED: of many leaves of the page map
 * PAGEMAP_DROPPED have been given back, and it has to be called again; the regions go last. */
uint64_t range_unmap(struct space *s, uint64_t start, uint64_t end);

/* range_clear: unmap every region and give back what they needed. */
void range_clear(struct space *s);

/* range_protect: 0 or NOT_MAPPED, NO_MEMORY, TOO_MANY, OVER_LIMIT, when nothing has changed. The regions have these rights from now on, in all of the range:
 * no fault gives more. Mappings that are wider are narrowed in a first piece of it, which ends at range_piece; who asks has to go on from there with
 * range_narrow. Until that has come to a page, a mapping with its old rights can remain, and never gets wider. */
uint64_t range_protect(struct space *s, uint64_t start, uint64_t end, uint32_t prot);

/* range_narrow: no page of it is mapped with rights that its region does not give. Changes nothing else and cannot fail. range_piece: the end of a piece of a
 * range, from its beginning, in which that is short: PAGEMAP_DROPPED leaves of the page map. */
void range_narrow(struct space *s, uint64_t start, uint64_t end);
uint64_t range_piece(struct space *s, uint64_t start, uint64_t end);

/* range_advise: how its pages are going to be used. 0 or NOT_MAPPED, NO_MEMORY, TOO_MANY, OVER_LIMIT. */
uint64_t range_advise(struct space *s, uint64_t start, uint64_t end, enum predict_advice advice);

/* range_bring: ahead_bring for a range of addresses, *next likewise. 0 or NOT_MAPPED. */
uint64_t range_bring(struct space *s, uint64_t start, uint64_t end, uint64_t *next);

/* range_forget: free the pages; the regions stay. 0, NOT_MAPPED, or UNFINISHED, as range_unmap. */
uint64_t range_forget(struct space *s, uint64_t start, uint64_t end);

/* range_count: touched pages of a piece of [start, end) by state (pagemap_piece), and how many of those stored are on disk. Returns where to go on; `end`: all have been counted. */
struct range_counts {
    uint64_t states[PAGE_STATES], on_disk;
};
uint64_t range_count(struct space *s, uint64_t start, uint64_t end, struct range_counts *counts);

#endif
