/* SPDX-License-Identifier: BSD-2-Clause */
#include "requests.h"

#include "waiting.h"

#include <generated/pager_server.h>
#include <stddef.h>

uint64_t request_target(const struct server_call *call, uint64_t number, bool reads, struct space **out)
{
    unsigned kind = BADGE_KIND(call->badge);
    uint64_t own = kind == BADGE_MANAGER ? 0 : BADGE_ID(call->badge);

    if (number == 0) {
        number = own;
    } else if (number != own && kind != BADGE_MANAGER && !(kind == BADGE_OBSERVER && reads)) {
        return PAGODA_ERR_NOT_PERMITTED;
    }
    waiting_for = (uint32_t)number;
    *out = space_at(number);
    if (*out && (*out)->leaving) {
        *out = NULL;
    }
    return *out ? 0 : PAGODA_ERR_NO_SUCH_SPACE;
}

uint64_t request_to_end(const struct server_call *call, uint64_t number, struct space **out)
{
    uint64_t error = request_target(call, number, false, out);
    struct space *s = error == PAGODA_ERR_NO_SUCH_SPACE ? space_at(number) : NULL;

    if (!s || !s->unclaimed) {
        return error;
    }
    *out = s;
    return 0;
}

struct region *request_nth_region(struct space *s, unsigned kind, uint64_t index)
{
    struct region *r = region_from(&s->regions, 0);

    for (; r; r = region_next(&s->regions, r)) {
        bool wanted = kind ? r->kind == kind : r->kind != REGION_IPC_BUFFER;
        if (wanted && index-- == 0) {
            return r;
        }
    }
    return NULL;
}

void request_tell_stalls(const struct stall *s, uint64_t some[STALL_SPANS], uint64_t full[STALL_SPANS])
{
    for (unsigned span = 0; span < STALL_SPANS; span++) {
        some[span] = stall_share(&s->some, (enum stall_span)span);
        full[span] = stall_share(&s->full, (enum stall_span)span);
    }
}
