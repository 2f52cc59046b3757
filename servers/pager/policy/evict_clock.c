/* SPDX-License-Identifier: BSD-2-Clause */
/* CLOCK: a page that was accessed since the hand came by last gets a second chance, any other leaves. */
#include "evict_policy.h"

static void start(struct evict_state *s)
{
    for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
        s->victims[level] = evict_ages_from(0);
    }
}

static uint32_t first_use(struct evict_state *s)
{
    (void)s;
    return 0;
}

static uint32_t used_again(struct evict_state *s, uint32_t level, uint32_t distance, bool returned)
{
    (void)s;
    (void)distance;
    (void)returned;
    return level;
}

static void pass_end(struct evict_state *s)
{
    (void)s;
}

const struct evict_policy evict_clock = {"clock", start, first_use, used_again, pass_end};
