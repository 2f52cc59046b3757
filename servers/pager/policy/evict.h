/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which resident pages of a space leave memory when frames are wanted. Pure. O(1) per call; evict_pass_end is O(levels x ages), a few thousand
 * instructions, whatever the number of pages.
 *
 * The pager sees no single access. It scans: one harvest reads and clears the accessed bits of a bounded run of pages, and for each
 * resident page of the run asks evict_scanned. A hand goes round the resident pages of a space in the order of their addresses; one
 * round is a pass. The pager scans while it wants frames, and stops as soon as it has enough; the hand stays where it is.
 *
 * All that is kept about a resident page is one byte, about a stored page one stamp. Both belong to the policy: the pager keeps them and
 * gives them back. Any value of either is valid input in every state, so a page may come without its byte (EVICT_NEW), a byte may go
 * with its page to another space (fork), and pages may vanish without a word.
 *
 * Life of a page:
 *      first touch                 byte = EVICT_NEW, no call
 *      scanned                     byte = evict_scanned(...).byte; a victim is the pager's to evict, or to keep
 *      evicted                     stamp = evict_page_out(byte), kept with the stored page
 *      its fault brings it back    byte = evict_page_in(stamp)
 *      read-ahead brings it back   byte = EVICT_READ_AHEAD, no call
 *      hand passes the last page   evict_pass_end
 *
 * Policies, chosen for each space at run time: evict_switch. docs/eviction.md explains them, shows figures, and how to write another.
 */
#ifndef PAGER_POLICY_EVICT_H
#define PAGER_POLICY_EVICT_H

#include <stdbool.h>
#include <stdint.h>

enum evict_kind {
    EVICT_GENERATIONS, /* learns at which ages pages come back; the default */
    EVICT_CLOCK,       /* second chance */
    EVICT_TWO_Q,       /* new pages on trial; kept are those that came back soon after they left */
    EVICT_KINDS,
};

#define EVICT_NEW 0u        /* byte of a page that has just been made resident by its own first fault */
#define EVICT_READ_AHEAD 1u /* byte of a page that was brought in before anybody asked for it */

#define EVICT_STAMP_BITS 24u

/* How much the pager needs frames. Above EVICT_BACKGROUND the policy may sacrifice more to come to an end. */
enum evict_urgency {
    EVICT_BACKGROUND, /* ageing and preparing ahead of need */
    EVICT_WANTED,     /* frames are short */
    EVICT_NEEDED,     /* a whole pass gave nothing: every page that was not accessed since its last scan is a victim */
    EVICT_DESPERATE,  /* the same, and the pager looks again at what it could not store */
    EVICT_URGENCIES,
};

struct evict_verdict {
    uint8_t byte; /* to be kept with the page, also when it is a victim that stays */
    bool victim;
};

/*
 * Age: generations since a page was last seen accessed, at most EVICT_AGES - 1. A generation ends when an eighth of the resident pages has been
 * evicted (at most once in a pass), so ages compare with memory, whatever its size and speed.
 * Level: how much is known in a page's favour, 0 nothing; what raises it is the policy's.
 */
#define EVICT_AGES 11u
#define EVICT_LEVELS 5u
#define EVICT_GENERATION_SHARE 8u /* one in so many resident pages */

struct evict_state {
    enum evict_kind kind;
    uint32_t generation;
    uint32_t left;     /* pages evicted in this generation */
    bool aged;         /* a generation ended in this pass */
    uint32_t resident; /* pages scanned in the last whole pass */
    uint32_t census[EVICT_LEVELS][EVICT_AGES]; /* pages scanned in this pass, by what they were after it */
    uint16_t victims[EVICT_LEVELS]; /* bit a: pages of this level and age leave, if they were not accessed; the policy's decision */

    union {
        struct {
            /* Counts, in parts of a use. Of uses after which a page was of the level: by generation, as far as a page of that age may be used again. */
            uint32_t newest[EVICT_LEVELS]; /* in the generation `counted` */
            uint16_t recent[EVICT_LEVELS][EVICT_AGES]; /* in each of those before it, by number modulo EVICT_AGES; as evict_generations.c packs them */
            uint32_t older[EVICT_LEVELS];  /* before these */
            uint32_t reuses[EVICT_LEVELS][EVICT_AGES]; /* of all, the next use came at this age (the last column: then or later) */
            uint32_t counted;
            uint32_t late_count, late_sum;  /* of the last column: how many; how many generations beyond it, in all */
            uint32_t faded;                 /* generation in which old counts were halved last */
        } generations;
        uint32_t scratch[8]; /* for a policy that has no struct here yet */
    };
};

/* evict_init: a space without pages. */
void evict_init(struct evict_state *s, enum evict_kind kind);

/* evict_restore: a state that was kept as bytes, of the size of the struct, aligned or not. false: no state can be like that. */
bool evict_restore(struct evict_state *s, const void *bytes);

/*
 * evict_switch: another policy from now on. Bytes and stamps written by the old one stay valid: the ages in them
 * mean the same to all, and a higher level is in favour of a page for each. Takes effect at once; what the old one had learnt is forgotten.
 */
void evict_switch(struct evict_state *s, enum evict_kind kind);

/*
 * evict_scanned: a resident page was scanned.
 *   byte         kept with it
 *   accessed     it was used since its last scan (or since it came in)
 *   hinted_cold  its owner said that it will not be used soon
 * A page that was accessed is not a victim, unless hinted_cold; one that was not is from EVICT_NEEDED on.
 */
struct evict_verdict evict_scanned(struct evict_state *s, uint8_t byte, bool accessed, bool hinted_cold, enum evict_urgency urgency);

/* evict_age: generations since the page with this byte was last seen accessed, or came in, at most EVICT_AGES - 1. */
uint32_t evict_age(const struct evict_state *s, uint8_t byte);

/* evict_page_out: the page leaves memory, by a verdict or for any other reason that the pager has. Returns its stamp: below 2^24. */
uint32_t evict_page_out(struct evict_state *s, uint8_t byte);

/* evict_page_gone: the same for a page that keeps no stamp: it comes back as if it were new. */
void evict_page_gone(struct evict_state *s);

/* evict_page_in: a fault brought back the page with this stamp. Returns its byte. */
uint8_t evict_page_in(struct evict_state *s, uint32_t stamp);

/* evict_pass_end: the hand went past the last resident page of the space. */
void evict_pass_end(struct evict_state *s);

/* evict_name: "generations", "clock", "2q"; NULL for what is none. evict_by_name: false when there is none. */
const char *evict_name(enum evict_kind kind);
bool evict_by_name(const char *name, enum evict_kind *kind);

#endif
