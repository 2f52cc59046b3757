/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's capabilities against a model of them (tests/fuzz/host/caps_model.h): random calls, every answer and the state after it compared.
 * Environment: RANDOM_SEED=N RANDOM_RUNS=N repeat or lengthen; each run is 400 calls.
 */
#include "host_kernel.h"
#include "model_operations.h"
#include "random_runs.h"

enum { RUN_BYTES = MODEL_OPERATION_BYTES * 400, RUNS = 2500 };

START_TEST(random_calls_do_what_the_model_says)
{
    static uint8_t bytes[RUN_BYTES];
    uint64_t first = from_environment("RANDOM_SEED", 1), runs = from_environment("RANDOM_RUNS", RUNS), succeeded = 0;
    random_runs_tell_seed();
    model_run_start();
    for (run_seed = first; run_seed < first + runs; run_seed++) {
        random_runs_fill(bytes, RUN_BYTES);
        succeeded += model_run(bytes, RUN_BYTES, 1);
    }
    printf("%lu of %lu calls succeeded\n", (unsigned long)succeeded, (unsigned long)runs * (RUN_BYTES / MODEL_OPERATION_BYTES));
    ck_assert_uint_gt(succeeded, runs * 40); /* else the calls have come to make no sense */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("model_random");
    TCase *t = tcase_create("model_random");
    tcase_add_test(t, random_calls_do_what_the_model_says);
    tcase_set_timeout(t, 300);
    suite_add_tcase(s, t);
    return kernel_run_tests(s);
}
