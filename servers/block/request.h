/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests on their way through a disk: a queue per drive, several requests at the device, a time limit, counters. Every request that is
 * submitted gets its `finished` exactly once, whatever the device does; `finished` submits nothing. Time comes in as an argument; what
 * this calls is the disk's driver.
 *
 * A request is late when two things are true: time has passed, and the device was looked at many times in vain. Time alone would not do: in an
 * emulator the clock may jump ahead whenever the processor idles, while the disk behind the device works at its own pace. Reading a device's
 * registers takes time everywhere, so looks are spread over the time limit; on a real machine both end together.
 */
#ifndef BLOCK_REQUEST_H
#define BLOCK_REQUEST_H

#include "inject.h"
#include <drivers/disk.h>
#include <pagoda/block_ring.h>

#define REQUEST_TIMEOUT_NS 5000000000ull /* from the moment that the device has got it */
#define REQUEST_TIMEOUT_LOOKS (1u << 22) /* and not before so many looks at the device: some seconds in an emulator */
#define REQUEST_SILENCE_NS 500000000ull  /* a tick looks more than once while the oldest request is older */
#define REQUEST_TICK_LOOKS (1u << 14)    /* of one tick at most: a few ms; REQUEST_TIMEOUT_LOOKS takes 256 ticks */
#define REQUEST_HISTOGRAM 24             /* bucket i: [2^i, 2^(i+1)) us */
#define SECTORS_PER_BLOCK (BLOCK_BYTES / DISK_SECTOR_BYTES)

struct drive;

struct request {
    struct disk_transfer transfer; /* first */
    struct drive *drive;
    struct request *next;          /* in its queue */
    uint64_t started_ns;           /* when the device got it */
    uint64_t started_looks;        /* drive.looks then */
    uint64_t held_until_ns;        /* answered, but held back by an injected fault; 0: not */
    enum block_status held_status;
    uint32_t held_done;
    uint32_t n_blocks;
    bool counts_for_inject;        /* injected faults may meet it: not so what the server reads at start */
    void (*finished)(struct request *request, enum block_status status, uint32_t n_done); /* n_done: blocks */
};

struct request_queue {
    struct request *first, *last;
    uint32_t length;
};

struct drive_counters {
    uint64_t operations[BLOCK_DISCARD + 1]; /* by enum block_request_operation */
    uint64_t blocks_read, blocks_written;
    uint64_t statuses[BLOCK_STATUSES];
    uint64_t histogram[REQUEST_HISTOGRAM];
    uint64_t resets;
    uint32_t most_in_flight;
};

struct drive {
    struct disk *disk;
    struct request_queue queued; /* not at the device yet */
    struct request_queue active; /* at the device, oldest first */
    uint64_t looks;              /* times that the device was polled */
    uint64_t answers;            /* transfers that its driver has ended */
    struct drive_counters counters;
};

/* request_prepare: fill in a transfer of n_blocks blocks from `sector` (a discard may be of any length); segments follow with request_add. */
void request_prepare(struct request *r, struct drive *drive, enum block_request_operation operation, uint64_t sector, uint32_t n_blocks);
void request_add(struct request *r, uint8_t *va, uint64_t pa, uint32_t bytes);

/* request_submit: hand it in. It lies inside the disk. The caller's, but untouched until `finished`, which may come before this returns. */
void request_submit(struct request *r, uint64_t now_ns);

/* drive_poll: after an interrupt or a tick: take what the device has done, give it more. */
void drive_poll(struct drive *drive, uint64_t now_ns);

/* drive_tick: now and then while drive_is_busy: requests past their time limit, completions held back. */
void drive_tick(struct drive *drive, uint64_t now_ns);

/* drive_is_busy: whether something is at the device or queued. */
static inline bool drive_is_busy(const struct drive *drive)
{
    return drive->active.first || drive->queued.first;
}

#endif
