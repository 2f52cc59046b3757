/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every Check program does at its end: run one suite, report, exit status.
 * Include it once, in the file that has main().
 */
#ifndef PAGODA_TESTS_CHECK_MAIN_H
#define PAGODA_TESTS_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

static inline int check_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    int run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
