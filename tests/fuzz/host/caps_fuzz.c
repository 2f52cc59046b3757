/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer's entry: clang -fsanitize=fuzzer. */
#include "caps_operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    static int started;
    if (!started++)
        caps_start();
    caps_run(bytes, n_bytes, 4);
    return 0;
}
