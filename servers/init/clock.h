/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system's clock: a thread of init that runs once per CLOCK_PERIOD_US, because its scheduling context has no more time than that.
 * It needs no timer device and costs one short run per period. It signals SIGNAL_TICK
 *   to the pager  every CLOCK_PAGER_PERIODS periods
 *   to a server that has signalled `wanted` since the last period, once
 */
#ifndef INIT_CLOCK_H
#define INIT_CLOCK_H

#include "memory.h"

struct clock_wires {
    seL4_CPtr wanted;  /* notification: "signal me at the end of this period" */
    seL4_CPtr console; /* who can want that; signal-only caps with SIGNAL_TICK in their badge */
    seL4_CPtr pager;
};

/* clock_start: once; `wires` is copied. */
void clock_start(struct block *block, const seL4_BootInfo *info, const struct clock_wires *wires);

#endif
