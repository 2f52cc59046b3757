/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers of the pager's protocol (libs/abi/protocols/pager.toml), by concern in requests_*.c. Arguments come checked for their own bounds; there they are checked
 * against the caller's rights and against each other, then the work is done elsewhere. Here is what several of them use.
 */
#ifndef PAGER_REQUESTS_H
#define PAGER_REQUESTS_H

#include "space.h"

struct server_call;

/* request_target: the space that a request is about. `reads`: observers may name any space for it. 0, or NOT_PERMITTED, NO_SUCH_SPACE. */
uint64_t request_target(const struct server_call *call, uint64_t number, bool reads, struct space **out);

/* request_to_end: the space that a manager is done with: it may be one that the pager has ended and that leaves (leaving.h). */
uint64_t request_to_end(const struct server_call *call, uint64_t number, struct space **out);

/* request_nth_region: the index-th region of one kind (0: of any kind that clients know). */
struct region *request_nth_region(struct space *s, unsigned kind, uint64_t index);

/* request_tell_stalls: the shares of time, as replies have them. */
void request_tell_stalls(const struct stall *s, uint64_t some[STALL_SPANS], uint64_t full[STALL_SPANS]);

#endif
