/* SPDX-License-Identifier: BSD-2-Clause */
/* A byte string as a sequence of operations on capabilities and address spaces, carried out by the kernel in this process (tests/host/kernel). */
#ifndef TESTS_FUZZ_CAPS_OPERATIONS_H
#define TESTS_FUZZ_CAPS_OPERATIONS_H

#include <stddef.h>
#include <stdint.h>

/* caps_start: boot the kernel and make the arena; once. */
void caps_start(void);
/* caps_run: carry out what the bytes say, in a fresh arena, with a check of the whole kernel state after every `check_every` operations; then take everything
 * back and check that nothing is left. Aborts when something is wrong. Gives the number of operations that succeeded. */
unsigned caps_run(const uint8_t *bytes, size_t n_bytes, unsigned check_every);

#endif
