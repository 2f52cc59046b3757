/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"
#include "generated/pager_protocol.h"
#include <check_main.h>
#include <string.h>

static char text[REPORT_MAX];

static const char *report(struct report_event event)
{
    size_t n = report_event_text(text, 7, "deep", &event);
    ck_assert_uint_eq(n, strlen(text));
    ck_assert_uint_lt(n, REPORT_MAX);
    ck_assert_int_eq(text[n - 1], '\n');
    return text;
}

START_TEST(report_size_uses_the_largest_exact_unit)
{
    char size[32];
    ck_assert_str_eq(report_size(size, 8 << 20), "8 MiB");
    ck_assert_str_eq(report_size(size, (8 << 20) + 4096), "8196 KiB");
    ck_assert_str_eq(report_size(size, 4096), "4 KiB");
    ck_assert_str_eq(report_size(size, 100), "100 bytes");
    ck_assert_str_eq(report_size(size, 0), "0 bytes");
}
END_TEST

START_TEST(report_stack_overflow_names_size_limit_and_address)
{
    const char *line = report((struct report_event){
        .reason = PAGER_EVENT_STACK_OVERFLOW, .va = 0x3f7ffff0, .ip = 0x410abc, .limit = 8 << 20, .used = 8 << 20});
    ck_assert_str_eq(line, "pid 7 (deep): stack overflow: the stack holds 8 MiB, its limit is 8 MiB, and it asked for more at address 0x3f7ffff0 "
                           "(instruction at 0x410abc)\n");
}
END_TEST

START_TEST(report_time_says_what_could_not_be_done)
{
    size_t n = report_time_text(text, 7, "sort", true, 5);
    ck_assert_str_eq(text, "process: the time of pid 7 (sort) could not be cut: kernel error 5\n");
    ck_assert_uint_eq(n, strlen(text));
    report_time_text(text, 7, "sort", false, 5);
    ck_assert_str_eq(text, "process: the time of pid 7 (sort) could not be given back: kernel error 5\n");
}
END_TEST

START_TEST(report_out_of_memory_names_an_address_only_when_there_is_one)
{
    struct report_event event = {.reason = PAGER_EVENT_NO_MEMORY, .used = 40 << 20};
    ck_assert_str_eq(report(event), "pid 7 (deep): out of memory: it held 40 MiB, the most beyond its share, when the last free page was gone\n");
    event.va = 0x1000;
    ck_assert_ptr_nonnull(strstr(report(event), "gone (address 0x1000)\n"));
}
END_TEST

START_TEST(report_victims_is_a_table_of_bounded_size)
{
    char table[REPORT_VICTIMS_MAX];
    struct victim_row rows[VICTIM_TABLE_ROWS];
    uint64_t pids[VICTIM_TABLE_ROWS] = {5, 0};
    for (unsigned i = 0; i < VICTIM_TABLE_ROWS; i++) {
        rows[i] = (struct victim_row){.space = UINT32_MAX, .weight = UINT32_MAX, .held = UINT64_MAX / 8, .resident = UINT64_MAX / 8, .min = UINT64_MAX / 8,
            .share = UINT64_MAX / 8, .label = "fifteen letters"};
    }
    ck_assert_uint_lt(report_victims_text(table, rows, pids, VICTIM_TABLE_ROWS), sizeof(table));
    ck_assert_uint_lt(strlen(table), sizeof(table));
    rows[0] = (struct victim_row){.space = 7, .weight = 2, .held = 5000, .resident = 4000, .min = 128, .share = 2436, .label = "hog"};
    size_t n = report_victims_text(table, rows, pids, 1);
    ck_assert_uint_eq(n, strlen(table));
    ck_assert_ptr_nonnull(strstr(table, "\n     5  hog                  20000      16000        512       2       9744\n"));
    n = report_victims_text(table, rows, pids + 1, 1);
    ck_assert_ptr_nonnull(strstr(table, "\n     -  hog  "));
}
END_TEST

START_TEST(report_lost_page_names_address_and_damage)
{
    struct report_event event = {.reason = PAGER_EVENT_STORE_DAMAGED, .va = 0x7000, .detail = PAGER_STORE_DAMAGE_CHECKSUM};
    ck_assert_str_eq(report(event), "pid 7 (deep): lost page: what was stored of the page at 0x7000 cannot be used: its checksum is wrong\n");
    event.detail = 99;
    ck_assert_ptr_nonnull(strstr(report(event), "cannot be used: it is damaged\n"));
}
END_TEST

START_TEST(report_every_reason_says_something_of_its_own)
{
    char lines[11][REPORT_MAX];
    for (uint64_t reason = 0; reason < 11; reason++) {
        strcpy(lines[reason], report((struct report_event){.reason = reason, .va = 0x1234, .ip = 0x410000, .used = 4096, .limit = 8192}));
        for (uint64_t other = 0; other < reason; other++) {
            ck_assert_str_ne(lines[reason], lines[other]);
        }
    }
}
END_TEST

START_TEST(report_exception_names_the_class)
{
    ck_assert_ptr_nonnull(strstr(report((struct report_event){.reason = PAGER_EVENT_EXCEPTION, .detail = 0x02000000}), "undefined instruction"));
    ck_assert_ptr_nonnull(strstr(report((struct report_event){.reason = PAGER_EVENT_EXCEPTION, .detail = 0x8a000000}), "misaligned program counter"));
}
END_TEST

START_TEST(report_longest_values_are_cut_inside_the_buffer)
{
    struct report_event event = {.va = ~0ull, .ip = ~0ull, .detail = ~0ull, .limit = ~0ull, .used = ~0ull};
    for (event.reason = 0; event.reason < 10; event.reason++) {
        size_t n = report_event_text(text, ~0ull, "a-name-of-thirty-one-characters", &event);
        ck_assert_uint_eq(n, strlen(text));
        ck_assert_uint_lt(n, REPORT_MAX);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("report");
    TCase *c = tcase_create("report");
    tcase_add_test(c, report_size_uses_the_largest_exact_unit);
    tcase_add_test(c, report_stack_overflow_names_size_limit_and_address);
    tcase_add_test(c, report_time_says_what_could_not_be_done);
    tcase_add_test(c, report_out_of_memory_names_an_address_only_when_there_is_one);
    tcase_add_test(c, report_victims_is_a_table_of_bounded_size);
    tcase_add_test(c, report_lost_page_names_address_and_damage);
    tcase_add_test(c, report_every_reason_says_something_of_its_own);
    tcase_add_test(c, report_exception_names_the_class);
    tcase_add_test(c, report_longest_values_are_cut_inside_the_buffer);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
