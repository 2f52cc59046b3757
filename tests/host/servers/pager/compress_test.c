/* SPDX-License-Identifier: BSD-2-Clause */
#include "compress.h"

#include <check_main.h>
#include <lz4.h>
#include <string.h>

#define PAGE_BYTES 4096u

static uint8_t page[PAGE_BYTES]; /* beyond its end the sanitizer watches */
static uint8_t out[PAGE_BYTES + COMPRESS_SLACK];
static uint64_t state = 1;

static uint32_t below(uint32_t n)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((state >> 33) % n);
}

/* checked: compress with this room; what comes out fits and expands to the page, and nothing beyond room and slack is written. */
static uint32_t checked(uint32_t room)
{
    uint8_t back[PAGE_BYTES + 1];

    memset(out, 0xa5, sizeof out);
    uint32_t length = compress_page(page, out, room);
    ck_assert_uint_le(length, room);
    for (uint32_t i = room + COMPRESS_SLACK; i < sizeof out; i++) {
        ck_assert_uint_eq(out[i], 0xa5);
    }
    if (length) {
        ck_assert_int_eq(LZ4_decompress_safe((const char *)out, (char *)back, (int)length, sizeof back), PAGE_BYTES);
        ck_assert_mem_eq(back, page, PAGE_BYTES);
    }
    return length;
}

/* Runs of what a page may hold: noise, zeros, one byte, copies of what came before, words of a few values. */
static void fill_runs(void)
{
    for (uint32_t at = 0; at < PAGE_BYTES;) {
        uint32_t n = 1 + below(below(2) ? 20 : 1000), kind = below(5), from = at ? below(at) : 0, value = below(256);
        for (; n > 0 && at < PAGE_BYTES; n--, at++) {
            page[at] = (uint8_t)(kind == 0 ? below(256) : kind == 1 ? 0 : kind == 2 ? value : kind == 3 && at > 0 ? page[from++] : below(3));
        }
    }
}

START_TEST(compress_page_any_runs_expand_to_the_page)
{
    for (int i = 0; i < 2000; i++) {
        fill_runs();
        uint32_t length = checked(PAGE_BYTES);
        ck_assert_uint_eq(checked(PAGE_BYTES), length); /* what was compressed before plays no part */
        if (length) {
            checked(length);
            ck_assert_uint_eq(checked(length - 1), 0);
        }
        checked(below(PAGE_BYTES));
    }
}
END_TEST

START_TEST(compress_page_noise_has_no_result)
{
    for (uint32_t i = 0; i < PAGE_BYTES; i++) {
        page[i] = (uint8_t)below(256);
    }
    ck_assert_uint_eq(checked(PAGE_BYTES), 0);
    ck_assert_uint_eq(checked(0), 0);
}
END_TEST

START_TEST(compress_page_zeros_are_a_few_bytes)
{
    memset(page, 0, sizeof page);
    ck_assert_uint_lt(checked(PAGE_BYTES), 32);
}
END_TEST

/* Against the library: at most a tenth longer on text, so that a change that loses matches is noticed. */
START_TEST(compress_page_text_is_nearly_as_short_as_with_the_library)
{
    static const char *const words[] = {"memory", "page", "kernel", "frame", "capability", "pager", "fault", "space", "address", "table"};
    uint32_t at = 0, length;

    while (at < PAGE_BYTES) {
        const char *word = words[below(10)];
        uint32_t n = (uint32_t)strlen(word);
        for (uint32_t i = 0; i <= n && at < PAGE_BYTES; i++) {
            page[at++] = i < n ? (uint8_t)word[i] : ' ';
        }
    }
    length = checked(PAGE_BYTES);
    ck_assert_uint_gt(length, 0);
    ck_assert_uint_le(length, (uint32_t)LZ4_compress_default((const char *)page, (char *)out, PAGE_BYTES, sizeof out) * 11 / 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("compress");
    TCase *tests = tcase_create("compress");
    tcase_add_test(tests, compress_page_any_runs_expand_to_the_page);
    tcase_add_test(tests, compress_page_noise_has_no_result);
    tcase_add_test(tests, compress_page_zeros_are_a_few_bytes);
    tcase_add_test(tests, compress_page_text_is_nearly_as_short_as_with_the_library);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
