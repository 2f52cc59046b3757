/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much memory compressed pages may take, when the oldest of them go to a disk for it. Pure; O(1).
 *
 * More for them saves reads from the disk, less leaves more pages in memory as they are. What a step of the limit would have saved is measured where it counts:
 *   - a page is read from disk that was written out a short while ago: with a step more it would still have been compressed in memory
 *   - a page is expanded that was compressed a short while ago: with a step less, and so many frames more for pages in use, it would still have been there.
 * A short while is a step's worth of other pages. Each counts with the time that it took more than the other way: so the benefit of both directions is in
 * nanoseconds. The limit moves by a step towards the greater one, if that is greater by a quarter; what was seen fades by half with each decision.
 *
 * A step less sends a step's worth of pages to the disk at once, whether or not they are ever wanted. It is taken only when it would have saved as much time since the last
 * step as that takes: pages that are written out for nothing never take more time than staying had cost already, however often the programs change.
 */
#ifndef PAGER_POLICY_BALANCE_H
#define PAGER_POLICY_BALANCE_H

#include <stdbool.h>
#include <stdint.h>

/* Steps from the low to the high bound, about. */
#define BALANCE_STEPS 16u
#define BALANCE_STEP_MIN 16u /* frames */
/* So many pages must have told something before the limit moves. */
#define BALANCE_EVIDENCE 32u

/* When a page was stored: a number that begins anew after 256 short whiles. */
typedef uint8_t balance_time;
/* A time that never was a short while ago. */
#define BALANCE_NEVER(now) ((balance_time)((now) + 128u))

/* Pages that come and go: what a short while is. */
struct balance_clock {
    uint64_t pages;
    balance_time now;
};

struct balance {
    uint64_t low, high, limit, step; /* frames */
    struct balance_clock stored, written;
    uint64_t more_ns, less_ns;       /* what a step more, or less, would have saved; fades */
    uint64_t evidence;               /* pages that told so; fades */
    uint64_t owed_ns;                /* how much more a step less would have saved than a step more, since the last step; 0: not more */
    uint64_t per_frame;              /* stored pages that a frame holds, in eighths; of late */
    uint64_t read_ns, expand_ns, compress_ns; /* what one page takes, on the average of late */
    uint64_t grown, shrunk;          /* steps since boot */
};

/* balance_init: of a machine with so many frames; the limit begins in the middle of 1/16 and 15/16 of them. */
void balance_init(struct balance *b, uint64_t frames);

/* balance_bounds: 0 < low <= high, in frames; the limit is moved between them. */
void balance_bounds(struct balance *b, uint64_t low, uint64_t high);

/* balance_stored: a page was compressed and stored, in ns. balance_written: a stored page was written out; a frame holds `per_frame` of them, in eighths. Each returns
 * the time to be kept with the page. */
balance_time balance_stored(struct balance *b, uint64_t ns);
balance_time balance_written(struct balance *b, uint64_t per_frame);

/* balance_expanded: a page comes back from memory, in ns. balance_wanted: one that was written out is wanted back; balance_read: it came, in ns. */
void balance_expanded(struct balance *b, balance_time stored, uint64_t ns);
void balance_wanted(struct balance *b, balance_time written);
void balance_read(struct balance *b, uint64_t ns);

enum balance_advice { BALANCE_STAY, BALANCE_MORE, BALANCE_LESS };

/* balance_fade: a period without a decision is over: what was seen fades as it does with one. */
void balance_fade(struct balance *b);

/* balance_advice: what balance_step would do now. balance_step: does it, and lets what was seen fade. */
enum balance_advice balance_advice(const struct balance *b);
enum balance_advice balance_step(struct balance *b);

#endif
