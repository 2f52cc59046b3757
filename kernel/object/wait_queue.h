/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues of blocked threads, linked through queue_next/queue_prev: highest priority first, first come first served among equals. */
#ifndef KERNEL_OBJECT_WAIT_QUEUE_H
#define KERNEL_OBJECT_WAIT_QUEUE_H

#include "object/thread.h"

struct wait_queue {
    struct thread *first, *last;
};

/* wait_queue_insert: behind the last thread of the same or a higher priority. O(1) when all priorities are equal, else O(threads behind
 * it). */
void wait_queue_insert(struct wait_queue *queue, struct thread *thread);
void wait_queue_remove(struct wait_queue *queue, struct thread *thread);

#endif
