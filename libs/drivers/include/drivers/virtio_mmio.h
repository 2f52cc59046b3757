/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio over MMIO: registers, feature negotiation, one split virtqueue. Both transports: version 1 (legacy) and version 2.
 * Source: OASIS Virtual I/O Device (VIRTIO) 1.2, sections 2.7 (split virtqueues), 3.1 (initialisation), 4.2 (MMIO, with 4.2.4 legacy).
 *
 * The device is expected to be coherent with the caches (its device tree node says dma-coherent): the queue is ordinary memory.
 */
#ifndef DRIVERS_VIRTIO_MMIO_H
#define DRIVERS_VIRTIO_MMIO_H

#include <stdbool.h>
#include <stdint.h>

#define VIRTIO_MMIO_BYTES 0x200 /* registers of one device */
#define VIRTIO_DEVICE_BLOCK 2

#define VIRTIO_QUEUE_MAX 128   /* entries used at most */
#define VIRTIO_QUEUE_MIN 32    /* fewer are refused */
#define VIRTIO_QUEUE_BYTES 8192 /* of memory for a queue: physically contiguous, page aligned, zeroed by virtio_start */
#define VIRTIO_CHAIN_MAX 20    /* descriptors of one request */

struct virtio_buffer {
    uint64_t pa;
    uint32_t bytes;
    bool device_writes;
};

struct virtio {
    uintptr_t base;     /* its registers */
    uint32_t version;   /* 1 or 2 */
    uint64_t features;  /* negotiated */
    uint8_t *memory;    /* of the queue */
    uint64_t memory_pa;
    uint16_t size;      /* entries of the queue, power of two */
    uint16_t submitted; /* index of the next available entry */
    uint16_t taken;     /* index of the next used entry */
    uint16_t n_free;    /* descriptors */
    uint16_t n_chains;  /* in flight */
    uint16_t free[VIRTIO_QUEUE_MAX];
    uint16_t next[VIRTIO_QUEUE_MAX]; /* of descriptors in flight: what the table said when it was written */
    uint8_t length[VIRTIO_QUEUE_MAX]; /* of the chain that begins here; 0: none does */
};

/* virtio_device: the kind of device at these registers; 0: none, or not virtio. */
uint32_t virtio_device(uintptr_t base);

/*
 * virtio_start: reset, negotiate `wanted` (bits that the device lacks are dropped; VERSION_1 is added where it must be), set up queue 0,
 * driver ready. NULL, or what is wrong (a phrase); the device is then stopped.
 */
const char *virtio_start(struct virtio *v, uintptr_t base, uint64_t wanted, void *memory, uint64_t memory_pa);

/* virtio_stop: reset. False: the device does not follow, and may still touch memory. */
bool virtio_stop(struct virtio *v);

/* virtio_fail: tell the device that it is given up. */
void virtio_fail(struct virtio *v);

/* Device configuration space, little-endian; `offset` in bytes. The 64-bit one is consistent even if the device changes it. */
uint32_t virtio_config32(const struct virtio *v, unsigned offset);
uint64_t virtio_config64(const struct virtio *v, unsigned offset);

/* virtio_room: whether a chain of n buffers fits now. */
bool virtio_room(const struct virtio *v, unsigned n);

/* virtio_put: make a chain available and notify the device. Needs room; 1 <= n <= VIRTIO_CHAIN_MAX. Returns the chain's number. */
uint16_t virtio_put(struct virtio *v, const struct virtio_buffer *buffers, unsigned n);

/* virtio_acknowledge: clear the device's interrupt; before looking at the queue. */
void virtio_acknowledge(struct virtio *v);

/*
 * virtio_take: the next chain that the device has used: its number, and the bytes the device says it wrote.
 * VIRTIO_BROKEN: the device's answer makes no sense; nothing it says can be trusted until it is reset.
 */
enum virtio_taken { VIRTIO_NOTHING, VIRTIO_TAKEN, VIRTIO_BROKEN };
enum virtio_taken virtio_take(struct virtio *v, uint16_t *chain, uint32_t *bytes);

#endif
