/* SPDX-License-Identifier: BSD-2-Clause */
/* What copies of capabilities look like: rights, badges and guards, derivation; ABI 7.2. */
#include "object/cdt.h"
#include "object/cnode.h"

static unsigned frame_rights(unsigned rights)
{
    return rights & RIGHT_READ ? rights & (RIGHT_READ | RIGHT_WRITE) : 0; /* writable but not readable does not exist */
}

struct cap cap_mask_rights(struct cap cap, word_t rights)
{
    switch (cap_type(&cap)) {
    case CAP_ENDPOINT:
        cap.endpoint.rights &= rights;
        break;
    case CAP_NOTIFICATION:
        cap.endpoint.rights &= rights | RIGHT_GRANT | RIGHT_GRANT_REPLY;
        break;
    case CAP_REPLY:
        cap.reply.rights &= rights | (RIGHTS_ALL & ~RIGHT_GRANT);
        break;
    case CAP_FRAME:
        cap.frame.rights = frame_rights(cap.frame.rights & (unsigned)rights);
        break;
    default:
        break;
    }
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

error_t cap_derive_from(const struct slot *src, struct cap cap, struct cap *out)
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
        cap.untyped.clean_blocks = 0;
        break;
    case CAP_PAGE_TABLE:
        if (!cap.page_table.mapped)
            return illegal_operation();
        break;
    case CAP_VSPACE:
        if (!cap.vspace.asid)
            return illegal_operation();
        break;
    case CAP_FRAME:
        cap.frame.mapped = 0;
        cap.frame.asid = 0;
        cap.frame.va_page = 0;
        break;
    default:
        break;
    }
    *out = cap;
    return ok();
}

error_t cap_derive(struct slot *src, struct cap *out) { return cap_derive_from(src, src->cap, out); }
