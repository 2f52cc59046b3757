/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability lookup and the CNode invocations; ABI 7.1, 7.3. */
#include "object/cnode.h"
#include "generated/invocations.h"
#include "object/cdt.h"
#include "object/endpoint.h"

/* ---- lookup ---- */

unsigned lookup_failure_words(const struct lookup_failure *f)
{
    static const uint8_t words[] = {0, 1, 2, 3, 4};
    return words[f->kind];
}

/* Follow CNodes from the capability `cap` for the low `bits` (at least one) bits of `address`. Gives the slot at which no bits are left or which holds no
 * CNode, and the bits left there; NULL: *f says why. *room: how many slots its CNode has from it on. Each turn uses at least one bit, because a CNode
 * has at least two slots. */
static NOINLINE struct slot *resolve(const struct cap *cap, word_t address, unsigned bits, unsigned *bits_left, word_t *room, struct lookup_failure *f)
{
    word_t rest = address << (64 - bits), offset; /* what is left of the address, from the top bit down */
    unsigned radix;
    do {
        unsigned guard_size = cap->cnode.guard_size;
        radix = cap->cnode.radix;
        if (unlikely(guard_size > bits || rest >> 1 >> (63 - guard_size) != cap->cnode.guard)) {
            *f = (struct lookup_failure){LOOKUP_GUARD_MISMATCH, {bits, cap->cnode.guard, guard_size}};
            return NULL;
        }
        if (unlikely(guard_size + radix > bits)) {
            *f = (struct lookup_failure){LOOKUP_DEPTH_MISMATCH, {bits, guard_size + radix}};
            return NULL;
        }
        rest <<= guard_size;
        offset = rest >> (64 - radix);
        rest <<= radix;
        bits -= guard_size + radix;
        cap = &((struct slot *)CAP_OBJECT(cap->cnode))[offset].cap;
    } while (bits && cap->type == CAP_CNODE);
    *bits_left = bits;
    *room = BIT(radix) - offset;
    return (struct slot *)cap;
}

struct slot *lookup_slot(struct thread *t, word_t cptr, struct lookup_failure *f)
{
    const struct cap *cspace = &t->slots[THREAD_SLOT_CSPACE].cap;
    unsigned bits_left;
    word_t room;
    if (cspace->type != CAP_CNODE) {
        *f = lookup_invalid_root();
        return NULL;
    }
    return resolve(cspace, cptr, 64, &bits_left, &room, f);
}

static NOINLINE error_t lookup_target(struct slot *root_slot, word_t index, word_t depth, bool source,
                                      struct slot **out, word_t *room)
{
    struct lookup_failure f;
    unsigned bits_left;
    word_t any_room;
    if (depth < 1 || depth > 64)
        return range_error(1, 64);
    if (root_slot->cap.type != CAP_CNODE) {
        f = lookup_invalid_root();
        return failed_lookup(source, &f);
    }
    struct slot *slot = resolve(&root_slot->cap, index, (unsigned)depth, &bits_left, room ? room : &any_room, &f);
    if (!slot)
        return failed_lookup(source, &f);
    if (bits_left) {
        f = (struct lookup_failure){LOOKUP_DEPTH_MISMATCH, {bits_left, 0}};
        return failed_lookup(source, &f);
    }
    *out = slot;
    return ok();
}

static inline error_t find_target(struct slot *root_slot, word_t index, word_t depth, bool source, struct slot **out)
{
    const struct cap *root = &root_slot->cap;
    if (likely(root->type == CAP_CNODE && depth - 1 < 64 && cnode_quick_slot(root, index, depth, out)))
        return ok();
    return lookup_target(root_slot, index, depth, source, out, NULL);
}

error_t lookup_target_slot(struct slot *root_slot, word_t index, word_t depth, bool source, struct slot **out)
{
    return find_target(root_slot, index, depth, source, out);
}

error_t lookup_target_slots(struct slot *root_slot, word_t index, word_t depth, word_t n, struct slot **first)
{
    word_t room = 0;
    error_t error = lookup_target(root_slot, index, depth, true, first, &room);
    if (!error.code && n > room)
        return range_error(1, room);
    return error;
}

error_t lookup_empty_target_slot(struct slot *root_slot, word_t index, word_t depth, struct slot **out)
{
    error_t error = lookup_target_slot(root_slot, index, depth, false, out);
    if (!error.code && !slot_is_empty(*out))
        return delete_first();
    return error;
}

static error_t missing_capability(bool source, word_t depth)
{
    struct lookup_failure f = lookup_missing(depth);
    return failed_lookup(source, &f);
}

/* ---- invocations ---- */

static error_t cnode_cancel_badged_sends(struct slot *slot)
{
    const struct cap *cap = &slot->cap;
    if (cap->type != CAP_ENDPOINT || cap->endpoint.rights != RIGHTS_ALL)
        return illegal_operation();
    if (cap->endpoint.badge && !endpoint_cancel_badged_sends(CAP_OBJECT(cap->endpoint), cap->endpoint.badge))
        return preempted();
    return ok();
}

/* Copy and Mint: `cap` is the source's capability with new rights and badge or guard; null if those are not allowed. */
static error_t cnode_insert_derived(struct slot *src, struct slot *dest, struct cap cap)
{
    struct cap derived;
    error_t error = cap_derive_from(src, cap, &derived);
    if (error.code)
        return error;
    slot_insert_copy(src, dest, derived);
    return ok();
}

static error_t cnode_insert_moved(struct slot *src, struct slot *dest, struct cap cap)
{
    if (cap.type == CAP_NULL)
        return illegal_operation();
    slot_move(src, dest, cap);
    return ok();
}

static error_t cnode_copy(struct invocation *inv, struct slot *src, struct slot *dest)
{
    struct args_cnode_copy a;
    if (!args_cnode_copy_read(inv, &a))
        return truncated_message();
    return cnode_insert_derived(src, dest, cap_mask_rights(src->cap, a.rights));
}

static error_t cnode_mint(struct invocation *inv, struct slot *src, struct slot *dest)
{
    struct args_cnode_mint a;
    if (!args_cnode_mint_read(inv, &a))
        return truncated_message();
    return cnode_insert_derived(src, dest, cap_update_data(cap_mask_rights(src->cap, a.rights), false, a.badge));
}

static error_t cnode_mutate(struct invocation *inv, struct slot *src, struct slot *dest)
{
    struct args_cnode_mutate a;
    if (!args_cnode_mutate_read(inv, &a))
        return truncated_message();
    return cnode_insert_moved(src, dest, cap_update_data(src->cap, true, a.badge));
}

/* Copy, Mint, Move, Mutate: all have a source slot and a destination slot, looked up and checked in the same order. */
static error_t cnode_transfer(struct invocation *inv, struct slot *dest)
{
    struct args_cnode_move a;
    struct slot *src;
    if (!args_cnode_move_read(inv, &a))
        return truncated_message();
    if (!slot_is_empty(dest))
        return delete_first();
    error_t error = find_target(inv->caps[0], a.src_index, a.src_depth, true, &src);
    if (error.code)
        return error;
    if (slot_is_empty(src))
        return missing_capability(true, a.src_depth);
    switch (inv->label) {
    case LABEL_CNODE_COPY:
        return cnode_copy(inv, src, dest);
    case LABEL_CNODE_MINT:
        return cnode_mint(inv, src, dest);
    case LABEL_CNODE_MOVE:
        return cnode_insert_moved(src, dest, src->cap);
    default:
        return cnode_mutate(inv, src, dest);
    }
}

/* The pivot's capability goes to dest, the source's to pivot; with dest == src that is an exchange. */
static error_t cnode_rotate(struct invocation *inv, struct slot *dest)
{
    struct args_cnode_rotate a;
    struct slot *src, *pivot;
    if (!args_cnode_rotate_read(inv, &a))
        return truncated_message();
    error_t error = lookup_target_slot(inv->caps[1], a.src_index, a.src_depth, true, &src);
    if (error.code)
        return error;
    error = lookup_target_slot(inv->caps[0], a.pivot_index, a.pivot_depth, true, &pivot);
    if (error.code)
        return error;
    if (pivot == src || pivot == dest)
        return illegal_operation();
    if (dest != src && !slot_is_empty(dest))
        return delete_first();
    if (slot_is_empty(src))
        return missing_capability(true, a.src_depth);
    if (slot_is_empty(pivot))
        return missing_capability(false, a.pivot_depth);
    struct cap to_pivot = cap_update_data(src->cap, true, a.pivot_badge);
    struct cap to_dest = cap_update_data(pivot->cap, true, a.dest_badge);
    if (to_pivot.type == CAP_NULL || to_dest.type == CAP_NULL)
        return illegal_operation();

    if (dest == src) {
        slot_exchange(src, to_dest, pivot, to_pivot);
    } else {
        slot_move(pivot, dest, to_dest);
        slot_move(src, pivot, to_pivot);
    }
    return ok();
}

error_t cnode_invoke(struct invocation *inv)
{
    struct args_cnode_delete a; /* every method starts with the slot it is about */
    struct slot *slot;
    if (inv->label < LABEL_CNODE_REVOKE || inv->label > LABEL_CNODE_ROTATE)
        return illegal_operation();
    if (!args_cnode_delete_read(inv, &a))
        return truncated_message();
    error_t error = find_target(inv->slot, a.index, a.depth, false, &slot);
    if (error.code)
        return error;
    switch (inv->label) {
    case LABEL_CNODE_REVOKE:
        return slot_revoke(slot) ? ok() : preempted();
    case LABEL_CNODE_DELETE:
        return slot_delete(slot) ? ok() : preempted();
    case LABEL_CNODE_CANCEL_BADGED_SENDS:
        return cnode_cancel_badged_sends(slot);
    case LABEL_CNODE_ROTATE:
        return cnode_rotate(inv, slot);
    default:
        return cnode_transfer(inv, slot);
    }
}
