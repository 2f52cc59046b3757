/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 2Q (Johnson and Shasha, VLDB 1994), with scans for its queues. Pages come in on trial and leave in the order in which they came, accessed or
 * not, as soon as those on trial are more than a quarter of memory. A page that comes back soon after that is proven: it leaves like in CLOCK.
 */
#include "evict_policy.h"

#define TRIAL_SHARE 4u                            /* of memory, for pages on trial */
#define SOON (EVICT_GENERATION_SHARE / 2)         /* generations: half of memory was replaced */
#define PROVEN 3u                                 /* level from which on a page is proven; other policies' levels count */
#define BATCH_SHARE 8u                            /* of memory, that a pass should give */

static void start(struct evict_state *s)
{
    s->two_q.on_trial = s->resident;
}

static bool scanned(struct evict_state *s, struct evict_page *page, bool accessed, enum evict_urgency urgency)
{
    bool trial_full = s->two_q.on_trial > s->resident / TRIAL_SHARE;

    if (urgency >= EVICT_NEEDED) {
        return !accessed;
    }
    if (page->level >= PROVEN) {
        return !trial_full && !accessed;
    }
    if (page->arrived || !trial_full || page->age < s->two_q.trial_age) {
        return false;
    }
    s->two_q.on_trial--;
    return true;
}

static void returned(struct evict_state *s, struct evict_page *page, uint32_t distance)
{
    (void)s;
    page->level = distance <= SOON ? PROVEN : 0;
}

static void pass_end(struct evict_state *s)
{
    uint32_t by_age[EVICT_AGES] = {0}, old = 0;

    s->two_q.on_trial = 0;
    for (uint32_t level = 0; level < PROVEN; level++) {
        for (uint32_t age = 0; age < EVICT_AGES; age++) {
            by_age[age] += s->census[level][age];
            s->two_q.on_trial += s->census[level][age];
        }
    }
    s->two_q.trial_age = EVICT_AGES - 1;
    while (s->two_q.trial_age > 0 && (old += by_age[s->two_q.trial_age]) < s->resident / BATCH_SHARE) {
        s->two_q.trial_age--;
    }
}

const struct evict_policy evict_two_q = {"2q", start, scanned, returned, pass_end};
