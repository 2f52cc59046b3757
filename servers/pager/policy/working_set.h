/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The working set of a client: how many pages it uses. Pure; O(1).
 *
 * What is known comes from eviction, which looks at pages in any case, and from faults. Once a period the client's counts of it are put in: how many pages are
 * resident, how many of them were looked at and how many of those were used since the look before, and how many came back, which are used for certain.
 * The share of used ones among those looked at, smoothed over some periods, stands for all that are resident.
 *
 * While memory is plenty nobody looks. Then nothing is known but a bound: it uses no more than what is resident. The same holds again when nobody has looked
 * for WORKING_SET_KEEP periods.
 */
#ifndef PAGER_POLICY_WORKING_SET_H
#define PAGER_POLICY_WORKING_SET_H

#include <stdbool.h>
#include <stdint.h>

#define WORKING_SET_KEEP 8u
/* Fewer pages than this, looked at in all that is remembered, say nothing. */
#define WORKING_SET_LOOKED_MIN 32u

struct working_set {
    uint64_t pages;
    bool bound;         /* it uses `pages` or fewer */
    uint32_t idle;      /* periods since pages were looked at */
    uint64_t looked, used; /* counts that fade: each period halves them */
};

struct working_set_counts {
    uint64_t resident; /* now */
    uint64_t all;      /* resident and stored now */
    uint64_t looked, used, returned; /* in this period; used <= looked */
};

/* working_set_init: nothing is known of a client without pages. */
void working_set_init(struct working_set *w);

/* working_set_step: a period is over. Pages that came back more than once count each time, so `pages` is never more than all that it has. */
void working_set_step(struct working_set *w, const struct working_set_counts *c);

#endif
