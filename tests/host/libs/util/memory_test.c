/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory functions at every alignment and every length around their steps, compared with a byte loop. Sanitizers watch the edges. */
#include <stdlib.h>
#include <string.h>

#include "check_main.h"

/* The functions under test, renamed by the build so that they stand beside the host's own. */
void *tested_memcpy(void *restrict target, const void *restrict source, size_t n);
void *tested_memmove(void *target, const void *source, size_t n);
void *tested_memset(void *target, int value, size_t n);

#define LONGEST 200

static void fill(unsigned char *p, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(seed + i * 13);
}

/* exact: heap memory of exactly this size, so that one byte too far is seen. */
static unsigned char *exact(size_t n, unsigned seed)
{
    unsigned char *p = malloc(n ? n : 1);
    ck_assert_ptr_nonnull(p);
    fill(p, n, seed);
    return p;
}

START_TEST(memcpy_all_lengths_and_alignments)
{
    for (size_t n = 0; n <= LONGEST; n++) {
        for (size_t shift = 0; shift < 16; shift += 3) {
            unsigned char *from = exact(n + shift, 3), *to = exact(n + 7, 9);
            ck_assert_ptr_eq(tested_memcpy(to + 7, from + shift, n), to + 7);
            for (size_t i = 0; i < n; i++)
                ck_assert_uint_eq(to[7 + i], from[shift + i]);
            for (size_t i = 0; i < 7; i++)
                ck_assert_uint_eq(to[i], (unsigned char)(9 + i * 13));
            free(from);
            free(to);
        }
    }
}
END_TEST

START_TEST(memmove_overlapping_both_ways)
{
    for (size_t n = 0; n <= LONGEST; n++) {
        for (size_t from = 0; from <= 20; from++) {
            for (size_t to = 0; to <= 20; to++) {
                unsigned char area[LONGEST + 40], expected[LONGEST + 40], copy[LONGEST];
                fill(area, sizeof area, 5);
                fill(expected, sizeof expected, 5);
                for (size_t i = 0; i < n; i++)
                    copy[i] = area[from + i];
                for (size_t i = 0; i < n; i++)
                    expected[to + i] = copy[i];
                ck_assert_ptr_eq(tested_memmove(area + to, area + from, n), area + to);
                if (memcmp(area, expected, sizeof area))
                    ck_abort_msg("n %zu from %zu to %zu", n, from, to);
            }
        }
    }
}
END_TEST

START_TEST(memset_all_lengths)
{
    for (size_t n = 0; n <= LONGEST; n++) {
        unsigned char *p = exact(n + 3, 1);
        ck_assert_ptr_eq(tested_memset(p + 3, 0x1a5, n), p + 3);
        for (size_t i = 0; i < n; i++)
            ck_assert_uint_eq(p[3 + i], 0xa5);
        for (size_t i = 0; i < 3; i++)
            ck_assert_uint_eq(p[i], (unsigned char)(1 + i * 13));
        free(p);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("memory");
    TCase *t = tcase_create("memory");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, memcpy_all_lengths_and_alignments);
    tcase_add_test(t, memmove_overlapping_both_ways);
    tcase_add_test(t, memset_all_lengths);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
