/* SPDX-License-Identifier: BSD-2-Clause */
#include "promotion.h"

void promotion_init(struct promotion *p)
{
    *p = (struct promotion){0};
}

/* past: the time has come; of times that are less than half of all apart. */
static bool past(uint32_t then, uint32_t now)
{
    return (int32_t)(now - then) >= 0;
}

static uint32_t doubled(uint32_t seconds, uint32_t times)
{
    return seconds << (times < PROMOTION_DOUBLED ? times : PROMOTION_DOUBLED);
}

static struct promotion_range *find(struct promotion *p, uint32_t space, uint32_t range)
{
    for (uint32_t i = 0; i < p->end; i++) {
        struct promotion_range *r = &p->ranges[i];
        if (r->state != PROMOTION_FREE && r->space == space && r->range == range) {
            return r;
        }
    }
    return 0;
}

/* place: for a range that is not known; 0: all are watched, or wanted to be known as whole. */
static struct promotion_range *place(struct promotion *p)
{
    struct promotion_range *best = 0;

    for (uint32_t i = 0; i < PROMOTION_RANGES; i++) {
        struct promotion_range *r = &p->ranges[i];
        if (r->state == PROMOTION_FREE) {
            return r;
        }
        if (r->state == PROMOTION_RESTING && (!best || (int32_t)(r->then - best->then) < 0)) {
            best = r;
        }
    }
    return best;
}

static struct promotion_range *enter(struct promotion *p, uint32_t space, uint32_t range)
{
    struct promotion_range *r = find(p, space, range);

    if (!r && (r = place(p)) != 0) {
        *r = (struct promotion_range){.space = space, .range = range};
        uint32_t behind = (uint32_t)(r - p->ranges) + 1;
        p->end = behind > p->end ? behind : p->end;
    }
    return r;
}

static void watch(struct promotion_range *r, uint32_t now)
{
    r->state = PROMOTION_WATCHED;
    r->looks = r->heat = r->used = 0;
    r->then = now;
}

static void rest(struct promotion_range *r, uint32_t now)
{
    r->state = PROMOTION_RESTING;
    r->then = now + doubled(PROMOTION_REST, r->rests);
    r->rests += r->rests < PROMOTION_DOUBLED;
}

/* ---- whether it pays ---- */

bool promotion_on(const struct promotion *p, uint32_t now)
{
    return p->pauses == 0 || past(p->paused_until, now);
}

/* start_anew: what was seen before the pause is old after it. */
static void start_anew(struct promotion *p, uint32_t now)
{
    for (uint32_t i = 0; i < p->end; i++) {
        if (p->ranges[i].state == PROMOTION_WATCHED) {
            watch(&p->ranges[i], now);
        }
    }
}

/* decide: once enough is known; what is known then counts half as much from now on, or nothing after a pause. */
static void decide(struct promotion *p, uint32_t now)
{
    if (p->paid + p->lost < PROMOTION_EVIDENCE) {
        return;
    }
    if (p->lost > p->paid) {
        p->paused_until = now + doubled(PROMOTION_PAUSE, p->pauses);
        p->pauses += p->pauses <= PROMOTION_DOUBLED;
        p->pauses_all++;
        p->paid = p->lost = 0;
        start_anew(p, now);
    } else if (p->paid + p->lost >= 2 * PROMOTION_EVIDENCE) {
        p->pauses = 0;
        p->paid /= 2;
        p->lost /= 2;
    }
}

static void paid(struct promotion *p, uint32_t now)
{
    p->paid++;
    p->paid_all++;
    decide(p, now);
}

/* lost: what ends during a pause was begun before it, and is known to have been a bad time. */
static void lost(struct promotion *p, uint32_t now)
{
    p->lost_all++;
    if (promotion_on(p, now)) {
        p->lost++;
        decide(p, now);
    }
}

/* ---- ranges ---- */

void promotion_found(struct promotion *p, uint32_t space, uint32_t range, uint32_t now)
{
    struct promotion_range *known = find(p, space, range), *r = known ? known : promotion_on(p, now) ? enter(p, space, range) : 0;

    if (r && (r->state == PROMOTION_FREE || (r->state == PROMOTION_RESTING && past(r->then, now)))) {
        watch(r, now);
    }
}

uint32_t promotion_due(const struct promotion *p, uint32_t now)
{
    for (uint32_t i = 0; i < p->end; i++) {
        const struct promotion_range *r = &p->ranges[i];
        bool wanted = r->state == PROMOTION_WHOLE || (r->state == PROMOTION_WATCHED && promotion_on(p, now));
        if (wanted && past(r->then, now)) {
            return i;
        }
    }
    return PROMOTION_NONE;
}

static void looked_whole(struct promotion *p, struct promotion_range *r, uint32_t used, uint32_t now)
{
    r->heat += used > 0;
    if (r->heat >= PROMOTION_PAYS) {
        r->state = PROMOTION_FREE; /* nothing more is to be learnt of it */
        paid(p, now);
    }
}

static void looked_watched(struct promotion_range *r, uint32_t used, uint32_t now)
{
    r->used = (uint8_t)used;
    r->heat = r->looks == 0 || used < PROMOTION_HOT ? 0 : r->heat < UINT8_MAX ? r->heat + 1 : r->heat;
    r->looks += r->looks < UINT8_MAX;
    if (r->looks > PROMOTION_PATIENCE && r->heat == 0) {
        rest(r, now);
    }
}

void promotion_looked(struct promotion *p, uint32_t i, uint32_t used, uint32_t now)
{
    struct promotion_range *r = &p->ranges[i];

    r->then = now + 1;
    if (r->state == PROMOTION_WHOLE) {
        looked_whole(p, r, used, now);
    } else if (r->state == PROMOTION_WATCHED) {
        looked_watched(r, used, now);
    }
}

/* It is not forgotten if it has failed before: it may be back soon. */
void promotion_gone(struct promotion *p, uint32_t i)
{
    struct promotion_range *r = &p->ranges[i];

    r->state = r->rests > 0 ? PROMOTION_RESTING : PROMOTION_FREE;
}

static bool hotter(const struct promotion_range *a, const struct promotion_range *b)
{
    return a->used != b->used ? a->used > b->used : a->heat > b->heat;
}

uint32_t promotion_best(const struct promotion *p, uint32_t now)
{
    uint32_t best = PROMOTION_NONE;

    for (uint32_t i = 0; promotion_on(p, now) && i < p->end; i++) {
        const struct promotion_range *r = &p->ranges[i];
        if (r->state == PROMOTION_WATCHED && r->heat >= PROMOTION_PROOF && (best == PROMOTION_NONE || hotter(r, &p->ranges[best]))) {
            best = i;
        }
    }
    return best;
}

void promotion_made(struct promotion *p, uint32_t space, uint32_t range, uint32_t now)
{
    struct promotion_range *r = enter(p, space, range);

    if (r) {
        r->state = PROMOTION_WHOLE;
        r->heat = 0;
        r->then = now + 1;
    }
}

void promotion_failed(struct promotion *p, uint32_t space, uint32_t range, uint32_t now)
{
    struct promotion_range *r = enter(p, space, range);

    if (r && (r->state == PROMOTION_WHOLE || r->state == PROMOTION_WATCHED)) {
        lost(p, now);
    }
    if (r) {
        rest(r, now);
    }
}

static void end(struct promotion *p, struct promotion_range *r, uint32_t now)
{
    bool early = r->state == PROMOTION_WHOLE;

    r->state = PROMOTION_FREE;
    if (early) {
        lost(p, now);
    }
}

void promotion_ended(struct promotion *p, uint32_t space, uint32_t range, uint32_t now)
{
    struct promotion_range *r = find(p, space, range);

    if (r) {
        end(p, r, now);
    }
}

void promotion_forget(struct promotion *p, uint32_t space, uint32_t now)
{
    for (uint32_t i = 0; i < p->end; i++) {
        struct promotion_range *r = &p->ranges[i];
        if (r->state != PROMOTION_FREE && r->space == space) {
            end(p, r, now);
        }
    }
    while (p->end > 0 && p->ranges[p->end - 1].state == PROMOTION_FREE) {
        p->end--;
    }
}

uint32_t promotion_count(const struct promotion *p, enum promotion_state state)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < PROMOTION_RANGES; i++) {
        n += p->ranges[i].state == state;
    }
    return n;
}
