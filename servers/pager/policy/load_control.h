/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load control: when working sets together exceed memory, some clients are slowed down so that the others get work done, in turns.
 * Pure; O(clients^2) per step, which comes a few times a second at most.
 *
 * Only clients that thrash are ever slowed: those that bring in pages again and again that were evicted a short time ago. Of these as many run at
 * full speed as memory holds together, at least one; those who waited longest come first. A turn lasts LOAD_TURN_NS times the
 * client's weight. All run again once the working sets fit, or nobody thrashes any more.
 */
#ifndef PAGER_POLICY_LOAD_CONTROL_H
#define PAGER_POLICY_LOAD_CONTROL_H

#include "stall.h"

#include <stdbool.h>
#include <stdint.h>

/* Long enough to bring in a working set and use it for a while; short enough for a person to wait. */
#define LOAD_TURN_NS 2000000000ull
/* A client thrashes from this share of its time lost to waiting on, until it falls below half of it; of STALL_ALL (policy/stall.h). */
#define LOAD_THRASH_STALL (STALL_ALL / 4)

/* What is known about a client (in) and was decided about it (in and out; zero at first). */
struct load_client {
    uint32_t id;
    uint32_t weight;      /* 1..65535 */
    uint64_t working_set; /* pages: resident, plus the refaults of the last turn. That of a slowed client is not looked at. */
    uint32_t stall;       /* share of its time lost to waiting for its own evicted pages, of STALL_ALL */

    bool slowed;          /* out: give it only a small part of its budget */
    bool thrashing;
    uint64_t needs;       /* its working set when it last ran */
    uint64_t since_ns;    /* when it was slowed or began its turn */
};

struct load_control {
    bool active;
    uint64_t turns; /* ended so far */
};

void load_control_init(struct load_control *l);

/* load_control_step: decide anew. Sets slowed of each client; returns how many are slowed. `pages` of memory are theirs to share. */
uint32_t load_control_step(struct load_control *l, struct load_client *clients, uint32_t n, uint64_t pages, uint64_t now_ns);

#endif
