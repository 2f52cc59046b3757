/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory pressure as it is now: the signals that policy/pressure.h decides from, and what it says. */
#ifndef PAGER_PRESSURE_H
#define PAGER_PRESSURE_H

#include "policy/pressure.h"

/* pressure_now: assess all signals; once per period of the clock, after stalls_update. */
void pressure_now(void);

/* pressure_moved: the number of free pages has changed; O(1), as this is on the path of every fault. */
void pressure_moved(void);

#endif
