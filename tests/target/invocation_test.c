/* SPDX-License-Identifier: BSD-2-Clause */
/* The same invocations with capabilities found in one, two and three CNodes: the kernel has a quick way for the first two, and the answers must not tell. */
#include "harness.h"

#include <string.h>

enum { CSPACES = 3, CALLS = 12, WORDS = 5 };

static unsigned long answers[CSPACES][CALLS][WORDS]; /* error, then the message registers that an error may use */
static seL4_CPtr source, target, frame, untyped;
static unsigned long page;
static unsigned n_calls;

static void note(unsigned long cspace, int error)
{
    unsigned long *answer = answers[cspace][n_calls++];
    answer[0] = (unsigned long)error;
    for (int i = 1; i < WORDS; i++)
        answer[i] = error ? seL4_GetMR(i - 1) : 0;
}

static unsigned long make_calls(unsigned long cspace)
{
    n_calls = 0;
    note(cspace, seL4_CNode_Copy(ROOT_CNODE, target, DEPTH, ROOT_CNODE, source, DEPTH, seL4_AllRights));
    note(cspace, seL4_CNode_Copy(ROOT_CNODE, target, DEPTH, ROOT_CNODE, source, DEPTH, seL4_AllRights)); /* occupied */
    note(cspace, seL4_CNode_Delete(ROOT_CNODE, target, DEPTH));
    note(cspace, seL4_CNode_Copy(ROOT_CNODE, target, DEPTH, ROOT_CNODE, target, DEPTH, seL4_AllRights)); /* empty source */
    note(cspace, seL4_CNode_Copy(ROOT_CNODE, target, 65, ROOT_CNODE, source, DEPTH, seL4_AllRights));    /* no depth */
    note(cspace, seL4_CNode_Copy(ROOT_CNODE, target | 1ul << 63, DEPTH, ROOT_CNODE, source, DEPTH, seL4_AllRights)); /* another guard */
    note(cspace, seL4_ARM_Page_Map(frame, OWN_VSPACE, page, seL4_ReadWrite, seL4_ARM_PageCacheable | seL4_ARM_ExecuteNever));
    *(volatile char *)page = 1;
    note(cspace, seL4_ARM_Page_Map(frame, OWN_VSPACE, page, seL4_CanRead, seL4_ARM_PageCacheable | seL4_ARM_ExecuteNever));
    note(cspace, seL4_ARM_Page_Map(frame, OWN_VSPACE, page + 4096, seL4_CanRead, seL4_ARM_PageCacheable | seL4_ARM_ExecuteNever)); /* elsewhere */
    note(cspace, seL4_ARM_Page_Unmap(frame));
    note(cspace, seL4_ARM_Page_Map(target, OWN_VSPACE, page, seL4_ReadWrite, seL4_ARM_Default_VMAttributes)); /* no capability */
    note(cspace, seL4_Untyped_Retype(untyped, seL4_ARM_LargePageObject, 0, ROOT_CNODE, 0, 0, target, 1));      /* too large */
    return n_calls;
}

/* A CNode that leads to what `below` leads to, for the same addresses: its first slot takes their top bit. `guard_size`: what `below` has to skip then. */
static seL4_CPtr cnode_above(seL4_CPtr below, unsigned long guard_size)
{
    seL4_CPtr cnode = cnode_new(1);
    EXPECT_OK(seL4_CNode_Mint(cnode, 0, 1, ROOT_CNODE, below, DEPTH, seL4_AllRights, guard_size));
    return cnode;
}

TEST(invocation_answers_do_not_depend_on_how_capabilities_are_found, "one, two and three CNodes: successes and errors with all their words")
{
    unsigned long radix = boot_info->initThreadCNodeSizeBits;
    source = endpoint_new();
    target = slot_new();
    frame = frame_new();
    untyped = untyped_new(12);
    page = (unsigned long)window_new(2);
    seL4_CPtr cspaces[CSPACES] = {ROOT_CNODE, cnode_above(ROOT_CNODE, 63 - radix), cnode_above(cnode_above(ROOT_CNODE, 62 - radix), 0)};
    for (unsigned long i = 0; i < CSPACES; i++) {
        struct thread *t = thread_new(PRIORITY_HIGH);
        EXPECT_OK(seL4_TCB_SetSpace(t->tcb, 0, cspaces[i], 0, OWN_VSPACE, 0));
        thread_start(t, make_calls, i);
        EXPECT_EQ(thread_join(t), CALLS);
    }
    for (unsigned call = 0; call < CALLS; call++)
        for (unsigned i = 1; i < CSPACES; i++)
            for (unsigned word = 0; word < WORDS; word++)
                EXPECT_EQ(answers[i][call][word], answers[0][call][word]);
    EXPECT_EQ(answers[0][0][0], seL4_NoError);
    EXPECT_EQ(answers[0][1][0], seL4_DeleteFirst);
    EXPECT_EQ(answers[0][3][0], seL4_FailedLookup);
    EXPECT_EQ(answers[0][4][0], seL4_RangeError);
    EXPECT_EQ(answers[0][5][0], seL4_FailedLookup);
    EXPECT_EQ(answers[0][6][0], seL4_NoError);
    EXPECT_EQ(answers[0][7][0], seL4_NoError);
    EXPECT_EQ(answers[0][8][0], seL4_InvalidArgument);
    EXPECT_EQ(answers[0][10][0], seL4_InvalidCapability);
    EXPECT_EQ(answers[0][11][0], seL4_NotEnoughMemory);
}

/* ---- signals ---- */

static seL4_CPtr signalled;
static volatile unsigned long woken_order, woken_badge;

static unsigned long wait_and_note(unsigned long digit)
{
    seL4_Word badge;
    seL4_Wait(signalled, &badge);
    woken_badge = badge;
    woken_order = woken_order * 10 + digit;
    return digit;
}

/* Three waiters, above, beside and below the signaller, with round-robin contexts (which the quick way takes) or such with a period (which it does not). */
static void signal_three(bool periodic)
{
    static const unsigned priority[] = {PRIORITY_HIGH, PRIORITY_MAIN, PRIORITY_LOW};
    struct thread *t[3];
    signalled = notification_new();
    woken_order = 0;
    for (unsigned i = 0; i < 3; i++) {
        t[i] = thread_new(priority[i]);
        if (periodic)
            EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), t[i]->sc, 1000, 100000, 0, 0, 0));
        thread_start(t[i], wait_and_note, i + 1);
    }
    let_others_run();
    for (unsigned i = 0; i < 3; i++)
        seL4_Signal(signalled);
    EXPECT_EQ(woken_order, 1); /* the one above ran at once, the others have not yet */
    let_others_run();
    for (unsigned i = 0; i < 3; i++)
        EXPECT_EQ(thread_join(t[i]), i + 1);
    EXPECT_EQ(woken_order, 123);
    seL4_Word badge = 5;
    seL4_Poll(signalled, &badge);
    EXPECT_EQ(badge, 0);
}

TEST(signals_wake_by_priority_with_round_robin_contexts, "the quick way") { signal_three(false); }
TEST(signals_wake_by_priority_with_periodic_contexts, "the general way, with the same outcome") { signal_three(true); }

/* ---- benchmark calls ---- */

static unsigned long null_call(unsigned long argument)
{
    register unsigned long x0 asm("x0") = argument, x7 asm("x7") = (unsigned long)-25;
    asm volatile("svc #0" : "+r"(x0) : "r"(x7) : "memory");
    return x0;
}

TEST(benchmark_calls_exist_only_when_exported, "NullSyscall changes nothing, or is an unknown system call")
{
    char exports[64];
    bool exported = boot_argument("export=", exports, sizeof exports) != NULL && strstr(exports, "bench") != NULL;
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new_faulting(PRIORITY_HIGH, endpoint);
    thread_start(t, null_call, 77);
    if (!exported) {
        seL4_MessageInfo_t info = seL4_Recv(endpoint, NULL, reply);
        EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_UnknownSyscall);
        EXPECT_EQ(seL4_GetMR(7), -25ul);
        return;
    }
    EXPECT_EQ(thread_join(t), 77);
}
