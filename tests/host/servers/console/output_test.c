/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"
#include <check_main.h>
#include <string.h>

/* A device that takes `room` bytes and then is full. */
static struct {
    unsigned room;
    unsigned drained;
    bool interrupt;
    uint8_t wire[100000];
    unsigned n;
} device;

static struct output output;
static uint64_t dropped[OUTPUT_WAITING];
static unsigned n_dropped;

static bool put(void *context, uint8_t byte)
{
    (void)context;
    if (device.room == 0) {
        return false;
    }
    device.room--;
    device.wire[device.n++] = byte;
    return true;
}

static void drain_device(void *context)
{
    (void)context;
    device.drained++;
}

static void want_interrupt(void *context, bool on)
{
    (void)context;
    device.interrupt = on;
}

static void drop(uint64_t reply, void *context)
{
    (void)context;
    dropped[n_dropped++] = reply;
}

static void setup(void)
{
    const struct output_device d = {.put = put, .drain = drain_device, .want_interrupt = want_interrupt};
    memset(&device, 0, sizeof(device));
    n_dropped = 0;
    output_init(&output, &d);
}

static void drain(unsigned room)
{
    device.room = room;
    output_pump(&output);
}

static bool now(const char *text)
{
    return output_now(&output, (const uint8_t *)text, (uint32_t)strlen(text));
}

static bool later(uint64_t client, uint64_t reply, const char *text)
{
    return output_later(&output, client, reply, (const uint8_t *)text, (uint32_t)strlen(text));
}

START_TEST(output_now_turns_newline_into_return_and_newline)
{
    setup();
    ck_assert(now("a\nb"));
    drain(100);
    ck_assert_uint_eq(device.n, 4);
    ck_assert_mem_eq(device.wire, "a\r\nb", 4);
    ck_assert(!device.interrupt);
}
END_TEST

START_TEST(output_full_device_asks_for_interrupts_until_the_ring_is_empty)
{
    setup();
    ck_assert(now("abcdef"));
    drain(2);
    ck_assert(device.interrupt);
    drain(10);
    ck_assert(!device.interrupt);
    ck_assert_mem_eq(device.wire, "abcdef", 6);
}
END_TEST

/* Fill the part of the ring that writers may use. */
static unsigned fill(void)
{
    static char text[OUTPUT_WRITE_MAX + 1];
    unsigned n = 0;
    memset(text, 'f', OUTPUT_WRITE_MAX);
    while (now(text)) {
        n += OUTPUT_WRITE_MAX;
    }
    while (now("f")) {
        n++;
    }
    return n;
}

START_TEST(output_now_full_refuses_and_leaves_room_for_echo)
{
    setup();
    ck_assert_uint_eq(fill(), OUTPUT_RING - OUTPUT_ECHO_ROOM);
    ck_assert_uint_eq(ring_room(&output.ring), OUTPUT_ECHO_ROOM);
}
END_TEST

START_TEST(output_later_finishes_in_order_of_arrival)
{
    setup();
    unsigned filled = fill();
    ck_assert(later(1, 101, "one"));
    ck_assert(later(2, 102, "two"));
    ck_assert(!now("x")); /* whoever comes later does not overtake */
    drain(0);
    ck_assert_ptr_null(output_finished(&output));
    drain(4);
    ck_assert_uint_eq(output_finished(&output)->reply, 101);
    output_take(&output);
    ck_assert_ptr_null(output_finished(&output));
    drain(100000 - filled);
    ck_assert_uint_eq(output_finished(&output)->reply, 102);
    output_take(&output);
    ck_assert_ptr_null(output_finished(&output));
    drain(50);
    ck_assert_mem_eq(device.wire + filled, "onetwo", 6);
}
END_TEST

START_TEST(output_flush_waits_for_ring_and_device)
{
    setup();
    ck_assert(now("abc"));
    ck_assert(output_later(&output, 1, 7, NULL, 0));
    drain(2);
    ck_assert_ptr_null(output_finished(&output));
    ck_assert_uint_eq(device.drained, 0);
    drain(2);
    ck_assert(output_finished(&output)->flush);
    ck_assert_uint_eq(device.drained, 1);
    ck_assert_uint_eq(output_finished(&output)->reply, 7);
}
END_TEST

START_TEST(output_later_table_full_refuses)
{
    setup();
    fill();
    for (unsigned i = 0; i < OUTPUT_WAITING; i++) {
        ck_assert(later(i, i, "w"));
    }
    ck_assert(!later(9, 9, "w"));
}
END_TEST

START_TEST(output_forget_drops_one_client_and_keeps_the_order_of_others)
{
    setup();
    unsigned filled = fill();
    for (unsigned i = 0; i < 9; i++) {
        char text[2] = {(char)('a' + i), 0};
        ck_assert(later(i % 3, 100 + i, text));
    }
    output_forget(&output, 1, drop, NULL);
    ck_assert_uint_eq(n_dropped, 3);
    ck_assert_uint_eq(dropped[0], 101);
    ck_assert_uint_eq(dropped[2], 107);
    drain(50000);
    while (output_finished(&output)) {
        output_take(&output);
        output_pump(&output);
    }
    ck_assert_mem_eq(device.wire + filled, "acdfgi", 6);
    ck_assert_uint_eq(device.n, filled + 6);
}
END_TEST

START_TEST(output_circle_of_requests_wraps_around)
{
    setup();
    output.put = output.taken = OUTPUT_WAITING * 3 - 2;
    fill();
    for (unsigned i = 0; i < 5; i++) {
        ck_assert(later(i, i, "0123456789"));
    }
    for (unsigned i = 0; i < 5; i++) {
        drain(20000);
        ck_assert_uint_eq(output_finished(&output)->reply, i);
        output_take(&output);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("output");
    TCase *c = tcase_create("output");
    tcase_add_test(c, output_now_turns_newline_into_return_and_newline);
    tcase_add_test(c, output_full_device_asks_for_interrupts_until_the_ring_is_empty);
    tcase_add_test(c, output_now_full_refuses_and_leaves_room_for_echo);
    tcase_add_test(c, output_later_finishes_in_order_of_arrival);
    tcase_add_test(c, output_flush_waits_for_ring_and_device);
    tcase_add_test(c, output_later_table_full_refuses);
    tcase_add_test(c, output_forget_drops_one_client_and_keeps_the_order_of_others);
    tcase_add_test(c, output_circle_of_requests_wraps_around);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
