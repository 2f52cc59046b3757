/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Volumes: each whole disk and each of its partitions. What a request may do to one is decided here. Pure; reading the disk is done by
 * others (scan.h).
 */
#ifndef BLOCK_VOLUME_H
#define BLOCK_VOLUME_H

#include "partition.h"
#include "request.h"
#include <pagoda/block_swap.h>

#define VOLUMES_MAX 64

struct volume {
    struct drive *drive;
    uint8_t disk;            /* its number */
    uint8_t partition;       /* 0: the whole disk */
    uint8_t content;         /* BLOCK_CONTENT_* */
    bool written;            /* the pager has written to it */
    uint64_t first_sector;   /* on the disk */
    uint64_t n_blocks;       /* 0: gone */
    struct block_swap swap;  /* its header, with content BLOCK_CONTENT_SWAP or BLOCK_CONTENT_TRACE */
};

struct volumes {
    unsigned n;
    struct volume list[VOLUMES_MAX];
};

/*
 * volume_add_disk: the volumes of one disk: itself and its partitions.
 *   bytes  its first n_bytes, as many of PARTITION_SCAN_BYTES as it has
 * What the partitions hold is not known yet: BLOCK_CONTENT_UNREADABLE, until volume_set_content.
 */
void volume_add_disk(struct volumes *volumes, struct drive *drive, uint8_t disk, const uint8_t *bytes, uint32_t n_bytes);

/* volume_set_content: what block 0 (4096 bytes) says that a volume holds. */
void volume_set_content(struct volume *volume, const uint8_t *block);

/* volume_formatted: a header has been written to it: content is BLOCK_CONTENT_SWAP or BLOCK_CONTENT_TRACE now. Formatting a whole disk takes its partitions away. */
void volume_formatted(struct volumes *volumes, struct volume *volume, uint8_t content, const struct block_swap *header);

/* volume_overlap_in_use: whether the pager has written to another volume that shares sectors with it. */
bool volume_overlap_in_use(const struct volumes *volumes, const struct volume *volume);

/* volume_check: whether this may be done: BLOCK_OK, or the status that the request gets. For reads and writes, n_blocks at most BLOCK_REQUEST_BLOCKS. */
enum block_status volume_check(const struct volume *volume, unsigned operation, uint64_t first, uint32_t n_blocks);

#endif
