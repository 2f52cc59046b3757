/* SPDX-License-Identifier: BSD-2-Clause */
#include "request.h"
#include <stddef.h>

/* ---- queues ---- */

static void queue_append(struct request_queue *queue, struct request *r)
{
    r->next = NULL;
    *(queue->first ? &queue->last->next : &queue->first) = r;
    queue->last = r;
    queue->length++;
}

static void queue_remove(struct request_queue *queue, struct request *r)
{
    struct request *before = NULL;
    for (struct request *at = queue->first; at != r; at = at->next) {
        before = at;
    }
    *(before ? &before->next : &queue->first) = r->next;
    if (queue->last == r) {
        queue->last = before;
    }
    queue->length--;
}

/* ---- the end of a request ---- */

static void count_latency(struct drive_counters *counters, uint64_t ns)
{
    uint64_t us = ns / 1000;
    unsigned bucket = us > 1 ? 63u - (unsigned)__builtin_clzll(us) : 0;
    counters->histogram[bucket < REQUEST_HISTOGRAM ? bucket : REQUEST_HISTOGRAM - 1]++;
}

static void finish(struct request *r, enum block_status status, uint32_t n_done)
{
    struct drive_counters *counters = &r->drive->counters;
    counters->statuses[status]++;
    counters->blocks_read += r->transfer.operation == DISK_READ ? n_done : 0;
    counters->blocks_written += r->transfer.operation == DISK_WRITE ? n_done : 0;
    r->finished(r, status, n_done);
}

/* A fault on purpose. True: the completion is held back. */
static bool inject(struct request *r, uint64_t now_ns, enum block_status *status, uint32_t *n_done)
{
    bool moves = r->transfer.operation == DISK_READ || r->transfer.operation == DISK_WRITE;
    const struct inject_verdict verdict = r->counts_for_inject && moves ? inject_next() : (struct inject_verdict){.fault = INJECT_NONE};
    switch (verdict.fault) {
    case INJECT_FAIL:
        *status = BLOCK_IO_ERROR;
        *n_done = 0;
        return false;
    case INJECT_SHORT:
        *status = BLOCK_SHORT;
        *n_done = r->n_blocks - 1;
        return false;
    case INJECT_FLIP:
        if (r->transfer.operation == DISK_READ) {
            r->transfer.segments[0].va[now_ns % r->transfer.segments[0].bytes] ^= 0x10;
        }
        return false;
    case INJECT_CRASH: /* the device has done it, and nobody hears of it */
        __builtin_trap();
    case INJECT_LATE:
        r->held_until_ns = now_ns + verdict.delay_ns;
        r->held_status = *status;
        r->held_done = *n_done;
        return true;
    default:
        return false;
    }
}

static uint64_t clock_ns; /* of the poll, tick or submission that is under way */

/* The driver's answer. */
static void on_done(struct disk_transfer *transfer, enum disk_result result, uint32_t n_sectors)
{
    struct request *r = (struct request *)transfer;
    r->drive->answers++;
    uint32_t n_done = n_sectors >= transfer->n_sectors ? r->n_blocks : n_sectors / SECTORS_PER_BLOCK;
    enum block_status status = result != DISK_OK ? BLOCK_IO_ERROR : n_done < r->n_blocks ? BLOCK_SHORT : BLOCK_OK;
    n_done = result == DISK_OK ? n_done : 0;
    if (inject(r, clock_ns, &status, &n_done)) {
        return;
    }
    queue_remove(&r->drive->active, r);
    count_latency(&r->drive->counters, clock_ns - r->started_ns);
    finish(r, status, n_done);
}

/* ---- on the way in ---- */

void request_prepare(struct request *r, struct drive *drive, enum block_request_operation operation, uint64_t sector, uint32_t n_blocks)
{
    uint64_t n_sectors = (uint64_t)n_blocks * SECTORS_PER_BLOCK;
    r->drive = drive;
    r->n_blocks = n_blocks;
    r->held_until_ns = 0;
    r->transfer.operation = (enum disk_operation)operation;
    r->transfer.sector = sector;
    r->transfer.n_sectors = n_sectors < UINT32_MAX ? (uint32_t)n_sectors : UINT32_MAX; /* a discard may be cut: it is advice */
    r->transfer.n_segments = 0;
    r->transfer.done = on_done;
}

void request_add(struct request *r, uint8_t *va, uint64_t pa, uint32_t bytes)
{
    r->transfer.segments[r->transfer.n_segments++] = (struct disk_segment){.va = va, .pa = pa, .bytes = bytes};
}

/* Requests that nothing can be done for any more. */
static void fail_all(struct request_queue *queue)
{
    while (queue->first) {
        struct request *r = queue->first;
        queue_remove(queue, r);
        finish(r, BLOCK_NO_DEVICE, 0);
    }
}

/* As much of the queue as the device takes. */
static void pump(struct drive *drive, uint64_t now_ns)
{
    if (drive->disk->problem) {
        fail_all(&drive->active);
        fail_all(&drive->queued);
        return;
    }
    while (drive->queued.first) {
        struct request *r = drive->queued.first;
        queue_remove(&drive->queued, r);
        r->started_ns = now_ns;
        r->started_looks = drive->looks;
        queue_append(&drive->active, r);
        if (!drive->disk->driver->submit(drive->disk, &r->transfer)) {
            /* Back to the front: the order in which requests came stays. */
            queue_remove(&drive->active, r);
            r->next = drive->queued.first;
            drive->queued.last = drive->queued.first ? drive->queued.last : r;
            drive->queued.first = r;
            drive->queued.length++;
            return;
        }
        if (drive->active.length > drive->counters.most_in_flight) {
            drive->counters.most_in_flight = drive->active.length;
        }
    }
}

void request_submit(struct request *r, uint64_t now_ns)
{
    struct drive *drive = r->drive;
    drive->counters.operations[r->transfer.operation]++;
    if (r->transfer.operation == DISK_FLUSH && !drive->disk->write_back && !drive->disk->problem) {
        finish(r, BLOCK_OK, 0); /* what was written is there already */
        return;
    }
    clock_ns = now_ns;
    queue_append(&drive->queued, r);
    pump(drive, now_ns);
}

/* ---- what happens meanwhile ---- */

static void look(struct drive *drive)
{
    if (!drive->disk->problem) {
        drive->looks++;
        drive->disk->driver->poll(drive->disk);
    }
}

void drive_poll(struct drive *drive, uint64_t now_ns)
{
    clock_ns = now_ns;
    look(drive);
    pump(drive, now_ns);
}

static void release_held(struct drive *drive, uint64_t now_ns)
{
    for (struct request *r = drive->active.first, *next; r; r = next) {
        next = r->next;
        if (r->held_until_ns && now_ns >= r->held_until_ns) {
            queue_remove(&drive->active, r);
            finish(r, r->held_status, r->held_done);
        }
    }
}

/* The oldest request waits for long: look until the device answers something, or enough for one tick. */
static void look_closely(struct drive *drive, uint64_t now_ns)
{
    uint64_t answers = drive->answers;
    const struct request *oldest = drive->active.first;
    if (!oldest || now_ns - oldest->started_ns < REQUEST_SILENCE_NS) {
        return;
    }
    for (unsigned i = 1; i < REQUEST_TICK_LOOKS && drive->answers == answers && !drive->disk->problem; i++) {
        look(drive);
    }
}

static bool has_expired(const struct request *r, uint64_t now_ns)
{
    return now_ns - r->started_ns >= REQUEST_TIMEOUT_NS && r->drive->looks - r->started_looks >= REQUEST_TIMEOUT_LOOKS;
}

static bool any_expired(const struct drive *drive, uint64_t now_ns)
{
    for (const struct request *r = drive->active.first; r; r = r->next) {
        if (has_expired(r, now_ns)) {
            return true;
        }
    }
    return false;
}

/* The others that were at the device go there again, before what is queued: to repeat a read, a write or a discard does no harm. */
static void repeat(struct drive *drive, struct request_queue *again)
{
    if (again->first) {
        again->last->next = drive->queued.first;
        drive->queued.last = drive->queued.first ? drive->queued.last : again->last;
        drive->queued.first = again->first;
        drive->queued.length += again->length;
    }
}

/*
 * A request without an answer: the device is reset, so that it touches no memory any more, and then the request has timed out. Only a reset
 * makes the pages of the request the client's again.
 */
static void expire(struct drive *drive, uint64_t now_ns)
{
    struct request_queue active = drive->active, again = {0};
    drive->active = (struct request_queue){0};
    drive->counters.resets++;
    drive->disk->driver->reset(drive->disk);
    for (struct request *r = active.first, *next; r; r = next) {
        next = r->next;
        if (has_expired(r, now_ns)) {
            finish(r, BLOCK_TIMEOUT, 0);
        } else {
            queue_append(r->held_until_ns ? &drive->active : &again, r);
        }
    }
    repeat(drive, &again);
}

void drive_tick(struct drive *drive, uint64_t now_ns)
{
    clock_ns = now_ns;
    release_held(drive, now_ns);
    look(drive); /* an interrupt that was lost costs one tick */
    look_closely(drive, now_ns);
    pump(drive, now_ns);
    if (any_expired(drive, now_ns)) {
        expire(drive, now_ns);
        pump(drive, now_ns);
    }
}
