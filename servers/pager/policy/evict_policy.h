/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an eviction policy consists of. For evict.c and the policies' own files; the pager includes policy/evict.h.
 * evict.c keeps ages, levels and the census. A policy sets levels, and decides at the end of each pass which levels and ages leave in the
 * next one (victims). How to write one: docs/eviction.md.
 */
#ifndef PAGER_POLICY_EVICT_POLICY_H
#define PAGER_POLICY_EVICT_POLICY_H

#include "evict.h"

struct evict_policy {
    const char *name;

    /* start: set victims until the first pass ends, and what of the policy's own state is not zero. s->resident may be known. */
    void (*start)(struct evict_state *s);

    /* first_use: a page came in that had never been evicted, and has been accessed. Its level. */
    uint32_t (*first_use)(struct evict_state *s);

    /* used_again: a page of this level was accessed `distance` generations after it was last seen accessed; returned: it had been evicted meanwhile, and
     * a fault brought it back. Its level from now on. */
    uint32_t (*used_again)(struct evict_state *s, uint32_t level, uint32_t distance, bool returned);

    /* pass_end: s->resident and s->census are those of the whole pass; the census is cleared afterwards. */
    void (*pass_end)(struct evict_state *s);
};

extern const struct evict_policy evict_generations, evict_clock, evict_two_q;
extern const struct evict_policy *const evict_policies[EVICT_KINDS]; /* evict_table.c */

/* evict_ages_from: the ages of at least `age`, as bits of a victims mask. */
static inline uint16_t evict_ages_from(uint32_t age)
{
    return (uint16_t)(((1u << EVICT_AGES) - 1) & ~0u << age);
}

#endif
