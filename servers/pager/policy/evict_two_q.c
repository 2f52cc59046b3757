/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 2Q (Johnson and Shasha, VLDB 1994), with scans for its queues. Pages come in on trial; the oldest of them leave while those on trial are more than
 * a quarter of memory. A page that comes back soon after that is proven, and leaves like in CLOCK.
 */
#include "evict_policy.h"

#define TRIAL_SHARE 4u                    /* of memory, for pages on trial */
#define SOON (EVICT_GENERATION_SHARE / 2) /* generations: half of memory was replaced */
#define PROVEN 3u                         /* level from which on a page is proven; other policies' levels count */
#define BATCH_SHARE 8u                    /* of memory, that a pass should give */

/* choose: either pages on trial leave, from an age on, or proven ones. */
static void choose(struct evict_state *s, bool trial, uint32_t age)
{
    for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
        s->victims[level] = level < PROVEN ? (trial ? evict_ages_from(age) : 0) : (trial ? 0 : evict_ages_from(0));
    }
}

static void start(struct evict_state *s)
{
    choose(s, true, 1);
}

static uint32_t first_use(struct evict_state *s)
{
    (void)s;
    return 0;
}

static uint32_t used_again(struct evict_state *s, uint32_t level, uint32_t distance, bool returned)
{
    (void)s;
    if (!returned) {
        return level;
    }
    return distance <= SOON ? PROVEN : 0;
}

static void pass_end(struct evict_state *s)
{
    uint32_t by_age[EVICT_AGES] = {0}, on_trial = 0, old = 0, age = EVICT_AGES - 1;

    for (uint32_t level = 0; level < PROVEN; level++) {
        for (uint32_t a = 0; a < EVICT_AGES; a++) {
            by_age[a] += s->census[level][a];
            on_trial += s->census[level][a];
        }
    }
    while (age > 0 && (old += by_age[age]) < s->resident / BATCH_SHARE) {
        age--;
    }
    choose(s, on_trial > s->resident / TRIAL_SHARE, age);
}

const struct evict_policy evict_two_q = {"2q", start, first_use, used_again, pass_end};
