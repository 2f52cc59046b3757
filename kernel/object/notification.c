/* SPDX-License-Identifier: BSD-2-Clause */
/* Notifications; see notification.h and ABI sections 8.3, 8.4. */
#include "object/notification.h"

#include "cpu.h"
#include "object/sched_context.h"
#include "sched/sched.h"

/* A thread without context gets the notification's, if nobody has it. */
static void lend_context(struct notification *notification, struct thread *thread)
{
    struct sched_context *sc = notification->sc;
    if (sc && !sc->thread && !thread->sc)
        sched_context_donate(sc, thread);
}

static void wake_with_signal(struct notification *notification, struct thread *thread, word_t word)
{
    arch_set_badge(&thread->context, word);
    thread->state = THREAD_RUNNING;
    lend_context(notification, thread);
    sched_wake(thread);
}

void notification_signal(struct notification *notification, word_t badge)
{
    struct thread *waiter = notification->queue.first, *bound = notification->bound_thread;
    if (waiter) {
        wait_queue_remove(&notification->queue, waiter);
        waiter->blocked_on = NULL;
        wake_with_signal(notification, waiter, badge);
    } else if (!notification->pending && bound && bound->state == THREAD_BLOCKED_RECEIVE) {
        thread_cancel_wait(bound);
        wake_with_signal(notification, bound, badge);
    } else {
        notification->pending = true;
        notification->word |= badge;
    }
}

static word_t take_word(struct notification *notification)
{
    word_t word = notification->word;
    notification->word = 0;
    notification->pending = false;
    return word;
}

bool notification_take(struct notification *notification, struct thread *thread)
{
    if (!notification->pending)
        return false;
    arch_set_badge(&thread->context, take_word(notification));
    lend_context(notification, thread);
    return true;
}

void notification_wait(struct notification *notification, struct thread *thread, bool blocking)
{
    if (notification_take(notification, thread))
        return;
    if (!blocking) {
        arch_set_badge(&thread->context, 0);
        return;
    }
    thread->state = THREAD_BLOCKED_NOTIFICATION;
    thread->blocked_on = notification;
    wait_queue_insert(&notification->queue, thread);
    notification_take_back_context(notification, thread);
}

void notification_take_back_context(struct notification *notification, struct thread *thread)
{
    if (notification->sc && notification->sc == thread->sc)
        sched_context_unbind_thread(notification->sc);
}

void notification_bind_thread(struct notification *notification, struct thread *thread)
{
    notification->bound_thread = thread;
    thread->bound_notification = notification;
}

void notification_unbind_thread(struct thread *thread)
{
    if (!thread->bound_notification)
        return;
    thread->bound_notification->bound_thread = NULL;
    thread->bound_notification = NULL;
}

void notification_unbind_all(struct notification *notification)
{
    if (notification->sc)
        sched_context_unbind_notification(notification->sc);
    if (notification->bound_thread)
        notification_unbind_thread(notification->bound_thread);
}
