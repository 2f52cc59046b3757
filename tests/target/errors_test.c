/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors that many methods have in common, for each of them; what is particular to an object is in its own file. */
#include "test.h"

enum { MAX_WORDS = 8, SOME_IRQ = 60 };

/* A call that would get as far as its last argument. */
struct call {
    seL4_CPtr cap;
    unsigned long label;
    unsigned n_words, n_caps;
    unsigned long words[MAX_WORDS];
    seL4_CPtr caps[3];
};

static struct answer make_call(const struct call *call, unsigned n_words, unsigned n_caps)
{
    return invoke(call->cap, call->label, n_words, call->words, n_caps, call->caps);
}

static void expect_truncated(const struct call *call)
{
    if (call->n_words)
        EXPECT_ERROR(make_call(call, call->n_words - 1, call->n_caps), seL4_TruncatedMessage);
    if (call->n_caps)
        EXPECT_ERROR(make_call(call, call->n_words, call->n_caps - 1), seL4_TruncatedMessage);
}

static void expect_all_truncated(const struct call *calls, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        expect_truncated(&calls[i]);
}
#define EXPECT_ALL_TRUNCATED(calls) expect_all_truncated(calls, sizeof(calls) / sizeof *(calls))

/* ---- short messages ---- */

TEST(errors_short_tcb_message_is_truncated_message, "one word or one capability missing, every method")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    const struct call calls[] = {
        {tcb, TCBReadRegisters, 2, 0, {0, 1}, {0}},
        {tcb, TCBWriteRegisters, 2, 0, {0, 0}, {0}},
        {tcb, TCBCopyRegisters, 1, 1, {0}, {tcb}},
        {tcb, TCBConfigure, 3, 3, {0}, {ROOT_CNODE, OWN_VSPACE, NULL_CAP}},
        {tcb, TCBSetPriority, 1, 1, {0}, {OWN_TCB}},
        {tcb, TCBSetMCPriority, 1, 1, {0}, {OWN_TCB}},
        {tcb, TCBSetSchedParams, 2, 3, {0}, {OWN_TCB, NULL_CAP, NULL_CAP}},
        {tcb, TCBSetTimeoutEndpoint, 0, 1, {0}, {NULL_CAP}},
        {tcb, TCBSetIPCBuffer, 1, 1, {0}, {NULL_CAP}},
        {tcb, TCBSetSpace, 2, 3, {0}, {NULL_CAP, ROOT_CNODE, OWN_VSPACE}},
        {tcb, TCBBindNotification, 0, 1, {0}, {NULL_CAP}},
        {tcb, TCBSetTLSBase, 1, 0, {0}, {0}},
        {tcb, TCBSetFlags, 2, 0, {0}, {0}},
    };
    EXPECT_ALL_TRUNCATED(calls);
}

TEST(errors_short_cnode_message_is_truncated_message, "one word or one capability missing, every method")
{
    seL4_CPtr a = endpoint_new(), b = notification_new(), empty = slot_new();
    const struct call calls[] = {
        {ROOT_CNODE, CNodeRevoke, 2, 0, {a, DEPTH}, {0}},
        {ROOT_CNODE, CNodeDelete, 2, 0, {a, DEPTH}, {0}},
        {ROOT_CNODE, CNodeCancelBadgedSends, 2, 0, {a, DEPTH}, {0}},
        {ROOT_CNODE, CNodeCopy, 5, 1, {empty, DEPTH, a, DEPTH, RIGHT_ALL}, {ROOT_CNODE}},
        {ROOT_CNODE, CNodeMint, 6, 1, {empty, DEPTH, a, DEPTH, RIGHT_ALL, 1}, {ROOT_CNODE}},
        {ROOT_CNODE, CNodeMove, 4, 1, {empty, DEPTH, a, DEPTH}, {ROOT_CNODE}},
        {ROOT_CNODE, CNodeMutate, 5, 1, {empty, DEPTH, a, DEPTH, 0}, {ROOT_CNODE}},
        {ROOT_CNODE, CNodeRotate, 8, 2, {empty, DEPTH, 0, a, DEPTH, 0, b, DEPTH}, {ROOT_CNODE, ROOT_CNODE}},
    };
    EXPECT_ALL_TRUNCATED(calls);
    EXPECT(slot_is_empty(empty));
    EXPECT(!slot_is_empty(a) && !slot_is_empty(b));
}

TEST(errors_short_message_to_other_objects_is_truncated_message, "domain, scheduling context, VSpace, interrupts, information page")
{
    seL4_CPtr empty = slot_new(), sc = sched_context_new();
    const struct call calls[] = {
        {DOMAIN_CAP, DomainSetSet, 1, 1, {0}, {OWN_TCB}},
        {DOMAIN_CAP, DomainSetScheduleConfigure, 3, 0, {0, 0, 1}, {0}},
        {DOMAIN_CAP, DomainSetScheduleSetStart, 1, 0, {0}, {0}},
        {sc, SchedContextBind, 0, 1, {0}, {OWN_TCB}},
        {sc, SchedContextUnbindObject, 0, 1, {0}, {OWN_TCB}},
        {OWN_VSPACE, ARMVSpaceCleanData, 2, 0, {0, 1}, {0}},
        {OWN_VSPACE, ARMVSpaceInvalidateData, 2, 0, {0, 1}, {0}},
        {OWN_VSPACE, ARMVSpaceCleanInvalidateData, 2, 0, {0, 1}, {0}},
        {OWN_VSPACE, ARMVSpaceUnifyInstruction, 2, 0, {0, 1}, {0}},
        {IRQ_CONTROL, ARMIRQIssueIRQHandlerTrigger, 4, 1, {SOME_IRQ, 0, empty, DEPTH}, {ROOT_CNODE}},
        {IRQ_CONTROL, ARMIRQIssueSGISignal, 4, 1, {1, 0, empty, DEPTH}, {ROOT_CNODE}},
        {IRQ_CONTROL, PagodaKernelInfoFrame, 2, 1, {empty, DEPTH}, {ROOT_CNODE}},
    };
    EXPECT_ALL_TRUNCATED(calls);
    EXPECT(slot_is_empty(empty));
}

/* ---- slots that cannot be ---- */

TEST(errors_slot_of_every_cnode_method, "destination depth 65 is a range error, a destination cut short a failed lookup")
{
    seL4_CPtr cnode = cnode_new(2), a = endpoint_new();
    static const unsigned long labels[] = {CNodeRevoke, CNodeDelete, CNodeCancelBadgedSends, CNodeCopy, CNodeMint, CNodeMove, CNodeMutate};
    for (unsigned i = 0; i < sizeof labels / sizeof *labels; i++) {
        EXPECT_RANGE_ERROR(invoke(cnode, labels[i], WORDS(0, 65, a, DEPTH, RIGHT_ALL, 0), CAPS(ROOT_CNODE)), 1, 64);
        EXPECT_ERROR_WORDS(invoke(cnode, labels[i], WORDS(0, 1, a, DEPTH, RIGHT_ALL, 0), CAPS(ROOT_CNODE)), seL4_FailedLookup, 0, LOOKUP_DEPTH_MISMATCH, 1, 2);
    }
    EXPECT_RANGE_ERROR(invoke(cnode, CNodeRotate, WORDS(0, 0, 0, a, DEPTH, 0, a, DEPTH), CAPS(ROOT_CNODE, ROOT_CNODE)), 1, 64);
    for (unsigned label = CNodeMint; label <= CNodeMutate; label++)
        EXPECT_ERROR(invoke(ROOT_CNODE, label, WORDS(a, DEPTH, a, DEPTH, RIGHT_ALL, 0), CAPS(ROOT_CNODE)), seL4_DeleteFirst);
}

TEST(errors_mint_of_untyped_with_children_is_revoke_first, "and so is its use as IPC buffer or CSpace")
{
    seL4_CPtr untyped = untyped_new(12), child = slot_new(), tcb = object_new(seL4_TCBObject, 0);
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT_CNODE, 0, 0, child, 1));
    EXPECT_ERROR(invoke(ROOT_CNODE, CNodeMint, WORDS(slot_new(), DEPTH, untyped, DEPTH, RIGHT_ALL, 0), CAPS(ROOT_CNODE)), seL4_RevokeFirst);
    EXPECT_ERROR(invoke(tcb, TCBSetIPCBuffer, WORDS(1024), CAPS(untyped)), seL4_RevokeFirst);
    EXPECT_ERROR(invoke(tcb, TCBSetSpace, WORDS(0, 0), CAPS(NULL_CAP, untyped, OWN_VSPACE)), seL4_RevokeFirst);
    EXPECT_ERROR(invoke(tcb, TCBConfigure, WORDS(0, 0, 0), CAPS(untyped, OWN_VSPACE, NULL_CAP)), seL4_RevokeFirst);
}

TEST(errors_destination_of_control_capabilities, "no CNode where the destination should be found, depth 65, occupied")
{
    seL4_CPtr ep = endpoint_new(), untyped = untyped_new(12);
    EXPECT_ERROR_WORDS(invoke(ASID_CONTROL, ARMASIDControlMakePool, WORDS(0, DEPTH), CAPS(untyped, ep)), seL4_FailedLookup, 0, LOOKUP_INVALID_ROOT);
    EXPECT_RANGE_ERROR(invoke(ASID_CONTROL, ARMASIDControlMakePool, WORDS(0, 65), CAPS(untyped, ROOT_CNODE)), 1, 64);
    EXPECT_ERROR_WORDS(invoke(IRQ_CONTROL, ARMIRQIssueIRQHandlerTrigger, WORDS(SOME_IRQ, 0, 0, DEPTH), CAPS(ep)), seL4_FailedLookup, 0, LOOKUP_INVALID_ROOT);
    EXPECT_ERROR(invoke(IRQ_CONTROL, ARMIRQIssueIRQHandlerTrigger, WORDS(SOME_IRQ, 0, ep, DEPTH), CAPS(ROOT_CNODE)), seL4_DeleteFirst);
    EXPECT_ERROR_WORDS(invoke(IRQ_CONTROL, ARMIRQIssueSGISignal, WORDS(1, 0, 0, DEPTH), CAPS(ep)), seL4_FailedLookup, 0, LOOKUP_INVALID_ROOT);
    EXPECT_ERROR_WORDS(invoke(IRQ_CONTROL, PagodaKernelInfoFrame, WORDS(0, DEPTH), CAPS(ep)), seL4_FailedLookup, 0, LOOKUP_INVALID_ROOT);
}

TEST(errors_irq_with_trigger_twice_is_revoke_first, "level and edge succeed; the line is free again when the handler is deleted")
{
    for (unsigned trigger = 0; trigger < 2; trigger++) {
        seL4_CPtr handler = slot_new();
        EXPECT_OK(seL4_IRQControl_GetTrigger(IRQ_CONTROL, SOME_IRQ, trigger, ROOT_CNODE, handler, DEPTH));
        EXPECT_ERROR(invoke(IRQ_CONTROL, ARMIRQIssueIRQHandlerTrigger, WORDS(SOME_IRQ, trigger, slot_new(), DEPTH), CAPS(ROOT_CNODE)), seL4_RevokeFirst);
        EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, handler, DEPTH));
    }
}

/* ---- successes that nothing else needs ---- */

TEST(domain_schedule_can_be_written, "an entry and the start")
{
    EXPECT_OK(seL4_DomainSet_ScheduleConfigure(DOMAIN_CAP, 0, 0, (1ul << 56) - 1));
    EXPECT_OK(seL4_DomainSet_ScheduleSetStart(DOMAIN_CAP, 0));
}

TEST(sched_context_unbind_object_of_a_notification_and_a_thread, "both can be bound again afterwards")
{
    seL4_CPtr sc = sched_context_new(), ntfn = notification_new(), tcb = object_new(seL4_TCBObject, 0);
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_OK(seL4_SchedContext_Bind(sc, ntfn));
        EXPECT_OK(seL4_SchedContext_Bind(sc, tcb));
        EXPECT_OK(seL4_SchedContext_UnbindObject(sc, ntfn));
        EXPECT_OK(seL4_SchedContext_UnbindObject(sc, tcb));
    }
}

TEST(tcb_set_tls_base_of_oneself_takes_effect, "the value is in TPIDR_EL0 when the call returns")
{
    unsigned long own, seen;
    asm volatile("mrs %0, tpidr_el0" : "=r"(own));
    struct registers r = {.x = {OWN_TCB, (unsigned long)TCBSetTLSBase << 12 | 1, own + 8, 0, 0, 0, 0, (unsigned long)seL4_SysCall, 0}};
    system_call(&r);
    asm volatile("mrs %0, tpidr_el0\n\tmsr tpidr_el0, %1" : "=&r"(seen) : "r"(own) : "memory");
    EXPECT_EQ(seen, own + 8);
}

/* ---- cache operations ---- */

/* A space whose ASID pool is gone, and a page that was mapped in it. */
static seL4_CPtr lost_space(seL4_CPtr *page)
{
    seL4_CPtr pool = slot_new(), space = object_new(seL4_ARM_VSpaceObject, 0);
    EXPECT_OK(seL4_ARM_ASIDControl_MakePool(ASID_CONTROL, untyped_new(12), ROOT_CNODE, pool, DEPTH));
    EXPECT_OK(seL4_ARM_ASIDPool_Assign(pool, space));
    for (unsigned i = 0; i < 3; i++)
        EXPECT_OK(seL4_ARM_PageTable_Map(object_new(seL4_ARM_PageTableObject, 0), space, 0, seL4_ARM_Default_VMAttributes));
    *page = frame_new();
    EXPECT_OK(seL4_ARM_Page_Map(*page, space, 0, seL4_ReadWrite, seL4_ARM_Default_VMAttributes));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, pool, DEPTH));
    return space;
}

TEST(vspace_every_cache_operation_checks_alike, "range, address, space without ASID, lost ASID, range across the page; success on a mapped page")
{
    seL4_CPtr page, lost = lost_space(&page), unassigned = object_new(seL4_ARM_VSpaceObject, 0);
    unsigned long va = (unsigned long)window_new(1);
    EXPECT_OK(page_map(frame_new(), (void *)va, RIGHT_READ | RIGHT_WRITE));
    for (unsigned label = ARMVSpaceCleanData; label <= ARMVSpaceUnifyInstruction; label++) {
        EXPECT_INVALID_ARGUMENT(invoke(OWN_VSPACE, label, WORDS(va, va), NO_CAPS), 1);
        EXPECT_ERROR(invoke(OWN_VSPACE, label, WORDS(va, seL4_UserTop + 1), NO_CAPS), seL4_IllegalOperation);
        EXPECT_INVALID_CAPABILITY(invoke(unassigned, label, WORDS(0, 1), NO_CAPS), 0);
        EXPECT_ERROR_WORDS(invoke(lost, label, WORDS(0, 1), NO_CAPS), seL4_FailedLookup, 0, LOOKUP_INVALID_ROOT);
        EXPECT_RANGE_ERROR(invoke(OWN_VSPACE, label, WORDS(va + 8, va + 4097), NO_CAPS), va + 8, va + 4095);
        EXPECT_SUCCESS(invoke(OWN_VSPACE, label, WORDS(va, va + 4096), NO_CAPS));
    }
}

TEST(page_every_cache_operation_notices_a_lost_mapping, "pool deleted: failed lookup; another page in its place: InvalidCapability 0")
{
    seL4_CPtr lost, replaced = frame_new();
    lost_space(&lost);
    void *va = window_new(1);
    EXPECT_OK(page_map(replaced, va, RIGHT_READ | RIGHT_WRITE));
    EXPECT_OK(page_map(frame_new(), va, RIGHT_READ | RIGHT_WRITE));
    for (unsigned label = ARMPageCleanData; label <= ARMPageUnifyInstruction; label++) {
        EXPECT_ERROR_WORDS(invoke(lost, label, WORDS(0, 64), NO_CAPS), seL4_FailedLookup, 0, LOOKUP_INVALID_ROOT);
        EXPECT_INVALID_CAPABILITY(invoke(replaced, label, WORDS(0, 64), NO_CAPS), 0);
    }
}
