/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many faults a trace causes with so many frames: under the best possible replacement, under LRU and random replacement with knowledge of
 * each access, and under a policy of the pager, which sees no more than the pager does.
 */
#ifndef PAGODA_TESTS_SIM_REPLAY_H
#define PAGODA_TESTS_SIM_REPLAY_H

#include "evict.h"
#include "trace.h"

/* Of an access that found its page not resident, first touches too. */
uint32_t replay_optimum(const struct trace *t, const uint32_t *next, uint32_t frames); /* Belady's MIN: evict the page used again last */
uint32_t replay_lru(const struct trace *t, uint32_t frames);
uint32_t replay_random(const struct trace *t, uint32_t frames);

struct replay_result {
    uint32_t faults;
    uint32_t evicted;
    uint32_t passes;
    uint64_t scanned; /* resident pages that the hand visited */
    uint64_t cleared; /* of these, accessed ones: the next access to each costs a little */
};

/* replay_setup: how the pager works. */
struct replay_setup {
    enum evict_kind kind;
    uint32_t frames;
    uint32_t batch;  /* pages evicted at a time, when no frame is free */
    uint32_t run;    /* neighbouring pages harvested at a time; no run crosses a leaf of the page map */
    uint32_t period; /* change to the next policy after so many accesses; 0: never */
};

/* replay_defaults: batch and run as the pager has them, smaller when there are few frames. */
struct replay_setup replay_defaults(enum evict_kind kind, uint32_t frames);

/*
 * replay_policy: the pager as it works. No frame is free: it evicts a batch. For that its hand scans runs of neighbouring pages, each a
 * harvest that clears the accessed bits, until it has the batch.
 */
struct replay_result replay_policy(const struct trace *t, const struct replay_setup *setup);

#endif
