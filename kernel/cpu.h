/* SPDX-License-Identifier: BSD-2-Clause */
/* Per-CPU state, reached through TPIDR_EL1 (this_cpu()). The kernel runs on one CPU and nothing in it is locked. */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include "sched/run_queues.h"
#include "types.h"

struct thread;
struct sched_context;
struct asid_entry;
struct kernel_info;

struct cpu {
    struct thread *current;          /* runs; NULL when idle (and until the first thread starts) */
    struct sched_context *sc;        /* charged for the time since `accounted_at`; NULL when idle */
    struct thread *fpu_owner;        /* whose FP state is in the registers, NULL = nobody's */
    struct asid_entry *space;        /* installed in TTBR0_EL1, NULL = the empty space */
    struct kernel_info *info;        /* kernel_info, at hand */
    ticks_t accounted_at;
    bool reschedule;                 /* current may not be the one to run: ask the queues at exit */
    bool idle;                       /* nothing runs */
    bool fpu_open;                   /* for arch/: the FP registers can be used without a trap */
    uint32_t number;
    uint64_t space_epoch;            /* what threads remember of their spaces is valid if their epoch is this one: thread.h, vspace.h */

    /* Belong to sched/. */
    struct thread *woken;            /* schedulable, in no queue: see sched.h */
    ticks_t now;                     /* time of this kernel entry */
    ticks_t budget_end;              /* from then on the current context has too little budget left for a kernel entry */
    ticks_t min_budget;              /* what must be left of a refill for a kernel entry */
    struct thread *release_first;    /* release queue, linked through ready_next/ready_prev */
    ticks_t release_at;              /* refill time of its first thread; no thread: the end of time */
    struct run_queues queues;
};

#endif
