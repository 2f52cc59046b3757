/* SPDX-License-Identifier: BSD-2-Clause */
#include "history.h"

static uint32_t at_most_32(uint64_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

/* The highest level that there was: the one before, or one entered since. */
static uint8_t highest_level(const struct history_counts *last, const struct history_counts *now)
{
    uint32_t level = last->level > now->level ? last->level : now->level;
    for (uint32_t i = level + 1; i < PRESSURE_LEVELS; i++) {
        level = now->entered[i] != last->entered[i] ? i : level;
    }
    return (uint8_t)level;
}

static uint16_t share(uint64_t part_ns, uint64_t whole_ns)
{
    if (whole_ns == 0) {
        return 0;
    }
    return part_ns >= whole_ns ? UINT16_MAX : (uint16_t)(part_ns * UINT16_MAX / whole_ns);
}

void history_init(struct history *h, const struct history_counts *counts)
{
    h->n = 0;
    h->last = *counts;
}

void history_add(struct history *h, const struct history_counts *now)
{
    const struct history_counts *last = &h->last;
    h->samples[h->n++ % PRESSURE_SAMPLES] = (struct pressure_sample){
        .free_pages = at_most_32(now->free_pages),
        .faults = at_most_32(now->faults - last->faults),
        .refaults = at_most_32(now->refaults - last->refaults),
        .stall = share(now->stall_ns - last->stall_ns, now->now_ns - last->now_ns),
        .level = highest_level(last, now),
    };
    h->last = *now;
}

unsigned history_read(const struct history *h, uint64_t skip, struct pressure_sample *out, unsigned max)
{
    uint64_t kept = h->n < PRESSURE_SAMPLES ? h->n : PRESSURE_SAMPLES;
    unsigned count = 0;
    for (; count < max && skip + count < kept; count++) {
        out[count] = h->samples[(h->n - 1 - skip - count) % PRESSURE_SAMPLES];
    }
    return count;
}
