/* SPDX-License-Identifier: BSD-2-Clause */
#include "compress.h"

#include <check_main.h>
#include <lz4.h>
#include <stdlib.h>
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

/* expanded: these bytes, in a buffer that ends where they do, are the page. */
static void expanded(const uint8_t *bytes, uint32_t length)
{
    uint8_t *exact = malloc(length), *back = malloc(PAGE_BYTES);

    memcpy(exact, bytes, length);
    ck_assert(expand_page(exact, length, back));
    ck_assert_mem_eq(back, page, PAGE_BYTES);
    free(exact);
    free(back);
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
        expanded(out, length);
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

START_TEST(expand_page_what_the_library_compressed_is_the_page)
{
    for (int i = 0; i < 500; i++) {
        uint8_t block[LZ4_COMPRESSBOUND(PAGE_BYTES)];
        fill_runs();
        expanded(block, (uint32_t)LZ4_compress_default((const char *)page, (char *)block, PAGE_BYTES, sizeof block));
    }
}
END_TEST

/* Whatever the bytes are, nothing beyond them is read and nothing beyond the page written (the sanitizer watches both), and where the library finds a page too, it is the
 * same. (The library takes a distance of 0, which the format forbids.) */
START_TEST(expand_page_damaged_bytes_do_no_harm)
{
    unsigned refused = 0, taken = 0;

    for (int i = 0; i < 20000; i++) {
        fill_runs();
        uint32_t length = compress_page(page, out, PAGE_BYTES);
        if (length == 0) {
            continue;
        }
        uint32_t cut = below(4) == 0 ? below(length) : length;
        uint8_t *exact = malloc(cut ? cut : 1), *back = malloc(PAGE_BYTES), *library = malloc(PAGE_BYTES);
        memcpy(exact, out, cut);
        for (uint32_t n = cut ? below(4) : 0; n > 0; n--) {
            exact[below(cut)] = (uint8_t)below(256);
        }
        bool good = expand_page(exact, cut, back);
        if (good && LZ4_decompress_safe((const char *)exact, (char *)library, (int)cut, PAGE_BYTES) == PAGE_BYTES) {
            ck_assert_mem_eq(back, library, PAGE_BYTES);
            taken++;
        }
        refused += !good;
        free(exact);
        free(back);
        free(library);
    }
    ck_assert_uint_gt(refused, 1000);
    ck_assert_uint_gt(taken, 1000);
}
END_TEST

/* Each way in which a block can be wrong; PAGE_BYTES literals need 0xf0, 15 times 255 and 256 - 15 more. */
START_TEST(expand_page_blocks_that_are_wrong_are_refused)
{
    static const struct {
        const char *what;
        uint32_t length;
        uint8_t bytes[24];
    } wrong[] = {
        {"nothing", 0, {0}},
        {"a token alone", 1, {0x10}},
        {"fewer literals than said", 3, {0x30, 1, 2}},
        {"a length that does not end", 4, {0xf0, 255, 255, 255}},
        {"half a distance", 3, {0x10, 1, 1}},
        {"no distance", 5, {0x14, 1, 0, 0, 0}},
        {"a match before the page", 5, {0x14, 1, 2, 0, 0}},
        {"a match without its length", 4, {0x1f, 1, 1, 0}},
        {"a page too short", 9, {0x14, 1, 1, 0, 0x40, 1, 2, 3, 4}},
        {"a page too long", 24, {0x1f, 1, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0x10, 1}},
        {"no literals at the end", 21, {0x1f, 1, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0}},
    };

    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t *exact = malloc(wrong[i].length ? wrong[i].length : 1), *back = malloc(PAGE_BYTES);
        memcpy(exact, wrong[i].bytes, wrong[i].length);
        ck_assert_msg(!expand_page(exact, wrong[i].length, back), "%s", wrong[i].what);
        free(exact);
        free(back);
    }
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
    tcase_add_test(tests, expand_page_what_the_library_compressed_is_the_page);
    tcase_add_test(tests, expand_page_damaged_bytes_do_no_harm);
    tcase_add_test(tests, expand_page_blocks_that_are_wrong_are_refused);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
