/* SPDX-License-Identifier: BSD-2-Clause */
/* The same operations on the kernel and on its model (caps_model.h), from a string of bytes: a random test and libFuzzer both feed it. */
#ifndef TESTS_FUZZ_MODEL_OPERATIONS_H
#define TESTS_FUZZ_MODEL_OPERATIONS_H

#include <stddef.h>
#include <stdint.h>

enum { MODEL_OPERATION_BYTES = 6 };

/* model_run_start: boot the kernel and make what the runs need; once. */
void model_run_start(void);
/* model_run: carry out the operations, compare every answer, and the whole state after every `compare_every`th operation that changed it. Ends the test where
 * kernel and model differ. Gives how many calls succeeded. */
unsigned model_run(const uint8_t *bytes, size_t n_bytes, unsigned compare_every);

#endif
