/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings, counters and facts about the machine that several parts of the pager share. */
#ifndef PAGER_STATE_H
#define PAGER_STATE_H

#include "policy/colour.h"
#include "policy/commit.h"
#include "policy/history.h"
#include "policy/pressure.h"
#include "policy/stall.h"

#include <generated/pager_protocol.h>
#include <pagoda/startup.h>
#include <stdint.h>

/* When pages are taken away: SETTING_EVICT. */
enum {
    EVICT_NEVER,
    EVICT_WHEN_SHORT,
    EVICT_ALWAYS,            /* for tests, this and what follows; the last two in debug builds only */
    EVICT_ALWAYS_TO_DISK,
    EVICT_ALWAYS_COMPRESSED, /* whatever can be is compressed, also what is worth only a word or the disk */
    EVICT_ALWAYS_WRITEBACK,  /* and what was compressed is written out at once, if there is a disk */
};

/* Who gets large frames (large.h): SETTING_LARGE. */
enum {
    LARGE_NEVER,
    LARGE_ADVISED, /* memory of which a program said that it will need it, or go through it */
    LARGE_WALKED,  /* and what a walk comes to that has lasted */
    LARGE_POPULATED, /* and, in the background, memory of which every page is in use (promote.h) */
};

struct pager_state {
    /* From the start block. */
    uint64_t ram_pages, kernel_pages, init_pages, own_pages, archive_pages;
    uint64_t general_pages; /* pages of all present groups */
    uint64_t ns_per_tick; /* times 2^32 */

    /* Settings (SETTING_*). */
    uint64_t zero_sharing;
    uint64_t stack_step_max;
    uint64_t stack_limit;
    uint64_t colouring;  /* frames are given out by colour */
    uint64_t hint;       /* runs of pages are mapped so that a TLB may hold sixteen as one */
    uint64_t stack_trim; /* stacks shrink by themselves */
    uint64_t predict;    /* pages are brought in ahead */
    uint64_t check;
    uint64_t evict; /* EVICT_* */
    uint64_t evict_policy; /* enum evict_kind of new spaces */
    uint64_t compact; /* whether memory is rearranged in the background */
    uint64_t large; /* LARGE_* */
    uint64_t load_control; /* enum load_mode (load.h): whether those who thrash are slowed */
    uint64_t prezero; /* whether free frames are zeroed in idle time (prezero.h) */
    uint64_t prezero_limit; /* hundredths of general memory */
    uint64_t balance; /* whether the share of compressed pages is moved (balance.h) */
    uint64_t kept; /* sum of what spaces may keep beyond SPACE_MIN_PAGES */
    struct commit commit; /* what is promised (promise.h) */

    /* Counters. */
    uint64_t former_faults[PAGER_FAULT_KINDS]; /* of spaces that were destroyed; those of the others are theirs (spaces_count_faults) */
    uint64_t refaults; /* of them and the others, those for which a page was brought back */
    uint64_t histogram[PAGER_HISTOGRAM_BUCKETS];
    uint64_t total_ns;
    struct pressure pressure;
    struct history history;
    struct stall stall; /* of all clients */

    uint32_t colours;   /* of the machine, as far as they are told apart (policy/colour.h) */
    struct colouring all_colours; /* of a space that may have all of them */
    uint32_t zero_page; /* frame */
    uint64_t zero_row;  /* address of the first of MAPPING_ZERO_RUN capabilities of it in a row */
};

extern struct pager_state pager;

/* ticks_to_ns: duration of counter ticks. A multiplication: this is on the fault path. */
static inline uint64_t ticks_to_ns(uint64_t ticks)
{
    return (uint64_t)((unsigned __int128)ticks * pager.ns_per_tick >> 32);
}

#endif
