/* SPDX-License-Identifier: BSD-2-Clause */
#include "readers.h"
#include <check_main.h>
#include <string.h>

static struct readers readers;

static void setup(void)
{
    memset(&readers, 0, sizeof(readers));
}

static bool add(uint64_t client, uint64_t reply, uint32_t max, uint64_t deadline)
{
    const struct reader reader = {.client = client, .reply = reply, .max = max, .deadline = deadline};
    return readers_add(&readers, &reader);
}

START_TEST(readers_take_gives_the_clients_oldest)
{
    struct reader r;
    uint32_t max;
    setup();
    ck_assert(add(1, 11, 5, 0));
    ck_assert(add(2, 12, 6, 0));
    ck_assert(add(1, 13, 7, 0));
    ck_assert(readers_waits(&readers, 1, &max));
    ck_assert_uint_eq(max, 5);
    ck_assert(readers_take(&readers, 1, &r));
    ck_assert_uint_eq(r.reply, 11);
    ck_assert(readers_take(&readers, 1, &r));
    ck_assert_uint_eq(r.reply, 13);
    ck_assert(!readers_take(&readers, 1, &r));
    ck_assert(!readers_waits(&readers, 1, &max));
    ck_assert(readers_take(&readers, 2, &r));
}
END_TEST

START_TEST(readers_add_full_refuses)
{
    setup();
    for (unsigned i = 0; i < READERS_WAITING; i++) {
        ck_assert(add(i, i, 1, 0));
    }
    ck_assert(!add(9999, 1, 1, 0));
}
END_TEST

START_TEST(readers_raw_is_per_client_and_bounded)
{
    setup();
    for (unsigned i = 0; i < READERS_RAW; i++) {
        ck_assert(readers_set_raw(&readers, i, true));
        ck_assert(readers_set_raw(&readers, i, true)); /* again: no second entry */
    }
    ck_assert(!readers_set_raw(&readers, 1000, true));
    ck_assert(readers_set_raw(&readers, 1000, false));
    ck_assert(readers_set_raw(&readers, 3, false));
    ck_assert(!readers_is_raw(&readers, 3));
    ck_assert(readers_is_raw(&readers, READERS_RAW - 1));
    ck_assert(readers_set_raw(&readers, 1000, true));
    ck_assert(readers_is_raw(&readers, 1000));
}
END_TEST

START_TEST(readers_expired_takes_those_whose_time_has_come)
{
    struct reader r;
    setup();
    ck_assert(!readers_have_deadline(&readers));
    ck_assert(add(1, 11, 5, 0));
    ck_assert(add(2, 12, 5, 300));
    ck_assert(add(3, 13, 5, 200));
    ck_assert(readers_have_deadline(&readers));
    ck_assert(!readers_expired(&readers, 199, &r));
    ck_assert(readers_expired(&readers, 200, &r));
    ck_assert_uint_eq(r.reply, 13);
    ck_assert(!readers_expired(&readers, 200, &r));
    ck_assert(readers_expired(&readers, 1000, &r));
    ck_assert_uint_eq(r.reply, 12);
    ck_assert(!readers_expired(&readers, UINT64_MAX, &r));
    ck_assert(!readers_have_deadline(&readers));
    ck_assert(readers_take(&readers, 1, &r));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("readers");
    TCase *c = tcase_create("readers");
    tcase_add_test(c, readers_take_gives_the_clients_oldest);
    tcase_add_test(c, readers_add_full_refuses);
    tcase_add_test(c, readers_expired_takes_those_whose_time_has_come);
    tcase_add_test(c, readers_raw_is_per_client_and_bounded);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
