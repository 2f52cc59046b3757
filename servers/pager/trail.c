/* SPDX-License-Identifier: BSD-2-Clause */
#include "trail.h"

#include "kernel_if.h"
#include "state.h"

#include <string.h>

#define PAGE_SHIFT 28
#define TIME_SHIFT 24
#define KIND_SHIFT 20

static struct entry {
    uint64_t where; /* page << 28 | space */
    uint64_t what;  /* time in us << 24 | kind << 20 | detail */
} ring[TRAIL_EVENTS];
static uint64_t n_events; /* ever noted */

void trail_init(void)
{
    memset(ring, 0, sizeof ring);
    n_events = 0;
}

static uint64_t where(uint32_t space, uint64_t page)
{
    return page << PAGE_SHIFT | space;
}

void trail_note(uint32_t space, uint64_t page, uint32_t kind, uint32_t detail)
{
    uint64_t time_us = ticks_to_ns(kernel_ticks()) / 1000;

    ring[n_events++ % TRAIL_EVENTS] = (struct entry){
        .where = where(space, page), .what = time_us << TIME_SHIFT | kind << KIND_SHIFT | (detail & TRAIL_DETAIL_MAX)};
}

static struct page_event event_of(const struct entry *e)
{
    return (struct page_event){
        .time_us = e->what >> TIME_SHIFT, .kind = e->what >> KIND_SHIFT & 15, .detail = (uint32_t)(e->what & TRAIL_DETAIL_MAX)};
}

static uint64_t kept(void)
{
    return n_events < TRAIL_EVENTS ? n_events : TRAIL_EVENTS;
}

unsigned trail_read(uint32_t space, uint64_t page, struct page_event *out, unsigned max)
{
    unsigned found = 0;

    for (uint64_t i = 1; i <= kept() && found < max; i++) {
        const struct entry *e = &ring[(n_events - i) % TRAIL_EVENTS];
        if (e->where == where(space, page)) {
            out[found++] = event_of(e);
        }
    }
    return found;
}

uint64_t trail_since_us(void)
{
    return n_events == 0 ? 0 : event_of(&ring[(n_events - kept()) % TRAIL_EVENTS]).time_us;
}
