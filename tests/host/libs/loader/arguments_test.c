/* SPDX-License-Identifier: BSD-2-Clause */
#include <loader/arguments.h>
#include <string.h>
#include <check_main.h>

#define TOP 0x40000000ull

static const char *string_at(const struct arguments_block *block, uint64_t va)
{
    ck_assert_uint_ge(va, block->sp);
    ck_assert_uint_lt(va, block->sp + block->length);
    return (const char *)block->bytes + (va - block->sp);
}

START_TEST(arguments_build_two_strings_is_system_v_layout)
{
    static const uint8_t strings[] = "wc\0/etc/motd";
    struct arguments_block block;
    ck_assert_int_eq(arguments_build(strings, sizeof(strings), TOP, &block), ARGUMENTS_OK);
    ck_assert_uint_eq(block.argc, 2);
    ck_assert_uint_eq(block.sp % 16, 0);
    ck_assert_uint_eq(block.sp + block.length, TOP);
    ck_assert_uint_eq(block.words[0], 2);
    ck_assert_str_eq(string_at(&block, block.words[1]), "wc");
    ck_assert_str_eq(string_at(&block, block.words[2]), "/etc/motd");
    ck_assert_uint_eq(block.words[3], 0);
    ck_assert_uint_eq(block.words[4], 0);
    ck_assert_uint_eq(block.words[5], 6);
    ck_assert_uint_eq(block.words[6], 4096);
    ck_assert_uint_eq(block.words[7], 0);
}
END_TEST

START_TEST(arguments_build_empty_strings_count)
{
    static const uint8_t strings[] = {'a', 0, 0, 0};
    struct arguments_block block;
    ck_assert_int_eq(arguments_build(strings, sizeof(strings), TOP, &block), ARGUMENTS_OK);
    ck_assert_uint_eq(block.argc, 3);
    ck_assert_str_eq(string_at(&block, block.words[2]), "");
    ck_assert_str_eq(string_at(&block, block.words[3]), "");
}
END_TEST

START_TEST(arguments_build_no_string_or_no_terminator_is_refused)
{
    struct arguments_block block;
    ck_assert_int_eq(arguments_build((const uint8_t *)"", 0, TOP, &block), ARGUMENTS_UNTERMINATED);
    ck_assert_int_eq(arguments_build((const uint8_t *)"abc", 3, TOP, &block), ARGUMENTS_UNTERMINATED);
}
END_TEST

START_TEST(arguments_build_limits_are_exact)
{
    struct arguments_block block;
    uint8_t strings[ARGUMENTS_MAX_BYTES + 1];
    memset(strings, 'x', sizeof(strings));
    strings[ARGUMENTS_MAX_BYTES - 1] = 0;
    strings[ARGUMENTS_MAX_BYTES] = 0;
    ck_assert_int_eq(arguments_build(strings, ARGUMENTS_MAX_BYTES, TOP, &block), ARGUMENTS_OK);
    ck_assert_int_eq(arguments_build(strings, ARGUMENTS_MAX_BYTES + 1, TOP, &block), ARGUMENTS_TOO_LONG);
    memset(strings, 0, sizeof(strings));
    ck_assert_int_eq(arguments_build(strings, ARGUMENTS_MAX_COUNT, TOP, &block), ARGUMENTS_OK);
    ck_assert_uint_eq(block.argc, ARGUMENTS_MAX_COUNT);
    ck_assert_int_eq(arguments_build(strings, ARGUMENTS_MAX_COUNT + 1, TOP, &block), ARGUMENTS_TOO_LONG);
}
END_TEST

START_TEST(arguments_build_largest_block_fits)
{
    struct arguments_block block;
    uint8_t strings[ARGUMENTS_MAX_BYTES];
    memset(strings, 'y', sizeof(strings));
    for (unsigned i = 0; i < ARGUMENTS_MAX_COUNT; i++) {
        strings[i] = 0;
    }
    strings[sizeof(strings) - 1] = 0;
    ck_assert_int_eq(arguments_build(strings, sizeof(strings), TOP, &block), ARGUMENTS_TOO_LONG);
    strings[0] = 'y';
    ck_assert_int_eq(arguments_build(strings, sizeof(strings), TOP, &block), ARGUMENTS_OK);
    ck_assert_uint_le(block.length, sizeof(block.bytes));
    ck_assert_uint_eq(strlen(string_at(&block, block.words[ARGUMENTS_MAX_COUNT])), ARGUMENTS_MAX_BYTES - ARGUMENTS_MAX_COUNT - 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("arguments");
    TCase *c = tcase_create("arguments");
    tcase_add_test(c, arguments_build_two_strings_is_system_v_layout);
    tcase_add_test(c, arguments_build_empty_strings_count);
    tcase_add_test(c, arguments_build_no_string_or_no_terminator_is_refused);
    tcase_add_test(c, arguments_build_limits_are_exact);
    tcase_add_test(c, arguments_build_largest_block_fits);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
