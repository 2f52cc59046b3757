/* SPDX-License-Identifier: BSD-2-Clause */
#include "event.h"

#include <stddef.h>

static struct {
    cptr_t notification;
    uint32_t first, last; /* space numbers; 0: none */
} queues[MANAGERS + 1];

void events_init(const cptr_t notifications[MANAGERS + 1])
{
    for (unsigned i = 0; i <= MANAGERS; i++) {
        queues[i].notification = notifications[i];
        queues[i].first = 0;
        queues[i].last = 0;
    }
}

void event_signal(uint32_t manager)
{
    if (queues[manager].notification) {
        kernel_signal(queues[manager].notification);
    }
}

bool event_raise(struct space *s, const struct space_event *event)
{
    uint64_t before = s->event.reason;

    if (before && (before != PAGER_EVENT_THREAD_WANTED || event->reason == PAGER_EVENT_THREAD_WANTED)) {
        return false;
    }
    s->event = *event;
    if (before) {
        return true; /* in its place in the queue already */
    }
    s->next_event = 0;
    if (queues[s->manager].last) {
        space_at(queues[s->manager].last)->next_event = s->id;
    } else {
        queues[s->manager].first = s->id;
    }
    queues[s->manager].last = s->id;
    event_signal(s->manager);
    return true;
}

struct space *event_take(uint32_t manager, struct space_event *event)
{
    struct space *s = space_at(queues[manager].first);

    if (!s) {
        return NULL;
    }
    *event = s->event;
    event_forget(s);
    return s;
}

void event_forget(struct space *s)
{
    uint32_t before = 0;

    if (!s->event.reason) {
        return;
    }
    for (uint32_t id = queues[s->manager].first; id != s->id; id = space_at(id)->next_event) {
        before = id;
    }
    if (before) {
        space_at(before)->next_event = s->next_event;
    } else {
        queues[s->manager].first = s->next_event;
    }
    if (queues[s->manager].last == s->id) {
        queues[s->manager].last = before;
    }
    s->event.reason = 0;
    s->next_event = 0;
}
