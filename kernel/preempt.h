/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preemption points of long operations (revoke, delete, retype of large memory).
 *
 * The kernel runs with interrupts masked. A long operation works in steps that each leave a consistent state, asks here after each
 * step, and when told to stop returns ERR_PREEMPTED: the system call is then done again from the start after the interrupt and finds
 * less left to do. At least one step is done per attempt, so that it ends however often interrupts come.
 */
#ifndef KERNEL_PREEMPT_H
#define KERNEL_PREEMPT_H

#include "types.h"

/* preemption_point: one small step (a slot emptied, a capability removed) is done. True: stop now. The interrupt controller is asked only every
 * 100th time, because asking costs more than such a step. */
bool preemption_point(void);
/* preemption_check: as preemption_point, for steps of many microseconds: asks at once. */
bool preemption_check(void);

#endif
