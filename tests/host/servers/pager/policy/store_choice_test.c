/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "size_class.h"
#include "store_choice.h"

#include <stdlib.h>

#define NO_DISK 0, 0, 0
#define DISK 100, 0, 8

START_TEST(table_of_first_answers)
{
    static const struct {
        struct store_facts f;
        struct store_page page;
        enum store_answer answer;
    } table[] = {
        {{0, 100, NO_DISK}, {true, true, true}, STORE_DROP},
        {{0, 100, NO_DISK}, {false, true, true}, STORE_SAME},
        {{100, 100, NO_DISK}, {false, true, false}, STORE_SAME}, /* a word needs no store */
        {{0, 100, NO_DISK}, {false, false, false}, STORE_TRY},
        {{0, 100, NO_DISK}, {false, false, true}, STORE_TRY}, /* cold, but no disk */
        {{0, 100, DISK}, {false, false, false}, STORE_TRY},
        {{0, 100, DISK}, {false, false, true}, STORE_DISK},
        {{100, 100, DISK}, {false, false, false}, STORE_DISK},
        {{100, 100, NO_DISK}, {false, false, false}, STORE_KEEP},
        {{100, 100, 100, 8, 8}, {false, false, false}, STORE_KEEP}, /* as many writes in flight as may be */
        {{100, 100, 0, 0, 8}, {false, false, false}, STORE_KEEP},   /* no free slot */
        {{0, 100, 100, 8, 8}, {false, false, true}, STORE_TRY},
    };
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        struct store_history h = {0};
        ck_assert_msg(store_first(&table[i].f, &table[i].page, &h) == table[i].answer, "row %u", i);
    }
}
END_TEST

START_TEST(compressed_size_decides_between_store_and_disk)
{
    const struct store_facts disk = {0, 100, DISK}, none = {0, 100, NO_DISK}, full = {100, 100, DISK}, all_full = {100, 100, NO_DISK};
    struct store_history h = {0};
    ck_assert(store_compressed(&none, &h, SIZE_CLASS_BYTES_MAX) == STORE_COMPRESSED);
    ck_assert(store_compressed(&none, &h, SIZE_CLASS_BYTES_MAX + 1) == STORE_KEEP);
    ck_assert(store_compressed(&disk, &h, SIZE_CLASS_BYTES_MAX + 1) == STORE_DISK);
    ck_assert(store_compressed(&disk, &h, STORE_BYTES_WITH_DISK) == STORE_COMPRESSED);
    ck_assert(store_compressed(&disk, &h, STORE_BYTES_WITH_DISK + 1) == STORE_DISK);
    ck_assert(store_compressed(&full, &h, 100) == STORE_DISK);
    ck_assert(store_compressed(&all_full, &h, 100) == STORE_KEEP);
}
END_TEST

/* tries: of n pages that do not compress, how many are tried. */
static unsigned tries(const struct store_facts *f, struct store_history *h, unsigned n)
{
    const struct store_page page = {0};
    unsigned tried = 0;
    for (unsigned i = 0; i < n; i++) {
        if (store_first(f, &page, h) == STORE_TRY) {
            tried++;
            store_compressed(f, h, 4096);
        }
    }
    return tried;
}

START_TEST(incompressible_pages_are_tried_now_and_then_only)
{
    const struct store_facts disk = {0, 100, DISK}, none = {0, 100, NO_DISK};
    struct store_history h = {0};
    ck_assert_uint_eq(tries(&disk, &h, STORE_GIVE_UP + 1000 * STORE_RETRY), STORE_GIVE_UP + 1000);
    ck_assert_uint_eq(tries(&none, &h, 50), 50); /* without a disk there is nothing else to try */
}
END_TEST

START_TEST(one_success_brings_trying_back)
{
    const struct store_facts disk = {0, 100, DISK};
    struct store_history h = {0};
    tries(&disk, &h, 1000);
    ck_assert(store_compressed(&disk, &h, 500) == STORE_COMPRESSED);
    ck_assert_uint_eq(tries(&disk, &h, STORE_GIVE_UP), STORE_GIVE_UP);
}
END_TEST

START_TEST(write_back_begins_at_seven_eighths)
{
    const struct store_facts below = {70, 80, 1000, 0, 100}, above = {71, 80, 1000, 0, 100}, no_disk = {80, 80, 0, 0, 100}, busy = {80, 80, 1000, 97, 100};
    ck_assert_uint_eq(store_write_back(&below), 0);
    ck_assert_uint_eq(store_write_back(&above), 2);
    ck_assert_uint_eq(store_write_back(&no_disk), 0);
    ck_assert_uint_eq(store_write_back(&busy), 3);
}
END_TEST

/* Whatever the facts: nothing is put where there is no room, nothing is compressed for nothing, nothing is kept that has a place. */
START_TEST(random_facts_keep_the_rules)
{
    srand(1);
    struct store_history h = {0};
    for (unsigned i = 0; i < 1000000; i++) {
        struct store_facts f = {(uint64_t)rand() % 10, (uint64_t)rand() % 10, (uint64_t)rand() % 3, (uint32_t)rand() % 4, (uint32_t)rand() % 4};
        struct store_page page = {rand() % 4 == 0, rand() % 4 == 0, rand() % 2};
        bool room = f.store_frames < f.store_limit, disk = f.disk_free > 0 && f.writes < f.writes_max;
        uint32_t bytes = (uint32_t)rand() % 4097;
        enum store_answer first = store_first(&f, &page, &h), answer = first == STORE_TRY ? store_compressed(&f, &h, bytes) : first;
        ck_assert(answer != STORE_TRY);
        ck_assert((first == STORE_DROP) == page.reproducible);
        ck_assert((first == STORE_SAME) == (!page.reproducible && page.same_filled));
        ck_assert(first != STORE_TRY || room);
        ck_assert(answer != STORE_DISK || disk);
        ck_assert(answer != STORE_COMPRESSED || (room && bytes <= store_bytes_max(&f) && bytes <= SIZE_CLASS_BYTES_MAX));
        ck_assert(answer != STORE_KEEP || !disk);
        ck_assert_uint_le(store_write_back(&f), disk ? f.writes_max - f.writes : 0);
        ck_assert_uint_le(store_write_back(&f), f.disk_free);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store_choice");
    TCase *t = tcase_create("store_choice");
    tcase_add_test(t, table_of_first_answers);
    tcase_add_test(t, compressed_size_decides_between_store_and_disk);
    tcase_add_test(t, incompressible_pages_are_tried_now_and_then_only);
    tcase_add_test(t, one_success_brings_trying_back);
    tcase_add_test(t, write_back_begins_at_seven_eighths);
    tcase_add_test(t, random_facts_keep_the_rules);
    suite_add_tcase(s, t);
    return check_run(s);
}
