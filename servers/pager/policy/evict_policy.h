/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an eviction policy consists of. For evict.c and the policies' own files; the pager includes policy/evict.h.
 * evict.c keeps ages, levels and the census for all of them; a policy decides. How to write one: docs/eviction.md.
 */
#ifndef PAGER_POLICY_EVICT_POLICY_H
#define PAGER_POLICY_EVICT_POLICY_H

#include "evict.h"

/* What is remembered of a page; the byte, unpacked. */
struct evict_page {
    uint8_t level; /* below EVICT_LEVELS; may be changed */
    uint8_t age;   /* before this scan; becomes 0 afterwards if the page was accessed */
    bool arrived;  /* it came in since its last scan: that it was accessed says nothing */
};

struct evict_policy {
    const char *name;

    /* start: make the policy's own state, which is all zero, fit to begin. */
    void (*start)(struct evict_state *s);

    /* scanned: whether the page is a victim. A page that was accessed stays whatever the answer. */
    bool (*scanned)(struct evict_state *s, struct evict_page *page, bool accessed, enum evict_urgency urgency);

    /* returned: a fault brought the page back, `distance` generations after it was last seen accessed. Its level may be changed. */
    void (*returned)(struct evict_state *s, struct evict_page *page, uint32_t distance);

    /* pass_end: s->resident and s->census are those of the whole pass; the census is cleared afterwards. */
    void (*pass_end)(struct evict_state *s);
};

extern const struct evict_policy evict_generations, evict_clock, evict_two_q;
extern const struct evict_policy *const evict_policies[EVICT_KINDS]; /* evict_table.c */

#endif
