/* SPDX-License-Identifier: BSD-2-Clause */
#include <arguments.h>
#include <string.h>
#include <check_main.h>

static struct argument text(const char *s) { return (struct argument){s, strlen(s)}; }

START_TEST(argument_find_takes_the_last_of_a_key_and_skips_others)
{
    struct argument a;
    ck_assert(argument_find("quiet memory=5 mem=1M  other=x mem=2M", "mem", &a));
    ck_assert(argument_is(&a, "2M"));
    ck_assert(!argument_find("memory=5 xmem=3 mem", "mem", &a));
    ck_assert(!argument_find("", "mem", &a));
    ck_assert(argument_find("\tmem=\n", "mem", &a));
    ck_assert_uint_eq(a.length, 0);
}
END_TEST

START_TEST(argument_is_compares_the_whole_value)
{
    struct argument a = text("on-stop");
    ck_assert(argument_is(&a, "on-stop"));
    ck_assert(!argument_is(&a, "on-stops"));
    ck_assert(!argument_is(&a, "on"));
    a = text("");
    ck_assert(argument_is(&a, ""));
}
END_TEST

START_TEST(argument_size_understands_units)
{
    static const struct { const char *text; uint64_t bytes; } good[] = {
        {"0", 0}, {"4096", 4096}, {"64k", 65536}, {"128M", 128ull << 20}, {"8g", 8ull << 30}, {"0x10", 16}, {"0x10K", 16384},
        {"18446744073709551615", UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        uint64_t bytes = 1;
        struct argument a = text(good[i].text);
        ck_assert_msg(argument_size(&a, &bytes), "%s", good[i].text);
        ck_assert_uint_eq(bytes, good[i].bytes);
    }
}
END_TEST

START_TEST(argument_size_refuses_what_is_no_size)
{
    static const char *const bad[] = {"", "M", "12Q", "1.5M", "-1", "0x", "0xM", "18446744073709551616", "17179869184G", "1MM", " 1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint64_t bytes = 77;
        struct argument a = text(bad[i]);
        ck_assert_msg(!argument_size(&a, &bytes), "%s", bad[i]);
        ck_assert_uint_eq(bytes, 77);
    }
}
END_TEST

START_TEST(argument_item_walks_a_list)
{
    struct argument list = text("vcnt,,pmu"), item;
    size_t position = 0;
    ck_assert(argument_item(&list, &position, &item) && argument_is(&item, "vcnt"));
    ck_assert(argument_item(&list, &position, &item) && argument_is(&item, ""));
    ck_assert(argument_item(&list, &position, &item) && argument_is(&item, "pmu"));
    ck_assert(!argument_item(&list, &position, &item));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("boot_arguments");
    TCase *t = tcase_create("all");
    tcase_add_test(t, argument_find_takes_the_last_of_a_key_and_skips_others);
    tcase_add_test(t, argument_is_compares_the_whole_value);
    tcase_add_test(t, argument_size_understands_units);
    tcase_add_test(t, argument_size_refuses_what_is_no_size);
    tcase_add_test(t, argument_item_walks_a_list);
    suite_add_tcase(s, t);
    return s;
}

int main(void) { return check_run(suite()); }
