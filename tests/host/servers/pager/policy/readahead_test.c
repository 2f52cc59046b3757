/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "readahead.h"

#include <stdlib.h>
#include <string.h>

static struct readahead r;

static struct readahead_plan fault(uint64_t page)
{
    return readahead_fault(&r, page, READAHEAD_NO_SLOT, READAHEAD_NORMAL, READAHEAD_MAX);
}

static bool is(struct readahead_plan p, enum readahead_kind kind, int64_t stride, uint32_t count)
{
    return p.kind == kind && p.stride == stride && p.count == count;
}

START_TEST(stride_is_followed_from_the_fourth_fault_on)
{
    static const int64_t strides[] = {1, -1, 7, -512};
    for (unsigned i = 0; i < 4; i++) {
        readahead_init(&r);
        uint64_t page = 100000;
        for (unsigned n = 0; n < 3; n++, page += (uint64_t)strides[i]) {
            ck_assert(fault(page).kind == READAHEAD_NONE);
        }
        ck_assert(is(fault(page), READAHEAD_VIRTUAL, strides[i], READAHEAD_START));
    }
}
END_TEST

START_TEST(fault_behind_what_was_brought_in_keeps_the_run)
{
    readahead_init(&r);
    for (uint64_t page = 10; page < 13; page++) {
        fault(page);
    }
    ck_assert(is(fault(13), READAHEAD_VIRTUAL, 1, 2)); /* 14, 15 */
    ck_assert(is(fault(16), READAHEAD_VIRTUAL, 1, 2));
    ck_assert(fault(20).kind == READAHEAD_NONE); /* 19 would have been next */
}
END_TEST

START_TEST(neighbouring_slots_are_followed)
{
    readahead_init(&r);
    static const uint64_t pages[] = {5, 900, 17, 333};
    struct readahead_plan p = {READAHEAD_NONE, 0, 0};
    for (unsigned i = 0; i < 4; i++) {
        p = readahead_fault(&r, pages[i], 40 + i, READAHEAD_NORMAL, READAHEAD_MAX);
    }
    ck_assert(is(p, READAHEAD_SLOTS, 1, READAHEAD_START));
}
END_TEST

START_TEST(advice_and_room_are_kept)
{
    readahead_init(&r);
    ck_assert(is(readahead_fault(&r, 50, 1, READAHEAD_SEQUENTIAL, 100), READAHEAD_VIRTUAL, 1, READAHEAD_START_ADVISED));
    ck_assert(is(readahead_fault(&r, 59, 2, READAHEAD_SEQUENTIAL, 3), READAHEAD_VIRTUAL, 1, 3));
    ck_assert(readahead_fault(&r, 63, 3, READAHEAD_SEQUENTIAL, 0).kind == READAHEAD_NONE);
    for (uint64_t page = 100; page < 110; page++) {
        ck_assert(readahead_fault(&r, page, page, READAHEAD_RANDOM, 100).kind == READAHEAD_NONE);
    }
}
END_TEST

START_TEST(window_grows_while_it_pays)
{
    readahead_init(&r);
    uint32_t expected[] = {2, 4, 8, 16, 32, 32};
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_uint_eq(r.window, expected[i]);
        for (uint32_t n = r.window; n > 0; n--) {
            readahead_used(&r);
        }
    }
}
END_TEST

START_TEST(window_halves_below_half_and_closes_below_a_quarter)
{
    readahead_init(&r);
    r.window = 8;
    for (unsigned n = 0; n < 8; n++) {
        n < 3 ? readahead_used(&r) : readahead_wasted(&r);
    }
    ck_assert_uint_eq(r.window, 4);
    for (unsigned n = 0; n < 4; n++) {
        readahead_wasted(&r);
    }
    ck_assert_uint_eq(r.window, 0);
}
END_TEST

START_TEST(closed_window_is_tried_less_and_less_often)
{
    readahead_init(&r);
    uint64_t page = 0;
    for (unsigned expected = READAHEAD_REST; expected <= READAHEAD_REST_MAX; expected *= 2) {
        r.window = 1;
        readahead_wasted(&r);
        unsigned faults = 1;
        for (; fault(page++).kind == READAHEAD_NONE; faults++) {
        }
        ck_assert_uint_eq(faults, expected);
    }
    r.window = 1;
    readahead_wasted(&r);
    ck_assert_uint_eq(r.closed_for, READAHEAD_REST_MAX);
}
END_TEST

/* stream: follow a sequence of pages with a memory of `room` pages read ahead, oldest lost first; returns pages brought and faults. */
struct outcome {
    unsigned faults, brought, used;
};

static struct outcome stream(uint64_t (*next)(uint64_t n), unsigned length)
{
    enum { ROOM = 64 };
    uint64_t held[ROOM];
    unsigned n_held = 0;
    struct outcome o = {0};
    readahead_init(&r);
    for (unsigned n = 0; n < length; n++) {
        uint64_t page = next(n);
        unsigned i = 0;
        while (i < n_held && held[i] != page) {
            i++;
        }
        if (i < n_held) {
            memmove(held + i, held + i + 1, (n_held - i - 1) * sizeof *held);
            n_held--;
            o.used++;
            readahead_used(&r);
            continue;
        }
        o.faults++;
        struct readahead_plan p = fault(page);
        for (uint32_t k = 1; k <= p.count; k++) {
            if (n_held == ROOM) {
                memmove(held, held + 1, (ROOM - 1) * sizeof *held);
                n_held--;
                readahead_wasted(&r);
            }
            held[n_held++] = page + (uint64_t)(p.stride * k);
            o.brought++;
        }
    }
    return o;
}

static uint64_t in_order(uint64_t n)
{
    return 1000 + n;
}

static uint64_t backwards_by_three(uint64_t n)
{
    return 1000000 - 3 * n;
}

static uint64_t anywhere(uint64_t n)
{
    return (n + 1) * 0x9e3779b97f4a7c15u >> 44;
}

/* Four pages in order, then somewhere else: a pattern that begins like a stream and never is one. */
static uint64_t short_runs(uint64_t n)
{
    return anywhere(n / 4) * 8 + n % 4;
}

START_TEST(streams_need_few_faults)
{
    struct outcome o = stream(in_order, 3300);
    ck_assert_uint_le(o.faults, 110); /* one in READAHEAD_MAX + 1, and the start */
    ck_assert_uint_eq(o.used, 3300 - o.faults);
    o = stream(backwards_by_three, 3300);
    ck_assert_uint_le(o.faults, 110);
}
END_TEST

START_TEST(what_is_no_stream_costs_little)
{
    struct outcome o = stream(anywhere, 10000);
    ck_assert_uint_le(o.brought, 20);
    o = stream(short_runs, 40000);
    ck_assert_uint_le(o.brought, o.faults / 50);
}
END_TEST

START_TEST(random_calls_keep_the_bounds)
{
    srand(1);
    readahead_init(&r);
    for (unsigned i = 0; i < 1000000; i++) {
        uint32_t room = (uint32_t)rand() % 40;
        switch (rand() % 4) {
        case 0:
            readahead_used(&r);
            break;
        case 1:
            readahead_wasted(&r);
            break;
        default: {
            uint64_t page = rand() % 16 ? r.last_page + (uint64_t)(rand() % 5 - 2) : ((uint64_t)rand() << 33) ^ (uint64_t)rand();
            uint64_t slot = rand() % 8 ? (uint64_t)rand() % 64 : READAHEAD_NO_SLOT;
            enum readahead_advice advice = (enum readahead_advice)(rand() % 3);
            struct readahead_plan p = readahead_fault(&r, page, slot, advice, room);
            ck_assert_uint_le(p.count, room);
            ck_assert((p.kind == READAHEAD_NONE) == (p.count == 0));
            ck_assert(p.kind == READAHEAD_NONE || (p.stride != 0 && advice != READAHEAD_RANDOM && r.window > 0));
        }
        }
        ck_assert_uint_le(r.window, READAHEAD_MAX);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("readahead");
    TCase *t = tcase_create("readahead");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, stride_is_followed_from_the_fourth_fault_on);
    tcase_add_test(t, fault_behind_what_was_brought_in_keeps_the_run);
    tcase_add_test(t, neighbouring_slots_are_followed);
    tcase_add_test(t, advice_and_room_are_kept);
    tcase_add_test(t, window_grows_while_it_pays);
    tcase_add_test(t, window_halves_below_half_and_closes_below_a_quarter);
    tcase_add_test(t, closed_window_is_tried_less_and_less_often);
    tcase_add_test(t, streams_need_few_faults);
    tcase_add_test(t, what_is_no_stream_costs_little);
    tcase_add_test(t, random_calls_keep_the_bounds);
    suite_add_tcase(s, t);
    return check_run(s);
}
