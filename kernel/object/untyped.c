/* SPDX-License-Identifier: BSD-2-Clause */
/* Untyped memory and Retype; see untyped.h, ABI 5. */
#include "object/untyped.h"
#include "generated/invocations.h"
#include "object/cdt.h"
#include "object/cnode.h"
#include "object/endpoint.h"
#include "object/frame.h"
#include "object/notification.h"
#include "object/page_table.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "object/thread.h"
#include "panic.h"
#include "preempt.h"

enum { VSPACE_BITS = 12, PAGE_TABLE_BITS = 12 };

struct cap cap_untyped(pa_t pa, unsigned size_bits, bool device)
{
    return (struct cap){.untyped = {.type = CAP_UNTYPED, .size_bits = size_bits, .device = device, .object = pa >> 4}};
}

void untyped_set_full(struct slot *slot)
{
    slot->cap.untyped.free_offset = BIT(slot->cap.untyped.size_bits) >> UNTYPED_UNIT_BITS;
    slot->cap.untyped.zero_blocks = 0;
}

/* ---- what to make ---- */

struct retype {
    word_t type;
    word_t user_size_bits;  /* as given */
    unsigned size_bits;     /* of one object's memory */
    word_t count;
    struct slot *dest;      /* first of `count` consecutive slots */
    word_t start;           /* bytes from the start of the untyped */
};

/* Memory of one object, log2 bytes; a size_bits below 64 cannot overflow it. */
static word_t object_size_bits(word_t type, word_t size_bits)
{
    static const uint8_t fixed[OBJECT_TYPES] = {
        [OBJECT_TCB] = THREAD_BITS,      [OBJECT_ENDPOINT] = ENDPOINT_BITS,           [OBJECT_NOTIFICATION] = NOTIFICATION_BITS,
        [OBJECT_REPLY] = REPLY_BITS,     [OBJECT_HUGE_PAGE] = 30,                     [OBJECT_VSPACE] = VSPACE_BITS,
        [OBJECT_SMALL_PAGE] = 12,        [OBJECT_LARGE_PAGE] = 21,                    [OBJECT_PAGE_TABLE] = PAGE_TABLE_BITS,
    };
    switch (type) {
    case OBJECT_UNTYPED:
    case OBJECT_SCHED_CONTEXT:
        return size_bits;
    case OBJECT_CNODE:
        return size_bits + SLOT_BITS;
    default:
        return fixed[type];
    }
}

static bool is_frame(word_t type) { return type == OBJECT_SMALL_PAGE || type == OBJECT_LARGE_PAGE || type == OBJECT_HUGE_PAGE; }

static error_t retype_check_size(const struct args_untyped_retype *a)
{
    if (a->type >= OBJECT_TYPES)
        return invalid_argument(0);
    if (a->size_bits >= 64 || object_size_bits(a->type, a->size_bits) > UNTYPED_MAX_BITS)
        return range_error(0, UNTYPED_MAX_BITS);
    if ((a->type == OBJECT_CNODE && a->size_bits == 0) || (a->type == OBJECT_UNTYPED && a->size_bits < UNTYPED_MIN_BITS) ||
        (a->type == OBJECT_SCHED_CONTEXT && a->size_bits < SCHED_CONTEXT_MIN_BITS))
        return invalid_argument(1);
    return ok();
}

/* The window of destination slots. */
static error_t retype_find_slots(const struct invocation *inv, const struct args_untyped_retype *a, struct slot **first)
{
    struct slot *node = inv->caps[0];
    if (a->node_depth) {
        error_t error = lookup_target_slot(inv->caps[0], a->node_index, a->node_depth, false, &node);
        if (error.code)
            return error;
    }
    if (node->cap.type != CAP_CNODE) {
        struct lookup_failure f = lookup_missing(a->node_depth);
        return failed_lookup(false, &f);
    }
    word_t slots = BIT(node->cap.cnode.radix);
    if (a->node_offset > slots - 1)
        return range_error(0, slots - 1);
    if (a->num_objects < 1 || a->num_objects > UNTYPED_RETYPE_MAX)
        return range_error(1, UNTYPED_RETYPE_MAX);
    if (a->num_objects > slots - a->node_offset)
        return range_error(1, slots - a->node_offset);
    *first = (struct slot *)CAP_OBJECT(node->cap.cnode) + a->node_offset;
    for (word_t i = 0; i < a->num_objects; i++)
        if (!slot_is_empty(*first + i))
            return delete_first();
    return ok();
}

/* Where the objects go. Sizes are powers of two and the end of the untyped is aligned to each that fits, so rounding up the start loses no place. */
static error_t retype_find_memory(const struct cap *untyped, bool has_children, struct retype *r)
{
    word_t used = has_children ? (word_t)untyped->untyped.free_offset << UNTYPED_UNIT_BITS : 0;
    word_t free = BIT(untyped->untyped.size_bits) - used;
    if (free >> r->size_bits < r->count)
        return not_enough_memory(free);
    if (untyped->untyped.device && !is_frame(r->type) && r->type != OBJECT_UNTYPED)
        return invalid_argument(1);
    r->start = ALIGN_UP(used, r->size_bits);
    return ok();
}

/* ---- making it ---- */

/* Zero the memory of the objects. False: interrupted; the capability remembers how far it came, and whatever comes after takes that for zero. Moving free_offset to
 * the start of the objects then loses only bytes that the alignment would have lost anyway. */
static bool retype_zero_memory(struct cap *untyped, const struct retype *r)
{
    word_t len = r->count << r->size_bits;
    word_t zero_end = ((word_t)untyped->untyped.free_offset << UNTYPED_UNIT_BITS) + ((word_t)untyped->untyped.zero_blocks << UNTYPED_BLOCK_BITS);
    word_t done = untyped->untyped.zero_blocks && zero_end > r->start ? zero_end - r->start : 0;
    while (done < len) {
        word_t step = len - done < BIT(UNTYPED_BLOCK_BITS) ? len - done : BIT(UNTYPED_BLOCK_BITS);
        memory_zero(kernel_pointer(CAP_OBJECT_PA(untyped->untyped) + r->start + done), step);
        done += step;
        word_t blocks = done >> UNTYPED_BLOCK_BITS;
        if (done < len && blocks < BIT(20) && preemption_point()) { /* beyond 2^20 blocks (16 GiB) the field is full: go on without stopping */
            untyped->untyped.free_offset = r->start >> UNTYPED_UNIT_BITS;
            untyped->untyped.zero_blocks = blocks;
            return false;
        }
    }
    return true;
}

/* Make zeroed memory an object; its first capability. */
static struct cap object_create(const struct retype *r, pa_t pa, bool device)
{
    uint64_t object = pa >> 4;
    void *p = kernel_pointer(pa);
    switch (r->type) {
    case OBJECT_UNTYPED:
        return cap_untyped(pa, r->size_bits, device);
    case OBJECT_TCB:
        thread_init(p);
        return (struct cap){.thread = {.type = CAP_THREAD, .object = object}};
    case OBJECT_ENDPOINT:
        return (struct cap){.endpoint = {.type = CAP_ENDPOINT, .rights = RIGHTS_ALL, .object = object}};
    case OBJECT_NOTIFICATION:
        return (struct cap){.endpoint = {.type = CAP_NOTIFICATION, .rights = RIGHTS_ALL, .object = object}};
    case OBJECT_CNODE:
        return (struct cap){.cnode = {.type = CAP_CNODE, .radix = r->user_size_bits, .object = object}};
    case OBJECT_SCHED_CONTEXT:
        sched_context_init(p, r->size_bits);
        return (struct cap){.sched_context = {.size_bits = r->size_bits, .type = CAP_SCHED_CONTEXT, .object = object}};
    case OBJECT_REPLY:
        return (struct cap){.reply = {.type = CAP_REPLY, .rights = RIGHTS_ALL, .object = object}};
    case OBJECT_VSPACE:
        return (struct cap){.vspace = {.type = CAP_VSPACE, .object = object}};
    case OBJECT_PAGE_TABLE:
        return cap_page_table(pa);
    case OBJECT_SMALL_PAGE:
        return cap_frame(pa, FRAME_SMALL, device);
    case OBJECT_LARGE_PAGE:
        return cap_frame(pa, FRAME_LARGE, device);
    default:
        return cap_frame(pa, FRAME_HUGE, device);
    }
}

static void forget_used(struct cap *untyped, bool has_children)
{
    if (!has_children && untyped->untyped.free_offset) { /* all is free again */
        untyped->untyped.free_offset = 0;
        untyped->untyped.zero_blocks = 0;
    }
}

static error_t retype_perform(struct slot *slot, bool has_children, const struct retype *r)
{
    struct cap *untyped = &slot->cap;
    bool device = untyped->untyped.device;
    forget_used(untyped, has_children);
    if (!device && r->type != OBJECT_UNTYPED && !retype_zero_memory(untyped, r))
        return preempted();
    untyped->untyped.free_offset = (r->start + (r->count << r->size_bits)) >> UNTYPED_UNIT_BITS;
    untyped->untyped.zero_blocks = 0;
    pa_t pa = CAP_OBJECT_PA(untyped->untyped) + r->start;
    for (word_t i = 0; i < r->count; i++)
        slot_insert_original(slot, &r->dest[i], object_create(r, pa + (i << r->size_bits), device));
    return ok();
}

/* Zero up to n blocks more of what is free. One at least is done, so that who repeats the call comes to the end however often interrupts come. */
static void clear_blocks(struct cap *untyped, word_t n)
{
    word_t start = (word_t)untyped->untyped.free_offset << UNTYPED_UNIT_BITS, end = (BIT(untyped->untyped.size_bits) - start) >> UNTYPED_BLOCK_BITS;
    if (end > MASK(20))
        end = MASK(20); /* zero_blocks */
    while (n-- > 0 && untyped->untyped.zero_blocks < end) {
        memory_zero(kernel_pointer(CAP_OBJECT_PA(untyped->untyped) + start + ((word_t)untyped->untyped.zero_blocks << UNTYPED_BLOCK_BITS)), BIT(UNTYPED_BLOCK_BITS));
        untyped->untyped.zero_blocks++;
        if (preemption_point())
            return;
    }
}

static error_t untyped_clear(struct invocation *inv)
{
    struct args_untyped_clear a;
    struct cap *untyped = &inv->slot->cap;
    if (!args_untyped_clear_read(inv, &a))
        return truncated_message();
    if (a.n_blocks < 1 || a.n_blocks > UNTYPED_CLEAR_MAX)
        return range_error(1, UNTYPED_CLEAR_MAX);
    if (untyped->untyped.device)
        return illegal_operation();

    forget_used(untyped, cdt_first_child(inv->slot) != NULL);
    clear_blocks(untyped, a.n_blocks);
    invocation_result(inv, 0, (word_t)untyped->untyped.zero_blocks << UNTYPED_BLOCK_BITS);
    return ok();
}

/* What is not seL4's. */
static NOINLINE error_t invoke_extension(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_UNTYPED_SPLIT_FRAME: return untyped_split_frame(inv);
    case LABEL_UNTYPED_CLEAR: return untyped_clear(inv);
    default: return illegal_operation();
    }
}

error_t untyped_invoke(struct invocation *inv)
{
    struct args_untyped_retype a;
    if (unlikely(inv->label != LABEL_UNTYPED_RETYPE))
        return invoke_extension(inv);
    if (!args_untyped_retype_read(inv, &a))
        return truncated_message();
    error_t error = retype_check_size(&a);
    if (error.code)
        return error;
    struct retype r = {.type = a.type, .user_size_bits = a.size_bits, .size_bits = (unsigned)object_size_bits(a.type, a.size_bits), .count = a.num_objects};
    error = retype_find_slots(inv, &a, &r.dest);
    if (error.code)
        return error;
    bool has_children = cdt_first_child(inv->slot) != NULL;
    error = retype_find_memory(&inv->slot->cap, has_children, &r);
    if (error.code)
        return error;
    return retype_perform(inv->slot, has_children, &r);
}
