/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames: memory that can be mapped. Each capability remembers its own one mapping (ASID and address). */
#ifndef KERNEL_OBJECT_FRAME_H
#define KERNEL_OBJECT_FRAME_H

#include "object/cap.h"
#include "object/error.h"

enum { ATTRIBUTE_CACHEABLE = 1, ATTRIBUTE_EXECUTE_NEVER = 4, ATTRIBUTE_CONTIGUOUS = 8, ATTRIBUTES_DATA = ATTRIBUTE_CACHEABLE | ATTRIBUTE_EXECUTE_NEVER };

/* What frame.unclean counts: from the start of the frame, so many pieces of this size may have contents that are in the data caches only. A small frame is one piece. */
#define FRAME_PIECE_BITS 13

/* cap_frame: not mapped, all of it unclean unless it is a device's. Who maps it for data need not care; what reads past the data caches (uncached mappings,
 * instructions of large frames) finds the memory cleaned, since Map does that then. */
struct cap cap_frame(pa_t pa, enum frame_size size, bool device);

/* Each copy of a frame's capability has a mapping of its own, and one whose mapping was replaced by another of the same frame still says that it is mapped there.
 * The tag tells them apart, as far as five bits can: it lies at PTE_TAG of the capability's
 * first word and of the table entry. */
static inline uint64_t frame_tag(const struct cap *frame) { return frame->w[0] & CAP_FRAME_TAG; }
/* frame_retag: for a copy that goes to this slot. Slots of equal number in neighbouring CNodes of 4 KiB get different ones, and so do neighbouring slots. */
static inline void frame_retag(struct cap *copy, const struct slot *slot)
{
    copy->frame.tag = (uintptr_t)slot >> SLOT_BITS ^ (uintptr_t)slot >> 12;
}
/* frame_is_in: this table entry of the right level was made for this capability. */
static inline bool frame_is_in(const struct cap *frame, uint64_t entry)
{
    return pte_is_valid(entry) && pte_pa(entry) == CAP_OBJECT_PA(frame->frame) && (entry & PTE_TAG) == frame_tag(frame);
}
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
