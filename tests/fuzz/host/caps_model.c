/* SPDX-License-Identifier: BSD-2-Clause */
#include "caps_model.h"

#include "object/asid.h"
#include "object/cdt.h"
#include "object/cnode.h"
#include "object/untyped.h"
#include "object/vspace.h"

#include <stdlib.h>

struct model model;

/* Which capability is in which slot of a thread: the comparison goes slot by slot. */
enum { TCB_CSPACE = THREAD_SLOT_CSPACE, TCB_VSPACE = THREAD_SLOT_VSPACE, TCB_BUFFER = THREAD_SLOT_BUFFER, TCB_TIMEOUT = THREAD_SLOT_TIMEOUT, TCB_SLOTS = THREAD_SLOTS };

/* ---- objects ---- */

static void object_free(struct model_object *o)
{
    free(o->slots);
    free(o);
}

void model_start(void)
{
    while (model.objects) {
        struct model_object *o = model.objects;
        model.objects = o->next;
        object_free(o);
    }
    model = (struct model){0};
}

/* Memory is used anew only when nothing refers to what was there. */
static void forget_objects_in(pa_t pa, word_t bytes)
{
    for (struct model_object **link = &model.objects; *link;) {
        struct model_object *o = *link;
        if (o->pa < pa + bytes && pa < o->pa + o->bytes) {
            *link = o->next;
            object_free(o);
        } else {
            link = &o->next;
        }
    }
}

struct model_object *model_object_new(enum cap_type type, pa_t pa, word_t bytes, unsigned n_slots)
{
    struct model_object *o = calloc(1, sizeof *o);
    *o = (struct model_object){model.objects, type, pa, bytes, n_slots, n_slots ? calloc(n_slots, sizeof(struct model_slot)) : NULL, false};
    return model.objects = o;
}

#define FOR_ALL_SLOTS(s) \
    for (struct model_object *object_of_##s = model.objects; object_of_##s; object_of_##s = object_of_##s->next) \
        for (struct model_slot *s = object_of_##s->slots; s < object_of_##s->slots + object_of_##s->n_slots; s++) \
            if (s->type != CAP_NULL)

/* ---- tree ---- */

static struct model_slot *child_of(const struct model_slot *slot)
{
    FOR_ALL_SLOTS(s)
        if (s->parent == slot)
            return s;
    return NULL;
}

static void new_parent(const struct model_slot *old, struct model_slot *parent)
{
    FOR_ALL_SLOTS(s)
        if (s->parent == old)
            s->parent = parent;
}

static bool is_last_to_object(const struct model_slot *slot)
{
    if (!slot->object || slot->object->pinned)
        return !slot->object;
    FOR_ALL_SLOTS(s)
        if (s != slot && s->object == slot->object && s->type == slot->type)
            return false;
    return true;
}

static void put_derived(struct model_slot *source, struct model_slot *slot, struct model_slot cap, bool copy)
{
    *slot = cap;
    slot->copy = copy;
    slot->parent = source->copy ? source->parent : source;
}

static void put_copy(struct model_slot *source, struct model_slot *slot, struct model_slot cap)
{
    bool has_badge = cap.type == CAP_ENDPOINT || cap.type == CAP_NOTIFICATION;
    bool original = cap.type == CAP_UNTYPED || (has_badge && cap.badge != source->badge);
    put_derived(source, slot, cap, !original);
    if (cap.type == CAP_UNTYPED)
        source->used = BIT(source->size_bits);
}

/* Children of the source become children of where it goes. */
static void move(struct model_slot *from, struct model_slot *to, struct model_slot cap)
{
    struct model_slot place = *from;
    from->type = CAP_NULL;
    *to = cap;
    to->copy = place.copy;
    to->parent = place.parent;
    new_parent(from, to);
}

static void exchange(struct model_slot *a, struct model_slot new_a, struct model_slot *b, struct model_slot new_b)
{
    static struct model_slot elsewhere;
    struct model_slot was_a = *a, was_b = *b;
    new_parent(a, &elsewhere);
    new_parent(b, a);
    new_parent(&elsewhere, b);
    /* What each slot gets stands where the other one stood. */
    *a = new_a;
    a->copy = was_b.copy;
    a->parent = was_b.parent == a ? b : was_b.parent == b ? a : was_b.parent;
    *b = new_b;
    b->copy = was_a.copy;
    b->parent = was_a.parent == b ? a : was_a.parent == a ? b : was_a.parent;
}

/* ---- deletion ---- */

static void unmap(struct model_slot *frame)
{
    word_t page = (frame->va - model.space_va) >> 12;
    if (frame->mapped && page < MODEL_PAGES && model.pages[page] == frame->pa)
        model.pages[page] = 0;
    frame->mapped = false;
    frame->asid = 0;
    frame->va = 0;
}

static void remove_cap(struct model_slot *slot)
{
    new_parent(slot, slot->parent);
    slot->type = CAP_NULL;
}

static bool is_container(const struct model_slot *slot) { return slot->type == CAP_CNODE || slot->type == CAP_THREAD || slot->type == CAP_ZOMBIE; }

static const struct model_slot *revoking; /* the slot that a Revoke in progress is for */

static bool is_derived_from(const struct model_slot *slot, const struct model_slot *ancestor)
{
    while (slot && slot != ancestor)
        slot = slot->parent;
    return slot != NULL;
}

static void make_zombie(struct model_slot *slot)
{
    model.order_matters |= revoking && !is_derived_from(slot, revoking);
    slot->type = CAP_ZOMBIE;
    slot->n_left = slot->object->n_slots;
}

/* A capability that is not the last one to something with slots. */
static void remove_simple(struct model_slot *slot)
{
    if (slot->type == CAP_FRAME)
        unmap(slot);
    if (slot->type == CAP_VSPACE && is_last_to_object(slot) && slot->asid)
        model.asids[slot->asid] = 0;
    remove_cap(slot);
}

/* Empty one slot of a dying object. What is itself the last capability to something with slots goes into the first of those, which lose what was there. */
static void empty_slot(struct model_slot *slot)
{
    while (slot->type != CAP_NULL) {
        if (!is_container(slot) || (slot->type != CAP_ZOMBIE && !is_last_to_object(slot))) {
            remove_simple(slot);
            continue;
        }
        if (slot->type != CAP_ZOMBIE)
            make_zombie(slot);
        struct model_slot *home = slot->object->slots;
        if (slot->n_left == 0)
            remove_cap(slot);
        else if (home->type == CAP_NULL)
            move(slot, home, *slot);
        else
            exchange(slot, *home, home, *slot);
    }
}

static void delete(struct model_slot *slot)
{
    while (slot->type != CAP_NULL) {
        if (!is_container(slot) || (slot->type != CAP_ZOMBIE && !is_last_to_object(slot))) {
            remove_simple(slot);
            continue;
        }
        if (slot->type != CAP_ZOMBIE)
            make_zombie(slot);
        struct model_slot *first = slot->object->slots, *last = &first[slot->n_left - 1];
        if (slot->n_left == 0 || (slot->n_left == 1 && first == slot))
            remove_cap(slot);
        else if (last->type == CAP_NULL)
            slot->n_left--;
        else if (last == slot) { /* it stands in itself: it changes places with what is in the first slot */
            exchange(slot, *first, first, *slot);
            model.order_matters |= host.pending_every != 0; /* interrupted here, the call goes on at the first slot; else with what came out of it */
        } else
            empty_slot(last);
    }
}

/* ---- answers ---- */

static struct answer fine(void) { return (struct answer){0}; }
static struct answer plain(word_t code) { return (struct answer){.label = code}; }
static struct answer one(word_t code, word_t word) { return (struct answer){code, 1, {word}}; }
static struct answer range(word_t min, word_t max) { return (struct answer){ERR_RANGE, 2, {min, max}}; }
static struct answer lookup_failed(bool source, word_t kind, word_t n, word_t a, word_t b, word_t c)
{
    return (struct answer){ERR_FAILED_LOOKUP, 2 + n, {source, kind, a, b, c}};
}

/* ---- lookup ---- */

static struct answer find(struct model_slot *root, word_t index, word_t depth, bool source, struct model_slot **out)
{
    if (depth < 1 || depth > 64)
        return range(1, 64);
    if (root->type != CAP_CNODE)
        return lookup_failed(source, LOOKUP_INVALID_ROOT, 0, 0, 0, 0);
    const struct model_slot *cnode = root;
    for (word_t left = depth;;) {
        word_t rest = left == 64 ? index : index & (BIT(left) - 1);
        if (cnode->guard_size > left || (cnode->guard_size && rest >> (left - cnode->guard_size) != cnode->guard))
            return lookup_failed(source, LOOKUP_GUARD_MISMATCH, 3, left, cnode->guard, cnode->guard_size);
        if (cnode->guard_size + cnode->radix > left)
            return lookup_failed(source, LOOKUP_DEPTH_MISMATCH, 2, left, cnode->guard_size + cnode->radix, 0);
        left -= cnode->guard_size + cnode->radix;
        *out = &cnode->object->slots[rest >> left & (BIT(cnode->radix) - 1)];
        if (left == 0)
            return fine();
        if ((*out)->type != CAP_CNODE)
            return lookup_failed(source, LOOKUP_DEPTH_MISMATCH, 2, left, 0, 0);
        cnode = *out;
    }
}

/* ---- copies ---- */

static struct model_slot with_rights(struct model_slot cap, word_t rights)
{
    if (cap.type == CAP_ENDPOINT)
        cap.rights &= rights;
    if (cap.type == CAP_NOTIFICATION)
        cap.rights &= rights | RIGHT_GRANT | RIGHT_GRANT_REPLY;
    if (cap.type == CAP_REPLY)
        cap.rights &= rights | RIGHT_READ | RIGHT_WRITE | RIGHT_GRANT_REPLY;
    if (cap.type == CAP_FRAME)
        cap.rights = cap.rights & rights & RIGHT_READ ? cap.rights & rights : 0;
    return cap;
}

static struct model_slot with_data(struct model_slot cap, word_t data, bool moved)
{
    if (cap.type == CAP_ENDPOINT || cap.type == CAP_NOTIFICATION) {
        if (moved || cap.badge)
            cap.type = CAP_NULL;
        cap.badge = data;
    } else if (cap.type == CAP_CNODE) {
        cap.guard_size = data & 63;
        cap.guard = data >> 6 & (BIT(cap.guard_size) - 1);
        if (cap.guard_size + cap.radix > 64)
            cap.type = CAP_NULL;
    }
    return cap;
}

static struct answer derive(const struct model_slot *source, struct model_slot *cap)
{
    switch (cap->type) {
    case CAP_NULL:
    case CAP_ZOMBIE:
    case CAP_IRQ_CONTROL:
    case CAP_PAGE_TABLE: /* never mapped here */
        return plain(ERR_ILLEGAL_OPERATION);
    case CAP_VSPACE:
        return cap->asid ? fine() : plain(ERR_ILLEGAL_OPERATION);
    case CAP_UNTYPED:
        cap->used = 0;
        return child_of(source) ? plain(ERR_REVOKE_FIRST) : fine();
    case CAP_FRAME:
        cap->mapped = false;
        cap->asid = 0;
        cap->va = 0;
        return fine();
    default:
        return fine();
    }
}

/* ---- CNode calls ---- */

static struct answer transfer(word_t label, struct model_slot *dest, struct model_slot *src_root, const word_t *w)
{
    struct model_slot *src;
    if (dest->type != CAP_NULL)
        return plain(ERR_DELETE_FIRST);
    struct answer a = find(src_root, w[2], w[3], true, &src);
    if (a.label)
        return a;
    if (src->type == CAP_NULL)
        return lookup_failed(true, LOOKUP_MISSING_CAPABILITY, 1, w[3], 0, 0);
    struct model_slot cap = *src;
    if (label == LABEL_CNODE_COPY || label == LABEL_CNODE_MINT) {
        cap = with_rights(cap, w[4]);
        if (label == LABEL_CNODE_MINT)
            cap = with_data(cap, w[5], false);
        a = derive(src, &cap);
        if (!a.label)
            put_copy(src, dest, cap);
        return a;
    }
    if (label == LABEL_CNODE_MUTATE)
        cap = with_data(cap, w[4], true);
    if (cap.type == CAP_NULL)
        return plain(ERR_ILLEGAL_OPERATION);
    move(src, dest, cap);
    return fine();
}

static struct answer rotate(struct model_slot *dest, struct model_slot *pivot_root, struct model_slot *src_root, const word_t *w)
{
    struct model_slot *src, *pivot;
    struct answer a = find(src_root, w[6], w[7], true, &src);
    if (!a.label)
        a = find(pivot_root, w[3], w[4], true, &pivot);
    if (a.label)
        return a;
    if (pivot == src || pivot == dest)
        return plain(ERR_ILLEGAL_OPERATION);
    if (dest != src && dest->type != CAP_NULL)
        return plain(ERR_DELETE_FIRST);
    if (src->type == CAP_NULL)
        return lookup_failed(true, LOOKUP_MISSING_CAPABILITY, 1, w[7], 0, 0);
    if (pivot->type == CAP_NULL)
        return lookup_failed(false, LOOKUP_MISSING_CAPABILITY, 1, w[4], 0, 0);
    struct model_slot to_dest = with_data(*pivot, w[2], true), to_pivot = with_data(*src, w[5], true);
    if (to_dest.type == CAP_NULL || to_pivot.type == CAP_NULL)
        return plain(ERR_ILLEGAL_OPERATION);
    if (dest == src) {
        exchange(src, to_dest, pivot, to_pivot);
    } else {
        move(pivot, dest, to_dest);
        move(src, pivot, to_pivot);
    }
    return fine();
}

static struct answer cnode_call(struct model_slot *root, word_t label, struct model_slot *const *caps, const word_t *w)
{
    struct model_slot *slot, *child, revoked;
    struct answer a = find(root, w[0], w[1], false, &slot);
    if (a.label)
        return a;
    switch (label) {
    case LABEL_CNODE_DELETE:
        delete(slot);
        return fine();
    case LABEL_CNODE_REVOKE:
        if (slot->type == CAP_NULL)
            return fine();
        revoking = slot;
        revoked = *slot;
        while (slot->type != CAP_NULL && (child = child_of(slot)))
            delete(child);
        revoking = NULL;
        model.order_matters |= slot->type != revoked.type || slot->pa != revoked.pa;
        return fine();
    case LABEL_CNODE_ROTATE:
        return rotate(slot, caps[0], caps[1], w);
    default:
        return transfer(label, slot, caps[0], w);
    }
}

/* ---- Retype ---- */

static word_t object_bits(word_t type, word_t size_bits)
{
    switch (type) {
    case OBJECT_TCB: return 11;
    case OBJECT_ENDPOINT: return 4;
    case OBJECT_NOTIFICATION: return 6;
    case OBJECT_CNODE: return size_bits + 5;
    case OBJECT_REPLY: return 5;
    case OBJECT_HUGE_PAGE: return 30;
    case OBJECT_LARGE_PAGE: return 21;
    case OBJECT_UNTYPED:
    case OBJECT_SCHED_CONTEXT: return size_bits;
    default: return 12;
    }
}

static struct model_slot object_cap(word_t type, word_t size_bits, pa_t pa)
{
    static const enum cap_type types[OBJECT_TYPES] = {
        [OBJECT_UNTYPED] = CAP_UNTYPED, [OBJECT_TCB] = CAP_THREAD, [OBJECT_ENDPOINT] = CAP_ENDPOINT, [OBJECT_NOTIFICATION] = CAP_NOTIFICATION,
        [OBJECT_CNODE] = CAP_CNODE, [OBJECT_SCHED_CONTEXT] = CAP_SCHED_CONTEXT, [OBJECT_REPLY] = CAP_REPLY, [OBJECT_HUGE_PAGE] = CAP_FRAME,
        [OBJECT_VSPACE] = CAP_VSPACE, [OBJECT_SMALL_PAGE] = CAP_FRAME, [OBJECT_LARGE_PAGE] = CAP_FRAME, [OBJECT_PAGE_TABLE] = CAP_PAGE_TABLE,
    };
    word_t bits = object_bits(type, size_bits);
    struct model_slot cap = {.type = types[type], .pa = pa, .size_bits = (unsigned)bits};
    if (cap.type != CAP_UNTYPED)
        forget_objects_in(pa, BIT(bits));
    if (cap.type == CAP_ENDPOINT || cap.type == CAP_NOTIFICATION || cap.type == CAP_REPLY)
        cap.rights = RIGHTS_ALL;
    if (cap.type == CAP_FRAME)
        cap.rights = RIGHT_READ | RIGHT_WRITE;
    if (cap.type == CAP_CNODE)
        cap.radix = (unsigned)size_bits;
    if (cap.type != CAP_UNTYPED && cap.type != CAP_FRAME)
        cap.object = model_object_new(cap.type, pa, BIT(bits), cap.type == CAP_CNODE ? 1u << size_bits : cap.type == CAP_THREAD ? TCB_SLOTS : 0);
    return cap;
}

static struct answer retype_call(struct model_slot *untyped, struct model_slot *node, const word_t *w)
{
    word_t type = w[0], size_bits = w[1], offset = w[4], n = w[5];
    if (type >= OBJECT_TYPES)
        return one(ERR_INVALID_ARGUMENT, 0);
    if (size_bits >= 64 || object_bits(type, size_bits) > 47)
        return range(0, 47);
    if ((type == OBJECT_CNODE && size_bits < 1) || (type == OBJECT_UNTYPED && size_bits < 4) || (type == OBJECT_SCHED_CONTEXT && size_bits < 7))
        return one(ERR_INVALID_ARGUMENT, 1);
    if (w[3]) {
        struct model_slot *root = node;
        struct answer a = find(root, w[2], w[3], false, &node);
        if (a.label)
            return a;
    }
    if (node->type != CAP_CNODE)
        return lookup_failed(false, LOOKUP_MISSING_CAPABILITY, 1, w[3], 0, 0);
    word_t slots = BIT(node->radix);
    if (offset > slots - 1)
        return range(0, slots - 1);
    if (n < 1 || n > 256)
        return range(1, 256);
    if (n > slots - offset)
        return range(1, slots - offset);
    struct model_slot *dest = node->object->slots + offset;
    for (word_t i = 0; i < n; i++)
        if (dest[i].type != CAP_NULL)
            return plain(ERR_DELETE_FIRST);

    word_t bits = object_bits(type, size_bits), used = child_of(untyped) ? untyped->used : 0, room = BIT(untyped->size_bits) - used;
    if (room >> bits < n)
        return one(ERR_NOT_ENOUGH_MEMORY, room);
    word_t start = (used + BIT(bits) - 1) & ~(BIT(bits) - 1);
    untyped->used = start + (n << bits);
    for (word_t i = 0; i < n; i++) {
        dest[i] = object_cap(type, size_bits, untyped->pa + start + (i << bits));
        dest[i].parent = untyped->copy ? untyped->parent : untyped;
    }
    return fine();
}

/* ---- threads ---- */

static bool is_replaceable(const struct model_slot *slot)
{
    return slot->type != CAP_ZOMBIE && ((slot->type != CAP_CNODE && slot->type != CAP_THREAD) || !is_last_to_object(slot));
}

static void install(struct model_slot *source, struct model_slot *slot, struct model_slot cap)
{
    delete(slot);
    if (cap.type != CAP_NULL)
        put_copy(source, slot, cap);
}

static struct answer configure(struct model_slot *tcb, struct model_slot *const *caps, const word_t *w)
{
    struct model_slot *own = tcb->object->slots, cspace = *caps[0], vspace = *caps[1], buffer = *caps[2];
    struct answer a = fine();
    if (w[2] == 0)
        buffer.type = CAP_NULL;
    else
        a = derive(caps[2], &buffer);
    if (a.label)
        return a;
    if (w[2] && (buffer.type != CAP_FRAME || buffer.device))
        return plain(ERR_ILLEGAL_OPERATION);
    if (w[2] % 1024)
        return plain(ERR_ALIGNMENT);
    if (!is_replaceable(&own[TCB_CSPACE]) || !is_replaceable(&own[TCB_VSPACE]))
        return plain(ERR_ILLEGAL_OPERATION);
    if (w[0])
        cspace = with_data(cspace, w[0], false);
    a = derive(caps[0], &cspace);
    if (a.label)
        return a;
    if (cspace.type != CAP_CNODE)
        return plain(ERR_ILLEGAL_OPERATION);
    a = derive(caps[1], &vspace);
    if (a.label)
        return a;
    if (vspace.type != CAP_VSPACE)
        return plain(ERR_ILLEGAL_OPERATION);
    install(caps[2], &own[TCB_BUFFER], buffer);
    install(caps[0], &own[TCB_CSPACE], cspace);
    install(caps[1], &own[TCB_VSPACE], vspace);
    return fine();
}

static struct answer set_timeout(struct model_slot *tcb, struct model_slot *handler)
{
    bool valid = handler->type == CAP_NULL ||
                 (handler->type == CAP_ENDPOINT && handler->rights & RIGHT_WRITE && handler->rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY));
    if (!valid)
        return one(ERR_INVALID_CAPABILITY, 1);
    install(handler, &tcb->object->slots[TCB_TIMEOUT], *handler);
    return fine();
}

/* ---- address spaces ---- */

static struct answer assign(struct model_slot *vspace)
{
    if (vspace->type != CAP_VSPACE || vspace->asid)
        return one(ERR_INVALID_CAPABILITY, 1);
    for (word_t i = 1; i < ARRAY_SIZE(model.asids); i++) {
        if (model.asids[i])
            continue;
        model.asids[i] = vspace->pa;
        vspace->asid = i;
        return fine();
    }
    return plain(ERR_DELETE_FIRST);
}

/* Only of small frames, at the pages of the space that is followed; other sizes and places are not asked for. */
static struct answer page_map(struct model_slot *frame, struct model_slot *vspace, const word_t *w)
{
    if (vspace->type != CAP_VSPACE || !vspace->asid)
        return one(ERR_INVALID_CAPABILITY, 1);
    if (w[0] % 4096)
        return plain(ERR_ALIGNMENT);
    if (frame->mapped && frame->asid != vspace->asid)
        return one(ERR_INVALID_CAPABILITY, 1);
    if (frame->mapped && frame->va != w[0])
        return one(ERR_INVALID_ARGUMENT, 0);
    if (vspace->asid != model.space_asid)
        return lookup_failed(false, LOOKUP_MISSING_CAPABILITY, 1, 39, 0, 0);
    frame->mapped = true;
    frame->asid = vspace->asid;
    frame->va = w[0];
    model.pages[(w[0] - model.space_va) >> 12] = frame->pa;
    return fine();
}

/* ---- calls ---- */

struct answer model_call(word_t at, word_t label, const word_t *cap_slots, const word_t *w)
{
    struct model_slot *slot = &model.arena->slots[at], *caps[3];
    for (unsigned i = 0; i < 3 && cap_slots && cap_slots[i] != NO_CAP; i++)
        caps[i] = &model.arena->slots[cap_slots[i]];
    switch (slot->type) {
    case CAP_NULL:
    case CAP_ZOMBIE:
        return one(ERR_INVALID_CAPABILITY, 0);
    case CAP_UNTYPED:
        return label == LABEL_UNTYPED_RETYPE ? retype_call(slot, caps[0], w) : plain(ERR_ILLEGAL_OPERATION);
    case CAP_CNODE:
        return label >= LABEL_CNODE_REVOKE && label <= LABEL_CNODE_ROTATE ? cnode_call(slot, label, caps, w) : plain(ERR_ILLEGAL_OPERATION);
    case CAP_THREAD:
        if (label == LABEL_TCB_CONFIGURE)
            return configure(slot, caps, w);
        return label == LABEL_TCB_SET_TIMEOUT_ENDPOINT ? set_timeout(slot, caps[0]) : plain(ERR_ILLEGAL_OPERATION);
    case CAP_FRAME:
        if (label == LABEL_ARM_PAGE_MAP)
            return page_map(slot, caps[0], w);
        if (label != LABEL_ARM_PAGE_UNMAP)
            return plain(ERR_ILLEGAL_OPERATION);
        unmap(slot);
        return fine();
    case CAP_ASID_POOL:
        return label == LABEL_ARM_ASID_POOL_ASSIGN ? assign(caps[0]) : plain(ERR_ILLEGAL_OPERATION);
    default:
        return plain(ERR_ILLEGAL_OPERATION);
    }
}

/* ---- comparison ---- */

#define SAME(condition) \
    do { \
        if (!(condition)) \
            MODEL_DIFFERS("slot %u of the object at %lx (type %u, in the model %u): %s is false", index, (unsigned long)object->pa, (unsigned)cap->type, \
                         (unsigned)expected->type, #condition); \
    } while (0)

static void compare_slot(const struct model_object *object, unsigned index, const struct slot *slot)
{
    const struct model_slot *expected = &object->slots[index];
    const struct cap *cap = &slot->cap;
    SAME(cap_type(cap) == expected->type);
    if (expected->type == CAP_NULL)
        return;
    if (expected->type == CAP_UNTYPED)
        SAME(CAP_OBJECT_PA(cap->untyped) == expected->pa && cap->untyped.size_bits == expected->size_bits &&
             (!child_of(expected) || (word_t)cap->untyped.free_offset << 4 == expected->used));
    else
        SAME(CAP_OBJECT_PA(cap->thread) == expected->pa || expected->type == CAP_ASID_POOL);
    if (expected->type == CAP_ENDPOINT || expected->type == CAP_NOTIFICATION)
        SAME(cap->endpoint.badge == expected->badge && cap->endpoint.rights == expected->rights);
    if (expected->type == CAP_REPLY)
        SAME(cap->reply.rights == expected->rights);
    if (expected->type == CAP_CNODE)
        SAME(cap->cnode.radix == expected->radix && cap->cnode.guard_size == expected->guard_size && cap->cnode.guard == expected->guard);
    if (expected->type == CAP_FRAME)
        SAME(cap->frame.rights == expected->rights && cap->frame.mapped == expected->mapped && cap->frame.asid == expected->asid &&
             (va_t)cap->frame.va_page << 12 == expected->va && frame_size_bits((enum frame_size)cap->frame.size) == expected->size_bits);
    if (expected->type == CAP_VSPACE)
        SAME(cap->vspace.asid == expected->asid);
    if (expected->type == CAP_ZOMBIE)
        SAME(cap->zombie.n_left == expected->n_left);
}

static struct slot *slots_of(const struct model_object *object)
{
    void *memory = kernel_pointer(object->pa);
    return object->type == CAP_THREAD ? ((struct thread *)memory)->slots : memory;
}

/* The parent of each of the kernel's slots is the slot at the same place as the parent in the model. */
static void compare_children(const struct model_object *object, unsigned index, const struct slot *slot)
{
    const struct model_slot *expected = &object->slots[index];
    const struct cap *cap = &slot->cap;
    unsigned n = 0, n_expected = 0;
    for (const struct slot *child = cdt_first_child(slot); child; child = cdt_next_sibling(child))
        n++;
    FOR_ALL_SLOTS(s)
        n_expected += s->parent == expected;
    SAME(n == n_expected);
}

static void compare_parents(void)
{
    FOR_ALL_SLOTS(s) {
        if (!s->parent)
            continue;
        const struct slot *own = slots_of(object_of_s) + (s - object_of_s->slots), *parent = NULL;
        for (const struct model_object *o = model.objects; o; o = o->next)
            if (s->parent >= o->slots && s->parent < o->slots + o->n_slots)
                parent = slots_of(o) + (s->parent - o->slots);
        if (!parent || cdt_first_child(parent) == NULL)
            MODEL_DIFFERS("a parent in the model has no children in the kernel");
        const struct slot *sibling = cdt_first_child(parent);
        while (sibling && sibling != own)
            sibling = cdt_next_sibling(sibling);
        if (!sibling)
            MODEL_DIFFERS("slot %u of the object at %lx: the model has another parent", (unsigned)(s - object_of_s->slots), (unsigned long)object_of_s->pa);
    }
}

static void compare_pages(void)
{
    struct asid_entry *entry = asid_lookup((asid_t)model.space_asid);
    for (unsigned i = 0; i < MODEL_PAGES; i++) {
        struct pt_place place = pt_walk(kernel_pointer(asid_entry_vspace(entry)), model.space_va + ((va_t)i << 12), PT_LEVELS - 1);
        pa_t pa = place.level == PT_LEVELS - 1 && pte_is_page(*place.entry, place.level) ? pte_pa(*place.entry) : 0;
        if (pa != model.pages[i])
            MODEL_DIFFERS("page %u maps %lx, in the model %lx", i, (unsigned long)pa, (unsigned long)model.pages[i]);
    }
}

void model_compare(void)
{
    for (const struct model_object *object = model.objects; object; object = object->next) {
        const struct slot *slots = slots_of(object);
        for (unsigned i = 0; i < object->n_slots; i++) {
            compare_slot(object, i, &slots[i]);
            if (object->slots[i].type != CAP_NULL)
                compare_children(object, i, &slots[i]);
        }
    }
    compare_parents();
    compare_pages();
}
