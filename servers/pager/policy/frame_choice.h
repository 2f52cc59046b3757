/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which free block to take one frame from. Pure; O(1).
 *
 * Two wishes pull apart: a zeroed frame saves filling it (about 150 instructions), and small blocks should be used up before
 * large ones are broken, so that whole groups stay free. A larger block is broken for its zeros only while it is at most
 * FRAME_CHOICE_REACH orders larger than the smallest block of the other kind.
 */
#ifndef PAGER_POLICY_FRAME_CHOICE_H
#define PAGER_POLICY_FRAME_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_CHOICE_REACH 2

struct frame_choice {
    bool found;
    bool clean;     /* take from the zeroed lists */
    uint32_t order; /* of the block to take from */
};

/* frame_choose: clean_mask and dirty_mask have bit k set when there is a block of order k of that kind; want_clean: the frame
 * must read as zeros (otherwise it is going to be overwritten). */
struct frame_choice frame_choose(uint32_t clean_mask, uint32_t dirty_mask, bool want_clean);

/*
 * frame_choose_run: the same for a page that others are going to follow: the largest block of the kind that is wanted, or else of the other one. Pages that follow
 * each other in a large block cost one choice for all of them, and when their program gives them up a whole block comes free.
 */
struct frame_choice frame_choose_run(uint32_t clean_mask, uint32_t dirty_mask, bool want_clean);

#endif
