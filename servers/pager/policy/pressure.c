/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure.h"
#include "stall.h"

#include <stdbool.h>

#define NS_PER_S 1000000000ull
#define NEVER UINT64_MAX

static void set_threshold(struct pressure *p, unsigned i, uint64_t pages)
{
    p->enter[i] = pages;
    p->leave[i] = pages + pages / 4 + 1;
}

void pressure_init(struct pressure *p, uint64_t total_pages)
{
    *p = (struct pressure){.total_pages = total_pages, .period_free = total_pages};
    for (unsigned i = 0; i < PRESSURE_LEVELS - 1; i++) {
        set_threshold(p, i, total_pages / (8u << i) + 1); /* 1/8, 1/16, 1/32 of RAM */
    }
}

void pressure_held_at(struct pressure *p, uint64_t pages)
{
    uint64_t unheld = p->total_pages / 32 + 1, half = pages / 2 + 1;

    set_threshold(p, PRESSURE_LEVELS - 2, pages && half < unheld ? half : unheld);
}

/* falling_level: of a signal whose small values are bad. */
static uint32_t falling_level(uint32_t level, uint64_t value, const uint64_t *enter, const uint64_t *leave)
{
    while (level < PRESSURE_LEVELS - 1 && value < enter[level]) {
        level++;
    }
    while (level > 0 && value >= leave[level - 1]) {
        level--;
    }
    return level;
}

/* rising_level: of a signal whose great values are bad; left below 3/4 of the value at which it is entered. */
static uint32_t rising_level(uint32_t level, uint64_t value, const uint64_t *enter)
{
    while (level < PRESSURE_LEVELS - 1 && value >= enter[level]) {
        level++;
    }
    while (level > 0 && value < enter[level - 1] - enter[level - 1] / 4) {
        level--;
    }
    return level;
}

static uint32_t combine(struct pressure *p)
{
    uint32_t old = p->level;

    p->level = 0;
    p->reason = PRESSURE_FREE;
    for (unsigned reason = 0; reason < PRESSURE_REASONS; reason++) {
        if (p->levels[reason] > p->level) {
            p->level = p->levels[reason];
            p->reason = (enum pressure_reason)reason;
        }
    }
    if (p->level != old) {
        p->entered[p->level]++;
    }
    return p->level;
}

uint32_t pressure_update(struct pressure *p, uint64_t free_pages)
{
    p->levels[PRESSURE_FREE] = falling_level(p->levels[PRESSURE_FREE], free_pages, p->enter, p->leave);
    return combine(p);
}

/* smooth: a quarter of the new value; after a long time without a period only the new value counts. */
static uint64_t smooth(uint64_t old, uint64_t value, uint64_t elapsed_ns)
{
    return elapsed_ns >= 4 * PRESSURE_PERIOD_NS ? value : (3 * old + value) / 4;
}

static uint64_t per_second(uint64_t count, uint64_t elapsed_ns)
{
    return (uint64_t)((unsigned __int128)count * NS_PER_S / elapsed_ns);
}

static void take_rates(struct pressure *p, const struct pressure_signals *s)
{
    uint64_t elapsed = s->now_ns > p->period_start_ns ? s->now_ns - p->period_start_ns : 0;

    if (elapsed < PRESSURE_PERIOD_NS) {
        return;
    }
    uint64_t consumed = p->period_free > s->free_pages ? p->period_free - s->free_pages : 0;
    uint64_t refaults = s->refaults > p->period_refaults ? s->refaults - p->period_refaults : 0;

    p->consumed_per_s = smooth(p->consumed_per_s, per_second(consumed, elapsed), elapsed);
    p->refaults_per_s = smooth(p->refaults_per_s, per_second(refaults, elapsed), elapsed);
    p->period_start_ns = s->now_ns;
    p->period_free = s->free_pages;
    p->period_refaults = s->refaults;
}

static uint64_t time_left_ns(const struct pressure *p, uint64_t free_pages)
{
    if (p->consumed_per_s == 0) {
        return NEVER;
    }
    unsigned __int128 left = (unsigned __int128)free_pages * NS_PER_S / p->consumed_per_s;
    return left < NEVER ? (uint64_t)left : NEVER;
}

uint32_t pressure_assess(struct pressure *p, const struct pressure_signals *s)
{
    /* A level that is never entered has a threshold that no value reaches. */
    const uint64_t stall[] = {STALL_ALL / 16, STALL_ALL / 6, STALL_ALL * 2 / 5};
    const uint64_t refault[] = {p->total_pages / 64 + 1, p->total_pages / 16 + 1, p->total_pages / 4 + 1};
    const uint64_t left_enter[] = {64000000, 16000000, 0}, left_leave[] = {128000000, 32000000, 1};
    const uint64_t scattered[] = {s->free_pages / 5 * 4 + 1, NEVER, NEVER};

    take_rates(p, s);
    p->levels[PRESSURE_FREE] = falling_level(p->levels[PRESSURE_FREE], s->free_pages, p->enter, p->leave);
    p->levels[PRESSURE_STALL] = rising_level(p->levels[PRESSURE_STALL], s->stall, stall);
    p->levels[PRESSURE_REFAULT] = rising_level(p->levels[PRESSURE_REFAULT], p->refaults_per_s, refault);
    p->levels[PRESSURE_CONSUMPTION] = falling_level(p->levels[PRESSURE_CONSUMPTION], time_left_ns(p, s->free_pages), left_enter, left_leave);
    p->levels[PRESSURE_FRAGMENTATION] = rising_level(p->levels[PRESSURE_FRAGMENTATION], s->scattered_pages, scattered);
    return combine(p);
}

static uint64_t pages_wanted(const struct pressure *p, uint64_t free_pages)
{
    uint64_t missing = p->leave[0] > free_pages ? p->leave[0] - free_pages : 0;
    /* Working sets that do not fit: what comes back in a tenth of a second has no place. */
    uint64_t thrashed = p->refaults_per_s / 10;
    uint64_t wanted = missing > thrashed ? missing : thrashed;

    return wanted < p->total_pages ? wanted : p->total_pages;
}

struct pressure_request pressure_ask(const struct pressure *p, uint64_t free_pages)
{
    return (struct pressure_request){
        .level = p->level,
        .reason = p->reason,
        .pages = p->level > 0 ? pages_wanted(p, free_pages) : 0,
        .deadline_ns = time_left_ns(p, free_pages),
    };
}

const char *pressure_reason_name(enum pressure_reason reason)
{
    static const char *const names[PRESSURE_REASONS] = {"free", "stall", "refault", "consumption", "fragmentation"};

    return reason < PRESSURE_REASONS ? names[reason] : "?";
}
