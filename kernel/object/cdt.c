/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capability derivation tree; see cdt.h.
 *
 * Layout of slot.tree (a slot number is pa / 32 and has 39 bits; 0 = none):
 *   [0]  bits 0-38 next   bit 39 last: `next` is the parent   bit 40 copy   bits 41-63 low 23 bits of previous
 *   [1]  bits 0-38 first child                                              bits 39-54 high 16 bits of previous
 * Previous links form a ring: the first sibling's previous is the last one. So a node is first exactly when its previous is last, and the parent of a
 * first or last node is found in one step.
 * A copy never has children: what is derived from it is entered next to it, and removal only moves children to an original.
 */
#include "object/cdt.h"
#include "panic.h"

enum { NUMBER_BITS = 39, LAST_BIT = 39, COPY_BIT = 40, PREV_LOW_SHIFT = 41, PREV_LOW_BITS = 23, PREV_HIGH_SHIFT = 39, PREV_HIGH_BITS = 16 };

static struct slot *root;
static struct slot *spare; /* in the tree only inside cdt_exchange */

static uint64_t slot_number(const struct slot *slot) { return slot ? kernel_pa(slot) >> SLOT_BITS : 0; }
static struct slot *slot_at(uint64_t number) { return number ? kernel_pointer(number << SLOT_BITS) : NULL; }

static struct slot *next_of(const struct slot *slot) { return slot_at(slot->tree[0] & MASK(NUMBER_BITS)); }
static struct slot *child_of(const struct slot *slot) { return slot_at(slot->tree[1] & MASK(NUMBER_BITS)); }
static bool is_last(const struct slot *slot) { return slot->tree[0] & BIT(LAST_BIT); }
static bool is_copy(const struct slot *slot) { return slot->tree[0] & BIT(COPY_BIT); }
static struct slot *prev_of(const struct slot *slot)
{
    return slot_at(slot->tree[0] >> PREV_LOW_SHIFT | (slot->tree[1] >> PREV_HIGH_SHIFT & MASK(PREV_HIGH_BITS)) << PREV_LOW_BITS);
}
static bool is_first(const struct slot *slot) { return is_last(prev_of(slot)); }

static void set_next(struct slot *slot, const struct slot *next, bool last)
{
    slot->tree[0] = (slot->tree[0] & ~MASK(LAST_BIT + 1)) | slot_number(next) | (uint64_t)last << LAST_BIT;
}
static void set_child(struct slot *slot, const struct slot *child)
{
    slot->tree[1] = (slot->tree[1] & ~MASK(NUMBER_BITS)) | slot_number(child);
}
static void set_prev(struct slot *slot, const struct slot *prev)
{
    uint64_t number = slot_number(prev);
    slot->tree[0] = (slot->tree[0] & MASK(PREV_LOW_SHIFT)) | number << PREV_LOW_SHIFT;
    slot->tree[1] = (slot->tree[1] & MASK(PREV_HIGH_SHIFT)) | number >> PREV_LOW_BITS << PREV_HIGH_SHIFT;
}
/* All links of a node without children at once; next: with the bit that says what it is. */
static void set_links(struct slot *slot, uint64_t next_and_last, uint64_t prev, bool copy)
{
    slot->tree[0] = next_and_last | (uint64_t)copy << COPY_BIT | prev << PREV_LOW_SHIFT;
    slot->tree[1] = prev >> PREV_LOW_BITS << PREV_HIGH_SHIFT;
}
static void clear_links(struct slot *slot) { slot->tree[0] = slot->tree[1] = 0; }

void cdt_init(struct slot *memory)
{
    root = &memory[0];
    spare = &memory[1];
}

static void insert_first_child(struct slot *parent, struct slot *slot, bool copy)
{
    struct slot *old_first = child_of(parent);
    set_child(parent, slot);
    if (!old_first) {
        set_links(slot, slot_number(parent) | BIT(LAST_BIT), slot_number(slot), copy);
        return;
    }
    set_links(slot, slot_number(old_first), slot_number(prev_of(old_first)), copy);
    set_prev(old_first, slot);
}

static void insert_after(struct slot *sibling, struct slot *slot, bool copy)
{
    struct slot *next = next_of(sibling);
    set_links(slot, sibling->tree[0] & MASK(LAST_BIT + 1), slot_number(sibling), copy);
    set_prev(is_last(sibling) ? child_of(next) : next, slot);
    set_next(sibling, slot, false);
}

static void insert_derived(struct slot *source, struct slot *slot, bool copy)
{
    if (is_copy(source))
        insert_after(source, slot, copy);
    else
        insert_first_child(source, slot, copy);
}

void cdt_insert_top(struct slot *slot) { insert_derived(root, slot, false); }
void cdt_insert_original(struct slot *parent, struct slot *slot) { insert_derived(parent, slot, false); }
void cdt_insert_copy(struct slot *source, struct slot *slot) { insert_derived(source, slot, true); }

/* Put the chain first..last, already linked inside, where `slot` stands among its siblings. */
static void replace_among_siblings(struct slot *slot, struct slot *first, struct slot *last)
{
    struct slot *next = next_of(slot), *prev = prev_of(slot);
    bool slot_is_last = is_last(slot), slot_is_first = is_first(slot), only_child = prev == slot;
    struct slot *parent = slot_is_last ? next : slot_is_first ? next_of(prev) : NULL;

    set_next(last, next, slot_is_last);
    set_prev(first, only_child ? last : prev);
    if (slot_is_first)
        set_child(parent, first);
    else
        set_next(prev, first, false);
    if (!only_child)
        set_prev(slot_is_last ? child_of(parent) : next, last);
}

static void remove_childless(struct slot *slot)
{
    struct slot *next = next_of(slot), *prev = prev_of(slot);
    if (prev == slot) {
        set_child(next, NULL);
        return;
    }
    if (is_first(slot))
        set_child(next_of(prev), next);
    else
        set_next(prev, next, is_last(slot));
    set_prev(is_last(slot) ? child_of(next) : next, prev);
}

void cdt_remove(struct slot *slot)
{
    struct slot *child = child_of(slot);
    if (child)
        replace_among_siblings(slot, child, prev_of(child));
    else
        remove_childless(slot);
    clear_links(slot);
}

void cdt_move(struct slot *from, struct slot *to)
{
    struct slot *child = child_of(from);
    set_links(to, 0, 0, is_copy(from));
    replace_among_siblings(from, to, to);
    if (child) {
        set_child(to, child);
        set_next(prev_of(child), to, true);
    }
    clear_links(from);
}

void cdt_exchange(struct slot *a, struct slot *b)
{
    cdt_move(a, spare);
    cdt_move(b, a);
    cdt_move(spare, b);
}

struct slot *cdt_first_child(const struct slot *slot) { return child_of(slot); }

struct slot *cdt_walk_next(const struct slot *slot)
{
    if (!slot)
        slot = root;
    KASSERT(slot == root || next_of(prev_of(slot)) == slot || is_last(prev_of(slot)));
    if (child_of(slot))
        return child_of(slot);
    while (slot != root && is_last(slot))
        slot = next_of(slot);
    return slot == root ? NULL : next_of(slot);
}

struct slot *cdt_next_sibling(const struct slot *slot) { return is_last(slot) ? NULL : next_of(slot); }

void cdt_check(const struct slot *slot)
{
    const struct slot *next = next_of(slot), *prev = prev_of(slot), *child = child_of(slot);
    KASSERT(next && prev && next != slot);
    KASSERT(prev_of(is_last(slot) ? child_of(next) : next) == slot);
    KASSERT(is_first(slot) ? child_of(next_of(prev)) == slot : next_of(prev) == slot);
    KASSERT(!child || (!is_copy(slot) && is_first(child) && next_of(prev_of(child)) == slot));
}

bool cap_same_object(const struct cap *a, const struct cap *b)
{
    if (a->type != b->type)
        return false;
    switch (cap_type(a)) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
    case CAP_REPLY:
    case CAP_CNODE:
    case CAP_THREAD:
    case CAP_SCHED_CONTEXT:
    case CAP_PAGE_TABLE:
    case CAP_VSPACE:
    case CAP_ASID_POOL:
        return a->thread.object == b->thread.object; /* at the same place in all of them */
    case CAP_IRQ_HANDLER:
        return a->irq_handler.irq == b->irq_handler.irq;
    default:
        return false;
    }
}

bool cdt_is_final(const struct slot *slot)
{
    const struct slot *next = next_of(slot), *prev = prev_of(slot), *child = child_of(slot);
    if (child && cap_same_object(&child->cap, &slot->cap))
        return false;
    /* `next` of the last sibling is the parent; `prev` of the first is the last sibling. Comparing with those too does no harm: it tells of an equal
     * capability wherever it stands. A parent of the same object need not be looked for otherwise: then all its children name that object. */
    return !cap_same_object(&next->cap, &slot->cap) && (prev == slot || !cap_same_object(&prev->cap, &slot->cap));
}
