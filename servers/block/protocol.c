/* SPDX-License-Identifier: BSD-2-Clause */
#include "protocol.h"
#include "inject.h"
#include "own_io.h"
#include "scan.h"
#include "self_test.h"
#include <string.h>

#include "generated/block_server.h"

_Static_assert(BLOCK_HISTOGRAM_BUCKETS == REQUEST_HISTOGRAM && BLOCK_FAULT_CRASH == (int)INJECT_CRASH, "the protocol's numbers are ours");
_Static_assert(sizeof(((struct block_ring_counters_reply *)0)->statuses) == BLOCK_STATUSES * 8, "the protocol carries all counts");

static void copy_text(char *out, size_t room, const char *text)
{
    size_t n = strnlen(text, room - 1);
    memcpy(out, text, n);
    out[n] = 0;
}

static struct volume *find_volume(uint64_t number)
{
    return number < volumes.n ? &volumes.list[number] : NULL;
}

uint64_t block_on_disk_list(struct server_call *call, const struct block_disk_list_args *args, struct block_disk_list_reply *reply)
{
    (void)call;
    if (args->index >= n_drives) {
        return PAGODA_ERR_END;
    }
    const struct disk *disk = drives[args->index].disk;
    reply->blocks = disk->n_sectors / SECTORS_PER_BLOCK;
    reply->sector = (uint64_t)disk->sector_multiple * DISK_SECTOR_BYTES;
    reply->read_only = disk->read_only;
    reply->can_discard = disk->can_discard;
    reply->write_back = disk->write_back;
    copy_text(reply->driver, sizeof(reply->driver), disk->driver->name);
    copy_text(reply->problem, sizeof(reply->problem), disk->problem ? disk->problem : "");
    return 0;
}

uint64_t block_on_disk_counters(struct server_call *call, const struct block_disk_counters_args *args, struct block_disk_counters_reply *reply)
{
    (void)call;
    if (args->index >= n_drives) {
        return PAGODA_ERR_END;
    }
    const struct drive *drive = &drives[args->index];
    const struct drive_counters *c = &drive->counters;
    reply->reads = c->operations[BLOCK_READ];
    reply->writes = c->operations[BLOCK_WRITE];
    reply->flushes = c->operations[BLOCK_FLUSH];
    reply->discards = c->operations[BLOCK_DISCARD];
    reply->blocks_read = c->blocks_read;
    reply->blocks_written = c->blocks_written;
    reply->in_flight = drive->active.length;
    reply->queued = drive->queued.length;
    reply->most_in_flight = c->most_in_flight;
    reply->resets = c->resets;
    reply->malformed = drive->disk->malformed;
    memcpy(reply->statuses, c->statuses, sizeof(reply->statuses));
    memcpy(reply->histogram, c->histogram, sizeof(reply->histogram));
    return 0;
}

uint64_t block_on_ring_counters(struct server_call *call, const struct block_ring_counters_args *args, struct block_ring_counters_reply *reply)
{
    const struct pager_ring *ring = server_ring();
    (void)call;
    (void)args;
    reply->taken = ring->counters.taken;
    reply->in_flight = (uint64_t)__builtin_popcountll(ring->busy);
    reply->damaged = ring->end.damaged;
    reply->io_pages = ring->n_io_pages;
    memcpy(reply->statuses, ring->counters.statuses, sizeof(reply->statuses));
    return 0;
}

uint64_t block_on_volume_list(struct server_call *call, const struct block_volume_list_args *args, struct block_volume_list_reply *reply)
{
    (void)call;
    const struct volume *v = find_volume(args->index);
    if (!v) {
        return PAGODA_ERR_END;
    }
    reply->disk = v->disk;
    reply->partition = v->partition;
    reply->first_sector = v->first_sector;
    reply->blocks = v->n_blocks;
    reply->read_only = v->drive->disk->read_only;
    reply->content = v->content;
    reply->id0 = v->content == BLOCK_CONTENT_SWAP ? v->swap.id[0] : 0;
    reply->id1 = v->content == BLOCK_CONTENT_SWAP ? v->swap.id[1] : 0;
    return 0;
}

static uint64_t format(uint64_t number, uint8_t content, bool force, uint64_t id0, uint64_t id1)
{
    struct volume *v = find_volume(number);
    if (!v) {
        return PAGODA_ERR_NO_SUCH_VOLUME;
    }
    return pager_ring_uses(server_ring(), v) ? PAGODA_ERR_BUSY : scan_format(v, content, force, id0, id1);
}

uint64_t block_on_format(struct server_call *call, const struct block_format_args *args, struct block_format_reply *reply)
{
    (void)call;
    (void)reply;
    return format(args->volume, BLOCK_CONTENT_SWAP, args->force, args->id0, args->id1);
}

uint64_t block_on_check(struct server_call *call, const struct block_check_args *args, struct block_check_reply *reply)
{
    struct self_test test = {.volume = find_volume(args->volume), .first = args->first, .count = args->count};
    (void)call;
    if (!test.volume) {
        return PAGODA_ERR_NO_SUCH_VOLUME;
    }
    self_test_run(&test);
    reply->status = test.status;
    reply->done = test.done;
    reply->checksum = test.checksum;
    return 0;
}

/* Whether the self-test may change this volume. */
static uint64_t check_scratch(const struct volume *v)
{
    if (!v) {
        return PAGODA_ERR_NO_SUCH_VOLUME;
    }
    if (v->content != BLOCK_CONTENT_SWAP) {
        return PAGODA_ERR_NOT_FORMATTED;
    }
    return v->written ? PAGODA_ERR_BUSY : 0;
}

uint64_t block_on_pattern_write(struct server_call *call, const struct block_pattern_write_args *args, struct block_pattern_write_reply *reply)
{
    struct self_test test = {.volume = find_volume(args->volume), .first = args->first, .count = args->count, .writes = true, .seed = args->seed};
    uint64_t error = check_scratch(test.volume);
    (void)call;
    if (error) {
        return error;
    }
    reply->status = volume_check(test.volume, BLOCK_WRITE, args->first, 1);
    if (reply->status == BLOCK_OK) {
        self_test_run(&test);
        reply->status = test.status;
    }
    reply->done = test.done;
    return 0;
}

uint64_t block_on_pattern_check(struct server_call *call, const struct block_pattern_check_args *args, struct block_pattern_check_reply *reply)
{
    struct self_test test = {.volume = find_volume(args->volume), .first = args->first, .count = args->count, .seed = args->seed};
    (void)call;
    if (!test.volume) {
        return PAGODA_ERR_NO_SUCH_VOLUME;
    }
    self_test_run(&test);
    reply->status = test.status;
    reply->done = test.done;
    reply->wrong = test.wrong;
    reply->first_wrong = test.first_wrong;
    return 0;
}

uint64_t block_on_discard(struct server_call *call, const struct block_discard_args *args, struct block_discard_reply *reply)
{
    struct volume *v = find_volume(args->volume);
    uint64_t error = check_scratch(v);
    (void)call;
    if (error) {
        return error;
    }
    uint32_t count = (uint32_t)args->count;
    reply->status = volume_check(v, BLOCK_DISCARD, args->first, count);
    if (reply->status == BLOCK_OK) {
        reply->status = own_io_run(0, v->drive, BLOCK_DISCARD, v->first_sector + args->first * SECTORS_PER_BLOCK, count);
    }
    return 0;
}

uint64_t block_on_inject(struct server_call *call, const struct block_inject_args *args, struct block_inject_reply *reply)
{
    (void)call;
    (void)reply;
#ifdef PAGODA_DEBUG
    if (args->fault == BLOCK_FAULT_CRASH && args->after == 0) {
        __builtin_trap();
    }
    inject_set((enum inject_fault)args->fault, args->after ? args->after : 1, args->every, args->delay * 1000000);
    return 0;
#else
    (void)args;
    return PAGODA_ERR_NOT_SUPPORTED;
#endif
}

/* ---- recorded traces ---- */

uint64_t block_on_trace_format(struct server_call *call, const struct block_trace_format_args *args, struct block_trace_format_reply *reply)
{
    (void)call;
    (void)reply;
    return format(args->volume, BLOCK_CONTENT_TRACE, args->force, args->id0, args->id1);
}

/* trace_block: read a block behind the header of a trace volume into the own page 0 of slot 0; *sector: where it lies. */
static uint64_t trace_block(uint64_t number, uint64_t block, struct volume **out, uint64_t *sector, uint64_t *status)
{
    struct volume *v = find_volume(number);
    if (!v) {
        return PAGODA_ERR_NO_SUCH_VOLUME;
    }
    if (v->content != BLOCK_CONTENT_TRACE) {
        return PAGODA_ERR_NO_TRACE_HEADER;
    }
    *out = v;
    *status = volume_check(v, BLOCK_READ, block, 1);
    if (*status == BLOCK_OK) {
        *sector = v->first_sector + block * SECTORS_PER_BLOCK;
        *status = own_io_run(0, v->drive, BLOCK_READ, *sector, 1);
    }
    return 0;
}

uint64_t block_on_trace_write(struct server_call *call, const struct block_trace_write_args *args, struct block_trace_write_reply *reply)
{
    struct volume *v = NULL;
    uint64_t sector = 0;
    (void)call;
    if (args->data.len > BLOCK_BYTES - args->offset) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    uint64_t error = trace_block(args->volume, args->block, &v, &sector, &reply->status);
    if (error || reply->status != BLOCK_OK) {
        return error;
    }
    if (v->drive->disk->read_only) {
        reply->status = BLOCK_READ_ONLY;
        return 0;
    }
    memcpy(own_io_page(0, 0) + args->offset, args->data.data, args->data.len);
    reply->status = own_io_run(0, v->drive, BLOCK_WRITE, sector, 1);
    if (reply->status == BLOCK_OK && args->flush) {
        reply->status = own_io_run(0, v->drive, BLOCK_FLUSH, 0, 0);
    }
    return 0;
}

uint64_t block_on_trace_read(struct server_call *call, const struct block_trace_read_args *args, struct block_trace_read_reply *reply)
{
    struct volume *v;
    uint64_t sector, left = BLOCK_BYTES - args->offset;
    (void)call;
    uint64_t error = trace_block(args->volume, args->block, &v, &sector, &reply->status);
    if (error || reply->status != BLOCK_OK) {
        return error;
    }
    reply->data.len = left < sizeof(reply->data.data) ? left : sizeof(reply->data.data);
    memcpy(reply->data.data, own_io_page(0, 0) + args->offset, reply->data.len);
    return 0;
}
