/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A space that is used again. What a process is made of in the kernel (VSpace, upper translation tables, IPC buffer, endpoints with badges, and the objects that
 * its manager made for its thread) takes longer to make and to destroy than everything else about a short program. So when a space ends while memory is not short, it
 * is emptied and kept, one at a time, and the next space that the same manager asks for is that one, with its number and all its capabilities.
 *
 * A retired space is no living one: space_at and those that go through all spaces do not find it. It has the page of its IPC buffer, no other, and
 * the region round that. It is given up as soon as memory is short, whatever for, so its pages count as free.
 */
#ifndef PAGER_RETIRE_H
#define PAGER_RETIRE_H

#include "space.h"

/* retired: the space that waits; NULL: none does. */
extern struct space *retired;

/* retire_init: there is none. */
void retire_init(void);

/* space_retire: the living space `s`, whose thread is suspended, ends. true: it was kept, and its manager keeps its thread's objects; false: it was destroyed. */
bool space_retire(struct space *s);

/* space_renew: the retired space as a new one of this manager, without pages; its IPC buffer is zero. NULL: there is none. */
struct space *space_renew(uint32_t manager);

/* retired_give_up: destroy the retired space; false: there was none. */
bool retired_give_up(void);

#endif
