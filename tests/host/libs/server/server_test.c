/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop of a server against a scripted kernel: what arrives, what goes out, which reply objects are where. */
#include <setjmp.h>
#include <string.h>

#include "check_main.h"
#include "pagoda/layout.h"
#include "server/server.h"

seL4_IPCBuffer fake_ipc_buffer;

#define ENDPOINT 40
#define FIRST_REPLY 50
#define MAX_STEPS 16

/* What the kernel delivers. */
static struct {
    uint64_t badge, label, length, mr0;
} script[MAX_STEPS];
static unsigned n_script, at;

/* What the server did: one entry for each receive, with the answer that went out just before (ReplyRecv) or not (Recv). */
static struct {
    bool replied;
    uint64_t label, length, caps, cap0, mr0, reply_object;
} seen[MAX_STEPS];
static struct {
    uint64_t to, label, length, caps, mr0;
} sent[MAX_STEPS];
static unsigned n_sent, n_signals, n_faults;
static uint64_t signals;
static seL4_CPtr deferred_reply;
static jmp_buf end;
static struct server server;
#define SPARE 3
static seL4_CPtr spare[SPARE];

static seL4_MessageInfo_t deliver(uint64_t *badge, seL4_CPtr reply)
{
    seen[at].reply_object = reply;
    if (at == n_script)
        longjmp(end, 1);
    *badge = script[at].badge;
    fake_ipc_buffer.msg[0] = script[at].mr0;
    seL4_MessageInfo_t info = seL4_MessageInfo_new(script[at].label, 0, 0, script[at].length);
    at++;
    return info;
}

seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    ck_assert_uint_eq(src, ENDPOINT);
    seen[at].replied = false;
    return deliver(sender, reply);
}

seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t info, seL4_Word *sender, seL4_CPtr reply)
{
    ck_assert_uint_eq(src, ENDPOINT);
    seen[at].replied = true;
    seen[at].label = seL4_MessageInfo_get_label(info);
    seen[at].length = seL4_MessageInfo_get_length(info);
    seen[at].caps = seL4_MessageInfo_get_extraCaps(info);
    seen[at].cap0 = seL4_GetCap(0);
    seen[at].mr0 = fake_ipc_buffer.msg[0];
    return deliver(sender, reply);
}

void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    sent[n_sent].to = dest;
    sent[n_sent].label = seL4_MessageInfo_get_label(info);
    sent[n_sent].length = seL4_MessageInfo_get_length(info);
    sent[n_sent].caps = seL4_MessageInfo_get_extraCaps(info);
    sent[n_sent++].mr0 = fake_ipc_buffer.msg[0];
}

enum { OP_ECHO = 1, OP_CAP, OP_ERROR, OP_DEFER, OP_ANSWER_DEFERRED };

static void request(struct server_call *call)
{
    ck_assert_ptr_eq(call->words, fake_ipc_buffer.msg);
    switch (call->operation) {
    case OP_ECHO:
        call->words[0]++;
        call->reply_length = call->length;
        break;
    case OP_CAP:
        call->reply_cap = 99;
        break;
    case OP_ERROR:
        call->reply_label = 7;
        break;
    case OP_DEFER:
        deferred_reply = server_defer(call->server);
        if (deferred_reply)
            call->deferred = true;
        else
            call->reply_label = 15;
        break;
    case OP_ANSWER_DEFERRED:
        server_message(call->server)[0] = 123;
        server_reply(call->server, deferred_reply, 0, 1, 0);
        break;
    }
}

static void signal_handler(struct server *s, uint64_t events)
{
    ck_assert_ptr_eq(s, &server);
    n_signals++;
    signals |= events;
}

static void fault_handler(struct server_call *call)
{
    n_faults++;
    ck_assert_uint_eq(call->operation, 6);
}

static void step(uint64_t badge, uint64_t label, uint64_t length, uint64_t mr0)
{
    script[n_script].badge = badge;
    script[n_script].label = label;
    script[n_script].length = length;
    script[n_script++].mr0 = mr0;
}

static void setup(void)
{
    n_script = at = n_sent = n_signals = n_faults = 0;
    signals = 0;
    deferred_reply = 0;
    memset(seen, 0, sizeof seen);
    memset(&server, 0, sizeof server);
    server.endpoint = ENDPOINT;
    server.spare = spare;
    server.spare_max = SPARE;
    server.request = request;
    server.signal = signal_handler;
    ck_assert(server_add_reply(&server, FIRST_REPLY));
}

static void run(void)
{
    if (setjmp(end) == 0)
        server_loop(&server);
    ck_assert_uint_eq(at, n_script);
}

START_TEST(request_is_answered_with_the_next_receive)
{
    step(BADGE(BADGE_CLIENT, 3), OP_ECHO, 1, 41);
    step(BADGE(BADGE_CLIENT, 3), OP_CAP, 0, 0);
    step(BADGE(BADGE_CLIENT, 3), OP_ERROR, 0, 0);
    run();
    ck_assert(!seen[0].replied);
    ck_assert(seen[1].replied && seen[1].label == 0 && seen[1].length == 1 && seen[1].mr0 == 42 && seen[1].caps == 0);
    ck_assert(seen[2].replied && seen[2].caps == 1 && seen[2].cap0 == 99 && seen[2].length == 0);
    ck_assert(seen[3].replied && seen[3].label == 7 && seen[3].caps == 0);
    for (unsigned i = 0; i <= 3; i++)
        ck_assert_uint_eq(seen[i].reply_object, FIRST_REPLY);
}
END_TEST

START_TEST(signal_gets_no_answer)
{
    step(BADGE(BADGE_SIGNAL, 5), 0, 0, 0);
    step(BADGE(BADGE_SIGNAL, 2), 0, 0, 0);
    run();
    ck_assert_uint_eq(n_signals, 2);
    ck_assert_uint_eq(signals, 7);
    ck_assert(!seen[1].replied && !seen[2].replied);
}
END_TEST

START_TEST(fault_without_handler_stays_unanswered)
{
    step(BADGE(BADGE_FAULT, 5), 6, 4, 0);
    run();
    ck_assert(!seen[1].replied);
}
END_TEST

START_TEST(fault_with_handler_is_answered)
{
    server.fault = fault_handler;
    step(BADGE(BADGE_FAULT, 5), 6, 4, 0);
    run();
    ck_assert_uint_eq(n_faults, 1);
    ck_assert(seen[1].replied && seen[1].label == 0 && seen[1].length == 0);
}
END_TEST

START_TEST(deferred_request_keeps_its_reply_object_until_answered)
{
    ck_assert(server_add_reply(&server, FIRST_REPLY + 1));
    step(BADGE(BADGE_CLIENT, 3), OP_DEFER, 0, 0);
    step(BADGE(BADGE_CLIENT, 4), OP_ANSWER_DEFERRED, 0, 0);
    run();
    ck_assert_uint_eq(deferred_reply, FIRST_REPLY);
    ck_assert(!seen[1].replied);
    ck_assert_uint_eq(seen[1].reply_object, FIRST_REPLY + 1);
    ck_assert_uint_eq(n_sent, 1);
    ck_assert(sent[0].to == FIRST_REPLY && sent[0].label == 0 && sent[0].length == 1 && sent[0].mr0 == 123);
    ck_assert(seen[2].replied);
    ck_assert_uint_eq(seen[2].reply_object, FIRST_REPLY + 1);
    ck_assert_uint_eq(server.n_spare, 1);
    ck_assert_uint_eq(server.spare[0], FIRST_REPLY);
}
END_TEST

START_TEST(deferring_without_spare_reply_object_fails)
{
    step(BADGE(BADGE_CLIENT, 3), OP_DEFER, 0, 0);
    run();
    ck_assert_uint_eq(deferred_reply, 0);
    ck_assert(seen[1].replied && seen[1].label == 15);
}
END_TEST

START_TEST(dropped_request_gives_its_reply_object_back)
{
    ck_assert(server_add_reply(&server, FIRST_REPLY + 1));
    seL4_CPtr reply = server_defer(&server);
    ck_assert_uint_eq(server.n_spare, 0);
    server_drop(&server, reply);
    ck_assert_uint_eq(server.n_spare, 1);
    ck_assert_uint_eq(n_sent, 0);
}
END_TEST

START_TEST(reply_objects_beyond_the_limit_are_refused)
{
    for (unsigned i = 0; i < SPARE; i++)
        ck_assert(server_add_reply(&server, FIRST_REPLY + 1 + i));
    ck_assert(!server_add_reply(&server, 5000));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("server");
    TCase *t = tcase_create("loop");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, request_is_answered_with_the_next_receive);
    tcase_add_test(t, signal_gets_no_answer);
    tcase_add_test(t, fault_without_handler_stays_unanswered);
    tcase_add_test(t, fault_with_handler_is_answered);
    tcase_add_test(t, deferred_request_keeps_its_reply_object_until_answered);
    tcase_add_test(t, deferring_without_spare_reply_object_fails);
    tcase_add_test(t, dropped_request_gives_its_reply_object_back);
    tcase_add_test(t, reply_objects_beyond_the_limit_are_refused);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
