/* SPDX-License-Identifier: BSD-2-Clause */
#include "shell/programs/sha256.h"
#include "tests/host/check_main.h"

#include <stdio.h>
#include <string.h>

static void digest_text(struct sha256 *s, char *text)
{
    uint8_t digest[SHA256_BYTES];
    sha256_finish(s, digest);
    for (int i = 0; i < SHA256_BYTES; i++)
        snprintf(&text[2 * i], 3, "%02x", digest[i]);
}

static void hashes_to(const char *data, size_t length, const char *expected)
{
    struct sha256 s;
    char text[65];
    sha256_start(&s);
    sha256_add(&s, data, length);
    digest_text(&s, text);
    ck_assert_str_eq(text, expected);
}

/* Examples published with FIPS 180-4. */
START_TEST(sha256_of_the_published_examples)
{
    hashes_to("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hashes_to("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    hashes_to(two_blocks, strlen(two_blocks), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}
END_TEST

START_TEST(sha256_of_a_million_a_in_pieces_of_any_size)
{
    struct sha256 s;
    char text[65], piece[1000];
    memset(piece, 'a', sizeof(piece));
    sha256_start(&s);
    for (size_t left = 1000000, n = 1; left > 0; left -= n) {
        n = left % sizeof(piece) + 1 < left ? left % sizeof(piece) + 1 : left;
        sha256_add(&s, piece, n);
    }
    digest_text(&s, text);
    ck_assert_str_eq(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

/* Lengths around the block and the padding border: feeding byte by byte and at once must agree. */
START_TEST(sha256_does_not_depend_on_how_the_bytes_arrive)
{
    uint8_t data[200], a[SHA256_BYTES], b[SHA256_BYTES];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 37);
    for (size_t length = 0; length <= sizeof(data); length++) {
        struct sha256 whole, bytes;
        sha256_start(&whole);
        sha256_add(&whole, data, length);
        sha256_finish(&whole, a);
        sha256_start(&bytes);
        for (size_t i = 0; i < length; i++)
            sha256_add(&bytes, &data[i], 1);
        sha256_finish(&bytes, b);
        ck_assert_mem_eq(a, b, SHA256_BYTES);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shell/programs/sha256");
    TCase *tests = tcase_create("sha256");
    tcase_add_test(tests, sha256_of_the_published_examples);
    tcase_add_test(tests, sha256_of_a_million_a_in_pieces_of_any_size);
    tcase_add_test(tests, sha256_does_not_depend_on_how_the_bytes_arrive);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
