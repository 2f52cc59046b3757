/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output side: a transmit ring that the UART empties, and the writers that wait for room in it, in order of arrival.
 * Pure apart from the device, which is behind two callbacks.
 *
 * One long writer cannot starve others: requests are bounded and served first come, first served. Echo has room of its own at the
 * end of the ring, so a full ring does not swallow what is typed.
 */
#ifndef CONSOLE_OUTPUT_H
#define CONSOLE_OUTPUT_H

#include "ring.h"

#define OUTPUT_RING 8192
#define OUTPUT_ECHO_ROOM 512   /* of the ring, not for writers */
#define OUTPUT_WRITE_MAX 900   /* bytes of one request */
#define OUTPUT_WAITING 288     /* requests that may wait; more than processes */

struct output_device {
    bool (*put)(void *context, uint8_t byte); /* false: the FIFO is full */
    void (*drain)(void *context);             /* waits until everything has left the device, at most a FIFO's worth */
    void (*want_interrupt)(void *context, bool on);
    void *context;
};

struct output_request {
    uint64_t client;
    uint64_t reply;  /* reply object to answer through */
    bool flush;      /* no data: answered when everything before it has left the device */
    uint16_t length;
    uint16_t done;
    uint8_t data[OUTPUT_WRITE_MAX];
};

struct output {
    struct output_device device;
    struct ring ring;
    uint8_t bytes[OUTPUT_RING];
    uint32_t put, taken; /* positions in the circle of waiting requests */
    struct output_request waiting[OUTPUT_WAITING];
};

void output_init(struct output *output, const struct output_device *device);

/* output_now: put a whole write into the ring if nobody waits and it fits; false otherwise, nothing changed. \n becomes \r\n. */
bool output_now(struct output *output, const uint8_t *data, uint32_t length);

/* output_later: let a write (length > 0) or flush (data NULL) wait; false when too many wait. */
bool output_later(struct output *output, uint64_t client, uint64_t reply, const uint8_t *data, uint32_t length);

/* output_pump: feed the device and the ring as far as possible now. */
void output_pump(struct output *output);

/* output_finished: the oldest request if it is complete (to be answered, then output_take). */
const struct output_request *output_finished(struct output *output);
void output_take(struct output *output);

/* output_forget: drop the requests of a client; each one's reply object is passed to dropped(). */
void output_forget(struct output *output, uint64_t client, void (*dropped)(uint64_t reply, void *context), void *context);

#endif
