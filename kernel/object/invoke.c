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

invoke_handler *const object_handlers[1 << CAP_TYPE_BITS] = {
    [CAP_UNTYPED] = untyped_invoke,
    [CAP_CNODE] = cnode_invoke,
    [CAP_THREAD] = tcb_invoke,
    [CAP_FRAME] = frame_invoke,
    [CAP_PAGE_TABLE] = page_table_invoke,
    [CAP_VSPACE] = vspace_invoke,
    [CAP_ASID_CONTROL] = asid_control_invoke,
    [CAP_ASID_POOL] = asid_pool_invoke,
    [CAP_IRQ_CONTROL] = irq_control_invoke,
    [CAP_IRQ_HANDLER] = irq_handler_invoke,
    [CAP_SGI_SIGNAL] = sgi_invoke,
    [CAP_DOMAIN] = domain_invoke,
    [CAP_SCHED_CONTEXT] = sched_context_invoke,
    [CAP_SCHED_CONTROL] = sched_control_invoke,
};
