/* SPDX-License-Identifier: BSD-2-Clause */
#include <loader/archive.h>
#include <stdio.h>
#include <string.h>
#include <check_main.h>

struct image {
    uint8_t bytes[8192];
    uint64_t length;
};

static void add(struct image *image, const char *name, unsigned extra_nuls, const char *data, uint32_t mode)
{
    uint32_t size = (uint32_t)strlen(data);
    uint32_t name_size = (uint32_t)strlen(name) + 1 + extra_nuls;
    char header[111];
    snprintf(header, sizeof(header), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, mode, 0u, 0u, 1u, 0u, size, 0u, 0u,
        0u, 0u, name_size, 0u);
    memcpy(image->bytes + image->length, header, 110);
    image->length += 110;
    memcpy(image->bytes + image->length, name, strlen(name));
    image->length = (image->length + name_size + 3) & ~3ull;
    memcpy(image->bytes + image->length, data, size);
    image->length = (image->length + size + 3) & ~3ull;
}

static struct image two_files(void)
{
    struct image image = {.length = 0};
    add(&image, "bin/one", 0, "first", 0100755);
    add(&image, "/etc/two", 37, "the second file", 0100644);
    add(&image, "TRAILER!!!", 0, "", 0);
    return image;
}

START_TEST(archive_open_sound_counts_files)
{
    struct image image = two_files();
    struct archive archive;
    ck_assert_int_eq(archive_open(image.bytes, sizeof(image.bytes), &archive), ARCHIVE_OK);
    ck_assert_uint_eq(archive.n_files, 2);
    ck_assert_uint_eq(archive.length, image.length);
}
END_TEST

START_TEST(archive_next_gives_files_in_order_then_end)
{
    struct image image = two_files();
    struct archive archive;
    struct archive_file file;
    uint64_t cursor = 0;
    ck_assert_int_eq(archive_open(image.bytes, image.length, &archive), ARCHIVE_OK);
    ck_assert_int_eq(archive_next(&archive, &cursor, &file), ARCHIVE_OK);
    ck_assert_str_eq(file.path, "bin/one");
    ck_assert_uint_eq(file.size, 5);
    ck_assert_mem_eq(file.data, "first", 5);
    ck_assert_uint_eq(file.mode, 0100755);
    ck_assert_int_eq(archive_next(&archive, &cursor, &file), ARCHIVE_OK);
    ck_assert_str_eq(file.path, "etc/two");
    ck_assert_mem_eq(image.bytes + file.offset, "the second file", 15);
    ck_assert_int_eq(archive_next(&archive, &cursor, &file), ARCHIVE_END);
    ck_assert_int_eq(archive_next(&archive, &cursor, &file), ARCHIVE_END);
}
END_TEST

START_TEST(archive_find_ignores_leading_slash_and_dot)
{
    struct image image = two_files();
    struct archive archive;
    struct archive_file file;
    ck_assert_int_eq(archive_open(image.bytes, image.length, &archive), ARCHIVE_OK);
    ck_assert(archive_find(&archive, "/bin/one", &file));
    ck_assert(archive_find(&archive, "./bin/one", &file));
    ck_assert(archive_find(&archive, "//./bin/one", &file));
    ck_assert(archive_find(&archive, "etc/two", &file));
    ck_assert(!archive_find(&archive, "bin/on", &file));
    ck_assert(!archive_find(&archive, "bin/one/", &file));
    ck_assert(!archive_find(&archive, "", &file));
}
END_TEST

START_TEST(archive_open_every_truncation_is_an_error)
{
    struct image image = two_files();
    struct archive archive;
    /* The padding after the trailer's name may be missing. */
    for (uint64_t limit = 0; limit + 4 <= image.length; limit++) {
        uint8_t *copy = malloc(limit ? limit : 1);
        memcpy(copy, image.bytes, limit);
        ck_assert_int_eq(archive_open(copy, limit, &archive), ARCHIVE_TRUNCATED);
        free(copy);
    }
}
END_TEST

START_TEST(archive_open_other_magic_is_not_cpio)
{
    struct image image = two_files();
    struct archive archive;
    image.bytes[5] = '2';
    ck_assert_int_eq(archive_open(image.bytes, image.length, &archive), ARCHIVE_NOT_CPIO);
}
END_TEST

START_TEST(archive_open_bad_digit_or_name_is_bad_field)
{
    struct image image = two_files();
    struct archive archive;
    image.bytes[6 + 8 * 6] = 'g';
    ck_assert_int_eq(archive_open(image.bytes, image.length, &archive), ARCHIVE_BAD_FIELD);
    image = two_files();
    image.bytes[110 + 7] = 'x';
    ck_assert_int_eq(archive_open(image.bytes, image.length, &archive), ARCHIVE_BAD_FIELD);
}
END_TEST

START_TEST(archive_open_name_size_zero_is_error)
{
    struct image image = two_files();
    struct archive archive;
    memcpy(image.bytes + 6 + 8 * 11, "00000000", 8);
    ck_assert_int_ne(archive_open(image.bytes, image.length, &archive), ARCHIVE_OK);
}
END_TEST

START_TEST(archive_open_huge_sizes_do_not_wrap)
{
    struct image image = two_files();
    struct archive archive;
    memcpy(image.bytes + 6 + 8 * 6, "ffffffff", 8);
    ck_assert_int_eq(archive_open(image.bytes, image.length, &archive), ARCHIVE_TRUNCATED);
    image = two_files();
    memcpy(image.bytes + 6 + 8 * 11, "FFFFFFFF", 8);
    ck_assert_int_eq(archive_open(image.bytes, image.length, &archive), ARCHIVE_TRUNCATED);
}
END_TEST

/* Any single damaged byte: an answer, and no access outside (the sanitizer watches the exact-size copy). */
START_TEST(archive_open_any_damaged_byte_is_survived)
{
    struct image image = two_files();
    uint8_t *copy = malloc(image.length);
    for (uint64_t at = 0; at < image.length; at++) {
        for (unsigned value = 0; value < 256; value += 5) {
            struct archive archive;
            struct archive_file file;
            uint64_t cursor = 0, sum = 0;
            memcpy(copy, image.bytes, image.length);
            copy[at] = (uint8_t)value;
            if (archive_open(copy, image.length, &archive) != ARCHIVE_OK) {
                continue;
            }
            while (archive_next(&archive, &cursor, &file) == ARCHIVE_OK) {
                for (uint64_t i = 0; i < file.size; i++) {
                    sum += file.data[i];
                }
                sum += strlen(file.path);
            }
            ck_assert_uint_gt(sum + 1, 0);
        }
    }
    free(copy);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("archive");
    TCase *c = tcase_create("archive");
    tcase_add_test(c, archive_open_sound_counts_files);
    tcase_add_test(c, archive_next_gives_files_in_order_then_end);
    tcase_add_test(c, archive_find_ignores_leading_slash_and_dot);
    tcase_add_test(c, archive_open_every_truncation_is_an_error);
    tcase_add_test(c, archive_open_other_magic_is_not_cpio);
    tcase_add_test(c, archive_open_bad_digit_or_name_is_bad_field);
    tcase_add_test(c, archive_open_name_size_zero_is_error);
    tcase_add_test(c, archive_open_huge_sizes_do_not_wrap);
    tcase_add_test(c, archive_open_any_damaged_byte_is_survived);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
