/* SPDX-License-Identifier: BSD-2-Clause */
/* Dispatch of an invocation to the object it names; see invoke.h. */
#include "object/invoke.h"
#include "object/asid.h"
#include "object/cnode.h"
#include "object/domain.h"
#include "object/frame.h"
#include "object/irq.h"
#include "object/page_table.h"
#include "object/sched_context.h"
#include "object/sched_control.h"
#include "object/untyped.h"
#include "object/vspace.h"

error_t object_invoke(struct invocation *inv)
{
    switch (cap_type(&inv->slot->cap)) {
    case CAP_UNTYPED:
        return untyped_invoke(inv);
    case CAP_CNODE:
        return cnode_invoke(inv);
    case CAP_THREAD:
        return tcb_invoke(inv);
    case CAP_FRAME:
        return frame_invoke(inv);
    case CAP_PAGE_TABLE:
        return page_table_invoke(inv);
    case CAP_VSPACE:
        return vspace_invoke(inv);
    case CAP_ASID_CONTROL:
        return asid_control_invoke(inv);
    case CAP_ASID_POOL:
        return asid_pool_invoke(inv);
    case CAP_IRQ_CONTROL:
        return irq_control_invoke(inv);
    case CAP_IRQ_HANDLER:
        return irq_handler_invoke(inv);
    case CAP_SGI_SIGNAL:
        return sgi_invoke(inv);
    case CAP_DOMAIN:
        return domain_invoke(inv);
    case CAP_SCHED_CONTEXT:
        return sched_context_invoke(inv);
    case CAP_SCHED_CONTROL:
        return sched_control_invoke(inv);
    case CAP_NULL:
    case CAP_ZOMBIE:
    case CAP_ENDPOINT: /* not handled here, see invoke.h */
    case CAP_NOTIFICATION:
    case CAP_REPLY:
        break;
    }
    return invalid_capability(0);
}
