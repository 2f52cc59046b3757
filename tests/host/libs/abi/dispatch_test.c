/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stubs and dispatchers of one protocol against each other, and the dispatcher against messages that no stub sends. Linked once per
 * protocol with its generated half.
 */
#include <stdio.h>
#include <string.h>

#include "abi_test.h"
#include "check_main.h"
#include "generated/errors.h"
#include "pagoda/message.h"
#include "sel4/sel4.h"

seL4_IPCBuffer fake_ipc_buffer;
struct fake fake;

/* ---- patterns ---- */

uint64_t pattern_word(unsigned seed, uint64_t min, uint64_t max)
{
    uint64_t value = (seed + 1) * 0x9e3779b97f4a7c15ull;
    uint64_t span = max - min + 1; /* 0: all words */
    return span ? min + value % span : value;
}

void pattern_string(char *text, unsigned seed, uint64_t max)
{
    for (uint64_t i = 0; i < max; i++)
        text[i] = (char)('a' + (seed + i) % 26);
    text[max] = 0;
}

uint64_t pattern_bytes(uint8_t *data, unsigned seed, uint64_t max)
{
    for (uint64_t i = 0; i < max; i++)
        data[i] = (uint8_t)(seed + i * 7);
    return max;
}

void pattern_counts(uint64_t *counts, unsigned seed, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        counts[i] = pattern_word(seed + (unsigned)i, 0, UINT64_MAX);
}

/* ---- fakes ---- */

uint64_t handler_result(struct server_call *call)
{
    ck_assert_ptr_eq(call->server, &fake.server);
    fake.handled++;
    return fake.handler_result;
}

uint64_t *server_message(struct server *server)
{
    ck_assert_ptr_eq(server, &fake.server);
    return fake_ipc_buffer.msg;
}

void server_reply(struct server *server, seL4_CPtr reply_object, uint64_t label, unsigned length, seL4_CPtr cap)
{
    ck_assert_ptr_eq(server, &fake.server);
    fake.sent_to = reply_object;
    fake.sent_label = label;
    fake.sent_length = length;
    fake.sent_cap = cap;
}

/* Parts that a request which is done in parts has, before the last one. */
#define PARTS 20

static unsigned caps_of(uint64_t operation)
{
    return operation - 1 < protocol.n_operations ? protocol.operations[operation - 1].n_caps : 0;
}

static struct server_call dispatch(uint64_t badge, uint64_t operation, unsigned length, uint64_t *words)
{
    /* Garbage in the answer's fields: the dispatcher has to set them all. */
    struct server_call call = {.server = &fake.server, .badge = badge, .operation = operation, .length = length, .words = words,
                               .n_caps = caps_of(operation), .reply_label = 0xdead, .reply_length = 0xdead, .reply_cap = 0xdead, .deferred = true};
    protocol.dispatch(&call);
    return call;
}

/* The kernel between stub and dispatcher: both use the one buffer, as if each had its own. */
seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    ck_assert_uint_eq(dest, FAKE_ENDPOINT);
    if (fake.bad_kernel)
        return (seL4_MessageInfo_t){{fake.kernel_info}};
    ck_assert_uint_le(seL4_MessageInfo_get_length(info), MESSAGE_WORDS);
    ck_assert_uint_eq(seL4_MessageInfo_get_extraCaps(info), caps_of(seL4_MessageInfo_get_label(info)));
    ck_assert(seL4_MessageInfo_get_extraCaps(info) == 0 || seL4_GetCap(0) == FAKE_CAP);
    struct server_call call = dispatch(fake.badge, seL4_MessageInfo_get_label(info), (unsigned)seL4_MessageInfo_get_length(info), fake_ipc_buffer.msg);
    ck_assert(!call.deferred);
    ck_assert_uint_le(call.reply_length, MESSAGE_WORDS);
    unsigned length = call.reply_length;
    if (call.reply_label == PAGODA_ERR_UNFINISHED && fake.handled == PARTS)
        fake.handler_result = 0; /* what comes next is the last part */
    if (!call.reply_label)
        length = length + fake.longer - (fake.shorter < length ? fake.shorter : length);
    return seL4_MessageInfo_new(call.reply_label, 0, call.reply_cap && !fake.lose_cap, length);
}

static uint64_t permitted_badge(const struct operation *o)
{
    for (unsigned kind = 0; kind < 8; kind++)
        if (o->callers >> kind & 1)
            return BADGE(kind, 77);
    ck_abort_msg("%s: nobody may call it", o->name);
}

static void reset(const struct operation *o)
{
    memset(&fake, 0, sizeof fake);
    memset(&fake_ipc_buffer, 0x5a, sizeof fake_ipc_buffer);
    fake.badge = permitted_badge(o);
}

/* message_of: a valid message with the pattern; `empty`: strings and bytes of length 0. Returns its length. */
static unsigned message_of(const struct operation *o, uint64_t *words, bool empty)
{
    static char text[MESSAGE_WORDS * 8 + 1];
    unsigned at = 0;
    for (unsigned i = 0; i < o->n_fields; i++) {
        const struct field *f = &o->fields[i];
        switch (f->type) {
        case FIELD_WORD: words[at++] = pattern_word(i + 1, f->min, f->max); break;
        case FIELD_STRING:
            pattern_string(text, i + 1, empty ? 0 : f->max);
            at = message_put_bytes(words, at, text, strlen(text));
            break;
        case FIELD_BYTES: at = message_put_bytes(words, at, text, empty ? 0 : pattern_bytes((uint8_t *)text, i + 1, f->max)); break;
        case FIELD_COUNTS:
            pattern_counts(words + at, i + 1, f->max);
            at += (unsigned)f->max;
            break;
        }
    }
    return at;
}

static void expect(const struct operation *o, uint64_t operation, uint64_t badge, unsigned length, uint64_t *words, uint64_t error)
{
    struct server_call call = dispatch(badge, operation, length, words);
    ck_assert_msg(call.reply_label == error, "%s: label %llu instead of %llu (length %u)", o->name, (unsigned long long)call.reply_label,
                  (unsigned long long)error, length);
    ck_assert_uint_eq(call.reply_length, 0);
    ck_assert_uint_eq(call.reply_cap, 0);
    ck_assert(!call.deferred);
    ck_assert_uint_eq(fake.handled, 0);
}

/* ---- tests, each for every operation of the protocol ---- */

START_TEST(call_of_stub_arrives_and_reply_comes_back)
{
    const struct operation *o = &protocol.operations[_i];
    reset(o);
    fake.check_pattern = true;
    ck_assert_int_eq(o->call(), 0);
    ck_assert_uint_eq(fake.handled, 1);
}
END_TEST

START_TEST(error_of_handler_reaches_client_without_words_or_caps)
{
    const struct operation *o = &protocol.operations[_i];
    for (uint64_t error = 1; error < PAGODA_ERRORS; error++) {
        reset(o);
        fake.handler_result = error;
        int result = o->call();
        if (error == PAGODA_ERR_UNFINISHED && fake.handled > 1)
            ck_assert(result == 0 && fake.handled == PARTS + 1); /* the stub has asked until it was done */
        else
            ck_assert_int_eq(result, (int)error);
    }
}
END_TEST

START_TEST(unknown_operation_is_refused)
{
    const struct operation *o = &protocol.operations[0];
    static const uint64_t beyond[] = {1, 2, 100, 1 << 20, (1ull << 52) - 1, UINT64_MAX};
    uint64_t words[MESSAGE_WORDS] = {0};
    reset(o);
    expect(o, 0, fake.badge, 0, words, PAGODA_ERR_UNKNOWN_OPERATION);
    for (unsigned i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        uint64_t operation = beyond[i] > UINT64_MAX - protocol.n_operations ? beyond[i] : protocol.n_operations + beyond[i];
        expect(o, operation, fake.badge, 0, words, PAGODA_ERR_UNKNOWN_OPERATION);
    }
    ck_assert_str_eq(protocol.operation_name(0), "?");
    ck_assert_str_eq(protocol.operation_name(protocol.n_operations + 1), "?");
}
END_TEST

START_TEST(caller_of_other_kind_is_not_permitted)
{
    const struct operation *o = &protocol.operations[_i];
    uint64_t words[MESSAGE_WORDS];
    reset(o);
    unsigned length = message_of(o, words, false);
    for (unsigned kind = 0; kind < 256; kind++)
        if (kind >= 8 || !(o->callers >> kind & 1))
            expect(o, o->number, BADGE(kind, 1), length, words, PAGODA_ERR_NOT_PERMITTED);
    ck_assert_str_eq(protocol.operation_name(o->number), o->name);
}
END_TEST

START_TEST(message_of_other_length_is_malformed)
{
    const struct operation *o = &protocol.operations[_i];
    uint64_t words[MESSAGE_WORDS] = {0};
    reset(o);
    for (unsigned empty = 0; empty < 2; empty++) {
        unsigned right = message_of(o, words, empty);
        for (unsigned length = 0; length <= MESSAGE_WORDS; length++)
            if (length != right)
                expect(o, o->number, fake.badge, length, words, PAGODA_ERR_MALFORMED);
    }
}
END_TEST

START_TEST(word_outside_bounds_is_invalid_argument)
{
    const struct operation *o = &protocol.operations[_i];
    reset(o);
    unsigned at = 0;
    for (unsigned i = 0; i < o->n_fields; i++) {
        const struct field *f = &o->fields[i];
        uint64_t words[MESSAGE_WORDS];
        unsigned length = message_of(o, words, true);
        if (f->type == FIELD_WORD && f->min > 0) {
            words[at] = f->min - 1;
            expect(o, o->number, fake.badge, length, words, PAGODA_ERR_INVALID_ARGUMENT);
        }
        if (f->type == FIELD_WORD && f->max < UINT64_MAX) {
            words[at] = f->max + 1;
            expect(o, o->number, fake.badge, length, words, PAGODA_ERR_INVALID_ARGUMENT);
            words[at] = UINT64_MAX;
            expect(o, o->number, fake.badge, length, words, PAGODA_ERR_INVALID_ARGUMENT);
        }
        at += f->type == FIELD_COUNTS ? (unsigned)f->max : 1;
    }
}
END_TEST

START_TEST(byte_count_beyond_limit_or_message_is_malformed)
{
    const struct operation *o = &protocol.operations[_i];
    reset(o);
    unsigned at = 0;
    for (unsigned i = 0; i < o->n_fields; i++) {
        const struct field *f = &o->fields[i];
        if (f->type == FIELD_STRING || f->type == FIELD_BYTES) {
            const uint64_t bad[] = {1, 8, f->max, f->max + 1, f->max + 8, UINT64_MAX, UINT64_MAX - 6, 1ull << 63};
            for (unsigned k = 0; k < sizeof bad / sizeof *bad; k++) {
                uint64_t words[MESSAGE_WORDS];
                unsigned length = message_of(o, words, true);
                words[at] = bad[k];
                /* Short of the bytes it announces. */
                expect(o, o->number, fake.badge, at + 1, words, PAGODA_ERR_MALFORMED);
                /* As long as a message can be: only a count within the limit and nothing behind it could be right. */
                if (bad[k] > f->max)
                    expect(o, o->number, fake.badge, MESSAGE_WORDS, words, PAGODA_ERR_MALFORMED);
                (void)length;
            }
        }
        at += f->type == FIELD_COUNTS ? (unsigned)f->max : 1;
    }
}
END_TEST

START_TEST(nul_inside_string_is_malformed)
{
    const struct operation *o = &protocol.operations[_i];
    reset(o);
    unsigned at = 0;
    for (unsigned i = 0; i < o->n_fields; i++) {
        const struct field *f = &o->fields[i];
        uint64_t words[MESSAGE_WORDS];
        unsigned length = message_of(o, words, false);
        if (f->type == FIELD_STRING) {
            ((char *)(words + at + 1))[f->max / 2] = 0;
            expect(o, o->number, fake.badge, length, words, PAGODA_ERR_MALFORMED);
        }
        at += f->type == FIELD_WORD ? 1 : f->type == FIELD_COUNTS ? (unsigned)f->max : 1 + (unsigned)(f->max + 7) / 8;
    }
}
END_TEST

START_TEST(request_without_its_capability_is_malformed)
{
    const struct operation *o = &protocol.operations[_i];
    uint64_t words[MESSAGE_WORDS];
    reset(o);
    unsigned length = message_of(o, words, false);
    struct server_call call = {.server = &fake.server, .badge = fake.badge, .operation = o->number, .length = length, .words = words, .n_caps = !o->n_caps};
    protocol.dispatch(&call);
    ck_assert_uint_eq(call.reply_label, o->n_caps ? PAGODA_ERR_MALFORMED : 0); /* one that is not asked for does no harm */
    ck_assert_uint_eq(fake.handled, !o->n_caps);
}
END_TEST

START_TEST(deferred_request_is_answered_later)
{
    const struct operation *o = &protocol.operations[_i];
    uint64_t words[MESSAGE_WORDS];
    reset(o);
    fake.handler_result = SERVER_DEFERRED;
    unsigned length = message_of(o, words, false);
    struct server_call call = dispatch(fake.badge, o->number, length, words);
    ck_assert(call.deferred);
    ck_assert_uint_eq(fake.handled, 1);
    o->answer(0);
    ck_assert_uint_eq(fake.sent_to, FAKE_REPLY);
    ck_assert_uint_eq(fake.sent_label, 0);
    ck_assert_uint_eq(fake.sent_length, o->reply_words);
    ck_assert_uint_eq(fake.sent_cap, o->reply_has_cap ? FAKE_CAP : 0);
    o->answer(PAGODA_ERR_INTERRUPTED);
    ck_assert_uint_eq(fake.sent_label, PAGODA_ERR_INTERRUPTED);
    ck_assert_uint_eq(fake.sent_length, 0);
    ck_assert_uint_eq(fake.sent_cap, 0);
}
END_TEST

START_TEST(answer_of_kernel_means_no_server)
{
    const struct operation *o = &protocol.operations[_i];
    reset(o);
    fake.bad_kernel = true;
    fake.kernel_info = seL4_MessageInfo_new(seL4_InvalidCapability, 0, 0, 1).words[0];
    ck_assert_int_eq(o->call(), PAGODA_ERR_NO_SERVER);
    fake.kernel_info = seL4_MessageInfo_new(PAGODA_ERRORS, 0, 0, 0).words[0];
    ck_assert_int_eq(o->call(), PAGODA_ERR_BAD_REPLY);
}
END_TEST

START_TEST(reply_of_other_form_is_bad_reply)
{
    const struct operation *o = &protocol.operations[_i];
    reset(o);
    fake.longer = 1;
    if (o->reply_words < MESSAGE_WORDS)
        ck_assert_int_eq(o->call(), PAGODA_ERR_BAD_REPLY);
    reset(o);
    fake.shorter = 1;
    if (o->reply_words > 0)
        ck_assert_int_eq(o->call(), PAGODA_ERR_BAD_REPLY);
    reset(o);
    fake.lose_cap = true;
    ck_assert_int_eq(o->call(), o->reply_has_cap ? PAGODA_ERR_BAD_REPLY : 0);
}
END_TEST

/* Any message gets an answer, and handlers only ever see arguments within their bounds (the generated handlers check). */
START_TEST(random_messages_get_an_answer)
{
    const struct operation *o = &protocol.operations[_i];
    uint64_t state = 0x1234567 + o->number;
    uint64_t words[MESSAGE_WORDS];
    for (unsigned n = 0; n < 4000; n++) {
        reset(o);
        unsigned length = message_of(o, words, n & 1);
        for (unsigned k = 0; k < 3; k++) {
            state = state * 6364136223846793005ull + 1442695040888963407ull;
            uint64_t value = state >> 33;
            words[value % MESSAGE_WORDS % (length + 1)] = value & 1 ? state : value % 200;
        }
        if (state >> 60 == 0)
            length = (unsigned)(state >> 40) % (MESSAGE_WORDS + 1);
        struct server_call call = dispatch(fake.badge, o->number, length, words);
        ck_assert(call.reply_label == 0 || call.reply_label == PAGODA_ERR_MALFORMED || call.reply_label == PAGODA_ERR_INVALID_ARGUMENT);
        ck_assert_uint_eq(fake.handled, call.reply_label == 0);
    }
}
END_TEST

START_TEST(errors_have_name_text_and_errno)
{
    ck_assert_str_eq(pagoda_error_name(PAGODA_ERR_NO_MEMORY), "NO_MEMORY");
    for (uint64_t error = 1; error < PAGODA_ERRORS; error++) {
        ck_assert_uint_gt(strlen(pagoda_error_text(error)), 5);
        ck_assert_int_gt(pagoda_error_errno(error), 0);
    }
    ck_assert_int_eq(pagoda_error_errno(PAGODA_OK), 0);
    ck_assert_str_eq(pagoda_error_text(PAGODA_ERRORS), "unknown error");
    ck_assert_str_eq(pagoda_error_name(UINT64_MAX), "?");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create(protocol.name);
    TCase *t = tcase_create("dispatch");
    int n = (int)protocol.n_operations;
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, call_of_stub_arrives_and_reply_comes_back, 0, n);
    tcase_add_loop_test(t, error_of_handler_reaches_client_without_words_or_caps, 0, n);
    tcase_add_test(t, unknown_operation_is_refused);
    tcase_add_loop_test(t, caller_of_other_kind_is_not_permitted, 0, n);
    tcase_add_loop_test(t, message_of_other_length_is_malformed, 0, n);
    tcase_add_loop_test(t, word_outside_bounds_is_invalid_argument, 0, n);
    tcase_add_loop_test(t, byte_count_beyond_limit_or_message_is_malformed, 0, n);
    tcase_add_loop_test(t, nul_inside_string_is_malformed, 0, n);
    tcase_add_loop_test(t, request_without_its_capability_is_malformed, 0, n);
    tcase_add_loop_test(t, deferred_request_is_answered_later, 0, n);
    tcase_add_loop_test(t, answer_of_kernel_means_no_server, 0, n);
    tcase_add_loop_test(t, reply_of_other_form_is_bad_reply, 0, n);
    tcase_add_loop_test(t, random_messages_get_an_answer, 0, n);
    tcase_add_test(t, errors_have_name_text_and_errno);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
