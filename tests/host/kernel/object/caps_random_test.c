/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations on capabilities, CNodes in CNodes, and address spaces, with checks of the whole kernel state; tests/fuzz/host has the operations.
 * Environment: RANDOM_SEED=N RANDOM_RUNS=N repeat or lengthen; RANDOM_CHECK_EVERY=1 finds the very operation.
 */
#include "caps_operations.h"
#include "host_kernel.h"
#include "random_runs.h"

enum { RUN_BYTES = 5 * 400 }; /* 2500 runs are a million operations */

START_TEST(random_operations_leave_nothing_behind)
{
    static uint8_t bytes[RUN_BYTES];
    uint64_t first = from_environment("RANDOM_SEED", 1), runs = from_environment("RANDOM_RUNS", 2500);
    unsigned check_every = (unsigned)from_environment("RANDOM_CHECK_EVERY", 40);
    random_runs_tell_seed();
    caps_start();
    uint64_t succeeded = 0;
    for (run_seed = first; run_seed < first + runs; run_seed++) {
        random_runs_fill(bytes, RUN_BYTES);
        succeeded += caps_run(bytes, RUN_BYTES, check_every);
    }
    printf("%lu operations succeeded\n", (unsigned long)succeeded);
    ck_assert_uint_gt(succeeded, runs * 20); /* else the operations have come to make no sense */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("caps_random");
    TCase *t = tcase_create("caps_random");
    tcase_add_test(t, random_operations_leave_nothing_behind);
    tcase_set_timeout(t, 300);
    suite_add_tcase(s, t);
    return kernel_run_tests(s);
}
