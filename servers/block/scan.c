/* SPDX-License-Identifier: BSD-2-Clause */
#include "scan.h"
#include "own_io.h"
#include <string.h>

#include "generated/block_protocol.h"
#include "generated/errors.h"

#define SCAN_BLOCKS (PARTITION_SCAN_BYTES / BLOCK_BYTES)
#define BLANK_BLOCKS 32 /* 128 KiB: where file systems, volume managers and boot loaders have their signatures */

_Static_assert(SCAN_BLOCKS <= STARTUP_BLOCK_OWN_PAGES && SCAN_BLOCKS % OWN_IO_PAGES == 0, "all of it is in memory at once");

/* ---- at start ---- */

/* The beginning of a disk, into the first of the own pages, which follow each other. Returns the bytes that could be read. */
static uint32_t read_beginning(struct drive *drive)
{
    uint64_t n_blocks = drive->disk->n_sectors / SECTORS_PER_BLOCK;
    uint32_t wanted = n_blocks < SCAN_BLOCKS ? (uint32_t)n_blocks : SCAN_BLOCKS, done = 0;
    while (done < wanted) {
        uint32_t n = wanted - done < OWN_IO_PAGES ? wanted - done : OWN_IO_PAGES;
        if (own_io_run(done / OWN_IO_PAGES, drive, BLOCK_READ, (uint64_t)done * SECTORS_PER_BLOCK, n) != BLOCK_OK) {
            break;
        }
        done += n;
    }
    return done * BLOCK_BYTES;
}

static void read_content(struct volume *volume)
{
    if (volume->n_blocks != 0 && own_io_run(0, volume->drive, BLOCK_READ, volume->first_sector, 1) == BLOCK_OK) {
        volume_set_content(volume, own_io_page(0, 0));
    }
}

void scan_disks(void)
{
    for (unsigned i = 0; i < n_drives; i++) {
        if (!drives[i].disk->problem) {
            volume_add_disk(&volumes, &drives[i], (uint8_t)i, own_io_page(0, 0), read_beginning(&drives[i]));
        }
    }
    for (unsigned i = 0; i < volumes.n; i++) {
        if (volumes.list[i].partition != 0) {
            read_content(&volumes.list[i]);
        }
    }
}

/* ---- format ---- */

static bool is_zero(const uint8_t *page)
{
    return page[0] == 0 && memcmp(page, page + 1, BLOCK_BYTES - 1) == 0;
}

/* Whether nothing is lost by overwriting: blank at both ends, or a swap volume that stays one. */
static uint64_t check_blank(const struct volume *volume, uint8_t content)
{
    if (volume->content == BLOCK_CONTENT_SWAP && content == BLOCK_CONTENT_SWAP) {
        return 0;
    }
    uint64_t n = volume->n_blocks < BLANK_BLOCKS ? volume->n_blocks : BLANK_BLOCKS;
    for (uint64_t i = 0; i <= n; i++) {
        uint64_t block = i < n ? i : volume->n_blocks - 1;
        if (own_io_run(0, volume->drive, BLOCK_READ, volume->first_sector + block * SECTORS_PER_BLOCK, 1) != BLOCK_OK) {
            return PAGODA_ERR_IO;
        }
        if (!is_zero(own_io_page(0, 0))) {
            return PAGODA_ERR_NOT_EMPTY;
        }
    }
    return 0;
}

/* Written, made durable, and read back. */
static uint64_t write_header(struct volumes *all, struct volume *volume, uint8_t content, uint64_t id0, uint64_t id1)
{
    const char *magic = content == BLOCK_CONTENT_SWAP ? BLOCK_SWAP_MAGIC : BLOCK_TRACE_MAGIC;
    struct block_swap header;
    uint8_t *page = own_io_page(0, 0);
    block_header_make(page, magic, volume->n_blocks, id0, id1);
    if (own_io_run(0, volume->drive, BLOCK_WRITE, volume->first_sector, 1) != BLOCK_OK ||
        own_io_run(0, volume->drive, BLOCK_FLUSH, 0, 0) != BLOCK_OK) {
        return PAGODA_ERR_IO;
    }
    memset(page, 0, BLOCK_BYTES);
    if (own_io_run(0, volume->drive, BLOCK_READ, volume->first_sector, 1) != BLOCK_OK ||
        block_header_check(page, magic, volume->n_blocks, &header) != BLOCK_SWAP_OK) {
        return PAGODA_ERR_IO;
    }
    volume_formatted(all, volume, content, &header);
    return 0;
}

uint64_t scan_format(struct volume *volume, uint8_t content, bool force, uint64_t id0, uint64_t id1)
{
    if (volume->drive->disk->read_only) {
        return PAGODA_ERR_READ_ONLY;
    }
    if (volume->n_blocks < BLOCK_SWAP_MIN_BLOCKS) {
        return PAGODA_ERR_TOO_SMALL;
    }
    if (volume_overlap_in_use(&volumes, volume)) {
        return PAGODA_ERR_BUSY;
    }
    uint64_t error = force ? 0 : check_blank(volume, content);
    return error ? error : write_header(&volumes, volume, content, id0, id1);
}
