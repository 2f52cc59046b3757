/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last resort: nothing is left to take, so a client ends. Who, policy/victim.h decides, from everything that each client holds, in RAM and in stores; the
 * table that justifies the choice is kept until the next one. Servers (clients of init) are never chosen.
 */
#ifndef PAGER_ENDING_H
#define PAGER_ENDING_H

#include "space.h"

#include <pagoda/victim_row.h>

/* ending_choose: whose end makes room for the requester; perhaps its own. */
struct space *ending_choose(struct space *requester);

/* ending_carry_out: stop a space for good and take its memory: at once, of one with much in its page map by a step for each thing that is short (leaving.h).
 * Its threads stop at their next fault; its manager hears why from the event, whose reason, va, ip and detail are the caller's. */
void ending_carry_out(struct space *s, struct space_event *event);

/* ending_table: the rows of the last choice, if it was the space of this number; returns how many, else 0. */
unsigned ending_table(uint64_t space, struct victim_row rows[VICTIM_TABLE_ROWS]);

#endif
