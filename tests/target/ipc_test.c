/* SPDX-License-Identifier: BSD-2-Clause */
/* Endpoints, reply objects, capability transfer, donation of scheduling contexts. */
#include "test.h"

static seL4_MessageInfo_t info_of(unsigned long label, unsigned long caps, unsigned long length)
{
    return seL4_MessageInfo_new(label, 0, caps, length);
}

/* What a helper thread works with. */
static struct {
    seL4_CPtr endpoint, reply, other, slot;
    volatile unsigned long seen, count;
} shared;

/* Send one message whose words are known, of the length given. */
static unsigned long call_with_length(unsigned long length)
{
    for (unsigned long i = 0; i < length; i++)
        seL4_SetMR((int)i, 1000 * length + i);
    seL4_MessageInfo_t answer = seL4_Call(shared.endpoint, info_of(77, 0, length));
    if (seL4_MessageInfo_get_length(answer) != length || seL4_MessageInfo_get_label(answer) != 78)
        return 1;
    for (unsigned long i = 0; i < length; i++)
        if (seL4_GetMR((int)i) != 2000 * length + i)
            return 2;
    return 0;
}

static void every_length(unsigned priority)
{
    shared.endpoint = endpoint_new(), shared.reply = reply_new();
    struct thread *client = thread_new(priority);
    for (unsigned long length = 0; length <= 120; length++) {
        thread_start(client, call_with_length, length);
        seL4_MessageInfo_t info = seL4_Recv(shared.endpoint, NULL, shared.reply);
        EXPECT_EQ(seL4_MessageInfo_get_length(info), length);
        EXPECT_EQ(seL4_MessageInfo_get_label(info), 77);
        for (unsigned long i = 0; i < length; i++)
            EXPECT_EQ(seL4_GetMR((int)i), 1000 * length + i);
        for (unsigned long i = 0; i < length; i++)
            seL4_SetMR((int)i, 2000 * length + i);
        seL4_Send(shared.reply, info_of(78, 0, length));
        EXPECT_EQ(thread_join(client), 0);
    }
}

TEST(ipc_call_every_length_arrives_when_client_is_higher, "0 to 120 words both ways, sender blocks first")
{
    every_length(PRIORITY_HIGH);
}

TEST(ipc_call_every_length_arrives_when_client_is_lower, "0 to 120 words both ways, receiver blocks first")
{
    every_length(PRIORITY_LOW);
}

static unsigned long call_returning_badge(unsigned long cap)
{
    struct answer got = invoke(cap, 3, NO_WORDS, NO_CAPS);
    return got.badge * 1000 + got.label;
}

TEST(ipc_receiver_gets_badge_and_reply_has_badge_0, "the badge of the capability used to send")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, call_returning_badge, mint_new(ep, RIGHT_ALL, 0x123456789));
    seL4_Word badge = 0;
    seL4_MessageInfo_t info = seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(badge, 0x123456789);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), 3);
    seL4_Send(reply, info_of(9, 0, 0));
    EXPECT_EQ(thread_join(t), 9);
}

TEST(ipc_label_has_52_bits, "the largest label arrives unchanged")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_LOW);
    shared.endpoint = ep;
    thread_start(t, call_returning_badge, ep);
    seL4_Recv(ep, NULL, reply);
    seL4_Send(reply, info_of(0xfffffffffffff, 0, 0));
    EXPECT_EQ(thread_join(t), 0xfffffffffffff);
}

static unsigned long send_long_length(unsigned long cap)
{
    struct registers r = {.x = {cap, 127, 1, 2, 3, 4, 0, (unsigned long)seL4_SysSend, 0}};
    system_call(&r);
    return 0;
}

TEST(ipc_length_above_120_is_clamped, "127 in the message info is received as 120")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, send_long_length, ep);
    EXPECT_EQ(seL4_MessageInfo_get_length(seL4_Recv(ep, NULL, reply)), 120);
}

TEST(ipc_nbsend_without_receiver_is_dropped, "nothing waits afterwards")
{
    seL4_CPtr ep = endpoint_new();
    seL4_NBSend(ep, info_of(1, 0, 0));
    seL4_Word badge = 99;
    seL4_NBRecv(ep, &badge, reply_new());
    EXPECT_EQ(badge, 0);
}

TEST(ipc_nbrecv_without_sender_writes_only_the_badge, "x0 = 0; the other registers stay")
{
    struct registers r = {.x = {endpoint_new(), 11, 12, 13, 14, 15, reply_new(), (unsigned long)seL4_SysNBRecv, 18}};
    seL4_CPtr reply = r.x[6];
    system_call(&r);
    EXPECT_EQ(r.x[0], 0);
    for (unsigned i = 1; i <= 5; i++)
        EXPECT_EQ(r.x[i], 10 + i);
    EXPECT_EQ(r.x[6], reply);
    EXPECT_EQ(r.x[8], 18);
}

static unsigned long receive_word(unsigned long cap)
{
    seL4_Word badge;
    seL4_Recv(cap, &badge, shared.reply);
    return seL4_GetMR(0);
}

TEST(ipc_nbsend_to_waiting_receiver_is_delivered, "and the sender's registers stay as they were")
{
    seL4_CPtr ep = endpoint_new();
    shared.reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, receive_word, ep);
    struct registers r = {.x = {ep, 1, 31, 13, 14, 15, 16, (unsigned long)seL4_SysNBSend, 18}};
    struct registers before = r;
    system_call(&r);
    for (unsigned i = 0; i < 9; i++)
        EXPECT_EQ(r.x[i], before.x[i]);
    EXPECT_EQ(thread_join(t), 31);
}

TEST(ipc_send_without_write_right_does_nothing, "Send and NBSend return at once; Call is InvalidCapability 0")
{
    seL4_CPtr ep = endpoint_new(), read_only = mint_new(ep, RIGHT_READ | RIGHT_GRANT | RIGHT_GRANT_REPLY, 1);
    seL4_Send(read_only, info_of(1, 0, 0));
    seL4_NBSend(read_only, info_of(1, 0, 0));
    EXPECT_INVALID_CAPABILITY(invoke(read_only, 1, NO_WORDS, NO_CAPS), 0);
}

static unsigned long call_label(unsigned long cap)
{
    return invoke(cap, 5, NO_WORDS, NO_CAPS).label;
}

TEST(ipc_call_without_grant_leaves_the_caller_inactive, "the message arrives, the reply reaches nobody")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, call_label, mint_new(ep, RIGHT_WRITE | RIGHT_READ, 5));
    seL4_Word badge = 0;
    seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(badge, 5);
    seL4_Send(reply, info_of(0, 0, 0));
    let_others_run();
    EXPECT(!t->finished);
}

TEST(ipc_call_with_grant_reply_only_gets_its_reply, "GrantReply is enough for a reply")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, call_label, mint_new(ep, RIGHT_WRITE | RIGHT_GRANT_REPLY, 5));
    seL4_Recv(ep, NULL, reply);
    seL4_Send(reply, info_of(6, 0, 0));
    EXPECT_EQ(thread_join(t), 6);
}

static unsigned long note_call_order(unsigned long cap)
{
    invoke(cap, 1, NO_WORDS, NO_CAPS);
    return 0;
}

TEST(ipc_queued_senders_are_received_by_priority_then_in_order, "highest first, first come first served among equals")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    static const unsigned priorities[4] = {110, 120, 110, 130}, expected[4] = {4, 2, 1, 3};
    for (unsigned i = 0; i < 4; i++)
        thread_start(thread_new(priorities[i]), note_call_order, mint_new(ep, RIGHT_ALL, i + 1));
    for (unsigned i = 0; i < 4; i++) {
        seL4_Word badge = 0;
        seL4_Recv(ep, &badge, reply);
        EXPECT_EQ(badge, expected[i]);
        seL4_Send(reply, info_of(0, 0, 0));
    }
}

TEST(ipc_priority_change_of_a_queued_sender_moves_it, "raised above the one in front of it")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *a = thread_new(120), *b = thread_new(110);
    thread_start(a, note_call_order, mint_new(ep, RIGHT_ALL, 1));
    thread_start(b, note_call_order, mint_new(ep, RIGHT_ALL, 2));
    EXPECT_OK(seL4_TCB_SetPriority(b->tcb, OWN_TCB, 130));
    seL4_Word badge = 0;
    seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(badge, 2);
    seL4_Send(reply, info_of(0, 0, 0));
    seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(badge, 1);
    seL4_Send(reply, info_of(0, 0, 0));
}

/* Capability transfer: a client sends shared.other through shared.endpoint. */
static unsigned long call_with_caps(unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        seL4_SetCap((int)i, shared.other);
    seL4_Call(shared.endpoint, info_of(1, n, 0));
    return 0;
}

static seL4_MessageInfo_t transfer(seL4_CPtr ep, seL4_CPtr send_cap, seL4_CPtr cap, seL4_CPtr slot, unsigned n)
{
    seL4_CPtr reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    shared.endpoint = send_cap, shared.other = cap;
    seL4_SetCapReceivePath(ROOT_CNODE, slot, DEPTH);
    thread_start(t, call_with_caps, n);
    seL4_MessageInfo_t info = seL4_Recv(ep, NULL, reply);
    seL4_Send(reply, info_of(0, 0, 0));
    thread_join(t);
    return info;
}

TEST(ipc_capability_lands_in_the_receive_slot, "one extra capability, sent with Grant")
{
    seL4_CPtr ep = endpoint_new(), slot = slot_new();
    seL4_MessageInfo_t info = transfer(ep, ep, notification_new(), slot, 1);
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(info), 1);
    EXPECT_EQ(seL4_MessageInfo_get_capsUnwrapped(info), 0);
    EXPECT(!slot_is_empty(slot));
}

TEST(ipc_capability_is_not_transferred_without_grant, "the message arrives without it")
{
    seL4_CPtr ep = endpoint_new(), slot = slot_new();
    seL4_MessageInfo_t info = transfer(ep, mint_new(ep, RIGHT_WRITE | RIGHT_GRANT_REPLY, 1), notification_new(), slot, 1);
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(info), 0);
    EXPECT(slot_is_empty(slot));
}

TEST(ipc_capability_to_the_same_endpoint_is_unwrapped, "its badge arrives, no capability")
{
    seL4_CPtr ep = endpoint_new(), slot = slot_new();
    seL4_MessageInfo_t info = transfer(ep, ep, mint_new(ep, RIGHT_ALL, 321), slot, 2);
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(info), 2);
    EXPECT_EQ(seL4_MessageInfo_get_capsUnwrapped(info), 3);
    EXPECT(slot_is_empty(slot));
}

TEST(ipc_second_capability_stops_the_transfer, "only one can be put into the receive slot")
{
    seL4_CPtr ep = endpoint_new(), slot = slot_new();
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(transfer(ep, ep, notification_new(), slot, 2)), 1);
}

TEST(ipc_occupied_receive_slot_gets_no_capability, "no error, no capability")
{
    seL4_CPtr ep = endpoint_new();
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(transfer(ep, ep, notification_new(), endpoint_new(), 1)), 0);
}

TEST(ipc_transferred_capability_is_a_child_of_the_original, "revoking the original takes it back")
{
    seL4_CPtr ep = endpoint_new(), slot = slot_new(), ntfn = notification_new();
    transfer(ep, ep, ntfn, slot, 1);
    EXPECT(!slot_is_empty(slot));
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, ntfn, DEPTH));
    EXPECT(slot_is_empty(slot));
}

static unsigned long receive_cap_by_reply(unsigned long slot)
{
    seL4_SetCapReceivePath(ROOT_CNODE, slot, DEPTH);
    seL4_MessageInfo_t info = seL4_Call(shared.endpoint, info_of(1, 0, 0));
    return seL4_MessageInfo_get_extraCaps(info);
}

static unsigned long reply_with_cap(unsigned long rights)
{
    seL4_CPtr reply = reply_new(), slot = slot_new();
    shared.endpoint = endpoint_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, receive_cap_by_reply, slot);
    seL4_Recv(shared.endpoint, NULL, reply);
    seL4_SetCap(0, notification_new());
    seL4_Send(mint_new(reply, rights, 0), info_of(0, 1, 0));
    unsigned long n = thread_join(t);
    EXPECT_EQ(slot_is_empty(slot), n == 0);
    return n;
}

TEST(ipc_reply_transfers_a_capability_with_grant, "Grant of the reply capability decides")
{
    EXPECT_EQ(reply_with_cap(RIGHT_ALL), 1);
}

TEST(ipc_reply_without_grant_transfers_none, "a copy of the reply capability without Grant")
{
    EXPECT_EQ(reply_with_cap(RIGHT_WRITE | RIGHT_READ), 0);
}

TEST(ipc_thread_without_buffer_passes_four_words, "a longer message is cut to the registers")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    EXPECT_OK(seL4_TCB_SetIPCBuffer(t->tcb, 0, 0));
    thread_start(t, send_long_length, ep);
    EXPECT_EQ(seL4_MessageInfo_get_length(seL4_Recv(ep, NULL, reply)), 4);
    EXPECT_EQ(seL4_GetMR(3), 4);
}

TEST(ipc_delete_of_endpoint_restarts_the_blocked_caller, "which then finds its capability gone")
{
    seL4_CPtr ep = endpoint_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, call_label, ep);
    EXPECT(!t->finished);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, ep, DEPTH));
    EXPECT_EQ(thread_join(t), seL4_InvalidCapability);
}

static unsigned long server_add_one(unsigned long rounds)
{
    seL4_Word badge;
    seL4_Recv(shared.endpoint, &badge, shared.reply);
    while (rounds-- > 0) {
        seL4_SetMR(0, seL4_GetMR(0) + 1);
        seL4_ReplyRecv(shared.endpoint, info_of(0, 0, 1), &badge, shared.reply);
    }
    return 0;
}

TEST(ipc_reply_recv_serves_many_calls, "one server, a thousand calls")
{
    shared.endpoint = endpoint_new(), shared.reply = reply_new();
    struct thread *server = thread_new(PRIORITY_HIGH);
    thread_start(server, server_add_one, 2000);
    for (unsigned long i = 0; i < 1000; i++) {
        struct answer got = invoke(shared.endpoint, 0, WORDS(i), NO_CAPS);
        EXPECT_EQ(got.words[0], i + 1);
    }
}

TEST(ipc_reply_to_nobody_does_nothing, "Send on a free reply object returns; Call on it succeeds at once")
{
    seL4_CPtr reply = reply_new();
    seL4_Send(reply, info_of(1, 0, 0));
    struct answer got = invoke(reply, 7, NO_WORDS, NO_CAPS);
    EXPECT_EQ(got.label, 0);
    EXPECT_EQ(got.length, 0);
}

TEST(ipc_send_leaves_the_reply_object_free, "only a Call waits on it")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, send_long_length, ep);
    seL4_Recv(ep, NULL, reply);
    EXPECT(t->finished);
    seL4_Send(reply, info_of(1, 0, 0));
}

TEST(ipc_reply_object_given_to_another_receive_drops_its_caller, "the caller becomes inactive and gets no reply")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *a = thread_new(PRIORITY_HIGH), *b = thread_new(PRIORITY_HIGH);
    thread_start(a, call_label, ep);
    seL4_Recv(ep, NULL, reply);
    thread_start(b, call_label, ep);
    seL4_Recv(ep, NULL, reply);
    seL4_Send(reply, info_of(4, 0, 0));
    EXPECT_EQ(thread_join(b), 4);
    seL4_Send(reply, info_of(4, 0, 0));
    let_others_run();
    EXPECT(!a->finished);
}

TEST(ipc_reply_through_a_copy_answers_the_caller, "every capability to the reply object can be used")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new(), copy = copy_new(reply);
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, call_label, ep);
    seL4_Recv(ep, NULL, reply);
    seL4_Send(copy, info_of(3, 0, 0));
    EXPECT_EQ(thread_join(t), 3);
}

TEST(ipc_delete_of_reply_object_leaves_the_caller_inactive, "it can be resumed and then calls again")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new(), second = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, call_label, ep);
    seL4_Recv(ep, NULL, reply);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, reply, DEPTH));
    let_others_run();
    EXPECT(!t->finished);
    EXPECT_OK(seL4_TCB_Resume(t->tcb));
    seL4_Recv(ep, NULL, second);
    seL4_Send(second, info_of(8, 0, 0));
    EXPECT_EQ(thread_join(t), 8);
}

static unsigned long receive_then_count(unsigned long argument)
{
    (void)argument;
    seL4_Word badge;
    for (;;) {
        seL4_Recv(shared.endpoint, &badge, shared.reply);
        shared.count++;
        seL4_Send(shared.reply, info_of(shared.count, 0, 0));
    }
    return 0;
}

TEST(ipc_nbsend_recv_sends_then_receives, "the send goes to a waiting thread, the answer comes back on another endpoint")
{
    shared.endpoint = endpoint_new(), shared.reply = reply_new();
    shared.other = endpoint_new();
    struct thread *server = thread_new(PRIORITY_HIGH);
    thread_start(server, server_add_one, 10);
    /* The server waits on shared.endpoint: an NBSendRecv reaches it and then finds nothing to receive until a caller comes. */
    struct thread *caller = thread_new(PRIORITY_LOW);
    thread_start(caller, call_label, shared.other);
    seL4_Word badge = 99;
    seL4_CPtr reply = reply_new();
    seL4_MessageInfo_t info = seL4_NBSendRecv(shared.endpoint, info_of(2, 0, 0), shared.other, &badge, reply);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), 5);
    EXPECT_EQ(badge, 0);
    seL4_Send(reply, info_of(11, 0, 0));
    EXPECT_EQ(thread_join(caller), 11);
}

static unsigned long wait_forever_on(unsigned long ntfn)
{
    seL4_Word badge = 0;
    seL4_Wait(ntfn, &badge);
    shared.seen = badge;
    return badge;
}

TEST(ipc_nbsend_wait_signals_then_waits, "the first phase signals a notification, the second waits on another")
{
    seL4_CPtr first = notification_new(), second = notification_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, wait_forever_on, first);
    seL4_Signal(mint_new(second, RIGHT_ALL, 16));
    seL4_Word badge = 0;
    seL4_NBSendWait(mint_new(first, RIGHT_ALL, 8), info_of(0, 0, 0), second, &badge);
    EXPECT_EQ(badge, 16);
    EXPECT_EQ(thread_join(t), 8);
}

TEST(ipc_first_phase_refuses_a_tcb_and_receives_all_the_same, "NBSendRecv on a TCB capability does nothing visible")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0), ntfn = notification_new();
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 3));
    seL4_Word badge = 0;
    seL4_NBSendWait(tcb, info_of(TCBSuspend, 0, 0), ntfn, &badge);
    EXPECT_EQ(badge, 3);
}

/* Passive servers. */
TEST(ipc_passive_server_runs_on_the_callers_context, "the context is lent with the call and comes back with the reply")
{
    shared.endpoint = endpoint_new(), shared.reply = reply_new(), shared.count = 0;
    struct thread *server = thread_new_passive(PRIORITY_HIGH), *client = thread_new(PRIORITY_LOW);
    seL4_CPtr sc = sched_context_new();
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_SchedContext_Bind(sc, server->tcb));
    thread_start(server, server_add_one, 1000);
    EXPECT_OK(seL4_SchedContext_Unbind(sc)); /* it waits in Recv now and is passive */
    for (unsigned long i = 0; i < 10; i++)
        EXPECT_EQ(invoke(shared.endpoint, 0, WORDS(i), NO_CAPS).words[0], i + 1);
    thread_start(client, call_label, shared.endpoint);
    EXPECT_EQ(thread_join(client), 0);
}

TEST(ipc_nbsend_to_passive_receiver_delivers_without_running_it, "binding a context later lets it run")
{
    shared.reply = reply_new();
    seL4_CPtr ep = endpoint_new(), sc = sched_context_new();
    struct thread *t = thread_new_passive(PRIORITY_HIGH);
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_SchedContext_Bind(sc, t->tcb));
    thread_start(t, receive_word, ep);
    EXPECT_OK(seL4_SchedContext_Unbind(sc));
    seL4_SetMR(0, 55);
    seL4_NBSend(ep, info_of(0, 0, 1));
    EXPECT(!t->finished);
    EXPECT_OK(seL4_SchedContext_Bind(sc, t->tcb));
    EXPECT_EQ(thread_join(t), 55);
}

static struct {
    seL4_CPtr endpoint, reply, next;
} chain[3];

static unsigned long chain_server(unsigned long i)
{
    seL4_Word badge;
    seL4_Recv(chain[i].endpoint, &badge, chain[i].reply);
    for (;;) {
        unsigned long value = seL4_GetMR(0) * 2;
        if (chain[i].next != 0) {
            seL4_SetMR(0, value);
            seL4_Call(chain[i].next, info_of(0, 0, 1));
            value = seL4_GetMR(0);
        }
        seL4_SetMR(0, value);
        seL4_ReplyRecv(chain[i].endpoint, info_of(0, 0, 1), &badge, chain[i].reply);
    }
    return 0;
}

TEST(ipc_chain_of_passive_servers_unwinds, "three servers call each other on the client's context")
{
    seL4_CPtr sc = sched_context_new();
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    for (unsigned i = 0; i < 3; i++) {
        chain[i].endpoint = endpoint_new(), chain[i].reply = reply_new();
        chain[i].next = 0;
        if (i > 0)
            chain[i - 1].next = chain[i].endpoint;
    }
    static const unsigned priorities[3] = {PRIORITY_HIGH, PRIORITY_HIGH + 5, PRIORITY_HIGH - 5};
    for (unsigned i = 0; i < 3; i++) {
        struct thread *t = thread_new_passive(priorities[i]);
        EXPECT_OK(seL4_SchedContext_Bind(sc, t->tcb));
        thread_start(t, chain_server, i);
        EXPECT_OK(seL4_SchedContext_Unbind(sc));
    }
    for (unsigned long i = 0; i < 20; i++)
        EXPECT_EQ(invoke(chain[0].endpoint, 0, WORDS(i), NO_CAPS).words[0], 8 * i);
}

TEST(ipc_passive_server_below_the_client_runs_on_its_context, "donation to a server of lower priority")
{
    shared.endpoint = endpoint_new(), shared.reply = reply_new();
    seL4_CPtr sc = sched_context_new();
    struct thread *server = thread_new_passive(PRIORITY_LOW);
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_SchedContext_Bind(sc, server->tcb));
    thread_start(server, server_add_one, 1000);
    let_others_run();
    EXPECT_OK(seL4_SchedContext_Unbind(sc));
    EXPECT_EQ(invoke(shared.endpoint, 0, WORDS(5), NO_CAPS).words[0], 6);
}

TEST(ipc_delete_of_a_lent_context_stops_the_server, "the client can be answered by another thread but needs a new context")
{
    shared.endpoint = endpoint_new(), shared.reply = reply_new();
    seL4_CPtr inner = endpoint_new(), sc = sched_context_new();
    struct thread *server = thread_new_passive(PRIORITY_HIGH), *client = thread_new(PRIORITY_LOW);
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_SchedContext_Bind(sc, server->tcb));
    chain[0].endpoint = shared.endpoint, chain[0].reply = shared.reply, chain[0].next = inner;
    thread_start(server, chain_server, 0);
    EXPECT_OK(seL4_SchedContext_Unbind(sc));
    thread_start(client, call_label, shared.endpoint);
    let_others_run(); /* client -> server -> blocked sending on inner, on the client's context */
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, client->sc, DEPTH));
    seL4_CPtr reply = reply_new();
    seL4_Word badge;
    seL4_Recv(inner, &badge, reply);
    seL4_Send(reply, info_of(0, 0, 1)); /* the server could go on but has no context */
    seL4_Send(shared.reply, info_of(9, 0, 0));
    let_others_run();
    EXPECT(!client->finished);
    EXPECT_OK(seL4_SchedContext_Bind(sc, client->tcb));
    EXPECT_EQ(thread_join(client), 9);
}

/* Bound notifications. */
TEST(ipc_bound_notification_signal_is_received_on_the_endpoint, "a pending signal comes first, with its badge and nothing else")
{
    seL4_CPtr ep = endpoint_new(), ntfn = notification_new(), reply = reply_new();
    EXPECT_OK(seL4_TCB_BindNotification(OWN_TCB, ntfn));
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 64));
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, call_label, mint_new(ep, RIGHT_ALL, 1));
    seL4_Word badge = 0;
    seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(badge, 64);
    seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(badge, 1);
    seL4_Send(reply, info_of(0, 0, 0));
    seL4_NBRecv(ep, &badge, reply);
    EXPECT_EQ(badge, 0);
}

static unsigned long receive_badge(unsigned long ep)
{
    seL4_Word badge = 0;
    seL4_Recv(ep, &badge, shared.reply);
    return badge;
}

TEST(ipc_signal_wakes_a_bound_thread_blocked_on_an_endpoint, "its receive ends with the signal")
{
    seL4_CPtr ep = endpoint_new(), ntfn = notification_new();
    shared.reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    EXPECT_OK(seL4_TCB_BindNotification(t->tcb, ntfn));
    thread_start(t, receive_badge, ep);
    seL4_Signal(mint_new(ntfn, RIGHT_ALL, 32));
    EXPECT_EQ(thread_join(t), 32);
}

TEST(ipc_reply_object_survives_a_receive_ended_by_a_signal, "the same reply object serves the next call")
{
    seL4_CPtr ep = endpoint_new(), ntfn = notification_new(), reply = reply_new();
    EXPECT_OK(seL4_TCB_BindNotification(OWN_TCB, ntfn));
    struct thread *signaller = thread_new(PRIORITY_LOW), *caller = thread_new(PRIORITY_LOW);
    (void)caller;
    shared.other = mint_new(ntfn, RIGHT_ALL, 2);
    thread_start(signaller, note_call_order, shared.other);
    seL4_Word badge = 0;
    seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(badge, 2);
    thread_start(caller, call_label, ep);
    seL4_Recv(ep, &badge, reply);
    seL4_Send(reply, info_of(12, 0, 0));
    EXPECT_EQ(thread_join(caller), 12);
}

TEST(ipc_send_restarts_after_its_endpoint_capability_is_replaced, "a blocked sender holds badge and rights of the time of the send")
{
    seL4_CPtr ep = endpoint_new(), badged = mint_new(ep, RIGHT_ALL, 6), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, call_label, badged);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, badged, DEPTH));
    seL4_Word badge = 0;
    seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(badge, 6);
    seL4_Send(reply, info_of(2, 0, 0));
    EXPECT_EQ(thread_join(t), 2);
}

TEST(ipc_four_clients_one_server_all_answered, "calls from several priorities, each gets its own answer")
{
    shared.endpoint = endpoint_new(), shared.reply = reply_new(), shared.count = 0;
    struct thread *server = thread_new(PRIORITY_HIGH + 1), *clients[4];
    thread_start(server, receive_then_count, 0);
    unsigned long sum = 0;
    for (unsigned i = 0; i < 4; i++) {
        clients[i] = thread_new(PRIORITY_LOW + i);
        thread_start(clients[i], call_label, shared.endpoint);
    }
    for (unsigned i = 0; i < 4; i++)
        sum += thread_join(clients[i]);
    EXPECT_EQ(sum, 1 + 2 + 3 + 4);
}
