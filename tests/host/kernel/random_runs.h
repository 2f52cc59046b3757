/* SPDX-License-Identifier: BSD-2-Clause */
/* What the random tests of the kernel share: numbers from the environment, runs of bytes that a seed repeats, and the seed of a run that aborts. */
#ifndef TESTS_HOST_KERNEL_RANDOM_RUNS_H
#define TESTS_HOST_KERNEL_RANDOM_RUNS_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* from_environment: the variable as a number (decimal, or hexadecimal with 0x), or `otherwise` when it is not set. */
static inline uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

/* The seed of the run under way. */
static uint64_t run_seed;

static inline void tell_seed(int signal_number)
{
    (void)signal_number;
    fprintf(stderr, "RANDOM_SEED=%lu RANDOM_RUNS=1\n", (unsigned long)run_seed);
}

/* random_runs_tell_seed: from here on a failed assertion also prints how to repeat its run. */
static inline void random_runs_tell_seed(void) { signal(SIGABRT, tell_seed); }

/* random_runs_fill: the bytes that belong to run_seed. */
static inline void random_runs_fill(uint8_t *bytes, size_t n)
{
    uint64_t state = run_seed;
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(state >> 40);
    }
}

#endif
