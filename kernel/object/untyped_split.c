/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension: SplitFrame; see untyped.h and docs/paging-extension.md. */
#include "generated/invocations.h"
#include "object/cdt.h"
#include "object/cnode.h"
#include "object/frame.h"
#include "object/untyped.h"

enum { SMALL_BITS = 12, LARGE_BITS = 21, SMALL_IN_LARGE = 1 << (LARGE_BITS - SMALL_BITS) };

/* The large frame that is all that an untyped was made into; NULL: there is something else. */
static struct slot *only_large_frame(const struct slot *untyped)
{
    struct slot *frame = cdt_first_child(untyped);
    if (untyped->cap.untyped.size_bits != LARGE_BITS || !frame || cdt_next_sibling(frame))
        return NULL;
    return frame->cap.type == CAP_FRAME && frame->cap.frame.size == FRAME_LARGE ? frame : NULL;
}

/* Slots that will be empty when that of the large frame is. */
static bool are_empty(const struct slot *slots, word_t n, const struct slot *large)
{
    for (word_t i = 0; i < n; i++)
        if (!slot_is_empty(&slots[i]) && &slots[i] != large)
            return false;
    return true;
}

/* Objects are entered in ascending order of address, as Retype does. */
static void split(struct slot *untyped, struct slot *parts, unsigned part_bits, struct slot *frames)
{
    bool device = untyped->cap.untyped.device;
    pa_t pa = CAP_OBJECT_PA(untyped->cap.untyped);
    word_t frames_in_part = BIT(part_bits - SMALL_BITS);
    for (word_t i = 0; i < SMALL_IN_LARGE; i++, pa += BIT(SMALL_BITS)) {
        struct slot *part = &parts[i / frames_in_part];
        if (i % frames_in_part == 0) {
            slot_insert_original(untyped, part, cap_untyped(pa, part_bits, device));
            untyped_set_full(part);
        }
        slot_insert_original(part, &frames[i], cap_frame(pa, FRAME_SMALL, device));
    }
}

error_t untyped_split_frame(struct invocation *inv)
{
    struct args_untyped_split_frame a;
    struct slot *frames, *parts;
    if (!args_untyped_split_frame_read(inv, &a))
        return truncated_message();
    if (a.size_bits < SMALL_BITS || a.size_bits > LARGE_BITS)
        return range_error(SMALL_BITS, LARGE_BITS);
    error_t error = lookup_target_slots(inv->caps[0], a.frames, a.depth, SMALL_IN_LARGE, &frames);
    if (error.code)
        return error;
    word_t n_parts = BIT(LARGE_BITS - a.size_bits);
    error = lookup_target_slots(inv->caps[0], a.untypeds, a.depth, n_parts, &parts);
    if (error.code)
        return error;
    if (parts < frames + SMALL_IN_LARGE && frames < parts + n_parts)
        return invalid_argument(2);
    struct slot *large = only_large_frame(inv->slot);
    if (!large)
        return illegal_operation();
    if (!are_empty(frames, SMALL_IN_LARGE, large) || !are_empty(parts, n_parts, large))
        return delete_first();
    if (cdt_first_child(large))
        return revoke_first();
    frame_forget_lost_mapping(&large->cap);
    if (large->cap.frame.mapped)
        return revoke_first();

    if (!slot_delete(large))
        return preempted();
    split(inv->slot, parts, (unsigned)a.size_bits, frames);
    return ok();
}
