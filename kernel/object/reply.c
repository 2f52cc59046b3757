/* SPDX-License-Identifier: BSD-2-Clause */
/* Reply objects and call stacks; see reply.h and ABI sections 8.2, 8.3. */
#include "object/reply.h"

#include "cpu.h"
#include "entry/entry.h"
#include "object/sched_context.h"
#include "sched/refill.h"
#include "sched/sched.h"

/* Take a link out of wherever it is: the stack is cut on both sides of it. */
static void stack_cut(struct reply *reply)
{
    if (reply->newest)
        reply->context->replies = NULL;
    else if (reply->newer)
        reply->newer->older = NULL;
    if (reply->older)
        reply->older->newer = NULL; /* it was not the newest: `reply` was newer */
    reply->older = NULL;
    reply->newer = NULL;
    reply->newest = false;
}

static void unlink_thread(struct reply *reply)
{
    reply->thread->reply = NULL;
    reply->thread = NULL;
}

/* The wait of the caller ends by an answer or with the object: its context comes back if this was the newest call. */
static void leave_stack(struct reply *reply)
{
    struct thread *caller = reply->thread;
    if (reply->newest) {
        struct sched_context *sc = reply_stack_pop(reply);
        if (!caller->sc)
            sched_context_donate(sc, caller);
    } else {
        stack_cut(reply);
    }
}

void reply_wait(struct reply *reply, struct thread *caller, struct thread *callee, bool donate)
{
    reply->thread = caller;
    caller->reply = reply;
    caller->state = THREAD_BLOCKED_REPLY;
    if (donate && caller->sc && !callee->sc) {
        struct sched_context *sc = caller->sc;
        reply_stack_push(reply, sc);
        sched_context_donate(sc, callee);
    }
}

/* The caller goes on, as far as its budget lets it. */
static void wake_caller(struct thread *caller, bool after_timeout)
{
    struct sched_context *sc = caller->sc;
    bool may_run = !sc || !sched_context_is_configured(sc) || refill_is_ready(sc, this_cpu()->now);
    if (!may_run && !after_timeout && fault_has_timeout_handler(caller))
        fault_raise_timeout(caller);
    else
        sched_wake(caller);
}

void reply_send(struct reply *reply, struct thread *replier, bool grant)
{
    struct thread *caller = reply->thread;
    if (!caller || caller->state != THREAD_BLOCKED_REPLY)
        return;
    leave_stack(reply);
    unlink_thread(reply);
    uint32_t fault = caller->fault.label;
    if (fault == FAULT_NONE) {
        message_transfer(replier, NULL, 0, grant, caller);
        caller->state = THREAD_RUNNING;
    } else if (fault_apply_reply(caller, replier, arch_info(&replier->context))) {
        caller->state = THREAD_RESTART;
    } else {
        caller->state = THREAD_INACTIVE;
        return;
    }
    wake_caller(caller, fault == FAULT_TIMEOUT);
}

void reply_cancel_caller(struct thread *caller)
{
    struct reply *reply = caller->reply;
    stack_cut(reply);
    unlink_thread(reply);
}

void reply_release(struct reply *reply)
{
    struct thread *thread = reply->thread;
    if (!thread)
        return;
    thread_cancel_wait(thread);
    thread->state = THREAD_INACTIVE;
}

void reply_destroy(struct reply *reply)
{
    struct thread *thread = reply->thread;
    if (thread && thread->state == THREAD_BLOCKED_REPLY) {
        leave_stack(reply);
        unlink_thread(reply);
        thread->fault.label = FAULT_NONE;
        thread->state = THREAD_INACTIVE;
    } else {
        reply_release(reply);
    }
}

void reply_stack_detach(struct sched_context *sc)
{
    struct reply *reply = sc->replies;
    if (!reply)
        return;
    reply->newest = false;
    reply->context = NULL;
    sc->replies = NULL;
}
