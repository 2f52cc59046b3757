/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page_ops_check: the pager's operations in assembly (servers/pager/page_ops.S) against those in C that the host tests use (tests/host/servers/pager/page_ops.c, here
 * with reference_ before their names). Bytes beyond what an operation may touch lie in pages that are not there. Prints "ok NAME" or "FAIL NAME: what" for each test.
 */
#include "page_ops.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096u

void reference_page_zero(void *page);
void reference_page_copy(void *dest, const void *src);
void reference_page_fill(void *page, uint64_t word);
bool reference_page_same(const void *page, uint64_t *word);
const uint8_t *reference_page_common(const uint8_t *p, const uint8_t *q, const uint8_t *end);
uint32_t reference_page_checksum(const void *bytes, uint64_t length, uint32_t seed);

static jmp_buf failed;
#define CHECK(condition)                                             \
    do {                                                             \
        if (!(condition)) {                                          \
            printf("FAIL %s:%d: %s\n", __func__, __LINE__, #condition); \
            longjmp(failed, 1);                                      \
        }                                                            \
    } while (0)

/* Two pages, each with none before it and none behind. */
static uint8_t *one, *other;

static uint64_t state = 1;

static uint32_t below(uint32_t n)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((state >> 33) % n);
}

static void fill_random(uint8_t *page)
{
    for (unsigned i = 0; i < PAGE; i++)
        page[i] = (uint8_t)below(256);
}

static void zero_copy_and_fill_reach_every_byte(void)
{
    static uint8_t expected[PAGE];
    for (unsigned round = 0; round < 20; round++) {
        uint64_t word = (uint64_t)below(1u << 31) << 33 | below(1u << 31);
        fill_random(one);
        fill_random(other);
        reference_page_copy(expected, other);
        page_copy(one, other);
        CHECK(memcmp(one, expected, PAGE) == 0);
        reference_page_fill(expected, word);
        page_fill(one, word);
        CHECK(memcmp(one, expected, PAGE) == 0);
        reference_page_zero(expected);
        page_zero(one);
        CHECK(memcmp(one, expected, PAGE) == 0);
    }
}

/* Each single byte that differs is found, whatever the word. */
static void same_finds_every_byte_that_differs(void)
{
    static const uint64_t words[] = {0, 1, ~0ull, 0x0101010101010101ull, 0x8000000000000000ull};
    for (unsigned w = 0; w < sizeof words / sizeof *words; w++) {
        uint64_t got = ~words[w], expected;
        page_fill(one, words[w]);
        CHECK(page_same(one, &got) && got == words[w]);
        for (unsigned i = 0; i < PAGE; i++) {
            one[i] ^= (uint8_t)(1u << i % 8);
            bool same = page_same(one, &got);
            CHECK(same == reference_page_same(one, &expected) && !same && got == expected);
            one[i] ^= (uint8_t)(1u << i % 8);
        }
    }
}

/* Every length up to two turns of the loop and those at the end of a page, at every alignment of a word; known values of CRC-32C too. */
static void checksum_agrees_for_every_length(void)
{
    CHECK(~page_checksum("123456789", 9, ~0u) == 0xe3069283u);
    fill_random(one);
    for (unsigned length = 0; length <= 260; length++)
        for (unsigned offset = 0; offset < 8; offset++) {
            uint32_t seed = below(1u << 31);
            CHECK(page_checksum(one + offset, length, seed) == reference_page_checksum(one + offset, length, seed));
            CHECK(page_checksum(one + PAGE - length, length, seed) == reference_page_checksum(one + PAGE - length, length, seed));
        }
    for (unsigned round = 0; round < 200; round++) {
        unsigned at = below(PAGE), length = below(PAGE - at + 1);
        CHECK(page_checksum(one + at, length, round) == reference_page_checksum(one + at, length, round));
    }
}

/* Each flipped bit changes the checksum. */
static void checksum_notices_every_bit(void)
{
    fill_random(one);
    uint32_t before = page_checksum(one, PAGE, 7);
    for (unsigned bit = 0; bit < 8 * PAGE; bit += 1 + below(13)) {
        one[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(page_checksum(one, PAGE, 7) != before);
        one[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK(page_checksum(one, PAGE, 7) == before);
}

/* Two runs that are the same for `length` bytes, of which the second begins at `at`, and end with the page or before. */
static void check_common(unsigned from, unsigned at, unsigned length, unsigned end)
{
    for (unsigned i = 0; i < length; i++)
        one[at + i] = one[from + i]; /* they may overlap */
    if (at + length < end)
        one[at + length] = (uint8_t)(one[from + length] ^ (1u << below(8)));
    const uint8_t *common = page_common(one + at, one + from, one + end);
    CHECK(common == reference_page_common(one + at, one + from, one + end) && common == one + at + length);
}

static void common_stops_at_the_first_byte_that_differs(void)
{
    for (unsigned length = 0; length <= 200; length++)
        for (unsigned offset = 0; offset < 16; offset++) {
            fill_random(one);
            check_common(offset, 1000 + below(8), length, PAGE - below(20));
            fill_random(one);
            check_common(below(500), PAGE - length - offset, length, PAGE - offset); /* as far as it may look */
        }
    for (unsigned round = 0; round < 3000; round++) {
        unsigned from = below(PAGE - 1), at = from + 1 + below(PAGE - from - 1), end = at + below(PAGE - at + 1);
        fill_random(one);
        check_common(from, at, below(end - at + 1), end);
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
#define NAMED(test) {#test, test}
    NAMED(zero_copy_and_fill_reach_every_byte), NAMED(same_finds_every_byte_that_differs), NAMED(checksum_agrees_for_every_length),
    NAMED(checksum_notices_every_bit), NAMED(common_stops_at_the_first_byte_that_differs),
};

/* guarded: a page alone among pages that are not there. */
static uint8_t *guarded(void)
{
    uint8_t *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || munmap(pages, PAGE) != 0 || munmap(pages + 2 * PAGE, PAGE) != 0)
        return NULL;
    return pages + PAGE;
}

int main(void)
{
    const unsigned all = sizeof tests / sizeof *tests;
    volatile unsigned passed = 0;
    one = guarded();
    other = guarded();
    if (!one || !other) {
        printf("FAIL main: no memory\n");
        return 1;
    }
    for (volatile unsigned i = 0; i < all; i++)
        if (setjmp(failed) == 0) {
            tests[i].run();
            printf("ok %s\n", tests[i].name);
            passed = passed + 1;
        }
    printf("page_ops_check: %u of %u passed\n", passed, all);
    return passed == all ? 0 : 1;
}
