/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared.h"

#include "frame.h"

#include <stddef.h>

static uint32_t first;

void shared_reset(void)
{
    first = 0;
}

static struct shared_object *at(uint32_t frame)
{
    return frame_window(frame);
}

uint32_t shared_create(void)
{
    uint32_t frame = frame_take(FRAME_META, true, false);

    if (frame == BUDDY_NONE) {
        return BUDDY_NONE;
    }
    struct shared_object *o = at(frame);
    o->refs = 1;
    o->next = first;
    if (first) {
        at(first - 1)->prev = frame + 1;
    }
    first = frame + 1;
    return frame;
}

void shared_retain(uint32_t object)
{
    at(object)->refs++;
}

static void unlink_object(const struct shared_object *o)
{
    if (o->prev) {
        at(o->prev - 1)->next = o->next;
    } else {
        first = o->next;
    }
    if (o->next) {
        at(o->next - 1)->prev = o->prev;
    }
}

void shared_release(uint32_t object)
{
    struct shared_object *o = at(object);
    page_entry *entry;

    if (--o->refs > 0) {
        return;
    }
    for (uint64_t p = 0; (p = pagemap_next(&o->map, p, PAGEMAP_PAGES, &entry)) != UINT64_MAX; p++) {
        frame_put(entry_frame(*entry));
    }
    pagemap_clear(&o->map);
    unlink_object(o);
    frame_put(object);
}

page_entry *shared_page(uint32_t object, uint64_t page)
{
    return pagemap_make(&at(object)->map, page);
}

struct shared_object *shared_first(void)
{
    return first ? at(first - 1) : NULL;
}

struct shared_object *shared_next(const struct shared_object *o)
{
    return o->next ? at(o->next - 1) : NULL;
}
