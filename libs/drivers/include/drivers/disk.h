/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a driver of a disk offers to the block server. All calls come from one thread; none waits for the device, except that starting and
 * resetting may pause (struct disk_clock).
 */
#ifndef DRIVERS_DISK_H
#define DRIVERS_DISK_H

#include <stdbool.h>
#include <stdint.h>

#define DISK_SECTOR_BYTES 512
#define DISK_SEGMENTS_MAX 16

enum disk_operation { DISK_READ = 1, DISK_WRITE = 2, DISK_FLUSH = 3, DISK_DISCARD = 4 };

enum disk_result {
    DISK_OK,        /* n_done sectors, perhaps fewer than asked for */
    DISK_IO_ERROR,  /* the device reported an error, or answered what makes no sense */
};

/* A piece of memory: as the processor and as the device sees it. Multiple of 512 bytes, 512-aligned. */
struct disk_segment {
    uint8_t *va;
    uint64_t pa;
    uint32_t bytes;
};

/* One request. The caller's; the driver holds it from `submit` until it calls `done`, or until `reset`. */
struct disk_transfer {
    enum disk_operation operation;
    uint64_t sector;     /* first; sector and n_sectors lie inside the disk */
    uint32_t n_sectors;  /* the sum of the segments; discard: no segments; flush: 0 */
    unsigned n_segments; /* at most DISK_SEGMENTS_MAX */
    struct disk_segment segments[DISK_SEGMENTS_MAX];
    void (*done)(struct disk_transfer *transfer, enum disk_result result, uint32_t n_done);
};

struct disk;

struct disk_driver {
    const char *name;
    /* submit: false: no room now; room comes with the next `done`. May call `done` itself. */
    bool (*submit)(struct disk *disk, struct disk_transfer *transfer);
    /* poll: look at the device, after an interrupt or now and then. Calls `done` for what has ended. */
    void (*poll)(struct disk *disk);
    /* reset: forget what is in flight (`done` is not called for it), stop the device touching memory, start again. False: failed for good. */
    bool (*reset)(struct disk *disk);
};

struct disk {
    const struct disk_driver *driver;
    const char *problem;       /* NULL: usable. Else why not, a phrase; it stays so */
    uint64_t n_sectors;        /* of 512 bytes, whatever the device's own are */
    uint32_t sector_multiple;  /* its own sector, in units of 512 bytes: 1..8. Transfers are multiples of it */
    bool read_only;
    bool can_discard;
    bool write_back;           /* has a cache that a flush empties; else what is written stays written */
    uint64_t malformed;        /* answers of the device that made no sense */
};

/* For drivers that have to wait while they start: pause sleeps a while, 1 to 50 ms, and never spins. */
struct disk_clock {
    void (*pause)(void);
};

/* disk_segments_merged: neighbours that are contiguous for the device become one. Returns the new number. */
unsigned disk_segments_merged(const struct disk_transfer *transfer, struct disk_segment merged[DISK_SEGMENTS_MAX]);

#endif
