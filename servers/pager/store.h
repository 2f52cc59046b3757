/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stores: where the contents of pages are while they have no frame. A page that is stored is a handle (record.h); what kind of store
 * keeps it is the store's matter: a word for pages all of whose words are the same, compressed bytes in memory (compress.h, pool.h), a slot of a
 * disk (swap.h), a whole frame for what no disk would take any more. Which of them, policy/store_choice.h says.
 *
 * What is stored is checked on the way back: record, generation, page number, checksum. Damage is reported, never handed out.
 * Nothing here waits; frames for records and objects come from the reserve for page maps.
 */
#ifndef PAGER_STORE_H
#define PAGER_STORE_H

#include "policy/store_choice.h"
#include "record.h"

#include <stdbool.h>
#include <stdint.h>

/* What is wrong with a stored page. The numbers are the detail of EVENT_STORE_DAMAGED. */
enum store_damage {
    STORE_INTACT = 0,
    STORE_NO_RECORD,  /* the handle names none */
    STORE_REUSED,     /* the record was given to another page since */
    STORE_MISPLACED,  /* it is the copy of another page, or its place holds something else */
    STORE_CHECKSUM,   /* bytes have changed */
    STORE_UNREADABLE, /* the bytes do not expand to a page */
    STORE_DISK_ERROR, /* the disk did not give it back */
};

void store_init(void);

/* Whose page it is, and what is known of it. */
struct store_source {
    uint32_t space;
    uint64_t page;
    bool cold;                     /* not expected back soon */
    bool mixed;                    /* known: its words are not all the same */
    struct store_history *history; /* of the space */
};

/* store_put: keep the page at `bytes`. Returns its handle, with one reference; 0 when no store takes it now. Pages on their way to disk may wait to be
 * submitted: store_submit after the last. */
uint32_t store_put(const void *bytes, const struct store_source *source);
void store_submit(void);

/* store_fetch: have the page brought if it is not at hand. */
enum store_where {
    STORE_HERE,   /* store_get gets it */
    STORE_COMING, /* wait for it: park.h */
    STORE_NO_WAY, /* wait until the disk has got on */
};
enum store_where store_fetch(uint32_t handle);

/* store_fetch_ahead: the same for a page that nobody waits for yet: when it has been read, ahead_came hears of it. Not submitted before swap_submit. STORE_NO_WAY while
 * reads that somebody may wait for need the I/O pages. */
enum store_where store_fetch_ahead(uint32_t handle);

/* store_to_memory: a page that was on disk, and is at `bytes` now, is kept in memory from now on. false: no frame. What the disk had is not freed. */
bool store_to_memory(uint32_t handle, const void *bytes);

/* store_get: write the page to dest. The reference stays. On damage dest holds nothing useful. */
enum store_damage store_get(uint32_t handle, uint8_t generation, uint64_t page, void *dest);

/* store_takes_memory: what is stored takes frames that pages could have, unlike what is on disk, or one word. */
static inline bool store_takes_memory(uint32_t handle)
{
    uint32_t kind = record_at(handle)->kind;
    return kind == RECORD_COMPRESSED || kind == RECORD_RAW;
}

/* store_generation: of a handle just got. */
static inline uint8_t store_generation(uint32_t handle)
{
    return (uint8_t)record_at(handle)->generation;
}

void store_retain(uint32_t handle);
/* store_release: drop a reference; the last one frees what is stored. */
void store_release(uint32_t handle);

/* store_move: a frame of the stores (FRAME_STORE) gives way to another (frame_destination). false: it has to stay, nothing was done. */
bool store_move(uint32_t from, uint32_t to);

/* store_frames: frames that the stores take, records included. store_pages: pages that are stored. */
uint64_t store_frames(void);
uint64_t store_pages(void);

/* store_tidy: one bounded step of compaction; true: there was something to do. */
bool store_tidy(void);

/* store_write_out: if the compressed pages take nearly all that they may, write some of the oldest to disk. Returns how many;
 * `moved` is told of each. */
uint32_t store_write_out(void (*moved)(const struct record *r));


/* store_check: number of violations in what the stores keep. */
uint32_t store_check(void);

/* Counters since boot. */
struct store_counters {
    uint64_t put[RECORD_KINDS];   /* pages stored by kind */
    uint64_t got[RECORD_KINDS];   /* brought back */
    uint64_t refused;             /* pages that did not compress */
    uint64_t bytes;               /* of compressed pages, all that were ever stored */
    uint64_t damaged;             /* pages that were not intact */
};
extern struct store_counters store_counters;

#endif
