/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load control: when working sets together exceed memory, some clients are slowed down so that the others get work done, in turns.
 * Pure; O(clients^2) per step, which comes a few times a second at most.
 *
 * Only clients that thrash are ever slowed: those that lose much of their time to their pages leaving memory and coming back, and need more
 * than their share of it. Of these as many run at full speed as memory holds together, and always at least one; who waited longest comes
 * first, of those who waited equally long the one with the smallest working set. A turn lasts LOAD_TURN_NS, for a client with a greater weight than the others up to LOAD_TURNS_MAX times as long. All run again
 * once the working sets fit.
 *
 * The work that the pager does for clients is done at its own expense. While others compute, it is bounded (load_control_bound): for those whose faults are a storm, to an
 * equal part of the time; for those who thrash, so that the others keep nine tenths at least
 * - of what they would have alone, once working sets are more than memory: who computes comes first then, and also those whose turn it is get little of the processor;
 * - of an equal part of the time while they are not, or if those who thrash have a right to their part in any case (`fair`).
 */
#ifndef PAGER_POLICY_LOAD_CONTROL_H
#define PAGER_POLICY_LOAD_CONTROL_H

#include "stall.h"

#include <stdbool.h>
#include <stdint.h>

/* Long enough to bring in a working set and use it for a while; short enough for a person to wait. */
#define LOAD_TURN_NS 2000000000ull
#define LOAD_TURNS_MAX 8u
/* A client thrashes from this share of its time lost to waiting on, until it falls below half of it; of STALL_ALL (policy/stall.h). */
#define LOAD_THRASH_STALL (STALL_ALL / 4)
/* Of all time: what a client that gets little may compute, at most; and all of those together. */
#define LOAD_SLOWED_SHARE (STALL_ALL / 50)
#define LOAD_SLOWED_ALL (STALL_ALL / 25)
/* Of all time: what the pager may work for all that thrash while who computes comes first. With LOAD_SLOWED_ALL it leaves nine tenths, and a hundredth for what is not counted. */
#define LOAD_FIRST_WORK (STALL_ALL / 20)
#define LOAD_UNBOUNDED UINT32_MAX
/* Of all time: from so much work of the pager for a client on, its faults are a storm, until the work falls below half of it. Those for whom it works
 * LOAD_STORM_NOTABLE or more divide it: many may keep it as busy as one. */
#define LOAD_STORM_WORK (STALL_ALL / 4)
#define LOAD_STORM_NOTABLE (STALL_ALL / 64)
/* Nobody starves: so much of all time the pager works for each, a few faults a second. With more than 50 that compute or thrash it takes a little from the rest. */
#define LOAD_WORK_MIN 4u
/* One whose turn it is may have so many times as much of that, and of memory, as one that is slowed. */
#define LOAD_TURN_FACTOR 8u

struct load_client {
    /* In. What a client used and waited while it was slowed says nothing and is not looked at. */
    uint32_t id;
    uint32_t weight;      /* at least 1 */
    uint64_t working_set; /* pages: resident, and those that came back */
    uint32_t stall;       /* share of its time lost to its pages leaving and coming back, of STALL_ALL */
    uint32_t worked;      /* share of all time that the pager worked for it, of STALL_ALL */
    bool held;            /* and would have worked more if that were not bounded */

    /* Out. */
    bool slowed;   /* it waits for its turn */
    bool little;   /* give it only LOAD_SLOWED_SHARE: it is slowed, or others come first */
    uint32_t work; /* share of all time that the pager may work for it, of STALL_ALL; of one that storms with what it computes itself; LOAD_UNBOUNDED */

    /* Kept from step to step; 0 for a new client. */
    bool thrashes;
    bool storms;       /* it does not thrash, but its faults are a storm */
    uint64_t needs;    /* its working set when it last ran */
    uint64_t since_ns; /* when it was slowed, or its turn began */
    bool chosen;       /* within a step: it runs */
};

struct load_control {
    bool active;
    bool fair;      /* who computes does not come first; set by the caller */
    uint64_t turns; /* that ended because others waited */
};

void load_control_init(struct load_control *l);

/* load_control_step: decide anew; returns how many clients are slowed. They share `pages` of memory. */
uint32_t load_control_step(struct load_control *l, struct load_client *clients, uint32_t n, uint64_t pages, uint64_t now_ns);

/* load_control_room: after a step, what those that are not slowed leave of `pages`: room for a client that is to come. O(clients). */
uint64_t load_control_room(const struct load_client *clients, uint32_t n, uint64_t pages);

/*
 * load_control_bound: after a step, how much the pager may work for each client, and who gets little, while `computing` others, who neither thrash nor storm, want the
 * processor. For those who thrash LOAD_FIRST_WORK in all if those others come first. Else as much as leaves each of the others nine tenths of an equal part of the time
 * even if those whose turn it is compute as much as they. That is
 * a tenth of the time, and most of the parts of those who are slowed. Those whose turn it is have LOAD_TURN_FACTOR times the share of the others.
 * For each who storms an equal part of the time, which pays for what it computes between faults as well.
 * No bound for a client beside which nobody does anything else. O(clients).
 */
void load_control_bound(const struct load_control *l, struct load_client *clients, uint32_t n, uint32_t computing);

#endif
