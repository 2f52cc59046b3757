/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prezeroing: how many free frames to fill with zeros in idle time, and of which colour, so that first touches to come find them so. Pure; O(colours).
 *
 * The target of each colour is what PREZERO_HORIZON intervals will take at the present rate (smoothed over four intervals), or what the greatest interval of late took (that
 * fades by an eighth each interval), whichever is more: the first follows a steady demand, the second keeps ready what comes in bursts. All colours together
 * stay within the limit and an eighth of free memory. Without demand both fade and nothing is zeroed; what is zero stays so.
 *
 * What a wrong guess may cost is bounded by an account: four zeroed frames that were taken pay for zeroing five, and no more than the limit is saved up. So whatever the
 * pattern, no more than 5/4 of the zeroed frames that were taken are zeroed ahead.
 */
#ifndef PAGER_POLICY_PREZERO_H
#define PAGER_POLICY_PREZERO_H

#include <stdbool.h>
#include <stdint.h>

#define PREZERO_COLOURS 32u
#define PREZERO_HORIZON 2u /* intervals */
#define PREZERO_STEP 16u   /* frames that one step zeroes at most */

struct prezero {
    uint32_t colours;                 /* told apart, at most PREZERO_COLOURS */
    uint64_t limit;                   /* frames to be kept zeroed at most */
    uint64_t rate16[PREZERO_COLOURS]; /* zeroed frames taken in an interval, smoothed; sixteenths */
    uint64_t peak[PREZERO_COLOURS];   /* the most in one interval; fades */
    uint64_t account4;                /* frames that may be zeroed; quarters */
};

/* What a step depends on. */
struct prezero_now {
    const uint32_t *clean;  /* zeroed frames at hand, by colour */
    uint64_t free_pages;    /* of the machine */
    uint32_t level;         /* of memory pressure */
    bool idle;              /* nothing else wants the processor */
    uint32_t skip;          /* bit i: there is nothing to be zeroed that has colour i */
};

/* What to do: zero up to n frames, in a block that has one of this colour. n = 0: nothing. */
struct prezero_step {
    uint32_t n, colour;
};

/* prezero_init: nothing was taken yet. */
void prezero_init(struct prezero *p, uint32_t colours, uint64_t limit);

/* prezero_limit: another limit; what was saved up beyond it is lost. */
void prezero_limit(struct prezero *p, uint64_t limit);

/* prezero_colours: another number of colours; what was learned counts for all colours alike. */
void prezero_colours(struct prezero *p, uint32_t colours);

/* prezero_interval: an interval is over, in which so many zeroed frames of each colour were taken, at hand or zeroed then. */
void prezero_interval(struct prezero *p, const uint32_t *taken);

/* prezero_account: frames that may be zeroed before more are taken. */
static inline uint64_t prezero_account(const struct prezero *p)
{
    return p->account4 / 4;
}

/* prezero_target: frames of a colour that should be at hand, with so many pages free. prezero_target_all, prezero_rate: of all colours. */
uint64_t prezero_target(const struct prezero *p, uint32_t colour, uint64_t free_pages);
uint64_t prezero_target_all(const struct prezero *p, uint64_t free_pages);
uint64_t prezero_rate(const struct prezero *p);

/* prezero_choose: the step to make now, for the colour that lacks most; none while the machine is busy, under pressure, when nothing is lacking, or when the account
 * does not bear a whole step. */
struct prezero_step prezero_choose(const struct prezero *p, const struct prezero_now *now);

/* prezero_paid: a step has zeroed n frames, at most PREZERO_STEP. */
void prezero_paid(struct prezero *p, uint32_t n);

#endif
