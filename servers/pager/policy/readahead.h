/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many further pages to bring in when a fault brings in a stored one. One struct per region (or space). Pure; O(1).
 *
 * Two neighbourhoods are tried: virtual (the pages at page + k * stride, when the last faults kept a stride) and slots (pages that lie behind it
 * on the device, because they were written together). The window doubles while what was brought in gets used, halves when it does
 * not, and closes when fewer than a quarter of the pages were used; a closed one is tried again with one page after READAHEAD_REST faults,
 * then after twice as many.
 */
#ifndef PAGER_POLICY_READAHEAD_H
#define PAGER_POLICY_READAHEAD_H

#include <stdbool.h>
#include <stdint.h>

#define READAHEAD_MAX 32u
#define READAHEAD_REST 64u
#define READAHEAD_REST_MAX 4096u

enum readahead_kind { READAHEAD_NONE, READAHEAD_VIRTUAL, READAHEAD_SLOTS };
enum readahead_advice { READAHEAD_NORMAL, READAHEAD_SEQUENTIAL, READAHEAD_RANDOM };

struct readahead {
    uint64_t last_page, last_slot;
    int64_t stride;       /* pages between the last two faults */
    uint32_t run;         /* faults in a row that kept the stride */
    uint32_t slot_run;    /* faults in a row whose slot lay shortly behind the one before */
    uint32_t window;      /* pages; 0: closed */
    uint32_t brought, used; /* since the window was last judged */
    uint32_t rest, faults_left; /* of a closed window */
};

struct readahead_plan {
    enum readahead_kind kind;
    int64_t stride; /* READAHEAD_VIRTUAL: bring in page + stride, page + 2 * stride, ...; else 0 */
    uint32_t count; /* at most so many pages; those that are resident already are left out */
};

void readahead_init(struct readahead *r);

/*
 * readahead_fault: a fault needs a stored page.
 *   page, slot  its page number; its place on the device, UINT64_MAX when it is not on one
 *   room        frames that may be spent on it; under pressure a small number, or 0
 */
struct readahead_plan readahead_fault(struct readahead *r, uint64_t page, uint64_t slot, enum readahead_advice advice, uint32_t room);

/* readahead_brought: so many pages are on their way because of a plan. */
void readahead_brought(struct readahead *r, uint32_t pages);

/* readahead_used, readahead_wasted: one of them was touched; it left memory again, or its region went, without that. */
void readahead_used(struct readahead *r);
void readahead_wasted(struct readahead *r);

#endif
