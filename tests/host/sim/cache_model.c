/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache_model.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 32768u
#define NONE UINT32_MAX

/* A line of the fully associative cache: in a hash chain and in the list by use. */
struct full_line {
    uint64_t line;
    uint32_t chain, newer, older;
};

struct cache_model {
    uint64_t tags[CACHE_SETS][CACHE_WAYS]; /* line + 1, newest first; 0: empty */
    struct full_line full[CACHE_LINES];
    uint32_t buckets[BUCKETS];
    uint32_t newest, oldest, used;
    struct cache_counts counts;
};

struct cache_model *cache_new(void)
{
    struct cache_model *c = calloc(1, sizeof *c);

    if (!c) {
        abort();
    }
    memset(c->buckets, 0xff, sizeof c->buckets);
    c->newest = c->oldest = NONE;
    return c;
}

void cache_free(struct cache_model *c)
{
    free(c);
}

static bool access_set(struct cache_model *c, uint64_t line)
{
    uint64_t *set = c->tags[line % CACHE_SETS];
    unsigned way = 0;

    while (way < CACHE_WAYS - 1 && set[way] != line + 1) {
        way++;
    }
    bool hit = set[way] == line + 1;
    memmove(set + 1, set, way * sizeof *set);
    set[0] = line + 1;
    return hit;
}

/* ---- fully associative ---- */

static uint32_t *bucket_of(struct cache_model *c, uint64_t line)
{
    return &c->buckets[(line * 0x9e3779b97f4a7c15ull) >> 49];
}

static void unlink_use(struct cache_model *c, uint32_t i)
{
    struct full_line *l = &c->full[i];

    *(l->newer != NONE ? &c->full[l->newer].older : &c->newest) = l->older;
    *(l->older != NONE ? &c->full[l->older].newer : &c->oldest) = l->newer;
}

static void push_use(struct cache_model *c, uint32_t i)
{
    c->full[i].newer = NONE;
    c->full[i].older = c->newest;
    *(c->newest != NONE ? &c->full[c->newest].newer : &c->oldest) = i;
    c->newest = i;
}

static uint32_t take_oldest(struct cache_model *c)
{
    uint32_t i = c->oldest, *at = bucket_of(c, c->full[i].line);

    while (*at != i) {
        at = &c->full[*at].chain;
    }
    *at = c->full[i].chain;
    unlink_use(c, i);
    return i;
}

static bool access_full(struct cache_model *c, uint64_t line)
{
    uint32_t i = *bucket_of(c, line);

    while (i != NONE && c->full[i].line != line) {
        i = c->full[i].chain;
    }
    bool hit = i != NONE;
    if (hit) {
        unlink_use(c, i);
    } else {
        i = c->used < CACHE_LINES ? c->used++ : take_oldest(c);
        c->full[i].line = line;
        c->full[i].chain = *bucket_of(c, line);
        *bucket_of(c, line) = i;
    }
    push_use(c, i);
    return hit;
}

bool cache_access(struct cache_model *c, uint64_t paddr)
{
    bool hit = access_set(c, paddr / CACHE_LINE), full = access_full(c, paddr / CACHE_LINE);

    c->counts.accesses++;
    c->counts.misses += !hit;
    c->counts.conflicts += !hit && full;
    return hit;
}

struct cache_counts cache_counts(const struct cache_model *c)
{
    return c->counts;
}

void cache_forget_counts(struct cache_model *c)
{
    c->counts = (struct cache_counts){0};
}
