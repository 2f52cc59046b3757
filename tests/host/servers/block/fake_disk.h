/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk whose answers the test gives. */
#ifndef TESTS_FAKE_DISK_H
#define TESTS_FAKE_DISK_H

#include "request.h"
#include <stddef.h>

#define FAKE_ROOM 8

static struct {
    struct disk disk;
    struct disk_transfer *held[FAKE_ROOM]; /* at the device, oldest first */
    unsigned n, room, n_resets;
    unsigned n_polls, answer_at; /* the poll that finds the oldest done; 0: none does */
    bool reset_fails;
} fake;

static bool fake_submit(struct disk *disk, struct disk_transfer *t)
{
    (void)disk;
    if (fake.n == fake.room) {
        return false;
    }
    fake.held[fake.n++] = t;
    return true;
}

/* The i-th of what is at the device is done. */
static void fake_answer(unsigned i, enum disk_result result, uint32_t n_done)
{
    struct disk_transfer *t = fake.held[i];
    fake.n--;
    for (; i < fake.n; i++) {
        fake.held[i] = fake.held[i + 1];
    }
    t->done(t, result, n_done);
}

static void fake_poll(struct disk *disk)
{
    (void)disk;
    if (++fake.n_polls == fake.answer_at) {
        fake_answer(0, DISK_OK, fake.held[0]->n_sectors);
    }
}

static bool fake_driver_reset(struct disk *disk)
{
    fake.n = 0;
    fake.n_resets++;
    disk->problem = fake.reset_fails ? "broken" : NULL;
    return !disk->problem;
}

static const struct disk_driver fake_driver = {.name = "fake", .submit = fake_submit, .poll = fake_poll, .reset = fake_driver_reset};

static void fake_start(struct drive *drive)
{
    fake = (typeof(fake)){.room = FAKE_ROOM,
        .disk = {.driver = &fake_driver, .n_sectors = 80000, .sector_multiple = 1, .can_discard = true, .write_back = true}};
    *drive = (struct drive){.disk = &fake.disk};
}

#endif
