/* SPDX-License-Identifier: BSD-2-Clause */
/* Notifications: words, waiters, lent scheduling contexts. */
#include "test.h"

static unsigned long wait_badge(unsigned long ntfn)
{
    seL4_Word badge = 0;
    seL4_Wait(ntfn, &badge);
    return badge;
}

TEST(notification_signals_accumulate_by_or, "two badges are received as one word")
{
    seL4_CPtr ntfn = notification_new();
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 5));
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 10));
    EXPECT_EQ(wait_badge(ntfn), 15);
}

TEST(notification_poll_without_signal_gives_0, "and taking a signal empties the word")
{
    seL4_CPtr ntfn = notification_new();
    seL4_Word badge = 99;
    seL4_Poll(ntfn, &badge);
    EXPECT_EQ(badge, 0);
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 5));
    seL4_Poll(ntfn, &badge);
    EXPECT_EQ(badge, 5);
    seL4_Poll(ntfn, &badge);
    EXPECT_EQ(badge, 0);
}

TEST(notification_signal_with_badge_0_is_pending_too, "a wait returns at once")
{
    seL4_CPtr ntfn = notification_new();
    seL4_Signal(ntfn);
    EXPECT_EQ(wait_badge(ntfn), 0);
}

TEST(notification_signal_keeps_registers, "x2 to x8 survive; so does everything but x0 and x1")
{
    struct registers r = {.x = {notification_new(), 0, 12, 13, 14, 15, 16, (unsigned long)seL4_SysSend, 18}};
    struct registers before = r;
    system_call(&r);
    for (unsigned i = 2; i < 9; i++)
        EXPECT_EQ(r.x[i], before.x[i]);
}

TEST(notification_call_returns_at_once, "label 0, length 0, and the signal is there")
{
    seL4_CPtr ntfn = notification_new(), badged = mint_new(ntfn, RIGHT_ALL, 7);
    struct answer got = invoke(badged, 99, WORDS(1, 2), NO_CAPS);
    EXPECT_EQ(got.label, 0);
    EXPECT_EQ(got.length, 0);
    EXPECT_EQ(wait_badge(ntfn), 7);
}

TEST(notification_call_without_write_right_is_invalid_capability_0, "Signal by Send does nothing")
{
    seL4_CPtr ntfn = notification_new(), read_only = mint_new(ntfn, RIGHT_READ, 1);
    EXPECT_INVALID_CAPABILITY(invoke(read_only, 0, NO_WORDS, NO_CAPS), 0);
    seL4_Signal(read_only);
    seL4_Word badge = 99;
    seL4_Poll(ntfn, &badge);
    EXPECT_EQ(badge, 0);
}

TEST(notification_higher_waiter_runs_before_signal_returns, "direct hand-over of that signal's badge")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, wait_badge, ntfn);
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 9));
    EXPECT(t->finished);
    EXPECT_EQ(t->result, 9);
}

TEST(notification_lower_waiter_runs_later, "the signaller goes on first")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_new(PRIORITY_LOW);
    thread_start(t, wait_badge, ntfn);
    let_others_run();
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 9));
    EXPECT(!t->finished);
    EXPECT_EQ(thread_join(t), 9);
}

TEST(notification_waiters_are_woken_by_priority, "one signal wakes one, the highest first")
{
    seL4_CPtr ntfn = notification_new(), badged = mint_new(ntfn, RIGHT_ALL, 3);
    struct thread *a = thread_new(110), *b = thread_new(120);
    thread_start(a, wait_badge, ntfn);
    thread_start(b, wait_badge, ntfn);
    seL4_Signal(badged);
    EXPECT(b->finished && !a->finished);
    seL4_Signal(badged);
    EXPECT(a->finished);
}

static unsigned long call_label(unsigned long cap)
{
    return invoke(cap, 5, NO_WORDS, NO_CAPS).label;
}

static unsigned long wait_twice(unsigned long ntfn)
{
    return wait_badge(ntfn) + wait_badge(ntfn);
}

TEST(notification_lends_its_context_to_a_passive_waiter, "and takes it back when the thread waits again")
{
    seL4_CPtr ntfn = notification_new(), badged = mint_new(ntfn, RIGHT_ALL, 4), sc = sched_context_new();
    struct thread *t = thread_new_passive(PRIORITY_HIGH);
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_SchedContext_Bind(sc, t->tcb));
    thread_start(t, wait_twice, ntfn);
    EXPECT_OK(seL4_SchedContext_Unbind(sc));
    EXPECT_OK(seL4_SchedContext_Bind(sc, ntfn));
    seL4_Signal(badged);
    EXPECT(!t->finished);
    seL4_Signal(badged);
    EXPECT(t->finished);
    EXPECT_EQ(t->result, 8);
}

TEST(notification_without_context_does_not_run_a_passive_waiter, "the signal is taken, the thread runs when it gets a context")
{
    seL4_CPtr ntfn = notification_new(), sc = sched_context_new();
    struct thread *t = thread_new_passive(PRIORITY_HIGH);
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_SchedContext_Bind(sc, t->tcb));
    thread_start(t, wait_badge, ntfn);
    EXPECT_OK(seL4_SchedContext_Unbind(sc));
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 4));
    EXPECT(!t->finished);
    EXPECT_OK(seL4_SchedContext_Bind(sc, t->tcb));
    EXPECT(t->finished);
    EXPECT_EQ(t->result, 4);
}

TEST(notification_bound_thread_may_wait_on_it_directly, "its own bound notification")
{
    seL4_CPtr ntfn = notification_new();
    EXPECT_OK(seL4_TCB_BindNotification(OWN_TCB, ntfn));
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 2));
    EXPECT_EQ(wait_badge(ntfn), 2);
}

TEST(notification_delete_restarts_waiters, "who then fault on the missing capability")
{
    seL4_CPtr ntfn = notification_new(), ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new_faulting(PRIORITY_HIGH, ep);
    thread_start(t, wait_badge, ntfn);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, ntfn, DEPTH));
    seL4_MessageInfo_t info = seL4_Recv(ep, NULL, reply);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_CapFault);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_Addr), ntfn);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 1);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), LOOKUP_MISSING_CAPABILITY);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_BitsLeft), 0);
}

TEST(notification_signal_while_bound_thread_waits_for_a_reply_stays_pending, "it is received later")
{
    seL4_CPtr ntfn = notification_new(), ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    EXPECT_OK(seL4_TCB_BindNotification(t->tcb, ntfn));
    thread_start(t, call_label, ep);
    seL4_Recv(ep, NULL, reply);
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 2));
    EXPECT(!t->finished);
    seL4_Send(reply, seL4_MessageInfo_new(6, 0, 0, 0));
    EXPECT_EQ(thread_join(t), 6);
}
