/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the paging extension share: an area of pages in a place of its own, and accesses that may be refused. */
#ifndef PAGODA_TESTS_TARGET_PAGING_AREA_H
#define PAGODA_TESTS_TARGET_PAGING_AREA_H

#include "test.h"

#define AREA_VA 0x3000000000ul /* 192 GiB: nothing else is there */
#define AREA_PAGES 512ul
#define TABLE_BYTES 0x200000ul
#define RADIX 10
#define DATA (seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever)
#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)
#define READ_ONLY seL4_CanRead
#define CLEAR_BOTH (PAGODA_CLEAR_ACCESSED | PAGODA_CLEAR_DIRTY)

void area_tables(seL4_CPtr vspace, unsigned long va);              /* the level-3 table below va, and those above it as far as they are missing */
seL4_CPtr area_frames(unsigned long n);                            /* a CNode (RADIX) with n fresh frames from slot 0 on */
seL4_CPtr area_take(seL4_CPtr cnode, unsigned long i);             /* one of its capabilities itself, moved to a slot that stubs can name */
seL4_CPtr area_new(unsigned long n);                               /* n frames mapped read-write at AREA_VA; gives their CNode */
pagoda_VSpace_MapRange_t area_map(seL4_CPtr cnode, unsigned long index, unsigned long va, unsigned long n, seL4_CapRights_t rights);
void expect_mapped(pagoda_VSpace_MapRange_t got, unsigned long done, unsigned long page_error, unsigned long detail);
void area_protect(unsigned long first, unsigned long n, seL4_CapRights_t rights, unsigned long attributes, unsigned long changed);
pagoda_VSpace_Harvest_t area_harvest(unsigned long va, unsigned long n, unsigned long flags);
bool area_bit(const seL4_Word *words, unsigned long i);
unsigned long area_count(const seL4_Word *words); /* of a whole answer */
static inline volatile unsigned long *page_word(unsigned long page) { return (volatile unsigned long *)(AREA_VA + 4096 * page); }

/* One access, from code that no compiler changes. */
unsigned long page_load(unsigned long va);
unsigned long page_store(unsigned long va); /* writes va there */
/* access_refused: what a thread reads, writes or executes: true if that becomes a fault message. */
bool access_refused(unsigned long (*access)(unsigned long), unsigned long va);

#endif
