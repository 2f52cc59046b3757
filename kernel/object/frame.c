/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames; see frame.h, ABI 11.2, 11.4. */
#include "object/frame.h"
#include "generated/invocations.h"
#include "mutants.h"
#include "object/asid.h"
#include "object/cnode.h"
#include "object/paging_group.h"
#include "object/vspace.h"
#include "preempt.h"

struct cap cap_frame(pa_t pa, enum frame_size size, bool device)
{
    unsigned bits = frame_size_bits(size);
    return (struct cap){.frame = {.size = size, .rights = RIGHT_READ | RIGHT_WRITE, .device = device, .type = CAP_FRAME, .object = pa >> 4,
                                  .unclean = device ? 0 : bits > FRAME_PIECE_BITS ? BIT(bits - FRAME_PIECE_BITS) : 1}};
}

static unsigned frame_bits(const struct cap *cap) { return frame_size_bits((enum frame_size)cap->frame.size); }
/* Level of the tables in which frames of this size are entries: 3 for small ones. */
static unsigned frame_level(const struct cap *cap) { return PT_LEVELS - 1 - cap->frame.size; }
static va_t frame_va(const struct cap *cap) { return (va_t)cap->frame.va_page << 12; }

/* Where the tables lead for a frame of this size. */
static inline struct pt_place frame_place(const struct cap *frame, uint64_t *root, va_t va)
{
    uint64_t *entry = likely(frame->frame.size == FRAME_SMALL) ? pte_small(root, va) : NULL;
    return likely(entry) ? (struct pt_place){entry, PT_LEVELS - 1} : pt_walk(root, va, PT_LEVELS - 1);
}

/* The entry that maps the frame where its capability says; NULL if there is something else by now. `entry` is that of its ASID. */
static uint64_t *frame_find_entry(const struct cap *cap, struct asid_entry *entry)
{
    struct pt_place place = frame_place(cap, kernel_pointer(asid_entry_vspace(entry)), frame_va(cap));
    bool ours = place.level == frame_level(cap) && pte_is_page(*place.entry, place.level) && frame_is_in(cap, *place.entry);
    return ours || mutant(MUTANT_UNMAP_STALE_CAPABILITY) ? place.entry : NULL;
}

void frame_unmap(const struct cap *cap)
{
    if (!cap->frame.mapped)
        return;
    struct asid_entry *space = asid_lookup((asid_t)cap->frame.asid);
    uint64_t *entry = space ? frame_find_entry(cap, space) : NULL;
    if (!entry)
        return;
    group_leave((asid_t)cap->frame.asid, entry, frame_va(cap));
    pte_set(entry, 0);
    if (!mutant(MUTANT_UNMAP_NOT_INVALIDATED))
        tlb_invalidate_page((asid_t)cap->frame.asid, frame_va(cap));
}

/* ---- Map ---- */

/* An in-place mapping must be asked for at the same place; a new one must lie in user addresses. */
static error_t frame_check_address(const struct cap *frame, asid_t asid, va_t va)
{
    if (frame->frame.mapped) {
        if (frame->frame.asid != asid)
            return invalid_capability(1);
        return frame_va(frame) == va ? ok() : invalid_argument(0);
    }
    return va > USER_TOP - MASK(frame_bits(frame)) ? invalid_argument(0) : ok();
}

static uint64_t frame_make_entry(const struct cap *frame, unsigned level, word_t rights, word_t attributes)
{
    unsigned granted = frame->frame.rights & (unsigned)rights;
    if (!(granted & RIGHT_READ))
        granted = 0; /* not for the user at all */
    return pte_make_page(CAP_OBJECT_PA(frame->frame), level, granted, attributes & ATTRIBUTE_CACHEABLE, !(attributes & ATTRIBUTE_EXECUTE_NEVER)) |
           frame_tag(frame);
}

uint64_t frame_entries[8][4];

void frame_make_entries(word_t attributes)
{
    struct cap frame = cap_frame(0, FRAME_SMALL, false);
    for (unsigned rights = 0; rights < ARRAY_SIZE(frame_entries[0]); rights++)
        frame_entries[attributes][rights] = frame_make_entry(&frame, PT_LEVELS - 1, rights, attributes);
}

/* What was written as data must be what is fetched as instructions, whoever wrote it. Only for small pages: others would keep the kernel busy for long; who
 * executes from those calls Unify_Instruction for the part in question. */
static void frame_prepare_execution(const struct cap *frame)
{
    if (!frame->frame.device && frame->frame.size == FRAME_SMALL && !mutant(MUTANT_CODE_NOT_UNIFIED))
        cache_operate(CACHE_UNIFY, CAP_OBJECT_PA(frame->frame), BIT(frame_bits(frame)));
}

/* What the caches hold of the frame goes to memory, piece by piece from the end. False: interrupted; the capability remembers how far it came. */
static bool clean_to_memory(struct cap *frame)
{
    while (frame->frame.unclean) {
        word_t piece = --frame->frame.unclean, whole = BIT(frame_bits(frame));
        cache_operate(CACHE_CLEAN_INVALIDATE, CAP_OBJECT_PA(frame->frame) + (piece << FRAME_PIECE_BITS), whole < BIT(FRAME_PIECE_BITS) ? whole : BIT(FRAME_PIECE_BITS));
        if (frame->frame.unclean && preemption_point())
            return false;
    }
    return true;
}

/* A mapping for these attributes may be read past the data caches, and nobody else sees to it (frame_prepare_execution does for small frames). */
static bool reads_memory(const struct cap *frame, word_t attributes)
{
    return !(attributes & ATTRIBUTE_CACHEABLE) || (!(attributes & ATTRIBUTE_EXECUTE_NEVER) && frame->frame.size != FRAME_SMALL);
}

/* Break before make: the architecture allows no valid entry to be replaced by another valid one. */
static void entry_replace(uint64_t *entry, uint64_t value, asid_t asid, va_t va)
{
    if (*entry == value)
        return;
    if (pte_is_valid(*entry) && !mutant(MUTANT_BREAK_BEFORE_MAKE_MISSING)) {
        group_leave(asid, entry, va);
        pte_set(entry, 0);
        tlb_invalidate_page(asid, va);
    }
    pte_set(entry, value);
}

static NOINLINE error_t map_anyhow(struct cap *frame, const struct cap *vspace, va_t va, word_t rights, word_t attributes)
{
    if (!vspace_is_assigned(vspace))
        return invalid_capability(1);
    error_t error = vspace_resolve(vspace, 1);
    if (error.code)
        return error;
    if (!IS_ALIGNED(va, frame_bits(frame)))
        return alignment_error();
    asid_t asid = (asid_t)vspace->vspace.asid;
    error = frame_check_address(frame, asid, va);
    if (error.code)
        return error;
    struct pt_place place = frame_place(frame, vspace_root(vspace), va);
    if (place.level != frame_level(frame)) {
        struct lookup_failure f = lookup_missing(pt_level_shift(place.level));
        return failed_lookup(false, &f);
    }
    if (reads_memory(frame, attributes) && !clean_to_memory(frame))
        return preempted();

    frame->frame.mapped = 1;
    frame->frame.asid = asid;
    frame->frame.va_page = va >> 12;
    if (!(attributes & ATTRIBUTE_EXECUTE_NEVER))
        frame_prepare_execution(frame);
    entry_replace(place.entry, frame_make_entry(frame, place.level, rights, attributes), asid, va);
    return ok();
}

/* The usual case: a small frame as data, not mapped or mapped at that place already. False: it is another one, nothing is changed. */
static inline bool map_small_data(struct cap *frame, const struct cap *vspace, va_t va, word_t rights, word_t attributes)
{
    word_t place = cap_frame_place(vspace->vspace.asid, va), placed = frame->w[0] & CAP_FRAME_PLACE_MASK;
    if (unlikely((placed && placed != place) || (attributes & ATTRIBUTES_DATA) != ATTRIBUTES_DATA || va & ~(USER_TOP & ~MASK(12)) || !vspace_is_live(vspace)))
        return false;
    uint64_t *entry = pte_small(vspace_root(vspace), va);
    if (unlikely(!entry))
        return false;
    frame->w[0] |= place;
    uint64_t value = frame_entries_for(attributes)[frame->frame.rights & rights & (RIGHT_READ | RIGHT_WRITE)] | CAP_OBJECT_PA(frame->frame) |
                     frame_tag(frame);
    entry_replace(entry, value, (asid_t)vspace->vspace.asid, va);
    return true;
}

error_t frame_map(struct cap *frame, const struct cap *vspace, va_t va, word_t rights, word_t attributes)
{
    return likely(map_small_data(frame, vspace, va, rights, attributes)) ? ok() : map_anyhow(frame, vspace, va, rights, attributes);
}

static error_t frame_invoke_map(struct invocation *inv)
{
    struct args_arm_page_map a;
    if (!args_arm_page_map_read(inv, &a))
        return truncated_message();
    return frame_map(&inv->slot->cap, &inv->caps[0]->cap, a.va, a.rights, a.attributes);
}

static void forget_mapping(struct cap *frame)
{
    frame->frame.mapped = 0;
    frame->frame.asid = 0;
    frame->frame.va_page = 0;
}

void frame_forget_lost_mapping(struct cap *frame)
{
    struct asid_entry *space = frame->frame.mapped ? asid_lookup((asid_t)frame->frame.asid) : NULL;
    if (!space || !frame_find_entry(frame, space))
        forget_mapping(frame);
}

static error_t frame_invoke_unmap(struct invocation *inv)
{
    struct cap *frame = &inv->slot->cap;
    frame_unmap(frame);
    forget_mapping(frame);
    return ok();
}

/* ---- the others ---- */

static error_t frame_cache_operation(struct invocation *inv)
{
    struct args_arm_page_clean_data a; /* all four have the same arguments */
    const struct cap *frame = &inv->slot->cap;
    word_t size = BIT(frame_bits(frame));
    if (!args_arm_page_clean_data_read(inv, &a))
        return truncated_message();
    if (!frame->frame.mapped)
        return illegal_operation();
    struct asid_entry *space = asid_lookup((asid_t)frame->frame.asid);
    if (!space) {
        struct lookup_failure f = lookup_invalid_root();
        return failed_lookup(false, &f);
    }
    if (a.end <= a.start)
        return invalid_argument(1);
    if (a.start >= size || a.end > size)
        return invalid_argument(0);
    const uint64_t *entry = frame_find_entry(frame, space);
    if (!entry)
        return invalid_capability(0);
    if (inv->label == LABEL_ARM_PAGE_INVALIDATE_DATA && !pte_is_user_writable(*entry))
        return illegal_operation();
    return cache_invoke(inv, (enum cache_operation)(inv->label - LABEL_ARM_PAGE_CLEAN_DATA), CAP_OBJECT_PA(frame->frame) + a.start, a.end - a.start);
}

error_t frame_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_ARM_PAGE_MAP:
        return frame_invoke_map(inv);
    case LABEL_ARM_PAGE_UNMAP:
        return frame_invoke_unmap(inv);
    case LABEL_ARM_PAGE_CLEAN_DATA:
    case LABEL_ARM_PAGE_INVALIDATE_DATA:
    case LABEL_ARM_PAGE_CLEAN_INVALIDATE_DATA:
    case LABEL_ARM_PAGE_UNIFY_INSTRUCTION:
        return frame_cache_operation(inv);
    case LABEL_ARM_PAGE_GET_ADDRESS:
        invocation_result(inv, 0, CAP_OBJECT_PA(inv->slot->cap.frame));
        return ok();
    default:
        return illegal_operation();
    }
}
