/* SPDX-License-Identifier: BSD-2-Clause */
/* Endpoints; see endpoint.h and ABI section 8. */
#include "object/endpoint.h"

#include "cpu.h"
#include "entry/entry.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "preempt.h"
#include "sched/sched.h"

static void enqueue(struct endpoint *endpoint, struct thread *thread, enum thread_state state)
{
    thread->state = state;
    thread->blocked_on = endpoint;
    wait_queue_insert(&endpoint->queue, thread);
}

static struct thread *dequeue(struct endpoint *endpoint)
{
    struct thread *thread = endpoint->queue.first;
    wait_queue_remove(&endpoint->queue, thread);
    thread->blocked_on = NULL;
    return thread;
}

/* Nobody can ever answer the sender: it stops, and a fault is forgotten. */
static void abandon(struct thread *sender)
{
    sender->fault.label = FAULT_NONE;
    sender->state = THREAD_INACTIVE;
}

/* The first receiver in the queue gets the message. */
static void deliver(struct endpoint *endpoint, struct thread *sender, struct send_mode mode)
{
    struct thread *receiver = dequeue(endpoint);
    struct reply *reply = receiver->reply;
    if (reply) {
        reply->thread = NULL;
        receiver->reply = NULL;
    }
    message_transfer(sender, endpoint, mode.badge, mode.grant, receiver);
    if (!mode.call) {
        if (mode.donate && sender->sc && !receiver->sc)
            sched_context_donate(sender->sc, receiver);
    } else if (reply && (mode.grant || mode.grant_reply)) {
        reply_wait(reply, sender, receiver, mode.donate);
    } else {
        abandon(sender);
    }
    receiver->state = THREAD_RUNNING;
    sched_wake(receiver);
}

void endpoint_send(struct endpoint *endpoint, struct thread *sender, struct send_mode mode)
{
    if (endpoint->queue.first && endpoint->queue.first->state == THREAD_BLOCKED_RECEIVE) {
        deliver(endpoint, sender, mode);
    } else if (mode.blocking) {
        sender->send_badge = mode.badge;
        sender->send_is_call = mode.call;
        sender->send_can_grant = mode.grant;
        sender->send_can_grant_reply = mode.grant_reply;
        sender->send_no_donation = !mode.donate;
        enqueue(endpoint, sender, THREAD_BLOCKED_SEND);
    }
}

/* Take the message of the first sender in the queue. */
static void collect(struct endpoint *endpoint, struct thread *receiver, struct reply *reply)
{
    struct thread *sender = dequeue(endpoint);
    message_transfer(sender, endpoint, sender->send_badge, sender->send_can_grant, receiver);
    if (!sender->send_is_call) {
        sender->state = THREAD_RUNNING;
        sched_wake(sender);
    } else if (reply && (sender->send_can_grant || sender->send_can_grant_reply)) {
        reply_wait(reply, sender, receiver, !sender->send_no_donation);
    } else {
        abandon(sender);
    }
}

void endpoint_receive(struct endpoint *endpoint, struct thread *receiver, struct reply *reply, bool blocking)
{
    if (reply && reply->thread)
        reply_release(reply);
    struct notification *bound = receiver->bound_notification;
    if (bound) {
        if (notification_take(bound, receiver))
            return;
        if (blocking)
            notification_take_back_context(bound, receiver);
    }
    if (endpoint->queue.first && endpoint->queue.first->state == THREAD_BLOCKED_SEND) {
        collect(endpoint, receiver, reply);
    } else if (blocking) {
        receiver->reply = reply;
        if (reply)
            reply->thread = receiver;
        enqueue(endpoint, receiver, THREAD_BLOCKED_RECEIVE);
    } else {
        arch_set_badge(&receiver->context, 0);
    }
}

bool endpoint_cancel_badged_sends(struct endpoint *endpoint, word_t badge)
{
    struct thread *thread = endpoint->queue.first;
    if (!thread || thread->state != THREAD_BLOCKED_SEND)
        return true;
    while (thread) {
        struct thread *next = thread->queue_next;
        if (thread->send_badge == badge) {
            thread_restart_or_stop(thread);
            if (preemption_point())
                return false;
        }
        thread = next;
    }
    return true;
}
