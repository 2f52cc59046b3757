/* SPDX-License-Identifier: BSD-2-Clause */
#include "ring.h"
#include <check_main.h>

START_TEST(ring_full_refuses_and_keeps_order)
{
    uint8_t bytes[4];
    struct ring ring;
    uint8_t byte;
    ring_init(&ring, bytes, 4);
    for (uint8_t i = 0; i < 4; i++) {
        ck_assert(ring_put(&ring, i));
    }
    ck_assert(!ring_put(&ring, 9));
    for (uint8_t i = 0; i < 4; i++) {
        ck_assert(ring_take(&ring, &byte));
        ck_assert_uint_eq(byte, i);
    }
    ck_assert(!ring_take(&ring, &byte));
}
END_TEST

START_TEST(ring_positions_wrap_around_32_bits)
{
    uint8_t bytes[8];
    struct ring ring;
    uint8_t byte;
    ring_init(&ring, bytes, 8);
    ring.put = ring.taken = UINT32_MAX - 2;
    for (uint8_t i = 0; i < 8; i++) {
        ck_assert(ring_put(&ring, i));
    }
    ck_assert_uint_eq(ring_room(&ring), 0);
    for (uint8_t i = 0; i < 8; i++) {
        ck_assert(ring_take(&ring, &byte));
        ck_assert_uint_eq(byte, i);
    }
    ck_assert_uint_eq(ring_used(&ring), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ring");
    TCase *c = tcase_create("ring");
    tcase_add_test(c, ring_full_refuses_and_keeps_order);
    tcase_add_test(c, ring_positions_wrap_around_32_bits);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
