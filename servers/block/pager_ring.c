/* SPDX-License-Identifier: BSD-2-Clause */
#include "pager_ring.h"
#include <stddef.h>

#include "generated/block_protocol.h"

static struct pager_ring *the_ring; /* `finished` has no other way to it */

static void complete(struct pager_ring *ring, uint64_t id, enum block_status status, uint32_t n_done)
{
    const struct block_completion c = {.id = id, .status = status, .n_done = n_done};
    ring->counters.statuses[status]++;
    block_server_complete(&ring->end, &c);
    ring->completed = true;
}

static void on_finished(struct request *r, enum block_status status, uint32_t n_done)
{
    unsigned place = (unsigned)(r - the_ring->requests);
    the_ring->busy &= ~(1ull << place);
    complete(the_ring, the_ring->ids[place], status, n_done);
}

static bool pages_are_sound(const struct pager_ring *ring, const struct block_request *b)
{
    bool moves = b->operation == BLOCK_READ || b->operation == BLOCK_WRITE;
    for (uint32_t i = 0; moves && i < b->n_blocks; i++) {
        if (b->pages[i] >= ring->n_io_pages) {
            return false;
        }
    }
    return true;
}

/* The volume that the pager means has this id: it may be another one than before the server was started again. */
static bool is_meant(const struct pager_ring *ring, const struct volume *volume)
{
    const struct block_ring *shared = ring->end.ring;
    return volume->content == BLOCK_CONTENT_SWAP && volume->swap.id[0] == shared->in_use_id[0] && volume->swap.id[1] == shared->in_use_id[1];
}

static bool is_named(const struct pager_ring *ring, const struct volume *volume)
{
    return (uint32_t)(volume - ring->volumes->list) + 1 == __atomic_load_n(&ring->end.ring->in_use, __ATOMIC_ACQUIRE);
}

bool pager_ring_uses(const struct pager_ring *ring, const struct volume *volume)
{
    return is_named(ring, volume) && is_meant(ring, volume);
}

static enum block_status check(const struct pager_ring *ring, const struct block_request *b)
{
    if (b->volume >= ring->volumes->n) {
        return BLOCK_NO_DEVICE;
    }
    const struct volume *volume = &ring->volumes->list[b->volume];
    if (is_named(ring, volume) && !is_meant(ring, volume)) {
        return BLOCK_NO_DEVICE;
    }
    enum block_status status = volume_check(volume, b->operation, b->first, b->n_blocks);
    return status == BLOCK_OK && (b->zero != 0 || !pages_are_sound(ring, b)) ? BLOCK_BAD_REQUEST : status;
}

static void pass_on(struct pager_ring *ring, const struct block_request *b, uint64_t now_ns)
{
    struct volume *volume = &ring->volumes->list[b->volume];
    unsigned place = (unsigned)__builtin_ctzll(~ring->busy);
    struct request *r = &ring->requests[place];
    ring->busy |= 1ull << place;
    ring->ids[place] = b->id;
    volume->written = volume->written || b->operation == BLOCK_WRITE;
    request_prepare(r, volume->drive, b->operation, volume->first_sector + b->first * SECTORS_PER_BLOCK, b->n_blocks);
    r->finished = on_finished;
    r->counts_for_inject = true;
    for (uint32_t i = 0; i < b->n_blocks && (b->operation == BLOCK_READ || b->operation == BLOCK_WRITE); i++) {
        request_add(r, ring->io_va + b->pages[i] * BLOCK_BYTES, ring->io_pa + b->pages[i] * BLOCK_BYTES, BLOCK_BYTES);
    }
    request_submit(r, now_ns);
}

void pager_ring_open(struct pager_ring *ring, struct block_ring *shared, struct volumes *volumes, uint8_t *io_va, uint64_t io_pa)
{
    *ring = (struct pager_ring){.volumes = volumes, .io_va = io_va, .io_pa = io_pa, .n_io_pages = block_ring_io_pages(shared)};
    block_server_open(&ring->end, shared);
    the_ring = ring;
}

/* A server that was started again has not seen the writes of the one before. */
static void note_use(struct pager_ring *ring)
{
    uint32_t in_use = __atomic_load_n(&ring->end.ring->in_use, __ATOMIC_ACQUIRE);
    if (in_use != 0 && in_use <= ring->volumes->n && pager_ring_uses(ring, &ring->volumes->list[in_use - 1])) {
        ring->volumes->list[in_use - 1].written = true;
    }
}

void pager_ring_poll(struct pager_ring *ring, uint64_t now_ns)
{
    struct block_request b;
    note_use(ring);
    while (ring->busy != ~0ull && block_server_take(&ring->end, &b)) {
        ring->counters.taken++;
        enum block_status status = check(ring, &b);
        if (status == BLOCK_OK) {
            pass_on(ring, &b, now_ns);
        } else {
            complete(ring, b.id, status, 0);
        }
    }
}

bool pager_ring_take_completed(struct pager_ring *ring)
{
    bool completed = ring->completed;
    ring->completed = false;
    return completed;
}
