/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Check's own header, with assertions that do something only when they fail. Check records the place of every assertion that holds, in a
 * file, for the report of a test that dies by a signal; model tests make hundreds of millions of them. The sanitizers tell that place as well.
 */
#ifndef PAGODA_TESTS_HOST_CHECK_H
#define PAGODA_TESTS_HOST_CHECK_H

#include_next <check.h>

#undef ck_assert_msg
#define ck_assert_msg(expr, ...) \
    ((expr) ? (void)0 : _ck_assert_failed(__FILE__, __LINE__, "Assertion '" #expr "' failed", ##__VA_ARGS__))

#endif
