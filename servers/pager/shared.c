/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared.h"

#include "frame.h"
#include "promise.h"

#include <stddef.h>

static uint32_t first;

static struct {
    uint32_t object; /* frame of the object + 1; 0: at the end */
    uint64_t page;   /* to be looked at next */
} hand;

void shared_reset(void)
{
    first = 0;
    hand.object = 0;
}

static struct shared_object *at(uint32_t frame)
{
    return frame_window(frame);
}

uint32_t shared_create(uint64_t pages)
{
    uint32_t frame = frame_take(FRAME_META, true, false);

    if (frame == BUDDY_NONE) {
        return BUDDY_NONE;
    }
    struct shared_object *o = at(frame);
    o->refs = 1;
    o->pages = pages;
    promise_object(pages);
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

static void hand_to(uint32_t object)
{
    hand.object = object;
    hand.page = 0;
}

page_entry *shared_look(uint64_t *page)
{
    page_entry *entry;

    if (!hand.object) {
        hand_to(first);
    }
    for (; hand.object; hand_to(at(hand.object - 1)->next)) {
        *page = pagemap_next(&at(hand.object - 1)->map, hand.page, PAGEMAP_PAGES, &entry);
        if (*page != UINT64_MAX) {
            hand.page = *page + 1;
            return entry;
        }
    }
    return NULL;
}

static void unlink_object(uint32_t object)
{
    const struct shared_object *o = at(object);

    if (hand.object == object + 1) {
        hand_to(o->next);
    }
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
        entry_release(*entry);
    }
    pagemap_clear(&o->map);
    promise_object_end(o->pages);
    unlink_object(object);
    frame_put(object);
}

page_entry *shared_page(uint32_t object, uint64_t page)
{
    return pagemap_make(&at(object)->map, page);
}

const page_entry *shared_find(uint32_t object, uint64_t page)
{
    bool other_holders;
    return pagemap_find(&at(object)->map, page, &other_holders);
}

struct shared_object *shared_first(void)
{
    return first ? at(first - 1) : NULL;
}

struct shared_object *shared_next(const struct shared_object *o)
{
    return o->next ? at(o->next - 1) : NULL;
}
