/* SPDX-License-Identifier: BSD-2-Clause */
/* What copies of capabilities look like: rights, badges and guards, derivation; ABI 7.2. */
#include "object/cdt.h"
#include "object/cnode.h"

static unsigned frame_rights(unsigned rights)
{
    return rights & RIGHT_READ ? rights & (RIGHT_READ | RIGHT_WRITE) : 0; /* writable but not readable does not exist */
}

/* Rights that a copy can lose, of types that have them in the place of endpoint.rights. */
static const uint8_t maskable_rights[1 << CAP_TYPE_BITS] = {
    [CAP_ENDPOINT] = RIGHTS_ALL,
    [CAP_NOTIFICATION] = RIGHT_READ | RIGHT_WRITE,
    [CAP_REPLY] = RIGHT_GRANT,
};

struct cap cap_mask_rights(struct cap cap, word_t rights)
{
    if (cap.type == CAP_FRAME)
        cap.frame.rights = frame_rights(cap.frame.rights & (unsigned)rights);
    else
        cap.endpoint.rights &= rights | ~(word_t)maskable_rights[cap.type]; /* other types keep what they have in this place */
    return cap;
}

static struct cap cap_set_guard(struct cap cap, word_t data)
{
    unsigned guard_size = data & MASK(6);
    if (guard_size + cap.cnode.radix > 64)
        return (struct cap){0};
    cap.cnode.guard_size = guard_size;
    cap.cnode.guard = data >> 6 & MASK(guard_size);
    return cap;
}

struct cap cap_update_data(struct cap cap, bool move, word_t data)
{
    switch (cap_type(&cap)) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
        if (move || cap.endpoint.badge)
            return (struct cap){0};
        cap.endpoint.badge = data;
        return cap;
    case CAP_CNODE:
        return cap_set_guard(cap, data);
    default:
        return cap;
    }
}

/* Types of which a copy looks like what it was made from, and can always be made. */
#define COPIED_AS_THEY_ARE                                                                                                                 \
    (BIT(CAP_ENDPOINT) | BIT(CAP_NOTIFICATION) | BIT(CAP_REPLY) | BIT(CAP_CNODE) | BIT(CAP_ASID_CONTROL) | BIT(CAP_THREAD) |               \
     BIT(CAP_ASID_POOL) | BIT(CAP_IRQ_HANDLER) | BIT(CAP_DOMAIN) | BIT(CAP_SCHED_CONTEXT) | BIT(CAP_SCHED_CONTROL) | BIT(CAP_SGI_SIGNAL))

static NOINLINE error_t derive_other(const struct slot *src, struct cap cap, struct cap *out)
{
    *out = (struct cap){0};
    switch (cap_type(&cap)) {
    case CAP_NULL:
    case CAP_ZOMBIE:
    case CAP_IRQ_CONTROL:
        return illegal_operation();
    case CAP_UNTYPED:
        if (cdt_first_child(src))
            return revoke_first();
        cap.untyped.free_offset = 0;
        cap.untyped.zero_blocks = 0;
        break;
    case CAP_PAGE_TABLE:
        if (!cap.page_table.mapped)
            return illegal_operation();
        break;
    case CAP_VSPACE:
        if (!cap.vspace.asid)
            return illegal_operation();
        break;
    default:
        break;
    }
    *out = cap;
    return ok();
}

error_t cap_derive_from(const struct slot *src, struct cap cap, struct cap *out)
{
    if (cap.type == CAP_FRAME)
        cap.w[0] &= ~(CAP_FRAME_PLACE | CAP_FRAME_TAG);
    else if (unlikely(!(COPIED_AS_THEY_ARE >> cap.type & 1)))
        return derive_other(src, cap, out);
    *out = cap;
    return ok();
}

error_t cap_derive(struct slot *src, struct cap *out) { return cap_derive_from(src, src->cap, out); }
