/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoints: where senders and receivers meet. The queue holds only threads of one kind, senders or receivers, highest priority first and
 * in order of arrival among equals; which kind is what the state of its first thread says.
 */
#ifndef KERNEL_OBJECT_ENDPOINT_H
#define KERNEL_OBJECT_ENDPOINT_H

#include "object/error.h"
#include "object/wait_queue.h"

struct endpoint {
    struct wait_queue queue;
};
#define ENDPOINT_BITS 4
_Static_assert(sizeof(struct endpoint) == 1 << ENDPOINT_BITS, "ABI: endpoints have 16 bytes");

struct reply;

/* How a message is sent: from the capability used and the system call. */
struct send_mode {
    word_t badge;
    bool blocking;        /* wait for a receiver; else the message is dropped */
    bool call;            /* an answer is expected (Call, faults) */
    bool donate;          /* a receiver without scheduling context may get the sender's */
    bool grant;           /* rights of the capability */
    bool grant_reply;
};

/* endpoint_send: deliver sender's message, or queue the sender. The sender's state is RUNNING or RESTART on entry. */
void endpoint_send(struct endpoint *endpoint, struct thread *sender, struct send_mode mode);
/* endpoint_receive: take a message (or a signal of the bound notification) for the current thread, or queue it, or (not blocking) give
 * badge 0.
 * reply: the reply object that a caller will wait on, NULL if none was given. */
void endpoint_receive(struct endpoint *endpoint, struct thread *receiver, struct reply *reply, bool blocking);
/* endpoint_cancel_badged_sends: senders with this badge do their system call again; those that wait with a fault become inactive. False: preempted, call
 * again. */
bool endpoint_cancel_badged_sends(struct endpoint *endpoint, word_t badge) MUST_USE;

#endif
