/* SPDX-License-Identifier: BSD-2-Clause */
/* Life of a thread: start, stop, waits that end early, priorities; see thread.h. The invocations are in tcb.c. */
#include "object/thread.h"

#include "cpu.h"
#include "entry/entry.h"
#include "object/endpoint.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "sched/sched.h"

void thread_init(struct thread *thread) { arch_context_init(&thread->context); }

void thread_learn_cspace(struct thread *thread)
{
    const struct cap *root = &thread->slots[THREAD_SLOT_CSPACE].cap;
    thread->quick_word = root->w[1];
    thread->n_quick = 0;
    if (cap_type(root) != CAP_CNODE)
        return;
    thread->quick_shift = 64 - root->cnode.radix - root->cnode.guard_size;
    thread->quick_first = root->cnode.guard << root->cnode.radix;
    thread->n_quick = BIT(root->cnode.radix);
    thread->quick_slots = CAP_OBJECT(root->cnode);
}

void thread_set_buffer(struct thread *thread, va_t va)
{
    const struct cap *cap = &thread->slots[THREAD_SLOT_BUFFER].cap;
    bool usable = cap_type(cap) == CAP_FRAME && !cap->frame.device && cap->frame.rights & RIGHT_READ && va;
    thread->buffer_word = cap->w[1];
    thread->buffer = usable ? kernel_pointer(CAP_OBJECT_PA(cap->frame) + (va & MASK(frame_size_bits((enum frame_size)cap->frame.size)))) : NULL;
    thread->buffer_writable = cap->frame.rights & RIGHT_WRITE;
}

void thread_make_runnable(struct thread *thread)
{
    thread->state = THREAD_RUNNING;
    sched_wake(thread);
}

void thread_cancel_wait(struct thread *thread)
{
    switch (thread->state) {
    case THREAD_BLOCKED_RECEIVE:
        if (thread->reply) {
            thread->reply->thread = NULL;
            thread->reply = NULL;
        } /* fall through */
    case THREAD_BLOCKED_SEND:
    case THREAD_BLOCKED_NOTIFICATION: /* endpoints and notifications both begin with their queue */
        wait_queue_remove(thread->blocked_on, thread);
        thread->blocked_on = NULL;
        break;
    case THREAD_BLOCKED_REPLY:
        reply_cancel_caller(thread);
        break;
    case THREAD_INACTIVE:
    case THREAD_RUNNING:
    case THREAD_RESTART:
        break;
    }
    thread->fault.label = FAULT_NONE;
}
_Static_assert(offsetof(struct endpoint, queue) == 0 && offsetof(struct notification, queue) == 0, "thread_cancel_wait relies on it");

void thread_suspend(struct thread *thread)
{
    thread_cancel_wait(thread);
    if (thread->state == THREAD_RUNNING)
        thread->context.fault_pc = thread->context.pc;
    thread->state = THREAD_INACTIVE;
    sched_remove(thread);
    sched_context_drop_yield(thread);
}

void thread_resume(struct thread *thread)
{
    if (thread_is_runnable(thread))
        return;
    thread_cancel_wait(thread);
    thread->state = THREAD_RESTART;
    sched_wake(thread);
}

void thread_restart_or_stop(struct thread *thread)
{
    bool waits_with_fault = thread->fault.label != FAULT_NONE;
    thread_cancel_wait(thread);
    thread->state = waits_with_fault ? THREAD_INACTIVE : THREAD_RESTART;
    if (!waits_with_fault)
        sched_wake(thread);
}

void thread_set_priority(struct thread *thread, uint8_t priority)
{
    if (thread->blocked_on) {
        struct wait_queue *queue = thread->blocked_on;
        wait_queue_remove(queue, thread);
        thread->priority = priority;
        wait_queue_insert(queue, thread);
    } else {
        sched_set_priority(thread, priority);
    }
}

void thread_destroy(struct thread *thread)
{
    notification_unbind_thread(thread);
    struct sched_context *sc = thread->sc;
    if (sc) {
        sched_context_unbind_thread(sc);
        if (sc->yield_from)
            sched_context_complete_yield(sc->yield_from);
    }
    thread_suspend(thread);
    arch_fpu_release(thread);
}
