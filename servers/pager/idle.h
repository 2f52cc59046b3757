/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Idle time: told by a thread of init that has the lowest priority of all. The pager signals it when there is something to do that is worth nobody's waiting, and it
 * signals back (SIGNAL_IDLE) as soon as it runs, that is, when nothing else can. While it is asked and does not get to run, a ready thread costs each switch between
 * others some ten instructions, so it is taken back after a period without idle time, and a machine that is always busy is not asked.
 */
#ifndef PAGER_IDLE_H
#define PAGER_IDLE_H

#include <stdbool.h>

/* idle_start: nobody has asked. */
void idle_start(void);

/* idle_tick: a period of the clock is over. */
void idle_tick(void);

/* idle_expected: the processor had nothing to run at some time in the last period, or has had since. */
bool idle_expected(void);

/* idle_ask: for one signal, if none is asked for yet. The caller does so when idle time is to be expected, or has just been. */
void idle_ask(void);

/* idle_answered: SIGNAL_IDLE has come. */
void idle_answered(void);

#endif
