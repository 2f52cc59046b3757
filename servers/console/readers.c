/* SPDX-License-Identifier: BSD-2-Clause */
#include "readers.h"
#include <string.h>

bool readers_add(struct readers *readers, const struct reader *reader)
{
    if (readers->n_waiting == READERS_WAITING) {
        return false;
    }
    readers->waiting[readers->n_waiting++] = *reader;
    return true;
}

static uint32_t find_waiting(const struct readers *readers, uint64_t client)
{
    uint32_t i = 0;
    while (i < readers->n_waiting && readers->waiting[i].client != client) {
        i++;
    }
    return i;
}

bool readers_waits(const struct readers *readers, uint64_t client, uint32_t *max)
{
    uint32_t i = find_waiting(readers, client);
    if (i == readers->n_waiting) {
        return false;
    }
    *max = readers->waiting[i].max;
    return true;
}

static bool take(struct readers *readers, uint32_t i, struct reader *out)
{
    if (i == readers->n_waiting) {
        return false;
    }
    *out = readers->waiting[i];
    readers->n_waiting--;
    memmove(&readers->waiting[i], &readers->waiting[i + 1], (readers->n_waiting - i) * sizeof(readers->waiting[0]));
    return true;
}

bool readers_take(struct readers *readers, uint64_t client, struct reader *out)
{
    return take(readers, find_waiting(readers, client), out);
}

bool readers_expired(struct readers *readers, uint64_t now, struct reader *out)
{
    uint32_t i = 0;
    while (i < readers->n_waiting && (readers->waiting[i].deadline == 0 || readers->waiting[i].deadline > now)) {
        i++;
    }
    return take(readers, i, out);
}

bool readers_have_deadline(const struct readers *readers)
{
    for (uint32_t i = 0; i < readers->n_waiting; i++) {
        if (readers->waiting[i].deadline != 0) {
            return true;
        }
    }
    return false;
}

static uint32_t find_raw(const struct readers *readers, uint64_t client)
{
    uint32_t i = 0;
    while (i < readers->n_raw && readers->raw[i] != client) {
        i++;
    }
    return i;
}

bool readers_is_raw(const struct readers *readers, uint64_t client)
{
    return find_raw(readers, client) < readers->n_raw;
}

bool readers_set_raw(struct readers *readers, uint64_t client, bool raw)
{
    uint32_t i = find_raw(readers, client);
    if (raw == (i < readers->n_raw)) {
        return true;
    }
    if (!raw) {
        readers->raw[i] = readers->raw[--readers->n_raw];
        return true;
    }
    if (readers->n_raw == READERS_RAW) {
        return false;
    }
    readers->raw[readers->n_raw++] = client;
    return true;
}
