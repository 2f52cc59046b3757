/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of the whole pager share: an archive with known contents, client accesses, requests. */
#ifndef TESTS_PAGER_MACHINE_H
#define TESTS_PAGER_MACHINE_H

#include "fake_kernel.h"
#include "space.h"

/* Files of the test archive: number, size; byte i of a file is machine_file_byte(number, i). The last one's data is not page aligned. */
enum { FILE_SMALL, FILE_EXACT, FILE_LARGE, FILE_UNALIGNED, FILES };
uint64_t machine_file_size(unsigned file);
uint8_t machine_file_byte(unsigned file, uint64_t at);

/* Ticks of a period of the clock. */
#define MACHINE_SECOND 62500000ull

/* machine_boot: a fresh machine with the archive, the pager booted on it. */
void machine_boot(uint64_t ram_bytes);

/* Access by a thread of the space, with the faults that it takes. NULL: the thread was stopped. */
uint8_t *machine_touch(struct space *s, uint64_t va, enum access access);

/* machine_fault: one fault message; false: it waits, or the thread was stopped. */
bool machine_fault(const struct space *s, uint64_t va, enum access access);

/* machine_fill: a page with contents of its own for each seed, that compress (a fifth of the page is noise) or do not. */
void machine_fill(uint8_t *page, uint64_t seed, bool compressible);

/* machine_faults: fault messages that the last machine_touch needed. */
extern unsigned machine_faults;

/* machine_quick: faults so far that were served in the quick way. */
extern unsigned machine_quick;

/* machine_refused: replies so far that could not map, because the slot seemed to be in use. */
extern unsigned machine_refused;

/* machine_waits: faults that waited for the disk, ever. */
extern unsigned machine_waits;

/* machine_check: the pager's whole state is consistent (asserts). */
void machine_check(void);

/* machine_space: a new space of MANAGER_PROCESS. */
struct space *machine_space(uint64_t max_pages);

/* machine_event: reason of the event queued for MANAGER_PROCESS, taken; 0: none. */
uint64_t machine_event(void);

/* reclaim_pages: reclaim_cold for all of [page, end); returns how many left memory. */
uint64_t reclaim_pages(struct space *s, uint64_t page, uint64_t end);

/* machine_map: a region at a fixed address. */
uint64_t machine_map(struct space *s, uint64_t va, uint64_t pages, uint32_t prot, uint32_t kind);
/* machine_map_file: the same with a file from an offset. */
uint64_t machine_map_file(struct space *s, uint64_t va, uint64_t pages, uint32_t prot, unsigned file, uint64_t offset, uint64_t length);
/* machine_map_stack: a stack that ends at top. */
uint64_t machine_map_stack(struct space *s, uint64_t top, uint64_t reserve, uint64_t limit);

#endif
