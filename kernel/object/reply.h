/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reply objects. One is free, or given by a thread that waits for a message (BLOCKED_RECEIVE), or holds the one caller that waits for the
 * answer (BLOCKED_REPLY); `thread` and thread->reply always point to each other.
 * When the caller lent its scheduling context with the call, the object is also a link of that context's call stack:
 * sched_context.replies is the newest link, each knows the older one, and the newest knows the context.
 */
#ifndef KERNEL_OBJECT_REPLY_H
#define KERNEL_OBJECT_REPLY_H

#include "object/error.h"
#include "object/sched_context.h"

struct reply {
    struct thread *thread;
    struct reply *older;  /* the call that this one was made in the course of */
    union {
        struct reply *newer;           /* if not newest; NULL: in no stack */
        struct sched_context *context; /* if newest */
    };
    bool newest;
};
#define REPLY_BITS 5
_Static_assert(sizeof(struct reply) == 1 << REPLY_BITS, "ABI: reply objects have 32 bytes");

/* reply_stack_push: the object becomes the newest link of the context's call stack. */
static inline void reply_stack_push(struct reply *reply, struct sched_context *sc)
{
    struct reply *older = sc->replies;
    if (older) {
        older->newest = false;
        older->newer = reply;
    }
    reply->older = older;
    reply->newest = true;
    reply->context = sc;
    sc->replies = reply;
}

/* reply_stack_pop: take the newest link off its stack; gives the context. */
static inline struct sched_context *reply_stack_pop(struct reply *reply)
{
    struct sched_context *sc = reply->context;
    struct reply *older = reply->older;
    sc->replies = older;
    if (older) {
        older->newest = true;
        older->context = sc;
    }
    reply->older = NULL;
    reply->context = NULL;
    reply->newest = false;
    return sc;
}

/* reply_wait: the caller starts to wait for an answer through `reply` (free); if `donate` and only the caller has a context, the callee
 * gets it. */
void reply_wait(struct reply *reply, struct thread *caller, struct thread *callee, bool donate);
/* reply_send: answer with the message of `replier`; nothing happens if no caller waits. */
void reply_send(struct reply *reply, struct thread *replier, bool grant);
/* reply_cancel_caller: the thread does not wait for its answer any more; a context that it lent stays where it is. The caller sets its
 * state. */
void reply_cancel_caller(struct thread *caller);
/* reply_release: whoever waits with this object, for a message or an answer, is cancelled and becomes inactive. The object is free
 * afterwards. */
void reply_release(struct reply *reply);
/* reply_destroy: the last capability is gone: as reply_release, but the caller of the newest call gets its context back. */
void reply_destroy(struct reply *reply);
/* reply_stack_detach: the context is unbound or destroyed: its call stack falls apart at the top; callers keep waiting. */
void reply_stack_detach(struct sched_context *sc);

#endif
