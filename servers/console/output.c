/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"
#include <string.h>

void output_init(struct output *output, const struct output_device *device)
{
    output->device = *device;
    output->put = 0;
    output->taken = 0;
    ring_init(&output->ring, output->bytes, OUTPUT_RING);
}

static uint32_t waiting(const struct output *output)
{
    return output->put - output->taken;
}

static struct output_request *request_at(struct output *output, uint32_t position)
{
    return &output->waiting[position % OUTPUT_WAITING];
}

static uint32_t writers_room(const struct output *output)
{
    uint32_t room = ring_room(&output->ring);
    return room > OUTPUT_ECHO_ROOM ? room - OUTPUT_ECHO_ROOM : 0;
}

static uint32_t wire_length(const uint8_t *data, uint32_t length)
{
    uint32_t n = length;
    for (uint32_t i = 0; i < length; i++) {
        n += data[i] == '\n';
    }
    return n;
}

static void put_wire(struct ring *ring, uint8_t byte)
{
    if (byte == '\n') {
        ring_put(ring, '\r');
    }
    ring_put(ring, byte);
}

bool output_now(struct output *output, const uint8_t *data, uint32_t length)
{
    if (waiting(output) != 0 || wire_length(data, length) > writers_room(output)) {
        return false;
    }
    for (uint32_t i = 0; i < length; i++) {
        put_wire(&output->ring, data[i]);
    }
    return true;
}

bool output_later(struct output *output, uint64_t client, uint64_t reply, const uint8_t *data, uint32_t length)
{
    if (waiting(output) == OUTPUT_WAITING || length > OUTPUT_WRITE_MAX) {
        return false;
    }
    struct output_request *r = request_at(output, output->put++);
    r->client = client;
    r->reply = reply;
    r->flush = data == NULL;
    r->length = (uint16_t)length;
    r->done = 0;
    if (data) {
        memcpy(r->data, data, length);
    }
    return true;
}

static void feed_device(struct output *output)
{
    struct ring *ring = &output->ring;
    while (ring_used(ring) != 0 && output->device.put(output->device.context, ring->bytes[ring->taken & (OUTPUT_RING - 1)])) {
        ring->taken++;
    }
}

/* The oldest request's bytes go into the ring as far as there is room; true when any went. */
static bool feed_ring(struct output *output)
{
    if (waiting(output) == 0) {
        return false;
    }
    struct output_request *r = request_at(output, output->taken);
    uint16_t before = r->done;
    while (r->done < r->length && writers_room(output) >= 2) {
        put_wire(&output->ring, r->data[r->done++]);
    }
    return r->done != before;
}

void output_pump(struct output *output)
{
    do {
        feed_device(output);
    } while (feed_ring(output));
    output->device.want_interrupt(output->device.context, ring_used(&output->ring) != 0);
}

const struct output_request *output_finished(struct output *output)
{
    if (waiting(output) == 0) {
        return NULL;
    }
    const struct output_request *r = request_at(output, output->taken);
    if (r->done < r->length || (r->flush && ring_used(&output->ring) != 0)) {
        return NULL;
    }
    if (r->flush) {
        output->device.drain(output->device.context);
    }
    return r;
}

void output_take(struct output *output)
{
    output->taken++;
}

/* Kept requests move together, in order. */
void output_forget(struct output *output, uint64_t client, void (*dropped)(uint64_t reply, void *context), void *context)
{
    uint32_t kept = output->taken;
    for (uint32_t at = output->taken; at != output->put; at++) {
        struct output_request *r = request_at(output, at);
        if (r->client == client) {
            dropped(r->reply, context);
            continue;
        }
        if (kept != at) {
            *request_at(output, kept) = *r;
        }
        kept++;
    }
    output->put = kept;
}
