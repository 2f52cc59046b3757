/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/keys.h"
#include "tests/host/check_main.h"

/* Feeds all bytes; returns the key of the last, after checking that those before gave none. */
static int key_of(struct keys *k, const char *bytes)
{
    int key = KEY_NONE;
    for (; *bytes != '\0'; bytes++) {
        ck_assert_int_eq(key, KEY_NONE);
        key = keys_feed(k, (unsigned char)*bytes);
    }
    return key;
}

START_TEST(keys_of_single_bytes_are_the_bytes)
{
    struct keys k = {0};
    ck_assert_int_eq(key_of(&k, "q"), 'q');
    ck_assert_int_eq(key_of(&k, "\x03"), 3);
    ck_assert_int_eq(key_of(&k, "\r"), 13);
    ck_assert_int_eq(key_of(&k, "\xff"), 255);
}
END_TEST

START_TEST(keys_of_arrows_in_both_forms)
{
    struct keys k = {0};
    ck_assert_int_eq(key_of(&k, "\x1b[A"), KEY_UP);
    ck_assert_int_eq(key_of(&k, "\x1bOB"), KEY_DOWN);
    ck_assert_int_eq(key_of(&k, "\x1b[1;5C"), KEY_RIGHT);
    ck_assert_int_eq(key_of(&k, "\x1b[D"), KEY_LEFT);
}
END_TEST

START_TEST(keys_of_a_position_report_are_the_size)
{
    struct keys k = {0};
    ck_assert_int_eq(key_of(&k, "\x1b[24;80R"), KEY_SIZE);
    ck_assert_uint_eq(k.rows, 24);
    ck_assert_uint_eq(k.columns, 80);
    ck_assert_int_eq(key_of(&k, "\x1b[50;132R"), KEY_SIZE);
    ck_assert_uint_eq(k.rows, 50);
    ck_assert_uint_eq(k.columns, 132);
    ck_assert_int_eq(key_of(&k, "\x1b[R"), KEY_NONE);
    ck_assert_int_eq(key_of(&k, "\x1b[1;2;3R"), KEY_NONE);
    ck_assert_uint_eq(k.rows, 50);
    ck_assert_int_eq(key_of(&k, "\x1b[99999999999999999999;1R"), KEY_SIZE); /* large, not wrapped round */
    ck_assert_uint_ge(k.rows, 9999);
}
END_TEST

START_TEST(keys_of_unknown_sequences_mean_nothing)
{
    struct keys k = {0};
    ck_assert_int_eq(key_of(&k, "\x1b[15~"), KEY_NONE);
    ck_assert_int_eq(key_of(&k, "\x1b[?1;2c"), KEY_NONE);
    ck_assert_int_eq(key_of(&k, "\x1bx"), KEY_NONE);
    ck_assert_int_eq(key_of(&k, "q"), 'q');
}
END_TEST

START_TEST(keys_of_escape_alone_come_with_the_pause)
{
    struct keys k = {0};
    ck_assert_int_eq(keys_pause(&k), KEY_NONE);
    ck_assert_int_eq(key_of(&k, "\x1b"), KEY_NONE);
    ck_assert_int_eq(keys_pause(&k), KEY_ESCAPE);
    ck_assert_int_eq(keys_pause(&k), KEY_NONE);
    ck_assert_int_eq(key_of(&k, "\x1b[1"), KEY_NONE);
    ck_assert_int_eq(keys_pause(&k), KEY_NONE); /* a broken sequence is dropped */
    ck_assert_int_eq(key_of(&k, "A"), 'A');
    ck_assert_int_eq(key_of(&k, "\x1b\x1b[A"), KEY_UP);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/keys");
    TCase *tests = tcase_create("keys");
    tcase_add_test(tests, keys_of_single_bytes_are_the_bytes);
    tcase_add_test(tests, keys_of_arrows_in_both_forms);
    tcase_add_test(tests, keys_of_a_position_report_are_the_size);
    tcase_add_test(tests, keys_of_unknown_sequences_mean_nothing);
    tcase_add_test(tests, keys_of_escape_alone_come_with_the_pause);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
