/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces that end with much in their page maps. Giving all of it back takes long, so only what ends a small space is done at once. A large one
 * is stopped and is nobody's from then on (no request finds it), and its leaves are given back a few at a time: after each message, when nothing
 * else can run (idle.h), once a second, and before a page of anybody leaves memory; when few are left, it is destroyed. Until then its number
 * is in use. What it holds by itself counts as free, as it is given back before anything else.
 */
#ifndef PAGER_LEAVING_H
#define PAGER_LEAVING_H

#include "space.h"

/* A space whose page map has no more frames than this ends at once: that takes about as long as a time slice of a program. */
#define LEAVING_PAGES 64u

/* Steps, of PAGEMAP_DROPPED leaves each, that are made once a second in any case. */
#define LEAVING_TICK_STEPS 8u

/* leaving: the spaces that do, linked by next_retired; NULL: none does. */
extern struct space *leaving;
static inline bool leaving_any(void)
{
    return leaving != NULL;
}
void leaving_init(void);

/* leaving_begin: the space, whose thread does not run, ends. false: it is small, and has to be destroyed. */
void leaving_enlist(struct space *s);
static inline bool leaving_begin(struct space *s)
{
    if (s->map.meta_pages <= LEAVING_PAGES) {
        return false;
    }
    leaving_enlist(s);
    return true;
}

/* leaving_step: make one step; false: there was nothing to do. leaving_tick: a period of the clock is over. */
bool leaving_step_of_first(void);
static inline bool leaving_step(void)
{
    return leaving_any() && leaving_step_of_first();
}
void leaving_tick(void);

#endif
