/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens round each message, apart from receiving it and sending the answer (main.c). */
#ifndef PAGER_SERVE_H
#define PAGER_SERVE_H

#include "compact.h"
#include "frame.h"
#include "mapping.h"
#include "park.h"
#include "promote.h"
#include "retire.h"

#include <stdbool.h>
#include <stdint.h>

/* Labels of fault messages. */
enum fault_label {
    FAULT_MESSAGE_CAP = 1,
    FAULT_MESSAGE_SYSCALL = 2,
    FAULT_MESSAGE_EXCEPTION = 3,
    FAULT_MESSAGE_TIMEOUT = 5,
    FAULT_MESSAGE_VM = 6,
};

/* serve_quick: a VM fault of a space, in the quick way (quick.h): true: *m is what the reply has to map; false: nothing was done. */
bool serve_quick(uint64_t space, uint64_t va, bool prefetch, uint64_t status, struct deferred_mapping *m);

/* serve_fault: a fault message of a space; true: answer it (the reply makes the mapping that mapping_deferred tells, and resumes the
 * thread), false: leave the thread stopped. */
bool serve_fault(uint64_t space, uint64_t label, const uint64_t *words, unsigned length);

/*
 * serve_request: let `dispatch` (pager_dispatch) handle a request. One that is refused with NO_MEMORY because frames had run out is handled again from the beginning
 * when some have been taken from whoever has too many, more of them each time, a bounded number of times. A handler that refuses has changed nothing, and has
 * not taken a capability. When the disk is what memory waits for, the request may wait too (waiting.h): call->deferred is set then, and there is no answer now.
 *
 * The work counts for the client that asks; a manager says for whom its own counts, this with it (load_charge_manager). One that has used its share of the pager's work
 * up (load.h) is held first, if it can be: it is deferred as well.
 *
 * serve_handle: the same without waiting and without counting; `words` is the message, which stays as it is. serve_begin, serve_end: count what is done between them for a
 * request that came with this badge; the first returns what the second needs. serve_room: make room for the next try of a request, so many frames; true: there is reason to
 * try.
 */
struct server_call;
void serve_request(struct server_call *call, void (*dispatch)(struct server_call *));
uint64_t serve_begin(uint64_t badge);
void serve_end(uint64_t badge, uint64_t start);
void serve_handle(struct server_call *call, const uint64_t *words, void (*dispatch)(struct server_call *));
bool serve_room(uint32_t n_frames);

/*
 * Most faults do nothing but take a frame (quick.h). Between such faults, whether there is work after the reply depends on the number of
 * armed frames alone: there is none while it is not below serve_floor. Whatever else happens forgets the floor (serve_disturb), and
 * serve_pending finds it again.
 */
extern uint32_t serve_floor;
static inline void serve_disturb(void)
{
    serve_floor = UINT32_MAX;
}
static inline bool serve_calm(void)
{
    return frames_armed() >= serve_floor;
}

/* serve_count: a fault was served in so many ticks; includes pressure_moved. Tells whether it is calm. */
bool serve_count(uint64_t ticks);

/* serve_after: work after the reply to a fault or a request: filling the reserve, checks. serve_pending: there is such work now. */
bool serve_pending(void);
void serve_after(bool fault);

/* serve_after_fault, serve_after_request: the same after a fault of this space, or a request with this badge, to whose client the work counts. */
void serve_after_fault(uint64_t space);
void serve_after_request(uint64_t badge);

/* serve_background_due: there is work to be done while no message waits. serve_background: a step of it. */
static inline bool serve_background_due(void)
{
    return park_room_waiting() || compact_pending() || promote_pending() || retired_burden();
}
void serve_background(void);

/* serve_idle: nothing else can run: a step of what waits for that. */
void serve_idle(void);

/* serve_tick: the clock's period is over: take a sample for the history of pressure. */
void serve_tick(void);

#endif
