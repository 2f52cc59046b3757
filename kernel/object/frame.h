/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames: memory that can be mapped. Each capability remembers its own one mapping (ASID and address). */
#ifndef KERNEL_OBJECT_FRAME_H
#define KERNEL_OBJECT_FRAME_H

#include "object/cap.h"
#include "object/error.h"

enum { ATTRIBUTE_CACHEABLE = 1, ATTRIBUTE_EXECUTE_NEVER = 4 };

struct cap cap_frame(pa_t pa, enum frame_size size, bool device);
/* frame_entries_for: table entries of small frames without address, by the rights granted (RIGHT_READ | RIGHT_WRITE), for VM attributes. Made when they are
 * needed first. */
extern uint64_t frame_entries[8][4];
NOINLINE void frame_make_entries(word_t attributes);
static inline const uint64_t *frame_entries_for(word_t attributes)
{
    unsigned kind = attributes & (ATTRIBUTE_CACHEABLE | ATTRIBUTE_EXECUTE_NEVER);
    if (unlikely(!frame_entries[kind][0]))
        frame_make_entries(kind);
    return frame_entries[kind];
}
/* frame_unmap: remove the capability's mapping from the tables if this frame is still what is mapped there. The capability is not touched. */
void frame_unmap(const struct cap *cap);
/* frame_map: what Page_Map does: make the frame visible at va of the space, or change the rights of where it is. Capability and tables are changed only when
 * it succeeds.
 * Errors, in the order of the checks: INVALID_CAPABILITY(1) no VSpace with an ASID | FAILED_LOOKUP(InvalidRoot), INVALID_CAPABILITY(1) its ASID is gone, is
 * another's | ALIGNMENT | INVALID_CAPABILITY(1), INVALID_ARGUMENT(0) mapped in another space, at another address | INVALID_ARGUMENT(0) no user address |
 * FAILED_LOOKUP(MissingCapability, bits left) no table there */
error_t frame_map(struct cap *frame, const struct cap *vspace, va_t va, word_t rights, word_t attributes);
/* frame_forget_lost_mapping: if the frame is no longer mapped where its capability says, the capability is that of an unmapped frame. */
void frame_forget_lost_mapping(struct cap *frame);
/* frame_invoke: Map, Unmap, the cache operations, GetAddress; ABI 11.2, 11.4. */
error_t frame_invoke(struct invocation *inv);

#endif
