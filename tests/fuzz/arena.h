/* SPDX-License-Identifier: BSD-2-Clause */
/* What the workers live in: made anew for each epoch, and entirely taken back at its end. */
#ifndef PAGODA_TESTS_FUZZ_ARENA_H
#define PAGODA_TESTS_FUZZ_ARENA_H

#include "layout.h"

#include <stdbool.h>

extern struct worker *workers[WORKERS]; /* each one's page, as the controller sees it */

void arena_init(void); /* once: what stays from epoch to epoch */
void arena_start(uint64_t seed);
/* arena_step: what the controller does in each period: puts back what workers lost, does something random itself, and starts workers that have come
 * to a stop. False: the arena is too damaged to go on. */
bool arena_step(void);
void arena_end(void); /* everything is gone afterwards; ends the program with a report if not */
uint64_t arena_random(void);

/* controller_failed: the kernel did not do what it must; prints and powers off. */
void controller_failed(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
