/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which ranges of 2 MiB whose pages all are in use become large frames in the background, and whether it is worth while at all. Pure; O(PROMOTION_RANGES) a call.
 *
 * A promotion copies 512 pages. What it gives is fewer entries in TLB and tables for as long as the frame is used and stays whole. So
 *   - a range is watched before: of PROMOTION_SAMPLES pages spread over it the pager asks once in a while which were accessed. Hot is one that was PROMOTION_PROOF times in a
 *     row in use nearly everywhere; of those the hottest is promoted. One that is not hot for so long is left alone for a while, twice as long each time
 *   - one whose promotion was abandoned, or whose frame was broken up again, is left alone for a while, twice as long each time; a frame that paid makes that good
 *   - a promotion has paid when its frame was found in use at PROMOTION_PAYS looks. It is lost when the frame was broken up or ended before, or could not be made. When
 *     more were lost than paid of late nothing is promoted for a while, twice as long each time; then PROMOTION_EVIDENCE more show whether it pays now.
 *
 * All that is known is in a table of fixed size. A range that is not in it has no history; of those that are resting the one whose rest is over first gives way to a new one, those that are watched
 * do not. Time is in seconds, whose beginning does not matter.
 */
#ifndef PAGER_POLICY_PROMOTION_H
#define PAGER_POLICY_PROMOTION_H

#include <stdbool.h>
#include <stdint.h>

#define PROMOTION_RANGES 64u
#define PROMOTION_NONE UINT32_MAX

/* Pages asked for in a look; from how many of them on the look is hot; hot looks in a row that are proof. After so many looks without proof a range is cold for now. */
#define PROMOTION_SAMPLES 8u
#define PROMOTION_HOT 6u
#define PROMOTION_PROOF 2u
#define PROMOTION_PATIENCE 6u

/* Looks at which a promoted range was in use, until it has paid. */
#define PROMOTION_PAYS 8u

/* A rest is so long, and doubled at most so often. A pause of everything likewise. */
#define PROMOTION_REST 8u
#define PROMOTION_PAUSE 60u
#define PROMOTION_DOUBLED 7u

/* Promotions that must have paid or been lost before that decides; what is known of them is halved at twice as many. */
#define PROMOTION_EVIDENCE 8u

enum promotion_state {
    PROMOTION_FREE,
    PROMOTION_WATCHED,
    PROMOTION_RESTING, /* nothing before `then` */
    PROMOTION_WHOLE,   /* promoted, and not known yet to have paid */
};

struct promotion_range {
    uint32_t space;
    uint32_t range;    /* number of the 2 MiB in the space */
    uint32_t then;     /* next look, or end of the rest */
    uint8_t state;     /* enum promotion_state */
    uint8_t rests;     /* in a row: the next one is doubled so often */
    uint8_t looks;
    uint8_t heat;      /* hot looks in a row, or looks in use of one that is whole */
    uint8_t used;      /* samples accessed at the last look */
};

struct promotion {
    struct promotion_range ranges[PROMOTION_RANGES];
    uint32_t end;                 /* those from here on are free */
    uint32_t paid, lost;          /* of late */
    uint32_t pauses, paused_until; /* pauses in a row; the last one's end */
    uint64_t paid_all, lost_all, pauses_all; /* since boot */
};

void promotion_init(struct promotion *p);

/* promotion_on: not pausing. */
bool promotion_on(const struct promotion *p, uint32_t now);

/* promotion_found: the range can be promoted. It is watched from now on if it is not known, or has rested, and there is room. */
void promotion_found(struct promotion *p, uint32_t space, uint32_t range, uint32_t now);

/* promotion_due: a range at which to look now; PROMOTION_NONE: none. promotion_looked: so many of its samples were accessed since the last look; the first look at a watched range tells nothing, as
 * nobody knows since when. Of a range that is whole one bit tells about all of it: any number but 0. promotion_gone: it cannot be promoted any more. */
uint32_t promotion_due(const struct promotion *p, uint32_t now);
void promotion_looked(struct promotion *p, uint32_t i, uint32_t used, uint32_t now);
void promotion_gone(struct promotion *p, uint32_t i);

/* promotion_best: the hottest range of those that have proved hot; PROMOTION_NONE: there is none, or a pause. */
uint32_t promotion_best(const struct promotion *p, uint32_t now);

/* promotion_made: the range is a large frame. promotion_failed: it was abandoned, or broken up again. promotion_ended: its pages were given up as a whole. promotion_forget: the space ended. */
void promotion_made(struct promotion *p, uint32_t space, uint32_t range, uint32_t now);
void promotion_failed(struct promotion *p, uint32_t space, uint32_t range, uint32_t now);
void promotion_ended(struct promotion *p, uint32_t space, uint32_t range, uint32_t now);
void promotion_forget(struct promotion *p, uint32_t space, uint32_t now);

/* promotion_count: ranges in a state. */
uint32_t promotion_count(const struct promotion *p, enum promotion_state state);

#endif
