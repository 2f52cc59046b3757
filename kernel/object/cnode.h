/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CNodes: lookup of capability addresses, operations on slots (copy, move, delete, revoke), the CNode invocations.
 *
 * Invariant: a slot is in the derivation tree exactly while it is not empty. Every change of a slot's occupancy goes through this file.
 */
#ifndef KERNEL_OBJECT_CNODE_H
#define KERNEL_OBJECT_CNODE_H

#include "object/cap.h"
#include "object/error.h"

/* ---- lookup ---- */

enum { LOOKUP_INVALID_ROOT = 1, LOOKUP_MISSING_CAPABILITY = 2, LOOKUP_DEPTH_MISMATCH = 3, LOOKUP_GUARD_MISMATCH = 4 };
static inline struct lookup_failure lookup_missing(word_t bits_left)
{
    return (struct lookup_failure){LOOKUP_MISSING_CAPABILITY, {bits_left}};
}
static inline struct lookup_failure lookup_invalid_root(void) { return (struct lookup_failure){LOOKUP_INVALID_ROOT, {0}}; }
/* lookup_failure_words: how many message words describe it (kind included), 1..4. */
unsigned lookup_failure_words(const struct lookup_failure *f);

/* lookup_slot: the slot that a system call names: all 64 bits of cptr in t's CSpace. Bits that remain at a capability that is not a CNode are ignored.
 * NULL: *f says why. The slot found may be empty. */
struct slot *lookup_slot(struct thread *t, word_t cptr, struct lookup_failure *f);
/* lookup_target_slot: the slot named by (index, depth) in the CNode of `root`, resolved completely.
 *   source  goes into the error: the lookup was for the source of an operation
 * Errors: RANGE(1, 64) depth | FAILED_LOOKUP(source, ...) */
error_t lookup_target_slot(struct slot *root, word_t index, word_t depth, bool source, struct slot **out);
/* lookup_target_slots: as above for the first of n consecutive slots of one CNode (as sources).
 * Errors: as lookup_target_slot | RANGE(1, slots of the CNode from the first one on) */
error_t lookup_target_slots(struct slot *root, word_t index, word_t depth, word_t n, struct slot **first);
/* lookup_empty_target_slot: as above for a destination, which must be empty, else DELETE_FIRST. */
error_t lookup_empty_target_slot(struct slot *root, word_t index, word_t depth, struct slot **out);

/* ---- capabilities ---- */

/* cap_mask_rights: the same capability with no more than `rights`. Types without rights are unchanged. */
struct cap cap_mask_rights(struct cap cap, word_t rights);
/* cap_update_data: apply a badge or a guard word. `move`: for Mutate and Rotate. Gives the null capability when that is not allowed. */
struct cap cap_update_data(struct cap cap, bool move, word_t data);
/* cap_derive: what a copy of `cap`, held by or made from `src`, looks like. Nothing is changed yet: slot_insert_copy does that.
 * *out is the null capability after an error.
 * Errors: ILLEGAL_OPERATION null, zombie, IRQControl, unmapped page table, unassigned VSpace | REVOKE_FIRST untyped with children */
error_t cap_derive_from(const struct slot *src, struct cap cap, struct cap *out);
error_t cap_derive(struct slot *src, struct cap *out); /* of the capability as it is */

/* ---- slots ---- */

/* slot_insert_copy: put a derived capability into the empty slot dst. Decides its place in the tree: a badge minted from an unbadged capability and
 * a copy of an untyped are originals below src (which, for the untyped, becomes full); all else are copies. */
void slot_insert_copy(struct slot *src, struct slot *dst, struct cap cap);
/* slot_replace_frame: the same for a frame's capability; dst may hold one too, which goes without a trace: nothing may be mapped by it. */
void slot_replace_frame(struct slot *src, struct slot *dst, struct cap cap);
/* slot_insert_original: put a new original capability into the empty slot dst, below `parent`. */
void slot_insert_original(struct slot *parent, struct slot *dst, struct cap cap);
/* slot_insert_top: put an original without parent into the empty slot dst (boot). */
void slot_insert_top(struct slot *dst, struct cap cap);
/* slot_move: move src's capability, changed to `cap`, to the empty slot dst, keeping its place in the tree. */
void slot_move(struct slot *src, struct slot *dst, struct cap cap);
/* slot_exchange: exchange two occupied slots, which get the capabilities given. */
void slot_exchange(struct slot *a, struct cap new_a, struct slot *b, struct cap new_b);

/* slot_delete: remove the capability in the slot (none: nothing to do); the last one to an object destroys the object. False: preempted, call again (the slot
 * then holds a zombie). */
bool slot_delete(struct slot *slot) MUST_USE;
/* slot_revoke: delete all that was derived from the slot's capability. False: preempted, call again. */
bool slot_revoke(struct slot *slot) MUST_USE;

/* cnode_invoke: Revoke, Delete, CancelBadgedSends, Copy, Mint, Move, Mutate, Rotate; ABI 7.3. */
error_t cnode_invoke(struct invocation *inv);

#endif
