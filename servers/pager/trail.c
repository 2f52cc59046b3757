/* SPDX-License-Identifier: BSD-2-Clause */
#include "trail.h"

#include "kernel_if.h"
#include "state.h"

#include <string.h>

/* As struct page_event, but in ticks: made into microseconds when somebody asks. */
struct noted {
    uint64_t ticks;
    uint16_t kind, age;
    uint32_t detail;
};

static struct entry {
    uint64_t page;
    uint32_t space;
    struct noted event;
} ring[TRAIL_EVENTS];
static uint64_t n_events; /* ever noted */

/* The one asked about last first; space 0: none. */
static struct followed {
    uint64_t page;
    uint32_t space;
    uint32_t n_events; /* ever noted here */
    uint64_t since; /* ticks: nothing is missing from then on, unless the ring has gone round */
    struct noted ring[PAGE_EVENTS_MAX];
} followed[TRAIL_FOLLOWED];
static uint64_t may_follow; /* bit page % 64: a followed page has this remainder; all others need no search */

void trail_init(void)
{
    memset(ring, 0, sizeof ring);
    memset(followed, 0, sizeof followed);
    n_events = 0;
    may_follow = 0;
}

static bool may_be_followed(uint64_t page)
{
    return may_follow >> page % 64 & 1;
}

/* followed_page: NULL: it is none. */
static struct followed *followed_page(uint32_t space, uint64_t page)
{
    if (!may_be_followed(page)) {
        return NULL;
    }
    for (unsigned i = 0; i < TRAIL_FOLLOWED; i++) {
        if (followed[i].page == page && followed[i].space == space) {
            return &followed[i];
        }
    }
    return NULL;
}

/* ---- events ---- */

static void keep(struct followed *f, const struct noted *event)
{
    f->ring[f->n_events++ % PAGE_EVENTS_MAX] = *event;
}

/* Not in line: nearly no page is followed, and eviction notes each. */
static __attribute__((noinline)) void note_followed(const struct entry *e)
{
    struct followed *f = followed_page(e->space, e->page);

    if (f) {
        keep(f, &e->event);
    }
}

void trail_note_aged(uint32_t space, uint64_t page, uint32_t kind, uint32_t detail, uint32_t age)
{
    struct entry *e = &ring[n_events++ % TRAIL_EVENTS];

    *e = (struct entry){
        .page = page,
        .space = space,
        .event = {.ticks = kernel_ticks(), .kind = (uint16_t)kind, .age = (uint16_t)age, .detail = detail},
    };
    if (may_be_followed(page)) {
        note_followed(e);
    }
}

void trail_note(uint32_t space, uint64_t page, uint32_t kind, uint32_t detail)
{
    trail_note_aged(space, page, kind, detail, 0);
}

static uint64_t kept(void)
{
    return n_events < TRAIL_EVENTS ? n_events : TRAIL_EVENTS;
}

uint64_t trail_mark(void)
{
    return n_events;
}

static uint32_t events_of(const struct followed *f)
{
    return f->n_events < PAGE_EVENTS_MAX ? f->n_events : PAGE_EVENTS_MAX;
}

static uint64_t microseconds(uint64_t ticks)
{
    return ticks_to_ns(ticks) / 1000;
}

static struct page_event told(const struct noted *e)
{
    return (struct page_event){.time_us = microseconds(e->ticks), .kind = e->kind, .age = e->age, .detail = e->detail};
}

static unsigned read_followed(const struct followed *f, struct page_event *out, unsigned max)
{
    unsigned n = events_of(f) < max ? events_of(f) : max;

    for (unsigned i = 0; i < n; i++) {
        out[i] = told(&f->ring[(f->n_events - 1 - i) % PAGE_EVENTS_MAX]);
    }
    return n;
}

/* find: the same in the common ring. */
static unsigned find(uint32_t space, uint64_t page, uint64_t mark, const struct noted **out, unsigned max)
{
    unsigned found = 0;

    for (uint64_t i = 1; i <= kept() && i <= n_events - mark && found < max; i++) {
        const struct entry *e = &ring[(n_events - i) % TRAIL_EVENTS];
        if (e->page == page && e->space == space) {
            out[found++] = &e->event;
        }
    }
    return found;
}

unsigned trail_read(uint32_t space, uint64_t page, uint64_t mark, struct page_event *out, unsigned max)
{
    const struct followed *f = followed_page(space, page);
    const struct noted *found[PAGE_EVENTS_MAX];

    if (f) {
        return read_followed(f, out, max);
    }
    unsigned n = find(space, page, mark, found, max < PAGE_EVENTS_MAX ? max : PAGE_EVENTS_MAX);
    for (unsigned i = 0; i < n; i++) {
        out[i] = told(found[i]);
    }
    return n;
}

/* common_since: ticks; 0: no event yet. */
static uint64_t common_since(void)
{
    return n_events == 0 ? 0 : ring[(n_events - kept()) % TRAIL_EVENTS].event.ticks;
}

uint64_t trail_since_us(uint32_t space, uint64_t page)
{
    const struct followed *f = followed_page(space, page);

    if (!f || n_events == 0) {
        return microseconds(common_since());
    }
    return microseconds(f->n_events <= PAGE_EVENTS_MAX ? f->since : f->ring[f->n_events % PAGE_EVENTS_MAX].ticks);
}

/* ---- followed pages ---- */

static bool has_followed(uint32_t space)
{
    for (unsigned i = 0; i < TRAIL_FOLLOWED; i++) {
        if (followed[i].space == space) {
            return true;
        }
    }
    return false;
}

/* place_of: where a page is in the list, or the place that is given up for it. */
static unsigned place_of(uint32_t space, uint64_t page)
{
    unsigned i = 0;

    while (i < TRAIL_FOLLOWED - 1 && followed[i].space && !(followed[i].space == space && followed[i].page == page)) {
        i++;
    }
    return i;
}

static void find_may_follow(void)
{
    may_follow = 0;
    for (unsigned i = 0; i < TRAIL_FOLLOWED; i++) {
        may_follow |= followed[i].space ? 1ull << followed[i].page % 64 : 0;
    }
}

/* follow_anew: in the first place, with what the common ring has of it. */
static void follow_anew(uint32_t space, uint64_t page, uint64_t mark)
{
    const struct noted *known[PAGE_EVENTS_MAX];
    struct followed *f = &followed[0];
    unsigned n = find(space, page, mark, known, PAGE_EVENTS_MAX);
    uint64_t since = common_since();

    f->page = page;
    f->space = space;
    f->n_events = 0;
    f->since = n == PAGE_EVENTS_MAX ? known[n - 1]->ticks : since ? since : kernel_ticks();
    while (n > 0) {
        keep(f, known[--n]);
    }
}

uint32_t trail_follow(uint32_t space, uint64_t page, uint64_t mark)
{
    unsigned place = place_of(space, page);
    const struct followed was = followed[place];
    bool again = was.space == space && was.page == page;

    memmove(&followed[1], &followed[0], place * sizeof followed[0]);
    if (again) {
        followed[0] = was;
        return 0;
    }
    follow_anew(space, page, mark);
    find_may_follow();
    return was.space && !has_followed(was.space) ? was.space : 0;
}

void trail_forget(uint32_t space)
{
    unsigned kept_pages = 0;

    for (unsigned i = 0; i < TRAIL_FOLLOWED; i++) {
        if (followed[i].space != space) {
            followed[kept_pages++] = followed[i];
        }
    }
    memset(&followed[kept_pages], 0, (TRAIL_FOLLOWED - kept_pages) * sizeof followed[0]);
    find_may_follow();
}

bool trail_follows(uint32_t space, uint64_t page)
{
    return followed_page(space, page) != NULL;
}
