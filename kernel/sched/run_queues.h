/* SPDX-License-Identifier: BSD-2-Clause */
/* Ready queues of one CPU: a list for each priority and a bitmap of those that are not empty. Linked through ready_next/ready_prev. */
#ifndef KERNEL_SCHED_RUN_QUEUES_H
#define KERNEL_SCHED_RUN_QUEUES_H

#include "types.h"

struct thread;

enum { PRIORITIES = 256 };

struct run_queues {
    uint64_t groups;                    /* bit g: bitmap[g] is not 0 */
    uint64_t bitmap[PRIORITIES / 64];   /* bit p % 64 of word p / 64: list[p] is not empty */
    struct thread_list { struct thread *first, *last; } list[PRIORITIES];
};

/* Insertion sets thread->in_ready_queue, removal clears it; both take the priority that the thread has then. */
void run_queues_insert_first(struct run_queues *queues, struct thread *thread);
void run_queues_insert_last(struct run_queues *queues, struct thread *thread);
void run_queues_remove(struct run_queues *queues, struct thread *thread);

/* run_queues_top: the highest priority with a thread in it, -1 if there is none. */
static inline int run_queues_top(const struct run_queues *queues)
{
    if (!queues->groups)
        return -1;
    int group = 63 - __builtin_clzll(queues->groups);
    return group * 64 + 63 - __builtin_clzll(queues->bitmap[group]);
}

#endif
