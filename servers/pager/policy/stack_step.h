/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far a stack grows when it is touched below its present end. Pure; O(1).
 *
 * The step doubles while growth continues downwards soon after the last one (deep recursion). After a quiet time it starts again, with an eighth of what
 * the last burst added: one page for a program that makes an occasional deep call, so that it gets no pages that it never uses; more for one that recurses deep again
 * and again while its stack shrinks in between.
 */
#ifndef PAGER_POLICY_STACK_STEP_H
#define PAGER_POLICY_STACK_STEP_H

#include <stdint.h>

/* Growth this soon after the last one counts as the same burst: 10 ms. */
#define STACK_BURST_NS 10000000ull
/* A burst begins with this share of what the last one added. */
#define STACK_BURST_SHARE 8u
/* Largest step_max. */
#define STACK_STEP_MAX 1024u

struct stack_step {
    uint64_t last_ns; /* time of the last growth */
    uint16_t step;    /* pages that the next growth adds when it is part of a burst; at least 1 */
    uint16_t burst;   /* pages that this burst has added; stops at its maximum */
    uint32_t growths; /* since the stack was made */
};

void stack_step_init(struct stack_step *s);

/*
 * stack_step_grow: a page `gap` pages below the present end was touched (gap >= 1). Returns by how many pages the stack grows:
 * at least gap, at most max(gap, step_max, 1), step_max at most STACK_STEP_MAX, never more than room (>= gap), the pages left above the limit.
 */
uint32_t stack_step_grow(struct stack_step *s, uint32_t gap, uint32_t room, uint32_t step_max, uint64_t now_ns);

#endif
