/* SPDX-License-Identifier: BSD-2-Clause */
/* Notifications: a word of signals, threads waiting for it, perhaps one bound thread and one scheduling context that is lent to whoever
 * is woken. */
#ifndef KERNEL_OBJECT_NOTIFICATION_H
#define KERNEL_OBJECT_NOTIFICATION_H

#include "object/error.h"
#include "object/wait_queue.h"

struct notification {
    struct wait_queue queue;     /* never anybody while pending */
    word_t word;                 /* badges of the signals not yet taken, ORed */
    struct thread *bound_thread; /* its bound_notification points back */
    struct sched_context *sc;    /* its notification points back */
    bool pending;                /* signalled, even if the word is 0 */
    word_t : 64;
    word_t : 64;
};
#define NOTIFICATION_BITS 6
_Static_assert(sizeof(struct notification) <= 1 << NOTIFICATION_BITS, "ABI: notifications have 64 bytes");

/* notification_signal: wake the first waiter, or the bound thread out of its receive, or keep the signal. */
void notification_signal(struct notification *notification, word_t badge);
/* notification_wait: take the signal for the current thread, or queue it, or (not blocking) give badge 0. */
void notification_wait(struct notification *notification, struct thread *thread, bool blocking);
/* notification_take: if a signal is pending the thread, which receives on it or on an endpoint while bound to it, gets that; false if
 * not. */
bool notification_take(struct notification *notification, struct thread *thread);
/* notification_take_back_context: the thread blocks: the scheduling context that it has from this notification returns to it. */
void notification_take_back_context(struct notification *notification, struct thread *thread);
void notification_bind_thread(struct notification *notification, struct thread *thread);
void notification_unbind_thread(struct thread *thread); /* harmless when not bound */
/* notification_unbind_all: from its thread and its scheduling context, whichever there is. */
void notification_unbind_all(struct notification *notification);

#endif
