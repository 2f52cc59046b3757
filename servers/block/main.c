/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block server: owns the disks. The pager's requests come through a ring in shared memory (pager_ring.h), everybody else's through the
 * protocol (protocol.c). It calls nobody, and all its memory is resident, so the pager may wait for it.
 */
#include "clock.h"
#include "own_io.h"
#include "pager_ring.h"
#include "protocol.h"
#include "scan.h"
#include <drivers/sdhci.h>
#include <drivers/virtio_blk.h>

#include "generated/block_server.h"

struct drive drives[BLOCK_DEVICES_MAX];
unsigned n_drives;
struct volumes volumes;

static const struct block_start *const start = (const struct block_start *)STARTUP_BLOCK_START_VA;
static union {
    struct virtio_blk virtio;
    struct sdhci sd;
} devices[BLOCK_DEVICES_MAX];
static struct pager_ring ring;
static bool ring_is_open;      /* the volumes are known */
static uint64_t pending;       /* signals that came while a driver paused */

/* ---- what the other files need ---- */

uint64_t server_now_ns(void)
{
    uint64_t ticks;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks));
    return (uint64_t)((unsigned __int128)ticks * 1000000000u / start->timer_frequency);
}

void server_want_ticks(void)
{
    clock_want(true);
}

uint8_t *server_own_page(unsigned i)
{
    return (uint8_t *)STARTUP_BLOCK_OWN_VA + i * PAGE_SIZE;
}

uint64_t server_own_page_pa(unsigned i)
{
    return start->own_pa + i * PAGE_SIZE;
}

const struct pager_ring *server_ring(void)
{
    return &ring;
}

/* ---- events ---- */

static void serve_drives(bool tick)
{
    for (unsigned i = 0; i < n_drives; i++) {
        if (tick) {
            drive_tick(&drives[i], server_now_ns());
        } else {
            drive_poll(&drives[i], server_now_ns());
        }
    }
}

static bool any_busy(void)
{
    bool busy = false;
    for (unsigned i = 0; i < n_drives; i++) {
        busy = busy || drive_is_busy(&drives[i]);
    }
    return busy;
}

static void serve_signals(uint64_t signals)
{
    if (signals & (SIGNAL_IRQ | SIGNAL_TIME)) {
        serve_drives(signals & SIGNAL_TIME);
    }
    if (ring_is_open) {
        pager_ring_poll(&ring, server_now_ns());
    }
    for (uint32_t i = 0; i < start->n_irqs && (signals & SIGNAL_IRQ); i++) {
        seL4_IRQHandler_Ack(BLOCK_CAP_IRQS + i);
    }
    clock_want(any_busy());
    if (pager_ring_take_completed(&ring)) {
        seL4_Signal(BLOCK_CAP_SIGNAL_PAGER);
    }
}

static void on_signal(struct server *server, uint64_t signals)
{
    (void)server;
    signals |= pending;
    do {
        pending = 0;
        serve_signals(signals);
        signals = pending;
    } while (signals);
}

static uint64_t wait_for_signal(void)
{
    seL4_Word badge;
    seL4_Wait(BLOCK_CAP_NOTIFICATION, &badge);
    return BADGE_ID(badge);
}

void server_wait(void)
{
    uint64_t signals = pending ? pending : wait_for_signal();
    pending = 0;
    serve_signals(signals);
}

/* A driver that starts a device waits for one tick; what else comes is served afterwards. */
static void pause(void)
{
    uint64_t signals = 0;
    clock_want(true);
    while (!(signals & SIGNAL_TIME)) {
        signals = wait_for_signal();
        pending |= signals;
    }
}

/* ---- start ---- */

static void start_device(unsigned i)
{
    static const struct disk_clock clock = {.pause = pause};
    const struct block_device *d = &start->devices[i];
    struct drive *drive = &drives[n_drives++];
    if (d->kind == BLOCK_DEVICE_VIRTIO) {
        uint8_t *dma = (uint8_t *)STARTUP_BLOCK_DMA_VA + i * STARTUP_BLOCK_DMA_PAGES * PAGE_SIZE;
        virtio_blk_start(&devices[i].virtio, d->registers, dma, d->dma_pa);
        drive->disk = &devices[i].virtio.disk;
    } else {
        sdhci_start(&devices[i].sd, d->registers, d->socket, &clock);
        drive->disk = &devices[i].sd.disk;
    }
}

_Static_assert(STARTUP_BLOCK_DMA_PAGES >= VIRTIO_BLK_DMA_PAGES, "the queue has its pages");

int main(void)
{
    static struct server server;
    clock_start();
    for (unsigned i = 0; i < start->n_devices; i++) {
        start_device(i);
    }
    for (uint32_t i = 0; i < start->n_irqs; i++) {
        seL4_IRQHandler_Ack(BLOCK_CAP_IRQS + i);
    }
    scan_disks();
    pager_ring_open(&ring, (struct block_ring *)STARTUP_BLOCK_RING_VA, &volumes, (uint8_t *)STARTUP_BLOCK_IO_VA, start->io_pa);
    ring_is_open = true;
    seL4_Signal(BLOCK_CAP_SIGNAL_PAGER);
    own_io_allow_inject();
#ifdef PAGODA_DEBUG
    inject_set(start->fail_every ? INJECT_FAIL : INJECT_NONE, start->fail_every, start->fail_every, 0);
#endif
    pending |= SIGNAL_BLOCK_REQUEST;
    server_wait(); /* what the pager asked for meanwhile */
    server.endpoint = BLOCK_CAP_ENDPOINT;
    server.request = block_dispatch;
    server.signal = on_signal;
    server_add_reply(&server, LAYOUT_CAP_REPLY);
    server_loop(&server);
}
