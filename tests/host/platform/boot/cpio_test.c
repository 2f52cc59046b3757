/* SPDX-License-Identifier: BSD-2-Clause */
#include <cpio.h>
#include <stdio.h>
#include <string.h>
#include <check_main.h>

static uint8_t archive[4096];
static size_t length;

/* Append a member. */
static void add(const char *name, const char *data, unsigned mode)
{
    length += (size_t)sprintf((char *)archive + length, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, mode, 0, 0, 1, 0,
                              (unsigned)strlen(data), 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
    memcpy(archive + length, name, strlen(name) + 1);
    length = (length + strlen(name) + 1 + 3) & ~(size_t)3;
    memcpy(archive + length, data, strlen(data));
    length = (length + strlen(data) + 3) & ~(size_t)3;
}

static void make_sound(void)
{
    memset(archive, 0, sizeof(archive));
    length = 0;
    add("bin", "", 0040755);
    add("./bin/init", "program", 0100755);
    add("etc/text", "12345", 0100644);
    add("TRAILER!!!", "", 0);
}

static const char *check(size_t size)
{
    size_t used;
    return cpio_check(archive, size, &used);
}

START_TEST(cpio_sound_archive_is_accepted_and_searched)
{
    struct cpio_file found;
    size_t used = 0;
    make_sound();
    ck_assert_ptr_null(cpio_check(archive, sizeof(archive), &used));
    ck_assert_uint_eq(used, length);
    ck_assert(cpio_find(archive, used, "bin/init", &found));
    ck_assert_uint_eq(found.size, 7);
    ck_assert_mem_eq(found.data, "program", 7);
    ck_assert(!cpio_find(archive, used, "bin", &found)); /* not a regular file */
    ck_assert(!cpio_find(archive, used, "bin/ini", &found));
    ck_assert(!cpio_find(archive, used, "TRAILER!!!", &found));
}
END_TEST

START_TEST(cpio_cut_anywhere_is_refused)
{
    make_sound();
    for (size_t size = 0; size < length - 1; size++) { /* the last byte is the name's padding */
        uint8_t *exact = malloc(size ? size : 1);
        size_t used;
        memcpy(exact, archive, size);
        ck_assert_msg(cpio_check(exact, size, &used) != NULL, "cut at %zu", size);
        free(exact);
    }
}
END_TEST

START_TEST(cpio_damage_has_its_message)
{
    make_sound();
    archive[5] = '2';
    ck_assert_str_eq(check(length), "not a cpio archive of the newc kind");
    make_sound();
    archive[60] = 'g';
    ck_assert_str_eq(check(length), "archive header damaged");
    make_sound();
    memcpy(archive + 6 + 8 * 11, "00000003", 8); /* name size without the terminator */
    ck_assert_str_eq(check(length), "archive name not terminated");
    make_sound();
    memcpy(archive + 6 + 8 * 11, "ffffffff", 8);
    ck_assert_str_eq(check(length), "archive cut short in a name");
    make_sound();
    memcpy(archive + 6 + 8 * 6, "ffffffff", 8);
    ck_assert_str_eq(check(length), "archive cut short in a file");
}
END_TEST

START_TEST(cpio_random_damage_stays_inside_the_archive)
{
    uint32_t random = 4711;
    for (int round = 0; round < 100000; round++) {
        make_sound();
        for (int change = 0; change < 2; change++) {
            random = random * 1664525 + 1013904223;
            archive[(random >> 8) % length] = "0123456789abcdefF\0gz"[random % 20];
        }
        uint8_t *exact = malloc(length);
        size_t used = 0;
        struct cpio_file found;
        memcpy(exact, archive, length);
        if (!cpio_check(exact, length, &used)) {
            ck_assert_uint_le(used, length);
            if (cpio_find(exact, used, "bin/init", &found))
                ck_assert(found.data >= exact && found.data + found.size <= exact + length);
        }
        free(exact);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("boot_cpio");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, cpio_sound_archive_is_accepted_and_searched);
    tcase_add_test(t, cpio_cut_anywhere_is_refused);
    tcase_add_test(t, cpio_damage_has_its_message);
    tcase_add_test(t, cpio_random_damage_stays_inside_the_archive);
    suite_add_tcase(s, t);
    return s;
}

int main(void) { return check_run(suite()); }
