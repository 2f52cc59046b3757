/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The history of pressure: one sample per period, the last PRESSURE_SAMPLES of them. Pure; O(1) per sample. Whoever keeps time adds
 * them; nothing here is on the path of a fault, which only counts.
 */
#ifndef PAGER_POLICY_HISTORY_H
#define PAGER_POLICY_HISTORY_H

#include "pressure.h"

#include <pagoda/pressure_sample.h>
#include <stdint.h>

/* What has been counted since boot, as it is now. */
struct history_counts {
    uint64_t free_pages;
    uint64_t faults;
    uint64_t refaults;
    uint64_t stall_ns; /* some thread waited */
    uint64_t now_ns;
    uint32_t level;
    uint64_t entered[PRESSURE_LEVELS];
};

struct history {
    uint64_t n; /* samples ever taken; the newest is samples[(n - 1) % PRESSURE_SAMPLES] */
    struct history_counts last;
    struct pressure_sample samples[PRESSURE_SAMPLES];
};

/* history_init: no samples; the first period begins with these counts. */
void history_init(struct history *h, const struct history_counts *counts);

/* history_add: a period has ended. */
void history_add(struct history *h, const struct history_counts *counts);

/* history_read: copy samples, newest first, leaving out the `skip` newest. Returns how many, at most max. */
unsigned history_read(const struct history *h, uint64_t skip, struct pressure_sample *out, unsigned max);

#endif
