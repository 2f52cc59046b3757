/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that wait, as continuations. A thread that faults on a page which is on disk stays stopped; what is kept of it is its reply object and what it tried. When
 * the page is here the fault is served from the beginning, so it does not matter what happened to the space meanwhile. A fault of a client that has used its
 * share of the pager's work up is held in the same way until the next period of the clock (load.h). And one for which memory is short waits for room, which is made
 * after a reply or when no message waits: other faults are served in between.
 *
 * The reply objects are made when the pager starts: more than there can be threads and requests that wait (waiting.h); so a fault can always wait.
 */
#ifndef PAGER_PARK_H
#define PAGER_PARK_H

#include "fault.h"

#include <stdbool.h>
#include <stdint.h>

void park_init(void);

/* park_ready: make the reply objects, once; false: memory is short. */
bool park_ready(void);

/*
 * park: the fault being served waits for a stored page (its handle), or for any progress of the disk (0). Its reply object is kept; the pager goes on with another
 * one (pager_reply changes). false: there is no reply object left.
 */
bool park(const struct fault_message *fault, uint32_t handle);

/* park_hold: the same for the share of its space. It is no stall: the pager wants it so. */
bool park_hold(const struct fault_message *fault);

/* park_room: the same until there is room for it. park_room_waiting: some fault waits for that. park_room_step: try once more for the one that has waited longest
 * (fault_handle_waiter). park_room_count: faults that had to wait for room since the start, each counted once for each time that it was put off. */
bool park_room(const struct fault_message *fault);
extern uint32_t park_n_room;
static inline bool park_room_waiting(void)
{
    return park_n_room > 0;
}
void park_room_step(void);
uint64_t park_room_count(void);

/* park_keep_reply: keep the reply object of the message being served for other than a fault (waiting.h); the pager goes on with another one. false: there is none
 * left. park_put_reply: nobody waits in it any more. */
bool park_keep_reply(cptr_t *kept);
void park_put_reply(cptr_t reply);

/* park_wake_held: serve all faults again that are held; those whose space still has no share are held again. */
void park_wake_held(void);

/* park_wake: serve all faults again that wait for this page. park_wake_any: those that wait for any progress, oldest first. */
void park_wake(uint32_t handle);
void park_wake_any(void);

/* park_forget: the space goes away, or its threads have been stopped: its faults are never answered. */
void park_forget(uint32_t space);

/* park_holds: a thread waits in this reply object. For checks. */
bool park_holds(cptr_t reply);

/* park_waiting: faults that wait now, held ones not among them. */
uint32_t park_waiting(void);

#endif
