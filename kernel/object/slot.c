/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots: insertion, movement, deletion; see cnode.h.
 *
 * Deletion without recursion. The last capability to a CNode or a thread becomes a zombie: a capability that names the slots still to be emptied. Emptying
 * goes from the last slot down, one step at a time, with a preemption point after each. When such a slot itself holds a zombie (the last capability to
 * another CNode or thread), that one is not emptied in turn: it changes places with what is in the first of its own slots. There it stays,
 * reachable by nobody, until the memory it is made of is revoked; what came out is emptied instead. So the depth is always one, whatever users nest.
 */
#include "object/asid.h"
#include "object/cdt.h"
#include "object/cnode.h"
#include "object/endpoint.h"
#include "object/frame.h"
#include "object/irq.h"
#include "object/notification.h"
#include "object/page_table.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "object/thread.h"
#include "object/untyped.h"
#include "object/vspace.h"
#include "panic.h"
#include "preempt.h"

static bool has_badge(const struct cap *cap) { return cap->type == CAP_ENDPOINT || cap->type == CAP_NOTIFICATION; }

void slot_insert_copy(struct slot *src, struct slot *dst, struct cap cap)
{
    KASSERT(slot_is_empty(dst));
    dst->cap = cap;
    if (cap.type == CAP_UNTYPED) {
        cdt_insert_original(src, dst);
        untyped_set_full(src);
    } else if (has_badge(&cap) && cap.endpoint.badge != src->cap.endpoint.badge) {
        cdt_insert_original(src, dst);
    } else {
        cdt_insert_copy(src, dst);
    }
}

void slot_insert_original(struct slot *parent, struct slot *dst, struct cap cap)
{
    KASSERT(slot_is_empty(dst));
    dst->cap = cap;
    cdt_insert_original(parent, dst);
}

void slot_insert_top(struct slot *dst, struct cap cap)
{
    KASSERT(slot_is_empty(dst));
    dst->cap = cap;
    cdt_insert_top(dst);
}

void slot_move(struct slot *src, struct slot *dst, struct cap cap)
{
    KASSERT(slot_is_empty(dst));
    dst->cap = cap;
    cdt_move(src, dst);
    src->cap = (struct cap){0};
}

void slot_exchange(struct slot *a, struct cap new_a, struct slot *b, struct cap new_b)
{
    a->cap = new_a;
    b->cap = new_b;
    cdt_exchange(a, b);
}

static void slot_clear(struct slot *slot)
{
    cdt_remove(slot);
    slot->cap = (struct cap){0};
}

/* Undo what the object of a capability that is about to go does in the system. */
static void destroy_simple(struct cap *cap, bool final)
{
    if (cap->type == CAP_FRAME) {
        frame_unmap(cap);
        return;
    }
    if (cap->type == CAP_VSPACE)
        vspace_entries_changed();
    if (!final)
        return;
    switch (cap_type(cap)) {
    case CAP_ENDPOINT:
        endpoint_destroy(CAP_OBJECT(cap->endpoint));
        break;
    case CAP_NOTIFICATION:
        notification_destroy(CAP_OBJECT(cap->endpoint));
        break;
    case CAP_REPLY:
        reply_destroy(CAP_OBJECT(cap->reply));
        break;
    case CAP_SCHED_CONTEXT:
        sched_context_destroy(CAP_OBJECT(cap->sched_context));
        break;
    case CAP_PAGE_TABLE:
        page_table_unmap(cap);
        break;
    case CAP_VSPACE:
        vspace_destroy(cap);
        break;
    case CAP_ASID_POOL:
        asid_pool_destroy(cap);
        break;
    default:
        break;
    }
}

void slot_delete_simple(struct slot *slot)
{
    if (slot_is_empty(slot))
        return;
    KASSERT(slot->cap.type != CAP_CNODE && slot->cap.type != CAP_THREAD && slot->cap.type != CAP_ZOMBIE && slot->cap.type != CAP_IRQ_HANDLER);
    destroy_simple(&slot->cap, cdt_is_final(slot));
    slot_clear(slot);
}

static struct slot *zombie_slots(const struct cap *cap)
{
    if (cap->zombie.thread)
        return ((struct thread *)CAP_OBJECT(cap->zombie))->slots;
    return CAP_OBJECT(cap->zombie);
}

static void make_zombie(struct slot *slot, bool thread, word_t n_slots)
{
    struct cap cap = {.zombie = {.n_slots = n_slots, .type = CAP_ZOMBIE, .thread = thread, .object = slot->cap.thread.object}};
    slot->cap = cap;
}

/* First step of deleting a capability: it is gone afterwards, or a zombie. */
static void take_down(struct slot *slot)
{
    bool final = cdt_is_final(slot);
    if (final && slot->cap.type == CAP_CNODE) {
        make_zombie(slot, false, BIT(slot->cap.cnode.radix));
        return;
    }
    if (final && slot->cap.type == CAP_THREAD) {
        thread_destroy(CAP_OBJECT(slot->cap.thread));
        make_zombie(slot, true, THREAD_SLOTS);
        return;
    }
    if (final && slot->cap.type == CAP_IRQ_HANDLER)
        irq_handler_destroy((unsigned)slot->cap.irq_handler.irq);
    destroy_simple(&slot->cap, final);
    slot_clear(slot);
}

/* A zombie in a slot of an object that is being emptied goes into the first of its own slots. */
static void zombie_go_home(struct slot *slot)
{
    struct slot *home = zombie_slots(&slot->cap);
    if (slot->cap.zombie.n_slots == 0)
        slot_clear(slot);
    else if (slot_is_empty(home))
        slot_move(slot, home, slot->cap);
    else
        slot_exchange(slot, home->cap, home, slot->cap);
}

/* One step towards an empty slot; it is not empty on entry. */
static void delete_step(struct slot *slot)
{
    if (slot->cap.type != CAP_ZOMBIE) {
        take_down(slot);
        return;
    }
    struct slot *first = zombie_slots(&slot->cap);
    word_t n = slot->cap.zombie.n_slots;
    if (n == 0 || (n == 1 && first == slot)) {
        slot_clear(slot);
        return;
    }
    struct slot *end = &first[n - 1]; /* may be `slot` itself, which then holds a zombie: it goes home like any other */
    if (slot_is_empty(end))
        slot->cap.zombie.n_slots--;
    else if (end->cap.type == CAP_ZOMBIE)
        zombie_go_home(end);
    else
        take_down(end);
}

bool slot_delete(struct slot *slot)
{
    while (!slot_is_empty(slot)) {
        delete_step(slot);
        if (!slot_is_empty(slot) && preemption_point())
            return false;
    }
    return true;
}

bool slot_revoke(struct slot *slot)
{
    struct slot *child;
    while ((child = cdt_first_child(slot))) {
        if (!slot_delete(child))
            return false;
        if (cdt_first_child(slot) && preemption_point())
            return false;
    }
    return true;
}
