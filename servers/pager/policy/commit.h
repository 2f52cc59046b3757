/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a promise of memory may be made: commit accounting. Pure; O(1).
 *
 * A promise is what a space may come to need and nobody else can provide: pages that are private and writable (anonymous memory, stacks up to
 * their limit, writable copies of files), whether touched or not. Pages of files that are only read and shared objects mapped again promise nothing.
 *
 *   COMMIT_OVERCOMMIT  promises are kept from what happens to be free; none is refused: whoever maps a great range may mean to touch little of it
 *   COMMIT_STRICT      all promises together never exceed RAM and swap less the reserve: no fault ever fails for lack of memory
 */
#ifndef PAGER_POLICY_COMMIT_H
#define PAGER_POLICY_COMMIT_H

#include <stdbool.h>
#include <stdint.h>

enum commit_mode { COMMIT_OVERCOMMIT, COMMIT_STRICT, COMMIT_MODES };

/* All in pages. */
struct commit {
    enum commit_mode mode;
    uint64_t ram;      /* that clients can come to hold */
    uint64_t swap;     /* pages that the swap device can hold; compression does not count, as nobody knows what it will save */
    uint64_t reserve;  /* kept from clients in strict mode */
    uint64_t promised; /* to all clients */
};

enum commit_answer {
    COMMIT_OK,
    COMMIT_NEVER,    /* strict: more than the limit */
    COMMIT_EXCEEDED, /* strict: it would fit, were not so much promised already */
};

/* commit_limit: pages that may be promised in all in strict mode: RAM and swap less the reserve. */
uint64_t commit_limit(const struct commit *c);

/* commit_ask: may so many pages be promised more? Changes nothing. */
enum commit_answer commit_ask(const struct commit *c, uint64_t pages);

/* commit_charge: ask, and promise them if the answer is COMMIT_OK. */
enum commit_answer commit_charge(struct commit *c, uint64_t pages);

/* commit_release: a promise was given back. At most what was promised. */
void commit_release(struct commit *c, uint64_t pages);

/* commit_set: another mode or other sizes from now on. False, and nothing changed, when strict mode could not keep what is promised already. */
bool commit_set(struct commit *c, enum commit_mode mode, uint64_t ram, uint64_t swap, uint64_t reserve);

#endif
