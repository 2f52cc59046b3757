/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory pressure for programs that can do with less: caches. Subscribe, look now and then (or wait), ask, give pages back with madvise
 * (MADV_DONTNEED) or munmap. Nobody has to: pages that a program needs leave and come back without it.
 */
#ifndef PAGODA_PRESSURE_H
#define PAGODA_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

enum pagoda_pressure_level { PAGODA_PRESSURE_NONE, PAGODA_PRESSURE_LOW, PAGODA_PRESSURE_MEDIUM, PAGODA_PRESSURE_CRITICAL };

struct pagoda_pressure {
    uint64_t level;        /* enum pagoda_pressure_level */
    uint64_t pages;        /* that this program should give back */
    uint64_t time_left_ns; /* until no page is free at the present rate; UINT64_MAX: not in sight */
};

/* pagoda_pressure_subscribe: hear when this level (LOW to CRITICAL) is entered and left. -1 and errno (EAGAIN: subscribed already; ENOMEM) on failure. */
int pagoda_pressure_subscribe(unsigned level);

/* pagoda_pressure_unsubscribe: hear no more. */
int pagoda_pressure_unsubscribe(void);

/* pagoda_pressure_changed: the level was entered or left since this was last asked; does not wait. pagoda_pressure_wait: wait for it. After subscribing. */
bool pagoda_pressure_changed(void);
void pagoda_pressure_wait(void);

/* pagoda_pressure_ask: what is wanted now. -1 and errno on failure. */
int pagoda_pressure_ask(struct pagoda_pressure *pressure);

#endif
