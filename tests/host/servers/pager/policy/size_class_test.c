/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "size_class.h"

START_TEST(objects_fill_a_frame_and_are_whole_granules)
{
    for (uint32_t class = 0; class < SIZE_CLASSES; class++) {
        uint32_t bytes = size_class_bytes(class), n = size_class_objects(class);
        ck_assert_uint_eq(bytes % 16, 0);
        ck_assert_uint_le(bytes * n, 4096);
        ck_assert_uint_gt((bytes + 16) * n, 4096); /* no granule more would fit */
        ck_assert_uint_gt(bytes * (n + 1), 4096);  /* nor one object more */
        ck_assert(class == 0 || bytes < size_class_bytes(class - 1));
    }
    ck_assert_uint_eq(size_class_bytes(0), SIZE_CLASS_BYTES_MAX);
    ck_assert_uint_eq(size_class_bytes(SIZE_CLASSES - 1), SIZE_CLASS_BYTES_MIN);
    ck_assert_uint_eq(size_class_objects(SIZE_CLASSES - 1), SIZE_CLASS_OBJECTS_MAX);
}
END_TEST

/* Oracle: of all ways to divide a frame, the one with most objects that hold the bytes. */
START_TEST(every_size_gets_the_class_with_most_objects)
{
    for (uint32_t bytes = 0; bytes <= SIZE_CLASS_BYTES_MAX; bytes++) {
        uint32_t n = SIZE_CLASS_OBJECTS_MAX;
        while (4096 / n / 16 * 16 < bytes) {
            n--;
        }
        uint32_t class = size_class_of(bytes);
        ck_assert_uint_lt(class, SIZE_CLASSES);
        ck_assert_uint_ge(size_class_bytes(class), bytes);
        ck_assert_uint_eq(size_class_objects(class), n);
    }
}
END_TEST

START_TEST(a_frames_share_is_at_most_half_as_much_again_and_a_granule)
{
    for (uint32_t bytes = SIZE_CLASS_BYTES_MIN; bytes <= SIZE_CLASS_BYTES_MAX; bytes++) {
        uint32_t n = size_class_objects(size_class_of(bytes));
        ck_assert_uint_le(2 * 4096, (3 * bytes + 2 * 16) * n);
    }
}
END_TEST

START_TEST(beyond_half_a_frame_there_is_no_class)
{
    ck_assert_uint_eq(size_class_of(SIZE_CLASS_BYTES_MAX + 1), SIZE_CLASS_NONE);
    ck_assert_uint_eq(size_class_of(UINT32_MAX), SIZE_CLASS_NONE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("size_class");
    TCase *t = tcase_create("size_class");
    tcase_add_test(t, objects_fill_a_frame_and_are_whole_granules);
    tcase_add_test(t, every_size_gets_the_class_with_most_objects);
    tcase_add_test(t, a_frames_share_is_at_most_half_as_much_again_and_a_granule);
    tcase_add_test(t, beyond_half_a_frame_there_is_no_class);
    suite_add_tcase(s, t);
    return check_run(s);
}
