/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who shares memory: how much each party takes, between which limits, what one more frame for it would have saved of late, and whether its share is moved by that, or why not. Pure; O(1).
 *
 * Two have a choice, while there is a disk: pages as they are, and compressed ones. A frame less for the one is a frame more for the other, and policy/balance.h measures both directions. The others are
 * told of so that nobody looks for memory there.
 */
#ifndef POLICY_PARTIES_H
#define POLICY_PARTIES_H

#include "balance.h"

#include <stdbool.h>
#include <stdint.h>

enum party {
    PARTY_PAGES,      /* anonymous memory and stacks, as they are */
    PARTY_COMPRESSED, /* the store of compressed pages */
    PARTY_FILES,      /* contents of files */
    PARTY_ZEROED,     /* free frames zeroed ahead */
    PARTY_TABLES,     /* translation tables and capability slots */
    PARTY_OBJECTS,    /* kernel objects of processes */
    PARTIES,
};

enum party_moved {
    PARTY_IS_MOVED,    /* by what comes back */
    PARTY_GIVES_ROOM,  /* it has what the parties that are moved leave */
    PARTY_SWITCHED_OFF,
    PARTY_NO_DISK,     /* what is stored can go nowhere else */
    PARTY_TAKES_NONE,  /* it lies in memory that is taken in any case */
    PARTY_FREE_MEMORY, /* whoever wants a frame gets it; by demand, up to its limit */
    PARTY_BY_NEED,     /* without it nothing could be mapped or run; what is not used is given back */
};

struct party_row {
    uint64_t takes, low, high; /* frames */
    uint64_t saves_ns;         /* what one more frame would have saved, of late */
    enum party_moved moved;
};

struct party_facts {
    const struct balance *balance;
    bool disk, on; /* there is a choice; it is made */
    uint64_t frames;  /* all that there are */
    uint64_t pages, compressed, zeroed, tables, objects; /* frames that each takes */
    uint64_t zeroed_limit;
    uint64_t zeroed_missed; /* frames zeroed when they were wanted, in the last period */
    uint64_t zero_ns;       /* to zero one */
};

void parties_describe(const struct party_facts *f, struct party_row rows[PARTIES]);

#endif
