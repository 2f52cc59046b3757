/* SPDX-License-Identifier: BSD-2-Clause */
#include <pagoda/block_swap.h>
#include <check_main.h>
#include <stddef.h>

static uint8_t block[4096];

/* Change one field and make the checksum fit again. */
static void rewrite(struct block_swap *header)
{
    header->checksum = block_swap_checksum(header);
    memcpy(block, header, sizeof(*header));
}

START_TEST(swap_header_that_was_made_is_sound)
{
    struct block_swap header;
    memset(block, 0xa5, sizeof(block));
    block_swap_make(block, 1000, 7, 8);
    ck_assert_int_eq(block_swap_check(block, 1000, &header), BLOCK_SWAP_OK);
    ck_assert_uint_eq(header.n_blocks, 1000);
    ck_assert_uint_eq(header.id[0], 7);
    ck_assert_uint_eq(header.id[1], 8);
    for (unsigned i = sizeof(header); i < sizeof(block); i++) {
        ck_assert_uint_eq(block[i], 0);
    }
}
END_TEST

/* The format on the disk: other versions of this code must read it. */
START_TEST(swap_header_has_its_bytes)
{
    block_swap_make(block, 0x1122, 3, 4);
    ck_assert_int_eq(memcmp(block, "Pagoda swap v1\r\n\1\0\0\0\0\x10\0\0\x22\x11\0\0\0\0\0\0\3\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0", 48), 0);
}
END_TEST

START_TEST(swap_header_with_any_flipped_bit_is_refused)
{
    for (unsigned bit = 0; bit < 8 * sizeof(struct block_swap); bit++) {
        block_swap_make(block, 1000, 7, 8);
        block[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_int_ne(block_swap_check(block, 1000, NULL), BLOCK_SWAP_OK);
    }
}
END_TEST

START_TEST(swap_header_absent_wrong_version_checksum_and_size_are_told_apart)
{
    struct block_swap header;
    memset(block, 0, sizeof(block));
    ck_assert_int_eq(block_swap_check(block, 1000, NULL), BLOCK_SWAP_ABSENT);
    block_swap_make(block, 1000, 7, 8);
    ck_assert_int_eq(block_swap_check(block, 999, &header), BLOCK_SWAP_BAD_SIZE);
    block[offsetof(struct block_swap, id)] ^= 1;
    ck_assert_int_eq(block_swap_check(block, 1000, NULL), BLOCK_SWAP_BAD_CHECKSUM);
    header.version = 2;
    rewrite(&header);
    ck_assert_int_eq(block_swap_check(block, 1000, NULL), BLOCK_SWAP_BAD_VERSION);
    block_swap_make(block, 1000, 7, 8);
    block_swap_check(block, 1000, &header);
    header.block_bytes = 512;
    rewrite(&header);
    ck_assert_int_eq(block_swap_check(block, 1000, NULL), BLOCK_SWAP_BAD_SIZE);
    block_swap_make(block, 1, 7, 8);
    ck_assert_int_eq(block_swap_check(block, 1, NULL), BLOCK_SWAP_BAD_SIZE);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("block_swap");
    TCase *c = tcase_create("block_swap");
    tcase_add_test(c, swap_header_that_was_made_is_sound);
    tcase_add_test(c, swap_header_has_its_bytes);
    tcase_add_test(c, swap_header_with_any_flipped_bit_is_refused);
    tcase_add_test(c, swap_header_absent_wrong_version_checksum_and_size_are_told_apart);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
