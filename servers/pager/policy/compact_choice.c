/* SPDX-License-Identifier: BSD-2-Clause */
#include "compact_choice.h"

static uint64_t pages_below(const struct free_blocks *b, unsigned order)
{
    uint64_t pages = 0;

    for (unsigned k = 0; k < order; k++) {
        pages += b->free[k] << k;
    }
    return pages;
}

int fragmentation_index(const struct free_blocks *b, unsigned order)
{
    uint64_t blocks = 0;

    for (unsigned k = 0; k < COMPACT_ORDERS; k++) {
        if (k >= order && b->free[k] > 0) {
            return FRAGMENTATION_NONE;
        }
        blocks += b->free[k];
    }
    uint64_t pages = pages_below(b, order);
    if (pages < 1ull << order) {
        return 0;
    }
    return 1000 - (int)((1000 + 1000 * pages / (1ull << order)) / blocks);
}

unsigned fragmentation_unusable(const struct free_blocks *b, unsigned order)
{
    uint64_t all = pages_below(b, COMPACT_ORDERS);

    return all ? (unsigned)(1000 * pages_below(b, order) / all) : 0;
}

void compact_consider(struct compact_choice *c, const struct compact_candidate *candidate, uint32_t room)
{
    if (candidate->fixed == 0 && candidate->used <= room && (!c->found || candidate->used < c->best.used)) {
        c->found = true;
        c->best = *candidate;
    }
}

uint32_t compact_destination(bool can_be_emptied, uint32_t used)
{
    return 1 + used + (can_be_emptied ? 0 : COMPACT_PLAN_SIZES);
}

void compact_plan_add(struct compact_plan *p, uint32_t used, uint32_t gaps)
{
    p->chunks[used]++;
    p->gaps[used] += gaps;
}

void compact_plan_solve(struct compact_plan *p, uint64_t room)
{
    p->emptied = p->moves = 0;
    for (uint32_t used = 0; used < COMPACT_PLAN_SIZES; used++) {
        uint64_t gaps = p->chunks[used] ? p->gaps[used] / p->chunks[used] : 0;
        for (uint32_t i = 0; i < p->chunks[used]; i++) {
            if (room < used + gaps) {
                return;
            }
            room -= used + gaps;
            p->emptied++;
            p->moves += used;
        }
    }
}
