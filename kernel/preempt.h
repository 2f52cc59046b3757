/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preemption points of long operations (revoke, delete, retype of large memory, cache maintenance).
 *
 * The kernel runs with interrupts masked. A long operation works in steps that each leave a consistent state, asks here after each
 * step, and when told to stop returns ERR_PREEMPTED: the system call is then done again from the start after the interrupt and finds
 * less left to do. At least one step is done per attempt, so that it ends however often interrupts come.
 */
#ifndef KERNEL_PREEMPT_H
#define KERNEL_PREEMPT_H

#include "types.h"

/* preemption_point: a step is done. True: an interrupt is pending, stop now. */
bool preemption_point(void);

#endif
