/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Untyped memory: the only source of objects.
 *
 * An untyped capability owns [object, object + 2^size_bits). Memory below free_offset (in 16-byte units) has been handed out; the rest belongs to
 * nobody. Without children everything is free again and free_offset counts as 0.
 *
 * Memory is zeroed when it becomes an object, not when it becomes free: then memory is touched once, right before use, and
 * sub-untypeds cost nothing. To the user it is the same: what is handed out reads as zero. As this can take long, it is preemptible:
 * zero_blocks counts the blocks of 2^UNTYPED_BLOCK_BITS bytes from free_offset on that an interrupted retype, or Clear, has already zeroed. It is reset
 * whenever free_offset changes.
 */
#ifndef KERNEL_OBJECT_UNTYPED_H
#define KERNEL_OBJECT_UNTYPED_H

#include "object/cap.h"
#include "object/error.h"

enum {
    UNTYPED_UNIT_BITS = 4,   /* of free_offset; also the smallest untyped */
    UNTYPED_MIN_BITS = 4,
    UNTYPED_MAX_BITS = 47,
    UNTYPED_BLOCK_BITS = 14, /* zeroed between two preemption checks: a few microseconds */
    UNTYPED_RETYPE_MAX = 256,
    UNTYPED_CLEAR_MAX = 16, /* blocks a call */
};

struct cap cap_untyped(pa_t pa, unsigned size_bits, bool device);
/* untyped_set_full: nothing is free any more until all children are gone (copies, ASID pools). */
void untyped_set_full(struct slot *slot);
/* untyped_split_frame: make the large frame that is all of inv->slot's memory 512 small ones of the same contents, below untypeds of 2^size_bits bytes each, as
 * if they had been made so in the first place. Never stops in between.
 * Errors: RANGE(12, 21) size_bits | of the lookup of both runs of slots | INVALID_ARGUMENT(2) they overlap | ILLEGAL_OPERATION not an untyped of 2 MiB with such a
 * frame | DELETE_FIRST a slot is in use | REVOKE_FIRST the frame has copies, or is mapped */
error_t untyped_split_frame(struct invocation *inv);
/* untyped_invoke: Retype, ABI 5; SplitFrame; Clear. */
error_t untyped_invoke(struct invocation *inv);

#endif
