/* SPDX-License-Identifier: BSD-2-Clause */
/* Who waits for input, and who wants raw mode. Bounded tables in order of arrival. Pure. */
#ifndef CONSOLE_READERS_H
#define CONSOLE_READERS_H

#include <stdbool.h>
#include <stdint.h>

#define READERS_WAITING 288 /* more than processes */
#define READERS_RAW 64      /* clients in raw mode */

struct reader {
    uint64_t client;
    uint64_t reply; /* reply object to answer through */
    uint32_t max;   /* bytes wanted at most */
    uint64_t deadline; /* when to give up, on the clock of readers_expired; 0: never */
};

struct readers {
    uint32_t n_waiting;
    uint32_t n_raw;
    struct reader waiting[READERS_WAITING];
    uint64_t raw[READERS_RAW];
};

/* readers_add: false when the table is full. */
bool readers_add(struct readers *readers, const struct reader *reader);

/* readers_take: the client's oldest waiting read leaves the table; false when there is none. */
bool readers_take(struct readers *readers, uint64_t client, struct reader *out);

/* readers_expired: the first reader whose deadline has come leaves the table; false when there is none. */
bool readers_expired(struct readers *readers, uint64_t now, struct reader *out);

/* readers_have_deadline: some reader has one. */
bool readers_have_deadline(const struct readers *readers);

/* readers_waits: the client has a read waiting; its size goes to *max. */
bool readers_waits(const struct readers *readers, uint64_t client, uint32_t *max);

/* readers_set_raw: remember the client's mode; false when too many are raw. */
bool readers_set_raw(struct readers *readers, uint64_t client, bool raw);

bool readers_is_raw(const struct readers *readers, uint64_t client);

#endif
