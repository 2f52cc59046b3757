/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer's entry to kernel against model. */
#include "model_operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    static int started;
    if (!started++)
        model_run_start();
    model_run(bytes, n_bytes, 1);
    return 0;
}
