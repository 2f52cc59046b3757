/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many further pages to bring in when a fault brings in a stored one. One struct per region (or space). Pure; O(1).
 *
 * Two neighbourhoods are tried: virtual (page + k * stride, when the last faults kept a stride) and that of slots (what lies behind the page
 * on the device, because it was written at the same time). The window doubles while at least three quarters of what was brought in get used,
 * halves when fewer than half do, and closes below a quarter; a closed one is tried again with one page after READAHEAD_REST faults, then
 * after twice as many, and so on.
 */
#ifndef PAGER_POLICY_READAHEAD_H
#define PAGER_POLICY_READAHEAD_H

#include <stdbool.h>
#include <stdint.h>

#define READAHEAD_MAX 32u
#define READAHEAD_START 2u
#define READAHEAD_START_ADVISED 8u /* READAHEAD_SEQUENTIAL */
#define READAHEAD_RUN 2u           /* faults that must have kept the stride or the order of slots */
#define READAHEAD_REST 64u
#define READAHEAD_REST_MAX 4096u
#define READAHEAD_NO_SLOT UINT64_MAX

enum readahead_kind { READAHEAD_NONE, READAHEAD_VIRTUAL, READAHEAD_SLOTS };
enum readahead_advice { READAHEAD_NORMAL, READAHEAD_SEQUENTIAL, READAHEAD_RANDOM };

struct readahead {
    uint64_t last_page, last_slot;
    int64_t stride;        /* pages between faults, leaving out what was brought in between; 0: none seen yet */
    uint32_t run;          /* faults in a row that kept it */
    uint32_t slot_run;     /* faults in a row whose slot lay shortly behind the one before */
    uint32_t ahead;        /* count of the last plan */
    uint32_t window;       /* pages; 0: closed */
    uint32_t used, wasted; /* pages brought in, since the window was judged last */
    uint32_t rest;         /* faults for which a window that closes stays closed */
    uint32_t closed_for;   /* faults still to come until it is tried again */
};

struct readahead_plan {
    enum readahead_kind kind;
    int64_t stride; /* READAHEAD_VIRTUAL: bring in page + stride, page + 2 * stride, ...; READAHEAD_SLOTS: 1 */
    uint32_t count; /* at most so many pages; those that are resident or were never stored are left out */
};

void readahead_init(struct readahead *r);

/*
 * readahead_fault: a fault needs a stored page.
 *   page, slot  its page number; its place on the device, READAHEAD_NO_SLOT when it is not on one
 *   room        frames that may be spent on it; under pressure few, or none
 */
struct readahead_plan readahead_fault(struct readahead *r, uint64_t page, uint64_t slot, enum readahead_advice advice, uint32_t room);

/* readahead_used, readahead_wasted: a page that a plan brought in was accessed; it left memory, or its region went, without that. */
void readahead_used(struct readahead *r);
void readahead_wasted(struct readahead *r);

#endif
