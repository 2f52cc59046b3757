/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether 2 MiB of addresses get one large frame at once. It saves 511 faults and most of what they cost, and takes 2 MiB at once: so only where all of it is
 * going to be used, and only of memory that nobody misses.
 */
#ifndef POLICY_LARGE_H
#define POLICY_LARGE_H

#include <stdbool.h>
#include <stdint.h>

#define LARGE_PAGES 512u
/* One in so many of all chunks stays free, and LARGE_LEFT_MIN at least. */
#define LARGE_LEFT_SHARE 8u
#define LARGE_LEFT_MIN 2u

struct large_facts {
    bool any_colour; /* the client may use frames of all colours */
    unsigned pressure; /* level, policy/pressure.h */
    uint64_t chunks, chunks_free;
    uint64_t room;  /* pages that the client may still take */
};

/* large_spare: chunks that may become large frames before only those are left that stay free. */
uint64_t large_spare(uint64_t chunks, uint64_t chunks_free);

/* large_wanted: O(1). `room` must leave LARGE_ROOM for page maps and tables. */
#define LARGE_ROOM (LARGE_PAGES + 8u)
bool large_wanted(const struct large_facts *f);

/* large_worth_moving: nothing is against it but that no chunk is to be spared; then a chunk with at most LARGE_MOVES pages in use is emptied for it, if the program asked
 * for such a frame. As many chunks are free afterwards as before. O(1). */
#define LARGE_MOVES 256u
bool large_worth_moving(const struct large_facts *f);

/* large_walk_lasts: a walk of which so many pages that were brought in ahead were used, with this precision in thousandths, will go through the next 2 MiB. */
#define LARGE_PROOF 128u
#define LARGE_PRECISION 900u
static inline bool large_walk_lasts(uint32_t used, uint32_t precision)
{
    return used >= LARGE_PROOF && precision >= LARGE_PRECISION;
}

#endif
