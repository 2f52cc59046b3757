/* SPDX-License-Identifier: BSD-2-Clause */
#include "prezero.h"

#define SMOOTH 4u      /* intervals */
#define FADE 8u        /* a peak loses one part of so many an interval */
#define FREE_SHARE 8u  /* one free page of so many is kept zeroed at most */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void prezero_init(struct prezero *p, uint32_t colours, uint64_t limit)
{
    *p = (struct prezero){.colours = colours, .limit = limit};
}

void prezero_limit(struct prezero *p, uint64_t limit)
{
    p->limit = limit;
    p->account4 = least(p->account4, 4 * limit);
}

void prezero_colours(struct prezero *p, uint32_t colours)
{
    uint64_t rate16 = 0, peak = 0;

    for (uint32_t i = 0; i < p->colours; i++) {
        rate16 += p->rate16[i];
        peak += p->peak[i];
        p->rate16[i] = p->peak[i] = 0;
    }
    p->colours = colours;
    for (uint32_t i = 0; i < colours; i++) {
        p->rate16[i] = rate16 / colours;
        p->peak[i] = peak / colours;
    }
}

/* towards: a SMOOTH-th of the way, and at least 1. */
static uint64_t towards(uint64_t from, uint64_t to)
{
    return to > from ? from + (to - from + SMOOTH - 1) / SMOOTH : from - (from - to + SMOOTH - 1) / SMOOTH;
}

static uint64_t fade(uint64_t peak)
{
    return peak - (peak + FADE - 1) / FADE;
}

void prezero_interval(struct prezero *p, const uint32_t *taken)
{
    for (uint32_t i = 0; i < p->colours; i++) {
        uint64_t faded = fade(p->peak[i]);
        p->rate16[i] = towards(p->rate16[i], 16ull * taken[i]);
        p->peak[i] = taken[i] > faded ? taken[i] : faded;
        p->account4 += 5ull * taken[i];
    }
    p->account4 = least(p->account4, 4 * p->limit);
}

/* wished: what a colour's own demand asks for. */
static uint64_t wished(const struct prezero *p, uint32_t colour)
{
    uint64_t steady = p->rate16[colour] * PREZERO_HORIZON / 16;

    return steady > p->peak[colour] ? steady : p->peak[colour];
}

static uint64_t wished_by_all(const struct prezero *p)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < p->colours; i++) {
        sum += wished(p, i);
    }
    return sum;
}

/* bounded: a colour's part of what all may have. */
static uint64_t bounded(uint64_t wish, uint64_t all, uint64_t bound)
{
    return all <= bound ? wish : (uint64_t)((unsigned __int128)wish * bound / all);
}

static uint64_t bound(const struct prezero *p, uint64_t free_pages)
{
    return least(p->limit, free_pages / FREE_SHARE);
}

uint64_t prezero_target(const struct prezero *p, uint32_t colour, uint64_t free_pages)
{
    return bounded(wished(p, colour), wished_by_all(p), bound(p, free_pages));
}

uint64_t prezero_target_all(const struct prezero *p, uint64_t free_pages)
{
    return least(wished_by_all(p), bound(p, free_pages));
}

uint64_t prezero_rate(const struct prezero *p)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < p->colours; i++) {
        sum += p->rate16[i];
    }
    return sum / 16;
}

struct prezero_step prezero_choose(const struct prezero *p, const struct prezero_now *now)
{
    struct prezero_step step = {0};
    uint64_t all = wished_by_all(p), most = bound(p, now->free_pages), lack = 0, clean = 0;

    if (!now->idle || now->level > 0 || prezero_account(p) < PREZERO_STEP) {
        return step;
    }
    for (uint32_t i = 0; i < p->colours; i++) {
        uint64_t target = now->skip >> i & 1 ? 0 : bounded(wished(p, i), all, most);
        clean += now->clean[i];
        if (target > now->clean[i] && target - now->clean[i] > lack) {
            lack = target - now->clean[i];
            step.colour = i;
        }
    }
    step.n = (uint32_t)least(least(lack, most > clean ? most - clean : 0), PREZERO_STEP);
    return step;
}

void prezero_paid(struct prezero *p, uint32_t n)
{
    p->account4 -= least(4ull * n, p->account4);
}
