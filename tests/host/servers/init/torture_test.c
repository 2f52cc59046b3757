/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "torture.h"

static struct torture t;

static const char *message(const char *arguments)
{
    torture_read(arguments, &t);
    return t.message;
}

START_TEST(nothing_is_on_without_a_flag)
{
    ck_assert_str_eq(message("mem=64M evict-alwaysx xevict-always command=evict-always%20fail-io=1"), "");
    ck_assert(t.evict == 0 && t.fail_io == 0 && t.fail_alloc == 0);
}
END_TEST

START_TEST(flags_and_numbers_are_read)
{
    ck_assert_str_eq(message("evict-always"), "");
    ck_assert_uint_eq(t.evict, 2);
    ck_assert_str_eq(message("mem=64M compress-always fail-io=7"), "");
    ck_assert(t.evict == 4 && t.fail_io == 7);
    ck_assert_str_eq(message("fail-alloc=0x20 writeback-always"), "");
    ck_assert(t.evict == 5 && t.fail_alloc == 32);
}
END_TEST

START_TEST(wrong_values_get_a_message)
{
    ck_assert_str_eq(message("evict-always=1"), "evict-always takes no value");
    ck_assert_str_eq(message("writeback-always evict-always"), "evict-always and writeback-always exclude each other");
    ck_assert_str_eq(message("fail-io=x"), "fail-io= wants a number from 1 to 4294967295");
    static const char *const wrong[] = {"fail-io=", "fail-io=0", "fail-io=-1", "fail-io=3x", "fail-io=%zz", "fail-io=4294967296",
                                        "fail-io=99999999999999999999999999"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_str_eq(message(wrong[i]), "fail-io= wants a number from 1 to 4294967295");
    }
    ck_assert_str_eq(message("fail-alloc=9"), "fail-alloc= wants a number from 10 to 4294967295");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("init_torture");
    TCase *c = tcase_create("torture");
    tcase_add_test(c, nothing_is_on_without_a_flag);
    tcase_add_test(c, flags_and_numbers_are_read);
    tcase_add_test(c, wrong_values_get_a_message);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
