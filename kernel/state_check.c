/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole-state check; see state_check.h. Every object that exists has a capability in the derivation tree, so a walk through the tree finds all of them:
 *
 *   tree       links agree; siblings made of the same untyped memory do not overlap and lie in what it has handed out
 *   threads    state, queues, scheduling context, reply object, notification: all two-way links agree
 *   queues     of endpoints, notifications, the scheduler: order, membership
 *   ASIDs      those in use belong to VSpaces that exist
 *   spaces     tables and pages found in a live address space belong to capabilities that say that they are mapped there
 */
#include "state_check.h"

#ifdef PAGODA_DEBUG
#include "cpu.h"
#include "object/asid.h"
#include "object/cdt.h"
#include "object/endpoint.h"
#include "object/frame.h"
#include "object/notification.h"
#include "object/paging_group.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "object/thread.h"
#include "object/vspace.h"
#include "panic.h"
#include "sched/refill.h"
#include "sched/sched.h"

static struct sample {
    unsigned share, next;
} sample;

/* Is it the turn of this one? */
static bool sampled(void) { return sample.next++ % sample.share == 0; }

/* ---- tree and memory ---- */

struct memory {
    pa_t start;
    word_t len; /* 0: the capability owns no memory */
};

/* As much as is sure: what was emptied already does not count. */
static struct memory zombie_memory(const struct cap *cap)
{
    static const uint8_t bits[] = {[ZOMBIE_CNODE] = SLOT_BITS, [ZOMBIE_THREAD] = THREAD_BITS, [ZOMBIE_QUEUE] = ENDPOINT_BITS, [ZOMBIE_ASID_POOL] = ASID_POOL_BITS};
    return (struct memory){CAP_OBJECT_PA(cap->zombie), BIT(bits[cap->zombie.kind])};
}

static struct memory memory_of(const struct cap *cap)
{
    pa_t pa = CAP_OBJECT_PA(cap->thread); /* at the same place in all variants but untyped */
    switch (cap_type(cap)) {
    case CAP_UNTYPED:
        return (struct memory){CAP_OBJECT_PA(cap->untyped), BIT(cap->untyped.size_bits)};
    case CAP_FRAME:
        return (struct memory){pa, BIT(frame_size_bits((enum frame_size)cap->frame.size))};
    case CAP_CNODE:
        return (struct memory){pa, BIT(cap->cnode.radix + SLOT_BITS)};
    case CAP_ZOMBIE:
        return zombie_memory(cap);
    case CAP_THREAD:
        return (struct memory){pa, BIT(THREAD_BITS)};
    case CAP_ENDPOINT:
        return (struct memory){pa, BIT(ENDPOINT_BITS)};
    case CAP_NOTIFICATION:
        return (struct memory){pa, BIT(NOTIFICATION_BITS)};
    case CAP_REPLY:
        return (struct memory){pa, BIT(REPLY_BITS)};
    case CAP_SCHED_CONTEXT:
        return (struct memory){pa, BIT(cap->sched_context.size_bits)};
    case CAP_PAGE_TABLE:
    case CAP_VSPACE:
    case CAP_ASID_POOL:
        return (struct memory){pa, BIT(12)};
    default:
        return (struct memory){0, 0};
    }
}

static bool same_memory(const struct cap *a, const struct cap *b)
{
    struct memory ma = memory_of(a), mb = memory_of(b);
    return cap_type(a) == cap_type(b) && ma.start == mb.start && ma.len == mb.len;
}

/* Retype enters each object ahead of those made before it, so what hangs below an untyped is in descending order of address, copies next to each other. */
static void check_children_of_untyped(const struct slot *slot)
{
    struct memory untyped = memory_of(&slot->cap);
    pa_t end = untyped.start + ((word_t)slot->cap.untyped.free_offset << 4);
    const struct slot *before = NULL;
    for (const struct slot *child = cdt_first_child(slot); child; before = child, child = cdt_next_sibling(child)) {
        struct memory memory = memory_of(&child->cap);
        KASSERT(memory.len != 0 && memory.start >= untyped.start && memory.start + memory.len <= end);
        KASSERT(!before || same_memory(&before->cap, &child->cap) || memory.start + memory.len <= memory_of(&before->cap).start);
    }
}

static bool slow_is_final(const struct slot *slot)
{
    for (const struct slot *other = cdt_walk_next(NULL); other; other = cdt_walk_next(other))
        if (other != slot && cap_same_object(&other->cap, &slot->cap))
            return false;
    return true;
}

/* Is there a capability to this object? What has none may become something else at any time. */
static bool exists(enum cap_type type, const void *object)
{
    const struct slot *slot = cdt_walk_next(NULL);
    while (slot && !(cap_type(&slot->cap) == type && CAP_OBJECT(slot->cap.thread) == object))
        slot = cdt_walk_next(slot);
    return slot != NULL;
}
static bool exists_or_null(enum cap_type type, const void *object) { return !object || exists(type, object); }

/* ---- threads and what they wait for ---- */

static bool is_in_wait_queue(const struct thread *t)
{
    const struct wait_queue *queue = t->blocked_on;
    for (const struct thread *q = queue->first; q; q = q->queue_next)
        if (q == t)
            return true;
    return false;
}

static bool is_in_list(const struct thread *first, const struct thread *t)
{
    for (; first; first = first->ready_next)
        if (first == t)
            return true;
    return false;
}

static void check_thread_queues(const struct thread *t)
{
    const struct cpu *cpu = this_cpu();
    KASSERT(t->in_ready_queue == is_in_list(cpu->queues.list[t->priority].first, t));
    KASSERT(t->in_release_queue == is_in_list(cpu->release_first, t));
    KASSERT(!t->in_release_queue || (t->sc && thread_is_runnable(t) && t != cpu->current));
    KASSERT(t->in_ready_queue == (sched_is_schedulable(t) && t != cpu->current));
    KASSERT(t != cpu->current || (sched_is_schedulable(t) && t->state == THREAD_RUNNING && !t->yield_to));
}

static void check_thread(const struct thread *t)
{
    bool waits_in_queue = t->state == THREAD_BLOCKED_SEND || t->state == THREAD_BLOCKED_RECEIVE || t->state == THREAD_BLOCKED_NOTIFICATION;
    KASSERT(t->state <= THREAD_BLOCKED_NOTIFICATION);
    KASSERT((t->blocked_on != NULL) == waits_in_queue);
    KASSERT(!waits_in_queue || is_in_wait_queue(t));
    KASSERT(t->state != THREAD_BLOCKED_REPLY || t->reply);
    KASSERT(!t->reply || ((t->state == THREAD_BLOCKED_REPLY || t->state == THREAD_BLOCKED_RECEIVE) && t->reply->thread == t));
    KASSERT(t->fault.label == 0 || t->state == THREAD_BLOCKED_SEND || t->state == THREAD_BLOCKED_REPLY);
    KASSERT(!t->sc || t->sc->thread == t);
    KASSERT(!t->yield_to || t->yield_to->yield_from == t);
    KASSERT(!t->bound_notification || t->bound_notification->bound_thread == t);
    KASSERT(t->space_epoch != this_cpu()->space_epoch || t->space == vspace_entry(t));
    KASSERT(!waits_in_queue || exists(t->state == THREAD_BLOCKED_NOTIFICATION ? CAP_NOTIFICATION : CAP_ENDPOINT, t->blocked_on) ||
            exists(CAP_ZOMBIE, t->blocked_on));
    KASSERT(exists_or_null(CAP_REPLY, t->reply) && exists_or_null(CAP_SCHED_CONTEXT, t->sc) && exists_or_null(CAP_SCHED_CONTEXT, t->yield_to));
    KASSERT(exists_or_null(CAP_NOTIFICATION, t->bound_notification));
    check_thread_queues(t);
}

static void check_wait_queue(const struct wait_queue *queue, bool of_notification)
{
    const struct thread *before = NULL;
    for (const struct thread *t = queue->first; t; before = t, t = t->queue_next) {
        KASSERT(exists(CAP_THREAD, t) && t->queue_prev == before && t->blocked_on == queue);
        KASSERT(!before || (before->priority >= t->priority && before->state == t->state));
        KASSERT(of_notification == (t->state == THREAD_BLOCKED_NOTIFICATION));
    }
    KASSERT(queue->last == before);
}

static void check_notification(const struct notification *n)
{
    check_wait_queue(&n->queue, true);
    KASSERT(exists_or_null(CAP_SCHED_CONTEXT, n->sc) && exists_or_null(CAP_THREAD, n->bound_thread));
    KASSERT(!n->pending || !n->queue.first);
    KASSERT(n->pending || n->word == 0);
    KASSERT(!n->sc || n->sc->notification == n);
    KASSERT(!n->bound_thread || n->bound_thread->bound_notification == n);
}

static void check_reply(const struct reply *r)
{
    KASSERT(exists_or_null(CAP_THREAD, r->thread) && exists_or_null(CAP_REPLY, r->older));
    KASSERT(exists_or_null(r->newest ? CAP_SCHED_CONTEXT : CAP_REPLY, r->newest ? (const void *)r->context : r->newer));
    KASSERT(!r->thread || r->thread->reply == r);
    if (r->newest)
        KASSERT(r->context && r->context->replies == r);
    else
        KASSERT(!r->newer || r->newer->older == r);
    KASSERT(!r->older || (!r->older->newest && r->older->newer == r));
    bool in_stack = r->newest || r->newer || r->older;
    KASSERT(!in_stack || (r->thread && r->thread->state == THREAD_BLOCKED_REPLY));
}

static void check_context(struct sched_context *sc)
{
    KASSERT(exists_or_null(CAP_THREAD, sc->thread) && exists_or_null(CAP_NOTIFICATION, sc->notification));
    KASSERT(exists_or_null(CAP_REPLY, sc->replies) && exists_or_null(CAP_THREAD, sc->yield_from));
    KASSERT(!sc->thread || sc->thread->sc == sc);
    KASSERT(!sc->notification || sc->notification->sc == sc);
    KASSERT(!sc->yield_from || sc->yield_from->yield_to == sc);
    KASSERT(!sc->replies || (sc->replies->newest && sc->replies->context == sc));
    if (!sched_context_is_configured(sc))
        return;
    KASSERT(sc->first < sc->refills_max && sc->count >= 1 && sc->count <= sc->refills_max);
    ticks_t sum = 0;
    for (uint32_t i = 0; i < sc->count; i++) {
        KASSERT(i == 0 || refill_at(sc, i - 1)->time <= refill_at(sc, i)->time);
        sum += refill_at(sc, i)->amount;
    }
    KASSERT(sched_context_is_round_robin(sc) ? sc->count == 1 && sum <= sc->budget : sum == sc->budget);
}

static void check_cpu(void)
{
    const struct cpu *cpu = this_cpu();
    int top = run_queues_top(&cpu->queues);
    KASSERT(!cpu->woken && !cpu->reschedule);
    KASSERT(cpu->current ? cpu->current->priority >= top && cpu->sc == cpu->current->sc : top < 0 && cpu->idle && !cpu->sc);
    KASSERT(exists_or_null(CAP_THREAD, cpu->current) && exists_or_null(CAP_THREAD, cpu->fpu_owner) && exists_or_null(CAP_SCHED_CONTEXT, cpu->sc));
    for (unsigned priority = 0; priority < PRIORITIES; priority++)
        for (const struct thread *t = cpu->queues.list[priority].first; t; t = t->ready_next)
            KASSERT(exists(CAP_THREAD, t));
    ticks_t before = 0;
    for (const struct thread *t = cpu->release_first; t; t = t->ready_next) {
        KASSERT(exists(CAP_THREAD, t));
        KASSERT(refill_first_const(t->sc)->time >= before);
        before = refill_first_const(t->sc)->time;
    }
    KASSERT(cpu->release_at == (cpu->release_first ? refill_first_const(cpu->release_first->sc)->time : UINT64_MAX));
}

/* ---- address spaces ---- */

/* Where a table or page was found. */
struct mapping {
    asid_t asid;
    unsigned level; /* of the table that holds the entry */
    va_t va;
    uint64_t entry;
};

static bool cap_has_table(const struct cap *cap, const struct mapping *m)
{
    return cap_type(cap) == CAP_PAGE_TABLE && cap->page_table.mapped && cap->page_table.asid == m->asid && cap->page_table.level == m->level + 1 &&
           (va_t)cap->page_table.va_page << 12 == m->va && CAP_OBJECT_PA(cap->page_table) == pte_pa(m->entry);
}

static bool cap_has_page(const struct cap *cap, const struct mapping *m)
{
    return cap_type(cap) == CAP_FRAME && cap->frame.mapped && cap->frame.asid == m->asid &&
           frame_size_bits((enum frame_size)cap->frame.size) == pt_level_shift(m->level) && (va_t)cap->frame.va_page << 12 == m->va &&
           frame_is_in(cap, m->entry);
}

/* Somebody holds a capability that would undo this when it is deleted. */
static void check_mapping(const struct mapping *m)
{
    bool table = pte_is_table(m->entry, m->level);
    KASSERT(table || pte_is_page(m->entry, m->level));
    KASSERT(!(m->entry & PTE_GROUPED) || m->level == PT_LEVELS - 1);
    if (!sampled())
        return;
    const struct slot *slot = cdt_walk_next(NULL);
    while (slot && !(table ? cap_has_table(&slot->cap, m) : cap_has_page(&slot->cap, m)))
        slot = cdt_walk_next(slot);
    KASSERT(slot != NULL);
}

enum { TABLE_ENTRIES = 512 };

/* Depth first through all levels of tables: an explicit stack of indices instead of recursion. */
static void check_space(const struct cap *cap)
{
    const uint64_t *tables[PT_LEVELS] = {vspace_root(cap)};
    unsigned index[PT_LEVELS] = {0}, level = 0;
    for (;;) {
        if (index[level] == TABLE_ENTRIES) {
            if (level == 0)
                return;
            level--;
            continue;
        }
        unsigned i = index[level]++;
        uint64_t entry = tables[level][i];
        if (!pte_is_valid(entry))
            continue;
        struct mapping m = {.asid = (asid_t)cap->vspace.asid, .level = level, .va = 0, .entry = entry};
        for (unsigned above = 0; above <= level; above++)
            m.va |= (va_t)(index[above] - 1) << pt_level_shift(above);
        check_mapping(&m);
        KASSERT(!(entry & PTE_GROUPED) || group_is_whole(&tables[level][i]));
        if (pte_is_table(entry, level)) {
            tables[++level] = kernel_pointer(pte_pa(entry));
            index[level] = 0;
        }
    }
}

static void check_vspace(const struct cap *cap)
{
    struct asid_entry *entry = vspace_is_assigned(cap) ? asid_lookup((asid_t)cap->vspace.asid) : NULL;
    if (entry && asid_entry_vspace(entry) == CAP_OBJECT_PA(cap->vspace))
        check_space(cap);
}

static bool cap_is_space(const struct cap *cap, asid_t asid, pa_t pa)
{
    return cap_type(cap) == CAP_VSPACE && cap->vspace.asid == asid && CAP_OBJECT_PA(cap->vspace) == pa;
}

/* Each ASID in use belongs to a VSpace that is still there. */
static void check_asid_pool(const struct cap *cap)
{
    struct asid_entry *pool = CAP_OBJECT(cap->asid_pool);
    for (unsigned i = 0; i < ASID_POOL_ENTRIES; i++) {
        asid_t asid = (asid_t)(cap->asid_pool.pool << ASID_POOL_INDEX_BITS | i);
        if (asid_lookup(asid) != &pool[i]) /* free, or the pool is no longer in use */
            continue;
        const struct slot *slot = cdt_walk_next(NULL);
        while (slot && !cap_is_space(&slot->cap, asid, asid_entry_vspace(&pool[i])))
            slot = cdt_walk_next(slot);
        KASSERT(slot != NULL);
    }
}

/* ---- everything ---- */

static void check_object(const struct slot *slot)
{
    const struct cap *cap = &slot->cap;
    switch (cap_type(cap)) {
    case CAP_UNTYPED:
        check_children_of_untyped(slot);
        break;
    case CAP_THREAD:
        check_thread(CAP_OBJECT(cap->thread));
        break;
    case CAP_ENDPOINT:
        check_wait_queue(&((struct endpoint *)CAP_OBJECT(cap->endpoint))->queue, false);
        break;
    case CAP_NOTIFICATION:
        check_notification(CAP_OBJECT(cap->endpoint));
        break;
    case CAP_REPLY:
        check_reply(CAP_OBJECT(cap->reply));
        break;
    case CAP_SCHED_CONTEXT:
        check_context(CAP_OBJECT(cap->sched_context));
        break;
    case CAP_VSPACE:
        check_vspace(cap);
        break;
    case CAP_ASID_POOL:
        check_asid_pool(cap);
        break;
    default:
        break;
    }
}

unsigned kernel_check(unsigned share)
{
    sample.share = share;
    sample.next++; /* not the same ones every time */
    unsigned n = 0;
    for (const struct slot *slot = cdt_walk_next(NULL); slot; slot = cdt_walk_next(slot), n++) {
        KASSERT(!slot_is_empty(slot));
        cdt_check(slot);
        if (sampled())
            KASSERT(cdt_is_final(slot) == slow_is_final(slot));
        check_object(slot);
    }
    check_cpu();
    return n;
}
#endif
