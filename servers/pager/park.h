/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that wait. A thread that faults on a page which is on disk stays stopped; what is kept of it is its reply object and what it tried. When
 * the page is here the fault is served from the beginning, so it does not matter what happened to the space meanwhile. A fault of a client that has used its
 * share of the pager's work up is held in the same way until the next period of the clock (load.h).
 *
 * The reply objects are made when swap is switched on, or work is first bounded: more than there can be threads; so a fault can always wait.
 */
#ifndef PAGER_PARK_H
#define PAGER_PARK_H

#include "space.h"

#include <stdbool.h>
#include <stdint.h>

struct parked_fault {
    uint32_t space;
    uint64_t ip, va, status;
    bool prefetch;
};

void park_init(void);

/* park_ready: make the reply objects; false: memory is short. */
bool park_ready(void);

/*
 * park: the fault being served waits for a stored page (its handle), or for any progress of the disk (0). Its reply object is kept; the pager goes on with another
 * one (pager_reply changes). false: there is no reply object left.
 */
bool park(const struct parked_fault *fault, uint32_t handle);

/* park_hold: the same for the share of its space. It is no stall: the pager wants it so. */
bool park_hold(const struct parked_fault *fault);

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
