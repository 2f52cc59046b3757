/* SPDX-License-Identifier: BSD-2-Clause */
#include "volume.h"
#include <string.h>

#include "generated/block_protocol.h"

static struct volume *add(struct volumes *volumes, struct drive *drive, uint8_t disk, const struct partition *p)
{
    /* A partition that the disk's own sectors do not divide evenly cannot be read or written at all. */
    if (volumes->n == VOLUMES_MAX || p->first % drive->disk->sector_multiple != 0) {
        return NULL;
    }
    struct volume *v = &volumes->list[volumes->n++];
    *v = (struct volume){.drive = drive, .disk = disk, .partition = p->number, .content = BLOCK_CONTENT_UNREADABLE, .first_sector = p->first,
        .n_blocks = p->n_sectors / SECTORS_PER_BLOCK};
    return v;
}

void volume_add_disk(struct volumes *volumes, struct drive *drive, uint8_t disk, const uint8_t *bytes, uint32_t n_bytes)
{
    struct partition partitions[PARTITIONS_MAX];
    unsigned n = 0;
    const struct partition all = {.n_sectors = drive->disk->n_sectors};
    struct volume *whole = add(volumes, drive, disk, &all);
    if (!whole || n_bytes < BLOCK_BYTES) {
        return;
    }
    volume_set_content(whole, bytes);
    if (whole->content == BLOCK_CONTENT_SWAP || whole->content == BLOCK_CONTENT_TRACE) {
        return;
    }
    switch (partition_find(bytes, n_bytes, drive->disk->n_sectors, partitions, &n)) {
    case PARTITION_NO_TABLE:
        break;
    case PARTITION_BAD_TABLE:
        whole->content = BLOCK_CONTENT_BAD_TABLE;
        break;
    case PARTITION_TABLE:
        whole->content = BLOCK_CONTENT_TABLE;
    }
    for (unsigned i = 0; i < n; i++) {
        add(volumes, drive, disk, &partitions[i]);
    }
}

static bool is_zero(const uint8_t *block)
{
    return block[0] == 0 && memcmp(block, block + 1, BLOCK_BYTES - 1) == 0;
}

/* set_content_ours: what a header with this magic says; false: there is none. */
static bool set_content_ours(struct volume *volume, const uint8_t *block, const char *magic, uint8_t sound, uint8_t damaged)
{
    enum block_swap_status status = block_header_check(block, magic, volume->n_blocks, &volume->swap);

    volume->content = status == BLOCK_SWAP_OK ? sound : damaged;
    return status != BLOCK_SWAP_ABSENT;
}

void volume_set_content(struct volume *volume, const uint8_t *block)
{
    if (!set_content_ours(volume, block, BLOCK_SWAP_MAGIC, BLOCK_CONTENT_SWAP, BLOCK_CONTENT_BAD_SWAP) &&
        !set_content_ours(volume, block, BLOCK_TRACE_MAGIC, BLOCK_CONTENT_TRACE, BLOCK_CONTENT_BAD_TRACE)) {
        volume->content = is_zero(block) ? BLOCK_CONTENT_EMPTY : BLOCK_CONTENT_OTHER;
    }
}

void volume_formatted(struct volumes *volumes, struct volume *volume, uint8_t content, const struct block_swap *header)
{
    volume->content = content;
    volume->swap = *header;
    for (unsigned i = 0; i < volumes->n; i++) {
        struct volume *other = &volumes->list[i];
        if (volume->partition == 0 && other->disk == volume->disk && other != volume) {
            other->n_blocks = 0;
            other->content = BLOCK_CONTENT_UNREADABLE;
        }
    }
}

bool volume_overlap_in_use(const struct volumes *volumes, const struct volume *volume)
{
    for (unsigned i = 0; i < volumes->n; i++) {
        const struct volume *other = &volumes->list[i];
        if (other != volume && other->disk == volume->disk && other->written && (other->partition == 0 || volume->partition == 0)) {
            return true;
        }
    }
    return false;
}

static enum block_status check_change(const struct volume *volume, unsigned operation, uint64_t first)
{
    if (volume->drive->disk->read_only) {
        return BLOCK_READ_ONLY;
    }
    if (volume->content != BLOCK_CONTENT_SWAP) {
        return BLOCK_NOT_FORMATTED;
    }
    if (first == 0) {
        return BLOCK_READ_ONLY; /* the header */
    }
    return operation == BLOCK_DISCARD && !volume->drive->disk->can_discard ? BLOCK_NOT_SUPPORTED : BLOCK_OK;
}

enum block_status volume_check(const struct volume *volume, unsigned operation, uint64_t first, uint32_t n_blocks)
{
    if (operation < BLOCK_READ || operation > BLOCK_DISCARD) {
        return BLOCK_BAD_REQUEST;
    }
    if (operation == BLOCK_FLUSH) {
        return n_blocks == 0 ? BLOCK_OK : BLOCK_BAD_REQUEST;
    }
    if (n_blocks == 0 || (operation != BLOCK_DISCARD && n_blocks > BLOCK_REQUEST_BLOCKS)) {
        return BLOCK_BAD_REQUEST;
    }
    if (first >= volume->n_blocks || n_blocks > volume->n_blocks - first) {
        return BLOCK_OUT_OF_RANGE;
    }
    return operation == BLOCK_READ ? BLOCK_OK : check_change(volume, operation, first);
}
