/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What clients have been promised (policy/commit.h). A region promises its pages if it was ever private and writable; a stack what it may grow to; an object of shared
 * memory all of its pages, once. Tables, page maps and books are no client's: the reserve stands for them.
 */
#ifndef PAGER_PROMISE_H
#define PAGER_PROMISE_H

#include "region.h"
#include "space.h"

/* promises_init: what RAM there is to promise; strict: see promises_set. */
void promises_init(bool strict);

/* promises_set: from now on promises beyond RAM and swap are refused, or not. false, and nothing changed: more is promised already. */
bool promises_set(bool strict);

/* promises_swap: swap has so many slots now. false, and nothing changed: what is promised could not be kept (strict mode, fewer slots). */
bool promises_swap(uint64_t slots);

/* promise_pages: what a region promises now. */
uint64_t promise_pages(const struct region *r);

/* promise_possible: so many pages more may be promised; none always may. Counts what it refuses. */
bool promise_possible(uint64_t pages);

/* promise_make, promise_end: the region's pages are counted as promised to its space, or no more. Before it changes in kind, size or limit it has to be ended, and
 * made again after that. */
void promise_make(struct space *s, const struct region *r);
void promise_end(struct space *s, const struct region *r);

/* promise_pledge: a region that was not writable becomes so. */
void promise_pledge(struct space *s, struct region *r);

/* promise_unpledged: the pages from start to end that promise_pledge would add. */
uint64_t promise_unpledged(struct space *s, uint64_t start, uint64_t end);

/* promise_within: the promised pages from start to end, but those of stacks, which do not promise page by page. */
uint64_t promise_within(struct space *s, uint64_t start, uint64_t end);

/* promise_cut: the pages that are promised more when start and end become boundaries of regions: what is cut off a stack is no stack any more, and may be used as a whole. */
uint64_t promise_cut(struct space *s, uint64_t start, uint64_t end);

/* promise_object, promise_object_end: an object of shared memory. */
void promise_object(uint64_t pages);
void promise_object_end(uint64_t pages);

/* promises_refused: so often. */
uint64_t promises_refused(void);

#endif
