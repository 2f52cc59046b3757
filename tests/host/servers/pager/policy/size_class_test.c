/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "size_class.h"

START_TEST(objects_fill_a_span_and_are_whole_granules)
{
    for (uint32_t class = 0; class < SIZE_CLASSES; class++) {
        uint32_t bytes = size_class_bytes(class), n = size_class_objects(class), span = size_class_frames(class) * 4096;
        ck_assert_uint_eq(bytes % 4, 0);
        ck_assert_uint_le(bytes * n, span);
        ck_assert_uint_gt((bytes + 4) * n, span); /* no granule more would fit */
        ck_assert_uint_gt(bytes * (n + 1), span);  /* nor one object more */
        ck_assert_uint_le(size_class_frames(class), SIZE_CLASS_FRAMES_MAX);
        ck_assert_uint_le(n, SIZE_CLASS_OBJECTS_MAX);
        ck_assert(class == 0 || bytes < size_class_bytes(class - 1));
    }
    ck_assert_uint_eq(size_class_bytes(0), SIZE_CLASS_BYTES_MAX);
    ck_assert_uint_eq(size_class_bytes(SIZE_CLASSES - 1), SIZE_CLASS_BYTES_MIN);
    ck_assert_uint_eq(size_class_objects(SIZE_CLASSES - 1), SIZE_CLASS_OBJECTS_MAX);
}
END_TEST

/* Oracle: of all classes that hold the bytes, the one with the smallest objects. */
START_TEST(every_size_gets_the_smallest_class_that_holds_it)
{
    for (uint32_t bytes = 0; bytes <= SIZE_CLASS_BYTES_MAX; bytes++) {
        uint32_t best = 0;
        for (uint32_t class = 0; class < SIZE_CLASSES; class++) {
            best = size_class_bytes(class) >= bytes ? class : best;
        }
        ck_assert_uint_eq(size_class_of(bytes), best);
    }
}
END_TEST

START_TEST(share_of_a_span_is_at_most_a_seventh_more_and_a_granule)
{
    for (uint32_t bytes = SIZE_CLASS_BYTES_MIN; bytes <= SIZE_CLASS_BYTES_MAX; bytes++) {
        uint32_t class = size_class_of(bytes);
        ck_assert_uint_le(7 * 4096 * size_class_frames(class), 8 * (bytes + 4) * size_class_objects(class));
    }
}
END_TEST

START_TEST(share_of_a_coarse_span_is_at_most_a_fifth_more_and_a_granule)
{
    for (uint32_t bytes = SIZE_CLASS_BYTES_MIN; bytes <= SIZE_CLASS_BYTES_MAX; bytes++) {
        uint32_t class = size_class_coarse(size_class_of(bytes));
        ck_assert_uint_le(size_class_frames(class), SIZE_CLASS_FRAMES_COARSE);
        ck_assert_uint_le(5 * 4096 * size_class_frames(class), 6 * (bytes + 4) * size_class_objects(class));
    }
}
END_TEST

/* Oracle: the classes one after the other. */
START_TEST(coarse_class_is_the_next_with_a_small_span)
{
    uint32_t coarse = 0;
    for (uint32_t class = 0; class < SIZE_CLASSES; class++) {
        coarse = size_class_frames(class) <= SIZE_CLASS_FRAMES_COARSE ? class : coarse;
        ck_assert_uint_eq(size_class_coarse(class), coarse);
    }
    ck_assert_uint_eq(size_class_coarse(0), 0);
}
END_TEST

START_TEST(beyond_three_quarters_of_a_frame_there_is_no_class)
{
    ck_assert_uint_eq(size_class_of(SIZE_CLASS_BYTES_MAX + 1), SIZE_CLASS_NONE);
    ck_assert_uint_eq(size_class_of(UINT32_MAX), SIZE_CLASS_NONE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("size_class");
    TCase *t = tcase_create("size_class");
    tcase_add_test(t, objects_fill_a_span_and_are_whole_granules);
    tcase_add_test(t, every_size_gets_the_smallest_class_that_holds_it);
    tcase_add_test(t, share_of_a_span_is_at_most_a_seventh_more_and_a_granule);
    tcase_add_test(t, share_of_a_coarse_span_is_at_most_a_fifth_more_and_a_granule);
    tcase_add_test(t, coarse_class_is_the_next_with_a_small_span);
    tcase_add_test(t, beyond_three_quarters_of_a_frame_there_is_no_class);
    suite_add_tcase(s, t);
    return check_run(s);
}
