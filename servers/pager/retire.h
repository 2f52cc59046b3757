/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces that are used again. What a process is made of in the kernel (VSpace, upper translation tables, IPC buffer, endpoints with badges, and the objects that
 * its manager made for its thread) takes longer to make and to destroy than everything else about a short program. So when a space ends while memory is not short, it
 * is emptied and kept, and the next space that the same manager asks for is that one, with its number and all its capabilities.
 *
 * A retired space is no living one: space_at and those that go through all spaces do not find it. It has the page of its IPC buffer, no other, and
 * the region round that. It is given up when memory is short, whatever for, before a page of anybody is evicted; so its pages count as free.
 *
 * As many are kept as are of use: up to RETIRED_MAX, and while even the fewest that were there in a period of the clock were more than one, one of them goes.
 */
#ifndef PAGER_RETIRE_H
#define PAGER_RETIRE_H

#include "space.h"

/* As many processes as come and go at once where many do; about 16 pages each. */
#define RETIRED_MAX 16u

/* retired: the spaces that wait, the last kept first, linked by next_retired; NULL: none does. */
extern struct space *retired;

/* retire_init: there is none. */
void retire_init(void);

/* retire_tick: a period of the clock is over: one that was not needed in it goes. */
void retire_tick(void);

/* space_retire: the living space `s`, whose thread is suspended, ends. true: it was kept, and its manager keeps its thread's objects; false: it was destroyed, or leaves. */
bool space_retire(struct space *s);

/* space_renew: a retired space as a new one of this manager, without pages; its IPC buffer is zero. NULL: there is none. */
struct space *space_renew(uint32_t manager);

/* retired_number: the number is a retired space's. O(RETIRED_MAX). */
bool retired_number(uint32_t id);

/* retired_give_up: destroy one retired space, or make a step for one that leaves (leaving.h), while there are any; false: there was neither. Some 35000 instructions. */
bool retired_give_up(void);

/* retire_count_spare: the pages of a retired space, or one that leaves, count as free: `times` is 1: from now on; UINT32_MAX, as -1: no more. */
void retire_count_spare(const struct space *s, uint32_t times);

/* retired_burden: there are some while memory is short. */
static inline bool retired_burden(void)
{
    return retired != NULL && pager.pressure.level > 0;
}

#endif
