/* SPDX-License-Identifier: BSD-2-Clause */
#include <drivers/virtio_blk.h>
#include <stddef.h>
#include <string.h>

#define FEATURE_READ_ONLY (1ull << 5)
#define FEATURE_SEGMENTS_MAX (1ull << 2)
#define FEATURE_BLOCK_SIZE (1ull << 6)
#define FEATURE_FLUSH (1ull << 9)
#define FEATURE_DISCARD (1ull << 13)
#define FEATURES (FEATURE_READ_ONLY | FEATURE_SEGMENTS_MAX | FEATURE_BLOCK_SIZE | FEATURE_FLUSH | FEATURE_DISCARD)

enum { CONFIG_CAPACITY = 0, CONFIG_SEGMENTS_MAX = 12, CONFIG_BLOCK_SIZE = 20, CONFIG_DISCARD_SECTORS_MAX = 36 };
enum { TYPE_READ = 0, TYPE_WRITE = 1, TYPE_FLUSH = 4, TYPE_DISCARD = 11 };
enum { STATUS_OK = 0, STATUS_NOT_WRITTEN = 0xff };

/* What the device reads and writes for one request besides its data; one per slot, in the last DMA page. */
struct header {
    uint32_t type;
    uint32_t zero;
    uint64_t sector;
    uint64_t discard_sector; /* from here on: the one segment of a discard */
    uint32_t discard_sectors;
    uint32_t discard_flags;
    uint8_t status;
    uint8_t unused[31];
};

enum { HEADER_BYTES = offsetof(struct header, discard_sector), DISCARD_BYTES = offsetof(struct header, status) - HEADER_BYTES };
_Static_assert(sizeof(struct header) * VIRTIO_BLK_SLOTS == 4096, "the headers fill one page");
_Static_assert(VIRTIO_CHAIN_MAX >= DISK_SEGMENTS_MAX + 2, "header, data, status");

static struct virtio_blk *from_disk(struct disk *disk)
{
    return (struct virtio_blk *)disk;
}

static struct header *header_of(const struct virtio_blk *blk, unsigned slot)
{
    return (struct header *)(blk->dma + VIRTIO_QUEUE_BYTES) + slot;
}

static uint64_t header_pa(const struct virtio_blk *blk, unsigned slot)
{
    return blk->dma_pa + VIRTIO_QUEUE_BYTES + slot * sizeof(struct header);
}

/* ---- starting ---- */

static const char *read_geometry(struct virtio_blk *blk)
{
    const struct virtio *v = &blk->virtio;
    struct disk *disk = &blk->disk;
    uint32_t block_size = v->features & FEATURE_BLOCK_SIZE ? virtio_config32(v, CONFIG_BLOCK_SIZE) : DISK_SECTOR_BYTES;
    bool sound = block_size >= 512 && block_size <= 4096 && (block_size & (block_size - 1)) == 0;
    if (!sound) {
        return "its sectors are neither 512 to 4096 bytes nor a power of two";
    }
    if ((v->features & FEATURE_SEGMENTS_MAX) && virtio_config32(v, CONFIG_SEGMENTS_MAX) < DISK_SEGMENTS_MAX) {
        return "it takes too few segments in one request";
    }
    disk->sector_multiple = block_size / DISK_SECTOR_BYTES;
    disk->n_sectors = virtio_config64(v, CONFIG_CAPACITY);
    disk->read_only = v->features & FEATURE_READ_ONLY;
    disk->write_back = v->features & FEATURE_FLUSH;
    blk->max_discard = v->features & FEATURE_DISCARD ? virtio_config32(v, CONFIG_DISCARD_SECTORS_MAX) : 0;
    disk->can_discard = blk->max_discard != 0;
    return disk->n_sectors > UINT64_MAX / DISK_SECTOR_BYTES ? "its capacity cannot be right" : NULL;
}

static const char *start(struct virtio_blk *blk)
{
    memset(blk->slots, 0, sizeof(blk->slots));
    const char *problem = virtio_start(&blk->virtio, blk->base, FEATURES, blk->dma, blk->dma_pa);
    return problem ? problem : read_geometry(blk);
}

/* The size must not change under the volumes that were made of it. */
static bool reset(struct disk *disk)
{
    struct virtio_blk *blk = from_disk(disk);
    uint64_t n_sectors = disk->n_sectors;
    disk->problem = start(blk);
    if (!disk->problem && disk->n_sectors < n_sectors) {
        disk->problem = "it came back smaller after a reset";
    }
    disk->n_sectors = n_sectors;
    return !disk->problem;
}

/* ---- requests ---- */

static unsigned find_slot(const struct virtio_blk *blk)
{
    unsigned slot = 0;
    while (slot < VIRTIO_BLK_SLOTS && blk->slots[slot].transfer) {
        slot++;
    }
    return slot;
}

static uint32_t type_of(enum disk_operation operation)
{
    switch (operation) {
    case DISK_READ:
        return TYPE_READ;
    case DISK_WRITE:
        return TYPE_WRITE;
    case DISK_FLUSH:
        return TYPE_FLUSH;
    default:
        return TYPE_DISCARD;
    }
}

static void write_header(struct virtio_blk *blk, unsigned slot, const struct disk_transfer *t)
{
    bool moves = t->operation == DISK_READ || t->operation == DISK_WRITE;
    uint32_t n = t->n_sectors < blk->max_discard ? t->n_sectors : blk->max_discard;
    *header_of(blk, slot) = (struct header){.type = type_of(t->operation), .sector = moves ? t->sector : 0, .discard_sector = t->sector,
        .discard_sectors = n, .status = STATUS_NOT_WRITTEN};
}

/* The chain: header, data, status. */
static unsigned make_chain(const struct virtio_blk *blk, unsigned slot, const struct disk_transfer *t, struct virtio_buffer chain[VIRTIO_CHAIN_MAX])
{
    struct disk_segment merged[DISK_SEGMENTS_MAX];
    unsigned n = 0, n_merged = disk_segments_merged(t, merged);
    chain[n++] = (struct virtio_buffer){.pa = header_pa(blk, slot), .bytes = HEADER_BYTES};
    for (unsigned i = 0; i < n_merged; i++) {
        chain[n++] = (struct virtio_buffer){.pa = merged[i].pa, .bytes = merged[i].bytes, .device_writes = t->operation == DISK_READ};
    }
    if (t->operation == DISK_DISCARD) {
        chain[n++] = (struct virtio_buffer){.pa = header_pa(blk, slot) + HEADER_BYTES, .bytes = DISCARD_BYTES};
    }
    chain[n++] = (struct virtio_buffer){.pa = header_pa(blk, slot) + offsetof(struct header, status), .bytes = 1, .device_writes = true};
    return n;
}

static bool submit(struct disk *disk, struct disk_transfer *t)
{
    struct virtio_blk *blk = from_disk(disk);
    struct virtio_buffer chain[VIRTIO_CHAIN_MAX];
    unsigned slot = find_slot(blk);
    if (slot == VIRTIO_BLK_SLOTS) {
        return false;
    }
    unsigned n = make_chain(blk, slot, t, chain);
    if (!virtio_room(&blk->virtio, n)) {
        return false;
    }
    write_header(blk, slot, t);
    uint32_t data = t->operation == DISK_READ ? t->n_sectors * DISK_SECTOR_BYTES : 0;
    blk->slots[slot] = (struct virtio_blk_slot){.transfer = t, .expected = data + 1};
    blk->slot_of[virtio_put(&blk->virtio, chain, n)] = (uint8_t)slot;
    return true;
}

/*
 * One answer. Of a read, the device says how much it wrote: the data, then the status. Of a write it says nothing but 1 (or, a common
 * mistake of legacy devices, 0).
 */
static void finish(struct virtio_blk *blk, unsigned slot, uint32_t bytes)
{
    struct virtio_blk_slot s = blk->slots[slot];
    uint8_t status = *(volatile uint8_t *)&header_of(blk, slot)->status;
    uint32_t n_done = s.transfer->n_sectors;
    blk->slots[slot].transfer = NULL;
    if (bytes > s.expected || (status == STATUS_NOT_WRITTEN)) {
        blk->disk.malformed++;
        status = STATUS_NOT_WRITTEN;
    }
    if (status != STATUS_OK) {
        s.transfer->done(s.transfer, DISK_IO_ERROR, 0);
        return;
    }
    if (s.transfer->operation == DISK_READ && bytes < s.expected) {
        n_done = bytes ? (bytes - 1) / DISK_SECTOR_BYTES : 0;
    }
    s.transfer->done(s.transfer, DISK_OK, n_done);
}

/* The device lost its mind: it is stopped, for good; everything in flight has failed. */
static void give_up(struct virtio_blk *blk)
{
    blk->disk.malformed++;
    virtio_fail(&blk->virtio);
    virtio_stop(&blk->virtio);
    blk->disk.problem = "it answered a request that was not made";
    for (unsigned i = 0; i < VIRTIO_BLK_SLOTS; i++) {
        struct disk_transfer *t = blk->slots[i].transfer;
        if (t) {
            blk->slots[i].transfer = NULL;
            t->done(t, DISK_IO_ERROR, 0);
        }
    }
}

static void poll(struct disk *disk)
{
    struct virtio_blk *blk = from_disk(disk);
    uint16_t chain;
    uint32_t bytes;
    virtio_acknowledge(&blk->virtio);
    while (!disk->problem) {
        switch (virtio_take(&blk->virtio, &chain, &bytes)) {
        case VIRTIO_NOTHING:
            return;
        case VIRTIO_TAKEN:
            finish(blk, blk->slot_of[chain], bytes);
            break;
        case VIRTIO_BROKEN:
            give_up(blk);
        }
    }
}

void virtio_blk_start(struct virtio_blk *blk, uintptr_t base, void *dma, uint64_t dma_pa)
{
    static const struct disk_driver driver = {.name = "virtio-blk", .submit = submit, .poll = poll, .reset = reset};
    *blk = (struct virtio_blk){.disk.driver = &driver, .base = base, .dma = dma, .dma_pa = dma_pa};
    blk->disk.problem = start(blk);
}
