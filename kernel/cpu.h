/* SPDX-License-Identifier: BSD-2-Clause */
/* Per-CPU state, reached through TPIDR_EL1 (this_cpu()). One kernel lock, taken at entry, will guard everything else. */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include "types.h"

struct thread;
struct sched_context;
struct asid_entry;

struct cpu {
    struct thread *current;          /* runs, or ran last when idle */
    struct sched_context *sc;        /* charged for the time since `accounted_at` */
    struct thread *fpu_owner;        /* whose FP state is in the registers, NULL = nobody's */
    struct asid_entry *space;        /* installed in TTBR0_EL1, NULL = the empty space */
    ticks_t accounted_at;
    bool reschedule;                 /* current may not be the one to run: ask the queues at exit */
    bool idle;                       /* nothing runs */
    uint32_t number;
};

#endif
