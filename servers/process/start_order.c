/* SPDX-License-Identifier: BSD-2-Clause */
#include "start_order.h"

#include <string.h>

/* due: it has waited as long as one may. */
static bool due(const struct start_waiting *w)
{
    return w->waited >= (w->foreground ? START_FOREGROUND_US : START_MOST_US);
}

static uint64_t counts(const struct start_waiting *w)
{
    uint64_t halved = w->waited / START_AGE_US;

    return w->needs > START_SMALL_PAGES && halved < 64 ? w->needs >> halved : 0;
}

static bool comes_before(const struct start_waiting *a, const struct start_waiting *b)
{
    if (due(a) != due(b)) {
        return due(a);
    }
    uint64_t x = due(a) ? 0 : counts(a), y = due(b) ? 0 : counts(b);
    return x != y ? x < y : a->waited > b->waited;
}

uint32_t start_next(const struct start_waiting *waiting, uint32_t n, uint64_t room)
{
    uint32_t first = START_NONE;

    for (uint32_t i = 0; i < n; i++) {
        if (first == START_NONE || comes_before(&waiting[i], &waiting[first])) {
            first = i;
        }
    }
    return first != START_NONE && (due(&waiting[first]) || counts(&waiting[first]) <= room) ? first : START_NONE;
}

/* place: of a program, or START_NONE. */
static uint32_t place(const struct start_known *k, const char *name)
{
    for (uint32_t i = 0; i < START_KNOWN; i++) {
        if (k->programs[i].used != 0 && strncmp(k->programs[i].name, name, START_NAME_BYTES - 1) == 0) {
            return i;
        }
    }
    return START_NONE;
}

static uint32_t oldest(const struct start_known *k)
{
    uint32_t first = 0;

    for (uint32_t i = 1; i < START_KNOWN; i++) {
        if (k->programs[i].used < k->programs[first].used) {
            first = i;
        }
    }
    return first;
}

void start_learn(struct start_known *k, const char *name, uint64_t pages)
{
    if (pages == 0) {
        return;
    }
    uint32_t i = place(k, name);
    i = i == START_NONE ? oldest(k) : i;
    memset(k->programs[i].name, 0, START_NAME_BYTES);
    memcpy(k->programs[i].name, name, strnlen(name, START_NAME_BYTES - 1));
    k->programs[i].pages = pages;
    k->programs[i].used = ++k->time;
}

uint64_t start_estimate(struct start_known *k, const char *name)
{
    uint32_t i = place(k, name);

    if (i == START_NONE) {
        return START_DEFAULT_PAGES;
    }
    k->programs[i].used = ++k->time;
    return k->programs[i].pages;
}
