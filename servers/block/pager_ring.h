/* SPDX-License-Identifier: BSD-2-Clause */
/* The pager's requests: from the ring to a drive, and back. */
#ifndef BLOCK_PAGER_RING_H
#define BLOCK_PAGER_RING_H

#include "volume.h"

struct ring_counters {
    uint64_t taken;
    uint64_t statuses[BLOCK_STATUSES];
};

struct pager_ring {
    struct block_server_end end;
    struct volumes *volumes;
    uint8_t *io_va;      /* the I/O pages */
    uint64_t io_pa;
    uint32_t n_io_pages;
    bool completed;      /* since the last pager_ring_take_completed: the pager is to be signalled */
    struct ring_counters counters;
    uint64_t busy;       /* bit i: requests[i] is at a drive */
    uint64_t ids[BLOCK_RING_ENTRIES];
    struct request requests[BLOCK_RING_ENTRIES];
};

/* pager_ring_open: no device touches the I/O pages, and the volumes are known; the caller then signals the pager. A ring that is not sound counts as one
 * without I/O pages: every read and write is refused. */
void pager_ring_open(struct pager_ring *ring, struct block_ring *shared, struct volumes *volumes, uint8_t *io_va, uint64_t io_pa);

/* pager_ring_poll: take the requests that there is room for. A request that is wrong is answered at once. */
void pager_ring_poll(struct pager_ring *ring, uint64_t now_ns);

/* pager_ring_uses: whether the pager keeps something on this volume now. */
bool pager_ring_uses(const struct pager_ring *ring, const struct volume *volume);

/* pager_ring_take_completed: whether there are completions that the pager was not told of. */
bool pager_ring_take_completed(struct pager_ring *ring);

#endif
