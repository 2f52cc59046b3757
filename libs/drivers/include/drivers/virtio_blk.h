/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio block device over MMIO, interrupt-driven. Source: VIRTIO 1.2, section 5.2. */
#ifndef DRIVERS_VIRTIO_BLK_H
#define DRIVERS_VIRTIO_BLK_H

#include <drivers/disk.h>
#include <drivers/virtio_mmio.h>

#define VIRTIO_BLK_SLOTS 64    /* requests in flight */
#define VIRTIO_BLK_DMA_PAGES 3 /* queue and request headers */

struct virtio_blk_slot {
    struct disk_transfer *transfer; /* NULL: free */
    uint32_t expected;              /* bytes that the device writes when all is well */
};

struct virtio_blk {
    struct disk disk; /* first */
    struct virtio virtio;
    uintptr_t base;
    uint8_t *dma;
    uint64_t dma_pa;
    uint32_t max_discard; /* sectors of one discard; a longer one is cut: discarding is advice */
    struct virtio_blk_slot slots[VIRTIO_BLK_SLOTS];
    uint8_t slot_of[VIRTIO_QUEUE_MAX]; /* by number of the chain */
};

/*
 * virtio_blk_start: `disk` is usable afterwards, or disk.problem says why not.
 *   base    registers of a device that virtio_device calls VIRTIO_DEVICE_BLOCK
 *   dma     VIRTIO_BLK_DMA_PAGES pages, physically contiguous from dma_pa; the driver's for ever
 */
void virtio_blk_start(struct virtio_blk *blk, uintptr_t base, void *dma, uint64_t dma_pa);

#endif
