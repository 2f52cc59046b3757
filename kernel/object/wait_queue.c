/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues of blocked threads; see wait_queue.h. */
#include "object/wait_queue.h"

void wait_queue_insert(struct wait_queue *queue, struct thread *thread)
{
    struct thread *before = queue->last;
    while (before && before->priority < thread->priority)
        before = before->queue_prev;
    struct thread *after = before ? before->queue_next : queue->first;

    thread->queue_prev = before;
    thread->queue_next = after;
    if (before)
        before->queue_next = thread;
    else
        queue->first = thread;
    if (after)
        after->queue_prev = thread;
    else
        queue->last = thread;
}

void wait_queue_remove(struct wait_queue *queue, struct thread *thread)
{
    if (thread->queue_prev)
        thread->queue_prev->queue_next = thread->queue_next;
    else
        queue->first = thread->queue_next;
    if (thread->queue_next)
        thread->queue_next->queue_prev = thread->queue_prev;
    else
        queue->last = thread->queue_prev;
    thread->queue_next = NULL;
    thread->queue_prev = NULL;
}
