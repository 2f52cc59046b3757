/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory pressure: four levels from the number of free pages, with hysteresis. Pure; O(levels).
 * Level 0 none, 1 low, 2 medium, 3 critical. Level i is entered when fewer than enter[i - 1] pages are free and left only when
 * at least leave[i - 1] are free again, so that a value that swings round a threshold does not make the level flap.
 */
#ifndef PAGER_POLICY_PRESSURE_H
#define PAGER_POLICY_PRESSURE_H

#include <stdint.h>

#define PRESSURE_LEVELS 4

struct pressure {
    uint64_t enter[PRESSURE_LEVELS - 1];
    uint64_t leave[PRESSURE_LEVELS - 1];
    uint64_t entered[PRESSURE_LEVELS]; /* how often each level was reached */
    uint32_t level;
};

/* pressure_init: thresholds for this much RAM, in pages. */
void pressure_init(struct pressure *p, uint64_t total_pages);

/* pressure_update: take the present number of free pages into account; returns the level. */
uint32_t pressure_update(struct pressure *p, uint64_t free_pages);

#endif
