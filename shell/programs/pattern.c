/* SPDX-License-Identifier: BSD-2-Clause */
#include "pattern.h"

#include <math.h>
#include <string.h>

#define ZIPF_EXPONENT 0.99

uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

uint64_t random_next_below(uint64_t *state, uint64_t n)
{
    return (random_next(state) >> 32) * n >> 32;
}

bool pattern_by_name(const char *name, enum pattern_kind *kind)
{
    static const char *const names[] = {[PATTERN_SEQ] = "seq", [PATTERN_UNIFORM] = "uniform", [PATTERN_ZIPF] = "zipf"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0) {
            *kind = (enum pattern_kind)i;
            return true;
        }
    return false;
}

static void make_zipf(uint32_t *cumulative, uint64_t n_pages)
{
    double sum = 0, so_far = 0;
    for (uint64_t rank = 1; rank <= n_pages; rank++)
        sum += 1 / pow((double)rank, ZIPF_EXPONENT);
    for (uint64_t rank = 1; rank <= n_pages; rank++) {
        so_far += 1 / pow((double)rank, ZIPF_EXPONENT);
        cumulative[rank - 1] = (uint32_t)(so_far / sum * 4294967295.0);
    }
}

void pattern_init(struct pattern *p, enum pattern_kind kind, uint64_t n_pages, uint64_t seed, uint32_t *room)
{
    *p = (struct pattern){.kind = kind, .n_pages = n_pages, .random = seed * 0x9e3779b97f4a7c15ull, .cumulative = room};
    if (kind == PATTERN_ZIPF)
        make_zipf(room, n_pages);
}

static uint64_t zipf_rank(struct pattern *p)
{
    uint32_t chance = (uint32_t)(random_next(&p->random) >> 32);
    uint64_t low = 0, high = p->n_pages - 1;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (p->cumulative[middle] < chance)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t pattern_next(struct pattern *p)
{
    switch (p->kind) {
    case PATTERN_SEQ:
        return p->n_given++ % p->n_pages;
    case PATTERN_UNIFORM:
        return random_next_below(&p->random, p->n_pages);
    default:
        return zipf_rank(p) * 2654435761u % p->n_pages;
    }
}
