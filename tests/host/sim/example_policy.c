/* SPDX-License-Identifier: BSD-2-Clause */
/* Ageing: the oldest eighth of the pages leaves. */
#include "evict_policy.h"

/* oldest_leave: on every level the pages from an age on. */
static void oldest_leave(struct evict_state *s, uint32_t age)
{
    for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
        s->victims[level] = evict_ages_from(age);
    }
}

static void start(struct evict_state *s)
{
    oldest_leave(s, 1);
}

static uint32_t first_use(struct evict_state *s)
{
    (void)s;
    return 0;
}

/* All pages stay on one level. */
static uint32_t used_again(struct evict_state *s, uint32_t level, uint32_t distance, bool returned)
{
    (void)s;
    (void)distance;
    (void)returned;
    return level;
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
    oldest_leave(s, age);
}

const struct evict_policy evict_example = {"ageing", start, first_use, used_again, pass_end};
