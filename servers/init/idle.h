/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tells the pager that nothing else can run: a thread of init of the lowest priority. It waits to be wanted, and when it runs after that it signals SIGNAL_IDLE
 * to the pager, once. So an offer of idle time costs a few instructions, and none is made that was not asked for.
 */
#ifndef INIT_IDLE_H
#define INIT_IDLE_H

#include "memory.h"

/* idle_start: once. Returns its TCB, which is for the pager: it takes back by suspending it what it has asked for in vain.
 *   wanted  notification: "signal when nothing else can run"
 *   pager   signal-only, with SIGNAL_IDLE in its badge */
seL4_CPtr idle_start(struct block *block, const seL4_BootInfo *info, seL4_CPtr wanted, seL4_CPtr pager);

#endif
