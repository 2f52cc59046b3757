/* SPDX-License-Identifier: BSD-2-Clause */
/* CLOCK: a page that was accessed since the hand came by last gets a second chance, any other leaves. */
#include "evict_policy.h"

static void start(struct evict_state *s)
{
    (void)s;
}

static bool scanned(struct evict_state *s, struct evict_page *page, bool accessed, enum evict_urgency urgency)
{
    (void)s;
    (void)page;
    (void)urgency;
    return !accessed;
}

static void returned(struct evict_state *s, struct evict_page *page, uint32_t distance)
{
    (void)s;
    (void)page;
    (void)distance;
}

static void pass_end(struct evict_state *s)
{
    (void)s;
}

const struct evict_policy evict_clock = {"clock", start, scanned, returned, pass_end};
