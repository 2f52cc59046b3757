/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel objects that the next faults may need, made beforehand: translation tables and leaves of capability slots. A fault only
 * takes from here; the pager fills up again after its reply.
 */
#ifndef PAGER_RESERVE_H
#define PAGER_RESERVE_H

#include "kernel_if.h"

/* One fault needs at most three tables and one leaf of slots, a stack step a few more. Always filled up to these numbers when memory
 * allows, so that the number of free pages does not depend on what happened before. */
#define RESERVE_TABLES 8u
#define RESERVE_TABLES_KEPT 32u /* of those given back */
#define RESERVE_LEAVES 3u
#define RESERVE_LEAVES_KEPT 16u

#define SLOT_LEAF_BITS 7
#define SLOT_LEAF_SLOTS (1u << SLOT_LEAF_BITS)

void reserve_init(void);

/* reserve_table_take: object page whose second slot holds an unmapped translation table; BUDDY_NONE when empty. */
uint32_t reserve_table_take(void);

/* reserve_table_put: a table that is no longer needed, mapped or not. Some are kept for the next use. */
void reserve_table_put(uint32_t page);

/* reserve_slots_take: object page whose second slot holds a CNode of SLOT_LEAF_SLOTS slots, installed as *leaf. They may hold capabilities
 * of former use by which nothing is mapped if *used. */
uint32_t reserve_slots_take(uint32_t *leaf, bool *used);
/* reserve_slots_put: such a CNode is no longer needed; nothing is mapped by what it holds. Some are kept for the next use. */
void reserve_slots_put(uint32_t page, uint32_t leaf);

/* reserve_ready: enough tables and slots for one fault. */
bool reserve_ready(void);

/* reserve_tables, reserve_leaves: translation tables, leaves of slots left. */
uint32_t reserve_tables(void);
uint32_t reserve_leaves(void);

/* reserve_low: reserve_fill has something to do. */
bool reserve_low(void);

/* reserve_fill: arm frames, tables and leaves; false when memory has run out before all were full. */
bool reserve_fill(void);

/* reserve_armed: object pages held in reserve now. */
uint32_t reserve_armed(void);

#endif
