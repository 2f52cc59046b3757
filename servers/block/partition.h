/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partition tables: MBR (primary partitions) and GPT. Pure, over bytes from the disk, which may be anything.
 * Sources: UEFI Specification 2.10, section 5 (GPT disk layout, and the legacy MBR in 5.2.1).
 */
#ifndef BLOCK_PARTITION_H
#define BLOCK_PARTITION_H

#include <stdint.h>

#define PARTITIONS_MAX 16
#define PARTITION_SCAN_BYTES 32768 /* what there is to look at: a GPT takes 17 KiB of it */

struct partition {
    uint8_t number;   /* 1.. as in the table */
    uint64_t first;   /* sector of 512 bytes */
    uint64_t n_sectors;
};

enum partition_table {
    PARTITION_NO_TABLE,
    PARTITION_TABLE,     /* any number of partitions, 0 too */
    PARTITION_BAD_TABLE, /* entries outside the disk, overlapping, a wrong checksum ...: none of them is to be used */
};

/*
 * partition_find: the partitions of a disk.
 *   bytes     the first n_bytes of the disk, at least 512
 *   n_sectors of the disk
 *   out       up to PARTITIONS_MAX, in the order of the table; extended MBR partitions are left out
 */
enum partition_table partition_find(const uint8_t *bytes, uint32_t n_bytes, uint64_t n_sectors, struct partition out[PARTITIONS_MAX], unsigned *n);

#endif
