/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations on capabilities, CNodes in CNodes, and address spaces, with checks of the whole kernel state; tests/fuzz/host has the operations.
 * Environment: RANDOM_SEED=N RANDOM_RUNS=N repeat or lengthen; RANDOM_CHECK_EVERY=1 finds the very operation.
 */
#include "caps_operations.h"
#include "host_kernel.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUN_BYTES = 5 * 400 }; /* 2500 runs are a million operations */

static uint64_t run_seed;

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

static void tell_seed(int signal_number)
{
    (void)signal_number;
    fprintf(stderr, "RANDOM_SEED=%lu RANDOM_RUNS=1\n", (unsigned long)run_seed);
}

START_TEST(random_operations_leave_nothing_behind)
{
    static uint8_t bytes[RUN_BYTES];
    uint64_t first = from_environment("RANDOM_SEED", 1), runs = from_environment("RANDOM_RUNS", 2500);
    unsigned check_every = (unsigned)from_environment("RANDOM_CHECK_EVERY", 40);
    signal(SIGABRT, tell_seed);
    caps_start();
    uint64_t succeeded = 0;
    for (run_seed = first; run_seed < first + runs; run_seed++) {
        uint64_t state = run_seed;
        for (size_t i = 0; i < RUN_BYTES; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = (uint8_t)(state >> 40);
        }
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
