/* SPDX-License-Identifier: BSD-2-Clause */
/* Ageing: the oldest eighth of the pages leaves. */
#include "evict_policy.h"

static void start(struct evict_state *s)
{
    s->scratch[0] = 1; /* pages of at least this age leave */
}

static bool scanned(struct evict_state *s, struct evict_page *page, bool accessed, enum evict_urgency urgency)
{
    return !accessed && (page->age >= s->scratch[0] || urgency >= EVICT_NEEDED);
}

static void returned(struct evict_state *s, struct evict_page *page, uint32_t distance)
{
    (void)s;
    (void)page;
    (void)distance;
}

/* From the census of the pass: the greatest age that at least an eighth of the pages has. */
static void pass_end(struct evict_state *s)
{
    uint32_t age = EVICT_AGES, pages = 0;

    while (age > 0 && pages < s->resident / 8) {
        age--;
        for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
            pages += s->census[level][age];
        }
    }
    s->scratch[0] = age;
}

const struct evict_policy evict_example = {"ageing", start, scanned, returned, pass_end};
