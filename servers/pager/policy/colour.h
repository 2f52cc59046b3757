/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which colour a page gets. Pure.
 *
 * Frames have one colour if they compete for the same sets of a physically indexed cache: the low bits of the frame's number. A page gets the colour of its
 * own number, so consecutive pages of a region lie in different sets, as the compiler and the program laid them out; and pages that are aligned to 16 get aligned
 * frames if any are free. A client that may have only some colours gets these in turns.
 */
#ifndef PAGER_POLICY_COLOUR_H
#define PAGER_POLICY_COLOUR_H

#include <stdbool.h>
#include <stdint.h>

/* More colours than that are not told apart: pages that differ only beyond it are given what comes. */
#define COLOURS_MAX 32u

struct colouring {
    uint8_t of[COLOURS_MAX]; /* colour of the page with these low bits */
};

/* colours_used: how many colours are told apart, for a cache that has `colours`: a power of two, at most COLOURS_MAX. 1: frames do not differ. */
uint32_t colours_used(uint64_t colours);

/* colour_set_valid: some of the n colours (a power of two) is in the set (bit i: colour i), and no others. */
bool colour_set_valid(uint32_t set, uint32_t n);

/* colouring_make: for a client that may have these colours out of n. */
void colouring_make(struct colouring *c, uint32_t set, uint32_t n);

static inline uint32_t colour_of_page(const struct colouring *c, uint64_t page)
{
    return c->of[page % COLOURS_MAX];
}

/*
 * What to do when the frames that are handed out in a row (a run) are not of the colour that is wanted.
 *   COLOUR_RUN     the page follows the one that was wanted before: hand out the frames from this colour on
 *   COLOUR_SINGLE  take one frame of that colour and stay with the run
 */
enum colour_answer { COLOUR_SINGLE, COLOUR_RUN };

/* colour_missed: *last is the colour that was missed last time, kept here. `empty`: the run has no frame left. */
enum colour_answer colour_missed(uint32_t *last, uint32_t wanted, uint32_t n, bool empty);

#endif
