/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and writes of the server's own: looking at a disk at start, format, self-test. Up to OWN_IO_SLOTS requests in flight, each with own
 * pages. These functions wait for the device; the ring is served meanwhile.
 */
#ifndef BLOCK_OWN_IO_H
#define BLOCK_OWN_IO_H

#include "server.h"

#define OWN_IO_SLOTS 8
#define OWN_IO_PAGES 2 /* of a slot: most blocks of a request */

struct own_io {
    struct request request;
    bool busy;
    enum block_status status;
    uint32_t n_done;
    uint64_t first; /* block of the volume, for the one who asked */
};

/* own_io_allow_inject: from now on injected faults may meet these requests: not while the server looks at the disks at start. */
void own_io_allow_inject(void);

/* own_io_page: page i of a slot. */
uint8_t *own_io_page(unsigned slot, unsigned i);

/* own_io_start: one request of a slot that is not busy. sector: on the disk; n_blocks: for reads and writes at most OWN_IO_PAGES. */
void own_io_start(unsigned slot, struct drive *drive, enum block_request_operation operation, uint64_t sector, uint32_t n_blocks);

/* own_io_finish: wait for a slot's request. *n_done may be NULL. */
enum block_status own_io_finish(unsigned slot, uint32_t *n_done);

/* own_io_run: start, and wait. */
enum block_status own_io_run(unsigned slot, struct drive *drive, enum block_request_operation operation, uint64_t sector, uint32_t n_blocks);

#endif
