/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring of bytes, first in first out. Pure; one user at a time.
 * Positions only grow; the capacity is a power of two, so the index is the position's low bits and full and empty differ.
 */
#ifndef CONSOLE_RING_H
#define CONSOLE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
    uint8_t *bytes;    /* capacity bytes, the caller's */
    uint32_t capacity; /* power of two */
    uint32_t put;      /* position of the next byte in */
    uint32_t taken;    /* position of the next byte out */
};

static inline void ring_init(struct ring *ring, uint8_t *bytes, uint32_t capacity)
{
    *ring = (struct ring){.bytes = bytes, .capacity = capacity};
}

static inline uint32_t ring_used(const struct ring *ring)
{
    return ring->put - ring->taken;
}

static inline uint32_t ring_room(const struct ring *ring)
{
    return ring->capacity - ring_used(ring);
}

/* ring_put: false when full, nothing changed. */
static inline bool ring_put(struct ring *ring, uint8_t byte)
{
    if (ring_room(ring) == 0) {
        return false;
    }
    ring->bytes[ring->put++ & (ring->capacity - 1)] = byte;
    return true;
}

/* ring_take: false when empty. */
static inline bool ring_take(struct ring *ring, uint8_t *byte)
{
    if (ring_used(ring) == 0) {
        return false;
    }
    *byte = ring->bytes[ring->taken++ & (ring->capacity - 1)];
    return true;
}

#endif
