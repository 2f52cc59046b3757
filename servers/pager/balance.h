/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of memory the compressed pages may take while there is a disk for the oldest of them: what policy/balance.h decides from the pages that come back. Once a period of
 * the clock, as long as SETTING_BALANCE is 1.
 */
#ifndef PAGER_BALANCE_H
#define PAGER_BALANCE_H

#include "policy/balance.h"
#include "policy/parties.h"
#include "record.h"

extern struct balance balance;

void balance_begin(void);

/* balance_useful: there is a choice: a disk is in use. */
bool balance_useful(void);

/* balance_limit: frames that compressed pages may take. */
uint64_t balance_limit(void);

void balance_tick(void);

/* balance_parties: who shares memory (policy/parties.h). */
void balance_parties(struct party_row rows[PARTIES]);

/* A page, since `start` (kernel_ticks): was compressed and stored, was expanded, was read from disk. */
void balance_page_stored(struct record *r, uint64_t start);
void balance_page_expanded(const struct record *r, uint64_t start);
void balance_page_read(uint64_t start);
/* A compressed page goes to disk; any other does; one that is there is wanted back. */
void balance_page_written(struct record *r);
void balance_page_elsewhere(struct record *r);
void balance_page_wanted(const struct record *r);

#endif
