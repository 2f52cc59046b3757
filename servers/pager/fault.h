/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fault path: from an address and an access to a mapped page, or to the reason why the thread must stop.
 *
 * It takes frames from the free lists and tables and slots from the reserve, all made beforehand; it never waits and calls nobody
 * but the kernel. When memory has run out it ends the client that exceeds its share the most (victim.h) and goes on.
 */
#ifndef PAGER_FAULT_H
#define PAGER_FAULT_H

#include "space.h"

enum fault_result {
    FAULT_SERVED, /* the page is there and mapped with the rights asked for */
    FAULT_REFUSED, /* event.reason says why; nothing was changed */
    FAULT_SHORT,  /* no frame, table or slot left; nothing was changed that matters */
    FAULT_WAIT,   /* the page is on disk; *kind is what to wait for (park.h) */
};

/* Fields of ESR_EL1 for aborts. */
#define STATUS_WRITE (1u << 6)             /* WnR */
#define STATUS_CACHE_MAINTENANCE (1u << 8) /* CM: WnR is set although nothing is written */
#define STATUS_CODE(status) ((status) & 0x3f)

/* fault_serveable: translation, access-flag and permission faults; others (alignment, external aborts) no mapping can cure. */
static inline bool fault_serveable(uint64_t status)
{
    unsigned code = STATUS_CODE(status);
    return code >= 0x04 && code <= 0x0f;
}

/* fault_access: what the thread wanted to do. */
static inline enum access fault_access(bool prefetch, uint64_t status)
{
    if (prefetch) {
        return ACCESS_EXECUTE;
    }
    return (status & STATUS_WRITE) && !(status & STATUS_CACHE_MAINTENANCE) ? ACCESS_WRITE : ACCESS_READ;
}

/* fault_resolve: serve one access. *kind (FAULT_* of the protocol) is set when served; event when refused. */
enum fault_result fault_resolve(struct space *s, uint64_t va, enum access access, uint64_t *kind, struct space_event *event);

/* A fault, as its message tells it. */
struct fault_message {
    uint32_t space;
    uint64_t ip, va, status;
    bool prefetch;
};

/*
 * fault_handle: the whole of it for a VM fault message; true: resume the thread. Otherwise the thread stays stopped: it waits (park.h), or an event was raised.
 * Takes what is at hand, makes no kernel object and takes no page from anyone: if that is not enough the fault waits for room. fault_handle_waiter: once more for one that
 * has waited for room: what is missing is made, in FAULT_ROUNDS tries, after which it waits again and others have their turn.
 */
bool fault_handle(const struct fault_message *m);
bool fault_handle_waiter(const struct fault_message *m);

/* Kernel objects that were made while fault_handle was at work. */
extern uint64_t fault_made;

/* fault_stop: a thread of s did something that cannot be served; raise an event. */
void fault_stop(struct space *s, const struct space_event *event);

/* fault_make_room: end the client that exceeds its share the most, unless that is the requester; false: it is. */
bool fault_make_room(struct space *requester);

/* space_write: write bytes as if the space wrote them. 0 or NOT_MAPPED, NO_MEMORY, OVER_LIMIT. A page on disk counts as NO_MEMORY: a request
 * cannot wait; no page of a space leaves memory before the space runs, which is when this is for. */
uint64_t space_write(struct space *s, uint64_t va, const void *data, uint64_t length);

#endif
