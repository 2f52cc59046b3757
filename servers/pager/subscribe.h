/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients that want to know of memory pressure. Each gives a notification and a level; it is signalled when that level is entered and when it is left, and then
 * asks what is wanted of it. The signal waits for nobody, whatever capability the client gave, and hysteresis bounds how often it can come.
 */
#ifndef PAGER_SUBSCRIBE_H
#define PAGER_SUBSCRIBE_H

#include "space.h"

void subscriptions_init(void);

/* subscribe: with the capability that has just been received. 0, or PAGODA_ERR_TOO_MANY (it has a subscription) or NO_MEMORY, with nothing kept. */
uint64_t subscribe(struct space *s, uint32_t level);

/* unsubscribe: if it had subscribed. */
void unsubscribe(struct space *s);

/* subscribers_tell: the level of pressure is another one. O(subscribers). */
void subscribers_tell(uint32_t level);

/* pages_wanted_of: the part of so many pages that this space should give back: by its excess over its minimum, divided by its weight; never more than the excess.
 * O(spaces). */
uint64_t pages_wanted_of(const struct space *s, uint64_t pages);

#endif
