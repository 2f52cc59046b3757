/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A swap disk and the block server before it, for tests of the pager: it takes requests from the shared ring and completes them when it is told to, in any order,
 * well or badly.
 */
#ifndef TESTS_FAKE_DISK_H
#define TESTS_FAKE_DISK_H

#include <pagoda/block_ring.h>
#include <stdbool.h>
#include <stdint.h>

#define FAKE_DISK_IO_PAGES 32

/* What may happen to one request. */
enum fake_disk_trouble {
    FAKE_DISK_ERROR,   /* IO_ERROR, done in part or not at all */
    FAKE_DISK_TIMEOUT, /* TIMEOUT, the same */
    FAKE_DISK_SHORT,   /* SHORT: not all blocks */
    FAKE_DISK_LATE,    /* completed only when nothing else is there to be done */
    FAKE_DISK_FLIP,    /* OK, with one wrong bit, in memory after a read and on the disk after a write */
    FAKE_DISK_TROUBLES,
};

/* What goes wrong, each one in so many (0: never), by fake_disk_random. */
struct fake_disk_faults {
    unsigned error_writes, error_reads; /* IO_ERROR */
    unsigned timeouts;                  /* TIMEOUT */
    unsigned shorts;                    /* SHORT: not all blocks */
    unsigned flips;                     /* a read succeeds with a wrong bit */
    uint64_t nth;                       /* this request (from 1) has the trouble; 0: none */
    enum fake_disk_trouble trouble;
};
extern struct fake_disk_faults fake_disk_faults;

/* fake_disk_reset: an empty disk with a sound swap header, of so many blocks; joins it to the pager and switches swap on. */
void fake_disk_reset(uint32_t n_blocks, uint64_t seed);

/* fake_disk_complete: complete up to n of the requests that are there, in random order; returns how many. The pager is not told. */
unsigned fake_disk_complete(unsigned n);

/* fake_disk_run: complete what is there, tell the pager, until nothing is in flight. */
void fake_disk_run(void);

/* fake_disk_pending: requests not completed yet. fake_disk_flipped: flips so far. fake_disk_requests: requests completed. */
unsigned fake_disk_pending(void);
extern uint64_t fake_disk_flipped, fake_disk_requests;

/* fake_disk_start: the server is started (again): what it had in flight is forgotten, done in part or not at all. The pager is told. */
void fake_disk_start(void);

/* fake_disk_die: the server ends for good, with what it has in flight. */
void fake_disk_die(void);

#endif
