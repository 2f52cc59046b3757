/* SPDX-License-Identifier: BSD-2-Clause */
#include "readahead.h"

void readahead_init(struct readahead *r)
{
    *r = (struct readahead){.last_slot = READAHEAD_NO_SLOT, .window = READAHEAD_START, .rest = READAHEAD_REST};
}

/* keeps_stride: is the fault where the last one's run goes on, just behind what was brought in or somewhere before that? */
static bool keeps_stride(const struct readahead *r, int64_t distance)
{
    return r->stride != 0 && distance % r->stride == 0 && distance / r->stride >= 1 && (uint64_t)(distance / r->stride) <= (uint64_t)r->ahead + 1;
}

static void follow_pages(struct readahead *r, uint64_t page)
{
    int64_t distance = (int64_t)(page - r->last_page);

    if (keeps_stride(r, distance)) {
        r->run++;
    } else {
        r->stride = distance;
        r->run = 0;
    }
    r->last_page = page;
}

static void follow_slots(struct readahead *r, uint64_t slot)
{
    bool behind = slot != READAHEAD_NO_SLOT && r->last_slot != READAHEAD_NO_SLOT && slot > r->last_slot && slot - r->last_slot <= r->ahead + 1;

    r->slot_run = behind ? r->slot_run + 1 : 0;
    r->last_slot = slot;
}

/* open: count down the rest of a closed window. */
static bool open(struct readahead *r)
{
    if (r->window == 0 && --r->closed_for == 0) {
        r->window = 1;
    }
    return r->window > 0;
}

static struct readahead_plan choose(const struct readahead *r, enum readahead_advice advice)
{
    uint32_t window = r->window;

    if (advice == READAHEAD_SEQUENTIAL) {
        window = window < READAHEAD_START_ADVISED ? READAHEAD_START_ADVISED : window;
        return (struct readahead_plan){READAHEAD_VIRTUAL, r->run > 0 ? r->stride : 1, window};
    }
    if (r->run >= READAHEAD_RUN) {
        return (struct readahead_plan){READAHEAD_VIRTUAL, r->stride, window};
    }
    if (r->slot_run >= READAHEAD_RUN) {
        return (struct readahead_plan){READAHEAD_SLOTS, 1, window};
    }
    return (struct readahead_plan){READAHEAD_NONE, 0, 0};
}

struct readahead_plan readahead_fault(struct readahead *r, uint64_t page, uint64_t slot, enum readahead_advice advice, uint32_t room)
{
    struct readahead_plan plan = {READAHEAD_NONE, 0, 0};

    follow_pages(r, page);
    follow_slots(r, slot);
    if (open(r) && advice != READAHEAD_RANDOM && room > 0) {
        plan = choose(r, advice);
        plan.count = plan.count < room ? plan.count : room;
    }
    r->ahead = plan.count;
    return plan;
}

static void close(struct readahead *r)
{
    r->window = 0;
    r->closed_for = r->rest;
    r->rest = r->rest * 2 < READAHEAD_REST_MAX ? r->rest * 2 : READAHEAD_REST_MAX;
}

/* judge: once as many pages as the window has have met their fate, resize it. */
static void judge(struct readahead *r)
{
    uint32_t known = r->used + r->wasted;

    if (r->window == 0 || known < r->window) {
        return;
    }
    if (r->used * 4 < known) {
        close(r);
    } else if (r->used * 2 < known) {
        r->window = r->window > 1 ? r->window / 2 : 1;
    } else if (r->used * 4 >= known * 3) {
        r->window = r->window * 2 < READAHEAD_MAX ? r->window * 2 : READAHEAD_MAX;
        r->rest = READAHEAD_REST;
    }
    r->used = r->wasted = 0;
}

void readahead_used(struct readahead *r)
{
    r->used++;
    judge(r);
}

void readahead_wasted(struct readahead *r)
{
    r->wasted++;
    judge(r);
}
