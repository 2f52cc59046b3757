/* SPDX-License-Identifier: BSD-2-Clause */
#include "stalls.h"

#include "state.h"

#include <pagoda/startup.h>

static uint64_t now_ns(void)
{
    return ticks_to_ns(kernel_ticks());
}

void stalls_begin(struct space *s)
{
    uint64_t now = now_ns();

    stall_begin(&pager.stall, now);
    stall_begin(&s->stall, now);
}

void stalls_end(struct space *s)
{
    uint64_t now = now_ns();

    stall_end(&pager.stall, now);
    stall_end(&s->stall, now);
}

void stalls_spent(struct space *s, uint64_t start)
{
    uint64_t from = ticks_to_ns(start), now = now_ns();

    stall_spent(&pager.stall, from, now);
    stall_spent(&s->stall, from, now);
}

void stalls_update(void)
{
    uint64_t now = now_ns();
    uint32_t clients = 0;

    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        stall_update(&s->stall, now);
        clients += s->manager == MANAGER_PROCESS && !s->ended;
    }
    stall_threads(&pager.stall, clients > 0 ? clients : 1, now);
}
