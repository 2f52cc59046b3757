/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events: threads that the pager stopped, or wants to know (EVENT_THREAD_WANTED). Each space holds at most one (the first reason counts, but the
 * wish gives way to it), so reporting allocates nothing; each manager has a queue of its spaces with an event.
 */
#ifndef PAGER_EVENT_H
#define PAGER_EVENT_H

#include "space.h"

/* events_init: notifications to signal, indexed by MANAGER_*; 0: none. */
void events_init(const cptr_t notifications[MANAGERS + 1]);

/* event_raise: record an event, unless s has one already (false), and signal its manager. */
bool event_raise(struct space *s, const struct space_event *event);

/* event_take: oldest event of a manager's spaces; the space, or NULL. *event is written only then. */
struct space *event_take(uint32_t manager, struct space_event *event);

/* event_signal: signal a manager though there is no event: the plan of load control is another one. It waits for nobody. */
void event_signal(uint32_t manager);

/* event_forget: the space is going away. */
void event_forget(struct space *s);

#endif
