/* SPDX-License-Identifier: BSD-2-Clause */
/* Ready queues; see run_queues.h. */
#include "sched/run_queues.h"

#include "object/thread.h"

static void mark(struct run_queues *queues, unsigned priority)
{
    queues->bitmap[priority / 64] |= BIT(priority % 64);
    queues->groups |= BIT(priority / 64);
}

static void unmark(struct run_queues *queues, unsigned priority)
{
    queues->bitmap[priority / 64] &= ~BIT(priority % 64);
    if (!queues->bitmap[priority / 64])
        queues->groups &= ~BIT(priority / 64);
}

void run_queues_insert_first(struct run_queues *queues, struct thread *thread)
{
    struct thread_list *list = &queues->list[thread->priority];
    thread->ready_prev = NULL;
    thread->ready_next = list->first;
    if (list->first) {
        list->first->ready_prev = thread;
    } else {
        list->last = thread;
        mark(queues, thread->priority);
    }
    list->first = thread;
    thread->in_ready_queue = true;
}

void run_queues_insert_last(struct run_queues *queues, struct thread *thread)
{
    struct thread_list *list = &queues->list[thread->priority];
    thread->ready_next = NULL;
    thread->ready_prev = list->last;
    if (list->last) {
        list->last->ready_next = thread;
    } else {
        list->first = thread;
        mark(queues, thread->priority);
    }
    list->last = thread;
    thread->in_ready_queue = true;
}

void run_queues_remove(struct run_queues *queues, struct thread *thread)
{
    struct thread_list *list = &queues->list[thread->priority];
    if (thread->ready_prev)
        thread->ready_prev->ready_next = thread->ready_next;
    else
        list->first = thread->ready_next;
    if (thread->ready_next)
        thread->ready_next->ready_prev = thread->ready_prev;
    else
        list->last = thread->ready_prev;
    if (!list->first)
        unmark(queues, thread->priority);
    thread->ready_next = NULL;
    thread->ready_prev = NULL;
    thread->in_ready_queue = false;
}
