/* SPDX-License-Identifier: BSD-2-Clause */
#include "park.h"

#include "boot.h"
#include "cspace.h"
#include "fault.h"
#include "frame.h"
#include "load.h"
#include "mapping.h"
#include "reserve.h"
#include "stalls.h"

#include <string.h>

/* Reply objects come in units: one object page of them and one for the slots that they are in. */
#define UNIT SLOT_LEAF_SLOTS
#define UNITS 3u
#define PARK_MAX (UNIT * UNITS)
#define NONE UINT32_MAX
/* As handles; records have smaller numbers. */
#define HELD UINT32_MAX       /* it waits for its share */
#define ROOM (UINT32_MAX - 1) /* it waits for room */

static struct entry {
    struct fault_message fault;
    cptr_t reply;
    uint32_t handle;
    uint32_t next;
} entries[PARK_MAX];
static uint32_t free_entries, first, last; /* in the order in which they came */
static uint32_t n_waiting;
uint32_t park_n_room;
static uint64_t n_put_off;

static cptr_t spare[PARK_MAX + 1]; /* reply objects that nobody waits in */
static uint32_t n_spare;

void park_init(void)
{
    n_spare = n_waiting = park_n_room = 0;
    n_put_off = 0;
    first = last = NONE;
    for (uint32_t i = 0; i < PARK_MAX; i++) {
        entries[i].next = i + 1 < PARK_MAX ? i + 1 : NONE;
    }
    free_entries = 0;
}

static bool make_unit(void)
{
    uint32_t leaf = cspace_leaf_take();
    uint32_t slots = leaf == CSPACE_NO_LEAF ? BUDDY_NONE : object_page_take(FRAME_SLOTS);
    uint32_t replies = slots == BUDDY_NONE ? BUDDY_NONE : object_page_take(FRAME_SLOTS);

    if (replies == BUDDY_NONE) {
        if (slots != BUDDY_NONE) {
            object_page_put(slots);
        }
        if (leaf != CSPACE_NO_LEAF) {
            cspace_leaf_put(leaf);
        }
        return false;
    }
    cptr_t made = page_second_cap(slots);
    must(kernel_retype(page_cap(slots), KERNEL_CNODE, SLOT_LEAF_BITS, cptr_leaf(made), cptr_slot(made), 1), "park: slots");
    must(kernel_install_leaf(leaf, made, SLOT_LEAF_BITS), "park: leaf");
    must(kernel_retype(page_cap(replies), KERNEL_REPLY, 0, leaf, 0, UNIT), "park: replies");
    for (uint32_t i = 0; i < UNIT; i++) {
        spare[n_spare++] = cptr_at(leaf, i);
    }
    return true;
}

bool park_ready(void)
{
    for (uint32_t unit = 0; unit < UNITS; unit++) {
        if (!make_unit()) {
            return false;
        }
    }
    return true;
}

/* begin_wait, end_wait: of a fault, for the accounts of its space. */
static void begin_wait(const struct entry *e)
{
    struct space *s = space_at(e->fault.space);

    if (e->handle == HELD) {
        load_hold(s);
        return;
    }
    n_waiting++;
    park_n_room += e->handle == ROOM;
    stalls_begin(s);
}

static void end_wait(const struct entry *e)
{
    struct space *s = space_at(e->fault.space);

    if (e->handle == HELD) {
        load_held(s);
        return;
    }
    n_waiting--;
    park_n_room -= e->handle == ROOM;
    stalls_end(s);
}

bool park_keep_reply(cptr_t *kept)
{
    if (n_spare == 0) {
        return false;
    }
    *kept = pager_reply;
    pager_reply = spare[--n_spare];
    return true;
}

void park_put_reply(cptr_t reply)
{
    spare[n_spare++] = reply;
}

bool park(const struct fault_message *fault, uint32_t handle)
{
    cptr_t reply;

    if (free_entries == NONE || !park_keep_reply(&reply)) {
        return false;
    }
    uint32_t i = free_entries;
    struct entry *e = &entries[i];
    free_entries = e->next;
    *e = (struct entry){.fault = *fault, .reply = reply, .handle = handle, .next = NONE};
    if (last == NONE) {
        first = i;
    } else {
        entries[last].next = i;
    }
    last = i;
    begin_wait(e);
    return true;
}

bool park_hold(const struct fault_message *fault)
{
    return park(fault, HELD);
}

bool park_room(const struct fault_message *fault)
{
    n_put_off++;
    return park(fault, ROOM);
}

uint64_t park_room_count(void)
{
    return n_put_off;
}

/* unlink_where: take the entries out that wait for this, or are of this space, and return them as a list in their order. */
static uint32_t unlink_where(bool (*wanted)(const struct entry *e, uint64_t key), uint64_t key)
{
    uint32_t list = NONE, *tail = &list, before = NONE;

    for (uint32_t i = first, next; i != NONE; i = next) {
        next = entries[i].next;
        if (!wanted(&entries[i], key)) {
            before = i;
            continue;
        }
        if (before == NONE) {
            first = next;
        } else {
            entries[before].next = next;
        }
        last = last == i ? before : last;
        entries[i].next = NONE;
        *tail = i;
        tail = &entries[i].next;
    }
    return list;
}

/* leave: it waits no more; its reply object is free, unless it waits again. */
static struct entry leave(uint32_t i)
{
    struct entry e = entries[i];

    entries[i].next = free_entries;
    free_entries = i;
    end_wait(&e);
    return e;
}

/* serve: once more from the beginning, with the reply object in which the thread waits. */
static void serve(const struct entry *e)
{
    cptr_t own = pager_reply;

    pager_reply = e->reply;
    mapping_defer();
    bool resume = e->handle == ROOM ? fault_handle_waiter(&e->fault) : fault_handle(&e->fault);
    struct deferred_mapping mapping = *mapping_deferred();
    if (resume) {
        kernel_reply_fault(e->reply, &mapping);
    }
    park_put_reply(pager_reply); /* another one if it was parked again */
    pager_reply = own;
}

static void serve_list(uint32_t list)
{
    for (uint32_t i = list, next; i != NONE; i = next) {
        next = entries[i].next;
        struct entry e = leave(i);
        serve(&e);
    }
}

static bool waits_for(const struct entry *e, uint64_t handle)
{
    return e->handle == handle;
}

void park_wake(uint32_t handle)
{
    serve_list(unlink_where(waits_for, handle));
}

void park_wake_held(void)
{
    park_wake(HELD);
}

void park_wake_any(void)
{
    park_wake(0);
}

static bool is_entry(const struct entry *e, uint64_t index)
{
    return e == &entries[index];
}

void park_room_step(void)
{
    uint32_t i = first;

    while (i != NONE && entries[i].handle != ROOM) {
        i = entries[i].next;
    }
    if (i != NONE) {
        serve_list(unlink_where(is_entry, i));
    }
}

static bool is_of(const struct entry *e, uint64_t space)
{
    return e->fault.space == space;
}

void park_forget(uint32_t space)
{
    for (uint32_t i = unlink_where(is_of, space), next; i != NONE; i = next) {
        next = entries[i].next;
        park_put_reply(leave(i).reply);
    }
}

uint32_t park_waiting(void)
{
    return n_waiting;
}

bool park_holds(cptr_t reply)
{
    for (uint32_t i = first; i != NONE; i = entries[i].next) {
        if (entries[i].reply == reply) {
            return true;
        }
    }
    return false;
}
