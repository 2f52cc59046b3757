/* SPDX-License-Identifier: BSD-2-Clause */
#include "subscribe.h"

#include <generated/errors.h>
#include <pagoda/startup.h>

static uint32_t first; /* space number; 0: nobody has subscribed */

void subscriptions_init(void)
{
    first = 0;
}

uint64_t subscribe(struct space *s, uint32_t level)
{
    if (s->pressure.slot != SLOT_NONE) {
        return PAGODA_ERR_TOO_MANY;
    }
    uint32_t slot;
    uint64_t error = space_receive(s, &slot);
    if (error) {
        return error;
    }
    s->pressure = (struct space_subscription){.slot = slot, .next = first, .level = level, .inside = pager.pressure.level >= level};
    first = s->id;
    return 0;
}

void unsubscribe(struct space *s)
{
    uint32_t *link = &first;

    if (s->pressure.slot == SLOT_NONE) {
        return;
    }
    while (*link != s->id) {
        link = &space_at(*link)->pressure.next;
    }
    *link = s->pressure.next;
    must(kernel_delete(slot_cap(s->pressure.slot)), "subscribe: delete");
    slot_put(&s->slots, s->pressure.slot);
    s->pressure.slot = SLOT_NONE;
}

void subscribers_tell(uint32_t level)
{
    for (struct space *s = space_at(first); s; s = space_at(s->pressure.next)) {
        bool inside = level >= s->pressure.level;
        if (inside != s->pressure.inside) {
            s->pressure.inside = inside;
            kernel_signal_any(slot_cap(s->pressure.slot));
        }
    }
}

static uint64_t excess(const struct space *s)
{
    uint64_t pages = space_pages(s);
    return pages > s->min_pages ? pages - s->min_pages : 0;
}

/* Fractions of a page: weights go up to 2^16. */
static uint64_t claim(const struct space *s)
{
    return s->manager == MANAGER_INIT || s->ended ? 0 : (excess(s) << 16) / s->weight;
}

uint64_t pages_wanted_of(const struct space *s, uint64_t pages)
{
    uint64_t sum = 0;

    for (const struct space *other = space_first_from(1); other; other = space_first_from((uint64_t)other->id + 1)) {
        sum += claim(other);
    }
    if (sum == 0) {
        return 0;
    }
    uint64_t share = (uint64_t)(((unsigned __int128)pages * claim(s) + sum - 1) / sum);
    return share < excess(s) ? share : excess(s);
}
