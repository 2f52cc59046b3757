/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticks while they are wanted: a second thread whose scheduling context lets it run once in BLOCK_TICK_US. It gives the rest of its budget
 * away, and when it may run again a tick has passed. When nobody wants ticks it waits: an idle machine stays idle.
 */
#ifndef BLOCK_CLOCK_H
#define BLOCK_CLOCK_H

#include <stdbool.h>

/* clock_start: once, before anything else. */
void clock_start(void);

/* clock_want: ticks (SIGNAL_TIME at the server's notification) from now on, or no longer. */
void clock_want(bool wanted);

#endif
