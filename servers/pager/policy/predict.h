/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages of a region the next faults will want, and how many of them are worth bringing in now. One struct per region. Pure; O(1).
 *
 * A stream is a run of faults with the same distance: 1 sequential, -1 reverse, anything else a stride. After PREDICT_RUN distances in a row the pages that
 * would come next are brought in ahead. A fault right behind them proves that they were walked over, as they do not fault themselves; any other fault while some
 * are ahead counts them all as wasted.
 *
 * What may be spent is an account in thousandths of a fault. Every fault of a stream pays in PREDICT_MARGIN, and every page brought in ahead and used a whole
 * fault, which it saved; every page brought in ahead costs what bringing it in costs, paid in advance. The account is never overdrawn, so whatever the
 * pattern, prediction costs at most PREDICT_MARGIN thousandths (10 %) more than serving every fault by itself. The account's cap bounds what a sudden
 * change of pattern can waste to PREDICT_CREDIT_MAX.
 *
 * The window doubles when it was used and at least three quarters of it had been brought in (who asks for whole units brings in less, predict_whole), up to PREDICT_MAX, and halves when it was wasted.
 */
#ifndef PAGER_POLICY_PREDICT_H
#define PAGER_POLICY_PREDICT_H

#include <stdbool.h>
#include <stdint.h>

#define PREDICT_MAX 64u
#define PREDICT_START 2u
#define PREDICT_START_ADVISED 8u /* PREDICT_SEQUENTIAL */
#define PREDICT_RUN 2u           /* equal distances in a row before anything is brought in */
#define PREDICT_FAULT 1000u      /* the unit of the account: one fault */
#define PREDICT_MARGIN 100u
#define PREDICT_CREDIT_MAX 32000u
#define PREDICT_AROUND 16u       /* pages of a guess without a pattern */

/* As the program says (madvise); the numbers are those of the protocol. */
enum predict_advice { PREDICT_NORMAL, PREDICT_RANDOM, PREDICT_SEQUENTIAL };

enum predict_pattern { PREDICT_NO_PATTERN, PREDICT_IS_SEQUENTIAL, PREDICT_IS_REVERSE, PREDICT_IS_STRIDE };

struct predict {
    uint32_t last;   /* page of the last fault, or the last page brought in behind it; page numbers count modulo 2^32 */
    int16_t stride;  /* distance between the last two */
    uint8_t ahead;   /* pages brought in and not judged yet */
    uint8_t run;     /* faults in a row that kept the distance; stops at its maximum */
    uint16_t credit; /* the account */
    uint16_t used;   /* pages brought in ahead that were used, that were wasted; both halve when one reaches its maximum */
    uint16_t wasted;
    uint8_t window;  /* most pages to bring in at the next fault */
};

/* predict_init: a region that begins with page `first`. A walk from there is expected, so its first fault already counts as one that kept the distance. */
void predict_init(struct predict *p, uint32_t first);

/* predict_advise: what the program says from now on; `first` is the first page of the region. */
void predict_advise(struct predict *p, enum predict_advice advice, uint32_t first);

/* predict_leaves: for predict_follows, while pages are ahead: the fault is not right behind them. It may be at one of them, which has not come yet (a read takes time), or at
 * the page before them once more: that changes nothing. Otherwise they were not walked over. */
void predict_leaves(struct predict *p, uint32_t page);

/* predict_follows: page faults. true: it keeps the distance; predict_fault is to be asked. This is on the path of every fault. */
static inline bool predict_follows(struct predict *p, uint32_t page)
{
    int32_t distance = (int32_t)(page - p->last);

    if (distance == 0) {
        return false; /* once more: it was read before it was written */
    }
    if (distance == p->stride) {
        p->last = page;
        return true;
    }
    if (p->ahead) {
        predict_leaves(p, page);
        return false;
    }
    p->last = page;
    p->stride = (int16_t)distance; /* one that does not fit is none; what it is taken for would have to be kept before it matters */
    p->run = 0;
    return false;
}

/* What a page brought in ahead costs, in thousandths of the fault that it saves; PREDICT_FAULT: there is nothing to gain, so none is. */
struct predict_cost {
    uint16_t near; /* neighbours */
    uint16_t far;  /* pages with gaps between them */
};

/* predict_fault: after predict_follows: how many pages to bring in: last + stride, last + 2 * stride, ...; at most room. 0: none. */
uint32_t predict_fault(struct predict *p, struct predict_cost cost, enum predict_advice advice, uint32_t room);

/* predict_whole: instead of `n` pages behind `page`, as many that the next fault of the walk is at a multiple of `unit` (a power of two), so that what is brought in from then on is whole
 * units. Those that are brought in may be fewer, never more; n stays if it is less than what follows the first page of a unit. 0: the next page begins one. */
uint32_t predict_whole(uint32_t page, uint32_t n, uint32_t unit);

/* predict_brought: n of them, at most as many as predict_fault said, were brought in. */
void predict_brought(struct predict *p, uint32_t n, struct predict_cost cost);

/* predict_around: after predict_follows said no, or predict_fault 0: how many pages behind the one that faulted to bring in although there is no pattern: last + 1, last + 2, ... A guess is
 * made as a whole, PREDICT_AROUND pages or what there is room for, when the account bears it; a walk from there goes on as a stream. 0: none. */
uint32_t predict_around(struct predict *p, struct predict_cost cost, enum predict_advice advice, uint32_t room);

/* predict_lend: put so much into the account of a region, once, for guesses that need not have been earned. */
void predict_lend(struct predict *p, uint32_t thousandths);

enum predict_pattern predict_pattern(const struct predict *p);

/* predict_precision: of the pages brought in and judged, those that were used, in thousandths; 1000 while there are none. */
uint32_t predict_precision(const struct predict *p);

#endif
