/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that wait, as continuations: kept with their reply object and their message, and handled from the beginning later.
 *
 * One that finds no memory while pages wait to be written waits until the disk has got on. A handler that refuses has changed nothing, so it does not matter what happened meanwhile. Who
 * may wait, and how long: policy/wait.h.
 *
 * They are served in the order in which they came: one that wants much is not passed by those behind it, nor by faults: what comes free is laid aside for the first until there
 * is enough for a try (policy/wait.h), and they have the rest. As it waits a bounded time, they do. Each caller has at most one here (a program has one thread, and so has
 * the process server), so nobody takes the places of others; what finds no place is refused.
 *
 * One of a client that has used its share of the pager's work up is held before it is handled, as faults are (park.h), until the client has a share again. With a capability that comes
 * along, as a long message, or without a place, it is handled at once: its work counts for the client all the same.
 */
#ifndef PAGER_WAITING_H
#define PAGER_WAITING_H

#include "kernel_if.h"

#include <stdbool.h>
#include <stdint.h>

struct server_call;

/* Requests that can wait for the disk at a time, those that can be held, and the words of one; one of the process server may be a whole message. */
#define WAITING_MAX 64u
#define WAITING_HELD_MAX 64u
#define WAITING_WORDS 16u

void waiting_init(void);

/* waiting_any: some request waits. waiting_begin, waiting_end: round one that has just come, if so: what is laid aside is not for it, unless it is one that cannot wait. */
extern uint32_t waiting_n;
static inline bool waiting_any(void)
{
    return waiting_n > 0;
}
void waiting_begin(const struct server_call *call);
void waiting_end(void);

/* waiting_keep: the request that has just been refused waits; `words` is its message as it came, `dispatch` handles it. The pager goes on with another reply object. false: it is
 * refused. */
bool waiting_keep(const struct server_call *call, const uint64_t *words, void (*dispatch)(struct server_call *));

/* waiting_hold: the client's request, which has not been handled, is held. false: there is no way to. */
bool waiting_hold(const struct server_call *call, const uint64_t *words, void (*dispatch)(struct server_call *));

/* waiting_wake_held: handle those that are held and whose clients have a share again. */
void waiting_wake_held(void);

/* waiting_wake: the disk has got on, or time has passed: handle those again for which there is room now, and answer them; refuse those that have waited long enough, and all
 * when nothing more is to be hoped for. */
void waiting_wake(void);

/* waiting_forget: the space goes away: its request is never answered; time that others lost for it counts no longer for it. */
void waiting_forget(uint32_t space);

/* waiting_for: the space that the request being handled is about (0: none yet), to which waiting is counted as a stall. */
extern uint32_t waiting_for;

/* waiting_holds: a caller waits in this reply object. For checks. waiting_count: requests that wait for the disk now. */
bool waiting_holds(cptr_t reply);
static inline uint32_t waiting_count(void)
{
    return waiting_n;
}

/* Since boot. */
struct waiting_counters {
    uint64_t kept;    /* had to wait */
    uint64_t refused; /* of them, those that got no memory all the same */
};
extern struct waiting_counters waiting_counters;

#endif
