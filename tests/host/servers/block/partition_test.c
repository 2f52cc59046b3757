/* SPDX-License-Identifier: BSD-2-Clause */
#include "partition.h"
#include <check_main.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SECTORS 100000

static uint8_t bytes[PARTITION_SCAN_BYTES];
static struct partition found[PARTITIONS_MAX];
static unsigned n;

static enum partition_table find(void)
{
    return partition_find(bytes, sizeof(bytes), SECTORS, found, &n);
}

static void put32(unsigned at, uint32_t value)
{
    memcpy(bytes + at, &value, 4);
}

static void put64(unsigned at, uint64_t value)
{
    memcpy(bytes + at, &value, 8);
}

static void blank(void)
{
    memset(bytes, 0, sizeof(bytes));
}

static void mbr_entry(unsigned i, uint8_t type, uint32_t first, uint32_t count)
{
    bytes[510] = 0x55;
    bytes[511] = 0xaa;
    bytes[446 + 16 * i + 4] = type;
    put32(446 + 16 * i + 8, first);
    put32(446 + 16 * i + 12, count);
}

static uint32_t crc(const uint8_t *p, unsigned length)
{
    uint32_t c = 0xffffffff;
    for (unsigned i = 0; i < length; i++) {
        c ^= p[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
        }
    }
    return ~c;
}

static void gpt_seal(unsigned n_entries, unsigned entry_bytes)
{
    put32(512 + 80, n_entries);
    put32(512 + 84, entry_bytes);
    if ((uint64_t)n_entries * entry_bytes <= sizeof(bytes) - 1024) {
        put32(512 + 88, crc(bytes + 1024, n_entries * entry_bytes));
    }
    put32(512 + 16, 0);
    put32(512 + 16, crc(bytes + 512, 92));
}

static void gpt(void)
{
    blank();
    mbr_entry(0, 0xee, 1, SECTORS - 1);
    memcpy(bytes + 512, "EFI PART\0\0\1\0", 12);
    put32(512 + 12, 92);
    put64(512 + 24, 1);
    put64(512 + 72, 2);
}

static void gpt_entry(unsigned i, uint64_t first, uint64_t last)
{
    bytes[1024 + 128 * i] = 1;
    put64(1024 + 128 * i + 32, first);
    put64(1024 + 128 * i + 40, last);
}

START_TEST(no_signature_is_no_table)
{
    blank();
    mbr_entry(0, 0x83, 64, 100);
    bytes[511] = 0;
    ck_assert_int_eq(find(), PARTITION_NO_TABLE);
    ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(mbr_lists_primary_partitions)
{
    blank();
    mbr_entry(0, 0x0c, 64, 936);
    mbr_entry(1, 0x05, 2000, 100);
    mbr_entry(3, 0x83, 1000, SECTORS - 1000);
    ck_assert_int_eq(find(), PARTITION_TABLE);
    ck_assert_uint_eq(n, 2);
    ck_assert(found[0].number == 1 && found[0].first == 64 && found[0].n_sectors == 936);
    ck_assert(found[1].number == 4 && found[1].first == 1000 && found[1].n_sectors == SECTORS - 1000);
}
END_TEST

START_TEST(mbr_that_contradicts_itself_gives_nothing)
{
    static const uint32_t wrong[][2] = {{0, 10}, {64, 0}, {SECTORS, 1}, {64, SECTORS}, {UINT32_MAX, UINT32_MAX}, {1000, 10}, {990, 11}};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        blank();
        mbr_entry(0, 0x83, 1000, 100);
        mbr_entry(1, 0x83, wrong[i][0], wrong[i][1]);
        ck_assert_int_eq(find(), PARTITION_BAD_TABLE);
        ck_assert_uint_eq(n, 0);
    }
    blank();
    mbr_entry(0, 0x83, 1000, 100);
    bytes[446 + 16] = 0x20; /* neither active nor not: this is code */
    ck_assert_int_eq(find(), PARTITION_BAD_TABLE);
}
END_TEST

START_TEST(gpt_lists_partitions)
{
    gpt();
    gpt_entry(0, 34, 99);
    gpt_entry(5, 100, SECTORS - 1);
    gpt_seal(128, 128);
    ck_assert_int_eq(find(), PARTITION_TABLE);
    ck_assert_uint_eq(n, 2);
    ck_assert(found[0].number == 1 && found[0].first == 34 && found[0].n_sectors == 66);
    ck_assert(found[1].number == 6 && found[1].n_sectors == SECTORS - 100);
    ck_assert_int_eq(partition_find(bytes, 1024, SECTORS, found, &n), PARTITION_BAD_TABLE);
    ck_assert_int_eq(partition_find(bytes, 512, SECTORS, found, &n), PARTITION_BAD_TABLE);
}
END_TEST

START_TEST(gpt_with_any_wrong_byte_of_header_or_entries_gives_nothing)
{
    for (unsigned at = 512; at < 1024 + 128 * 128; at += at < 512 + 92 ? 1 : 97) {
        gpt();
        gpt_entry(0, 34, 99);
        gpt_seal(128, 128);
        bytes[at] ^= 0x40;
        bool covered = at < 512 + 92 || at >= 1024;
        ck_assert_int_eq(find(), covered ? PARTITION_BAD_TABLE : PARTITION_TABLE);
    }
}
END_TEST

START_TEST(gpt_with_impossible_sizes_gives_nothing)
{
    static const uint32_t wrong[][2] = {{128, 64}, {1000, 128}, {UINT32_MAX, UINT32_MAX}, {0x10000, 0x10000}, {1, 0x80000000}};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        gpt();
        gpt_seal(wrong[i][0], wrong[i][1]);
        ck_assert_int_eq(find(), PARTITION_BAD_TABLE);
    }
    static const uint64_t ranges[][2] = {{33, 40}, {100, 99}, {34, SECTORS}, {0, UINT64_MAX}, {UINT64_MAX, UINT64_MAX}};
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        gpt();
        gpt_entry(1, ranges[i][0], ranges[i][1]);
        gpt_seal(128, 128);
        ck_assert_int_eq(find(), PARTITION_BAD_TABLE);
    }
    gpt();
    for (unsigned i = 0; i <= PARTITIONS_MAX; i++) {
        gpt_entry(i, 100 + i, 100 + i);
    }
    gpt_seal(128, 128);
    ck_assert_int_eq(find(), PARTITION_BAD_TABLE);
}
END_TEST

/* Whatever comes out lies inside the disk and apart from the others. */
START_TEST(random_tables_give_sound_partitions_or_none)
{
    srand(3);
    unsigned good = 0;
    for (unsigned run = 0; run < 200000; run++) {
        if (run % 64 == 0) {
            gpt();
        }
        if (run % 2) {
            gpt_entry((unsigned)rand() % 4, (uint64_t)rand() % (SECTORS + 50), (uint64_t)rand() % (SECTORS + 50));
            gpt_seal(8, 128);
        } else {
            blank();
            for (unsigned i = 0; i < 4; i++) {
                mbr_entry(i, (uint8_t)(rand() % 3 * 0x41), (uint32_t)rand() % (SECTORS + 50), (uint32_t)rand() % (SECTORS / 4));
            }
        }
        if (rand() % 4 == 0) {
            bytes[440 + (unsigned)rand() % 1000] ^= (uint8_t)(1 << rand() % 8);
        }
        enum partition_table result = find();
        good += result == PARTITION_TABLE && n > 1;
        ck_assert(result == PARTITION_TABLE || n == 0);
        for (unsigned i = 0; i < n; i++) {
            ck_assert(found[i].first >= 1 && found[i].n_sectors >= 1 && found[i].first + found[i].n_sectors <= SECTORS);
            for (unsigned j = 0; j < i; j++) {
                ck_assert(found[i].first >= found[j].first + found[j].n_sectors || found[j].first >= found[i].first + found[i].n_sectors);
            }
        }
        if (run % 2 == 0) {
            gpt();
        }
    }
    ck_assert_uint_gt(good, 100);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("partition");
    TCase *c = tcase_create("partition");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, no_signature_is_no_table);
    tcase_add_test(c, mbr_lists_primary_partitions);
    tcase_add_test(c, mbr_that_contradicts_itself_gives_nothing);
    tcase_add_test(c, gpt_lists_partitions);
    tcase_add_test(c, gpt_with_any_wrong_byte_of_header_or_entries_gives_nothing);
    tcase_add_test(c, gpt_with_impossible_sizes_gives_nothing);
    tcase_add_test(c, random_tables_give_sound_partitions_or_none);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
