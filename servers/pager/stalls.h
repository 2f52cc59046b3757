/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time that clients lose to memory being short, told to policy/stall.h: for the space and for all. It is lost while a thread waits for the
 * disk, and while the pager brings a page back or makes room for a thread's fault.
 */
#ifndef PAGER_STALLS_H
#define PAGER_STALLS_H

#include "space.h"

/* stalls_begin, stalls_end: a thread of the space begins or ends to wait. */
void stalls_begin(struct space *s);
void stalls_end(struct space *s);

/* stalls_spent: the pager has worked since `start` (kernel_ticks) to give back to the space what was taken from it. */
void stalls_spent(struct space *s, uint64_t start);

/* stalls_update: count all time up to now; before reading. */
void stalls_update(void);

#endif
