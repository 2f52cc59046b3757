/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces that end with much in their page maps. Giving all of it back takes long, so only what ends a small space is done at once. A large one
 * is stopped and is nobody's from then on (no request finds it), and its leaves are given back a few at a time: after each message, when nothing
 * else can run (idle.h), once a second, and before a page of anybody leaves memory; when few are left, it is destroyed. Until then its number
 * is in use. What it holds by itself counts as free, as it is given back before anything else.
 *
 * One that the pager ends for want of memory leaves likewise, also before another is ended; but it is unclaimed: its manager has yet to hear of it, and
 * destroys it, before it is empty or afterwards. Its thread may run on until it touches what is gone, or
 * its manager, to whom that was signalled, stops it.
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

/* leaving_large: it takes long to give back what the space holds. */
static inline bool leaving_large(const struct space *s)
{
    return s->map.meta_pages > LEAVING_PAGES;
}

/* leaving_begin: the manager of the space, whose thread does not run, ends it. false: it is small, and has to be destroyed. */
void leaving_claim(struct space *s);
static inline bool leaving_begin(struct space *s)
{
    if (!leaving_large(s) && !s->unclaimed) {
        return false;
    }
    leaving_claim(s);
    return true;
}

/* leaving_empty: what a space holds that the pager has ended goes: at once, or for the most part in steps, of which the first is made. */
void leaving_empty(struct space *s);

/* leaving_step: make one step; false: there was nothing to do. leaving_tick: a period of the clock is over. */
bool leaving_step_of_first(void);
static inline bool leaving_step(void)
{
    return leaving_any() && leaving_step_of_first();
}
void leaving_tick(void);

#endif
