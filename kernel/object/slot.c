/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots: insertion, movement, deletion; see cnode.h.
 *
 * Deletion without recursion. The last capability to a CNode or a thread becomes a zombie: a capability that names the slots still to be emptied. Emptying
 * goes from the last slot down, one step at a time, with a preemption point after each. When such a slot itself holds a zombie (the last capability to
 * another CNode or thread), that one is not emptied in turn: it changes places with what is in the first of its own slots. There it stays,
 * reachable by nobody, until the memory it is made of is revoked; what came out is emptied instead. So the depth is always one, whatever users nest.
 * Endpoints and notifications where threads wait, and ASID pools, become zombies too: thread by thread and number by number they come to an end.
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

static void make_zombie(struct slot *slot, enum zombie_kind kind, word_t n_left)
{
    slot->cap = (struct cap){.zombie = {.n_left = n_left, .type = CAP_ZOMBIE, .kind = kind, .object = slot->cap.thread.object}};
}

/* Undo what the object of a capability does in the system, if that takes one step; else the capability is a zombie afterwards. CNodes, threads and interrupt
 * handlers are not for here. */
static void destroy_object(struct slot *slot)
{
    struct cap *cap = &slot->cap;
    struct wait_queue *queue = CAP_OBJECT(cap->endpoint); /* of those that begin with one */
    switch (cap_type(cap)) {
    case CAP_NOTIFICATION:
        notification_unbind_all(CAP_OBJECT(cap->endpoint)); /* fall through */
    case CAP_ENDPOINT:
        if (queue->first)
            make_zombie(slot, ZOMBIE_QUEUE, 1);
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
        make_zombie(slot, ZOMBIE_ASID_POOL, ASID_POOL_ENTRIES);
        break;
    default:
        break;
    }
}
_Static_assert(offsetof(struct endpoint, queue) == 0 && offsetof(struct notification, queue) == 0, "destroy_object relies on it");

/* One step of the end of an object that holds no slots. */
static void shrink_zombie(struct cap *cap)
{
    if (cap->zombie.kind == ZOMBIE_ASID_POOL) {
        cap->zombie.n_left = asid_pool_shrink(CAP_OBJECT(cap->zombie), cap->zombie.n_left);
        return;
    }
    struct wait_queue *queue = CAP_OBJECT(cap->zombie);
    if (queue->first) /* else the last one has left by itself */
        thread_restart_or_stop(queue->first);
    cap->zombie.n_left = queue->first != NULL;
}

void slot_replace_frame(struct slot *src, struct slot *dst, struct cap cap)
{
    KASSERT(slot_is_empty(dst) || dst->cap.type == CAP_FRAME);
    if (!slot_is_empty(dst))
        slot_clear(dst);
    slot_insert_copy(src, dst, cap);
}

/* One step of deleting a capability that no slots have to be emptied for: it is gone afterwards, or a zombie. */
static void take_down_simple(struct slot *slot, bool final)
{
    if (slot->cap.type == CAP_ZOMBIE) {
        shrink_zombie(&slot->cap);
    } else {
        if (slot->cap.type == CAP_FRAME)
            frame_unmap(&slot->cap);
        if (slot->cap.type == CAP_VSPACE)
            vspace_entries_changed();
        if (final)
            destroy_object(slot);
    }
    if (slot->cap.type != CAP_ZOMBIE || slot->cap.zombie.n_left == 0)
        slot_clear(slot);
}

static void take_down_irq_handler(struct slot *slot)
{
    unsigned irq = (unsigned)slot->cap.irq_handler.irq;
    struct slot *notification = irq_handler_disable(irq);
    if (!slot_is_empty(notification)) {
        take_down_simple(notification, cdt_is_final(notification));
    } else {
        irq_handler_forget(irq);
        slot_clear(slot);
    }
}

/* One step of deleting any capability but a zombie with slots. */
static void take_down(struct slot *slot)
{
    bool final = cdt_is_final(slot);
    if (final && slot->cap.type == CAP_CNODE) {
        make_zombie(slot, ZOMBIE_CNODE, BIT(slot->cap.cnode.radix));
    } else if (final && slot->cap.type == CAP_THREAD) {
        thread_destroy(CAP_OBJECT(slot->cap.thread));
        make_zombie(slot, ZOMBIE_THREAD, THREAD_SLOTS);
    } else if (final && slot->cap.type == CAP_IRQ_HANDLER) {
        take_down_irq_handler(slot);
    } else {
        take_down_simple(slot, final);
    }
}

/* A zombie whose object has slots that must be emptied. */
static bool holds_slots(const struct cap *cap)
{
    return cap->type == CAP_ZOMBIE && (cap->zombie.kind == ZOMBIE_CNODE || cap->zombie.kind == ZOMBIE_THREAD);
}

static struct slot *zombie_slots(const struct cap *cap)
{
    if (cap->zombie.kind == ZOMBIE_THREAD)
        return ((struct thread *)CAP_OBJECT(cap->zombie))->slots;
    return CAP_OBJECT(cap->zombie);
}

/* A zombie in a slot of an object that is being emptied goes into the first of its own slots. */
static void zombie_go_home(struct slot *slot)
{
    struct slot *home = zombie_slots(&slot->cap);
    if (slot->cap.zombie.n_left == 0)
        slot_clear(slot);
    else if (slot_is_empty(home))
        slot_move(slot, home, slot->cap);
    else
        slot_exchange(slot, home->cap, home, slot->cap);
}

/* One step towards an empty slot; it is not empty on entry. */
static void delete_step(struct slot *slot)
{
    if (!holds_slots(&slot->cap)) {
        take_down(slot);
        return;
    }
    struct slot *first = zombie_slots(&slot->cap);
    word_t n = slot->cap.zombie.n_left;
    if (n == 0 || (n == 1 && first == slot)) {
        slot_clear(slot);
        return;
    }
    struct slot *end = &first[n - 1]; /* may be `slot` itself, which then holds a zombie: it goes home like any other */
    if (slot_is_empty(end))
        slot->cap.zombie.n_left--;
    else if (holds_slots(&end->cap))
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
