/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When and how far a stack shrinks. Pure; O(1).
 *
 * The stack pointer is sampled once a period. A window is some samples without growth in between; at its end the stack keeps what the deepest of them used. When memory
 * is short the stack keeps what is in use at the moment.
 *
 * A sample may miss depth that the program reaches between two of them. So a stack that grows again in the window after it shrank gets a window twice as long, and
 * one that does not a window shorter by one: a program whose stack goes up and down all the time pays for one useless shrinking in up to STACK_WINDOW_MAX samples.
 */
#ifndef PAGER_POLICY_STACK_TRIM_H
#define PAGER_POLICY_STACK_TRIM_H

#include <stdbool.h>
#include <stdint.h>

#define STACK_WINDOW_MIN 2u
#define STACK_WINDOW_MAX 64u

struct stack_trim {
    uint32_t deepest; /* pages in use at the deepest sample of this window */
    uint32_t growths; /* of the stack, at the last sample */
    uint8_t samples;  /* in this window */
    uint8_t window;   /* how many there will be */
    bool shrunk;      /* at the end of the last window, or in this one */
};

void stack_trim_init(struct stack_trim *t);

/*
 * stack_trim_sample: `used` pages of the stack are in use, out of the `size` that it has grown to, in `growths` growths since it was made.
 * Returns how many pages it keeps: at least `used`, at most `size`. `size`: nothing goes.
 */
uint32_t stack_trim_sample(struct stack_trim *t, uint32_t used, uint32_t size, uint32_t growths);

/* stack_trim_now: the same when memory is short, or somebody asks for it. */
uint32_t stack_trim_now(struct stack_trim *t, uint32_t used, uint32_t size, uint32_t growths);

#endif
