/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capability derivation tree: which capability came from which.
 *
 * A proper tree in 16 bytes a slot: each node knows its next sibling (the last one knows the parent instead), its previous sibling (the first one
 * knows the last instead: a ring) and its first child, as slot numbers (pa >> 5, 39 bits). So insertion, removal and "has children" are O(1).
 * Removing a node puts its children in its place among its siblings. Invariant that makes cdt_is_final O(1): siblings that name the same
 * object stand next to each other, and every child of a capability to an object (not untyped, not a control capability) names that object.
 * All nodes hang below one root that is no capability (cdt_init gives its memory).
 */
#ifndef KERNEL_OBJECT_CDT_H
#define KERNEL_OBJECT_CDT_H

#include "object/cap.h"

/* cdt_init: start an empty tree. `memory` is CDT_INIT_SLOTS zeroed slots in the kernel window, kept for ever: the root, and a place to stand while
 * two slots are exchanged. */
enum { CDT_INIT_SLOTS = 2 };
void cdt_init(struct slot *memory);
/* cdt_insert_top: enter a slot as an original without parent (boot capabilities). Its cap is already set. */
void cdt_insert_top(struct slot *slot);
/* cdt_insert_original: enter `slot` as an original below `parent` (retype, badge mint, handler issue ...). If `parent` is itself a copy, the
 * new one becomes its next sibling instead. Original capabilities get copies as children. */
void cdt_insert_original(struct slot *parent, struct slot *slot);
/* cdt_insert_copy: enter `slot` as a copy of `source`: child of an original, next sibling of a copy. */
void cdt_insert_copy(struct slot *source, struct slot *slot);
/* cdt_remove: take a slot out; children move up into its place. The cap itself is not touched. */
void cdt_remove(struct slot *slot);
/* cdt_move: `to` (not in the tree) takes the exact place of `from` (which leaves the tree). Caps are not touched. */
void cdt_move(struct slot *from, struct slot *to);
/* cdt_exchange: exchange the places of two slots in the tree, also when one is the parent or a sibling of the other. */
void cdt_exchange(struct slot *a, struct slot *b);
struct slot *cdt_first_child(const struct slot *slot); /* NULL if none */
/* cdt_is_final: does no other capability in the tree name the same object (cap_same_object)? */
bool cdt_is_final(const struct slot *slot);
/* cdt_walk_next: the slot after `slot` in a walk through the whole tree, parents first; NULL starts it, NULL ends it. For checks, not for operations. */
struct slot *cdt_walk_next(const struct slot *slot);
/* For checks as well: the slot's next sibling, NULL if it is the last; and whether its links and those of its neighbours agree, else the kernel stops. */
struct slot *cdt_next_sibling(const struct slot *slot);
void cdt_check(const struct slot *slot);
/* cap_same_object: both name the same kernel object (never true for untyped, null, frames and control capabilities). */
bool cap_same_object(const struct cap *a, const struct cap *b);

#endif
