/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache_model.h"

#include <check_main.h>

static struct cache_counts sweep(struct cache_model *c, uint64_t bytes, unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
        for (uint64_t at = 0; at < bytes; at += CACHE_LINE) {
            cache_access(c, at);
        }
        if (round == 0) {
            cache_forget_counts(c);
        }
    }
    return cache_counts(c);
}

START_TEST(what_fits_hits)
{
    struct cache_model *c = cache_new();
    struct cache_counts n = sweep(c, 1 << 20, 3);
    ck_assert_uint_eq(n.accesses, 2 * CACHE_LINES);
    ck_assert_uint_eq(n.misses, 0);
    cache_free(c);
}
END_TEST

START_TEST(more_than_fits_misses_without_conflict)
{
    struct cache_model *c = cache_new();
    struct cache_counts n = sweep(c, 2 << 20, 3);
    ck_assert_uint_eq(n.misses, n.accesses);
    ck_assert_uint_eq(n.conflicts, 0);
    cache_free(c);
}
END_TEST

START_TEST(one_line_too_many_in_a_set_is_a_conflict)
{
    struct cache_model *c = cache_new();
    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < CACHE_WAYS + 1; i++) {
            ck_assert(!cache_access(c, i * CACHE_SETS * CACHE_LINE + 63)); /* any byte of a line */
        }
    }
    struct cache_counts n = cache_counts(c);
    ck_assert_uint_eq(n.misses, 3 * (CACHE_WAYS + 1));
    ck_assert_uint_eq(n.conflicts, 2 * (CACHE_WAYS + 1));
    ck_assert_uint_eq(CACHE_COLOURS, 16);
    cache_free(c);
}
END_TEST

START_TEST(the_least_recently_used_line_goes)
{
    struct cache_model *c = cache_new();
    for (uint64_t i = 0; i < CACHE_WAYS; i++) {
        cache_access(c, i * CACHE_SETS * CACHE_LINE);
    }
    ck_assert(cache_access(c, 0));
    ck_assert(!cache_access(c, CACHE_WAYS * CACHE_SETS * CACHE_LINE));
    ck_assert(cache_access(c, 0));
    ck_assert(!cache_access(c, 1 * CACHE_SETS * CACHE_LINE));
    cache_free(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cache_model");
    TCase *t = tcase_create("cache_model");
    tcase_add_test(t, what_fits_hits);
    tcase_add_test(t, more_than_fits_misses_without_conflict);
    tcase_add_test(t, one_line_too_many_in_a_set_is_a_conflict);
    tcase_add_test(t, the_least_recently_used_line_goes);
    suite_add_tcase(s, t);
    return check_run(s);
}
