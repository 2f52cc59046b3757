/* SPDX-License-Identifier: BSD-2-Clause */
#include "trail.h"

#include "kernel_if.h"
#include "state.h"

#include <string.h>

static struct entry {
    uint64_t page;
    uint32_t space;
    struct page_event event;
} ring[TRAIL_EVENTS];
static uint64_t n_events; /* ever noted */

/* Newest first; space 0: none. */
static struct followed {
    uint64_t page;
    uint32_t space;
} followed[TRAIL_FOLLOWED];

void trail_init(void)
{
    memset(ring, 0, sizeof ring);
    memset(followed, 0, sizeof followed);
    n_events = 0;
}

/* ---- events ---- */

void trail_note_aged(uint32_t space, uint64_t page, uint32_t kind, uint32_t detail, uint32_t age)
{
    ring[n_events++ % TRAIL_EVENTS] = (struct entry){
        .page = page,
        .space = space,
        .event = {.time_us = ticks_to_ns(kernel_ticks()) / 1000, .kind = (uint16_t)kind, .age = (uint16_t)age, .detail = detail},
    };
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

unsigned trail_read(uint32_t space, uint64_t page, uint64_t mark, struct page_event *out, unsigned max)
{
    unsigned found = 0;

    for (uint64_t i = 1; i <= kept() && i <= n_events - mark && found < max; i++) {
        const struct entry *e = &ring[(n_events - i) % TRAIL_EVENTS];
        if (e->page == page && e->space == space) {
            out[found++] = e->event;
        }
    }
    return found;
}

uint64_t trail_since_us(void)
{
    return n_events == 0 ? 0 : ring[(n_events - kept()) % TRAIL_EVENTS].event.time_us;
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

uint32_t trail_follow(uint32_t space, uint64_t page)
{
    unsigned place = place_of(space, page);
    uint32_t dropped = followed[place].space;

    memmove(&followed[1], &followed[0], place * sizeof followed[0]);
    followed[0] = (struct followed){.page = page, .space = space};
    return dropped && !has_followed(dropped) ? dropped : 0;
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
}

bool trail_follows(uint32_t space, uint64_t page)
{
    for (unsigned i = 0; i < TRAIL_FOLLOWED; i++) {
        if (followed[i].page == page && followed[i].space == space) {
            return true;
        }
    }
    return false;
}
