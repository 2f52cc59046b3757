/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of stored pages: what the pager knows about each copy of a page that is kept outside the frames of clients. A handle (24 bits,
 * never 0) names a record; page map entries of absent pages hold handles, and so do frames whose contents are still stored as well.
 * Each holder has a reference.
 *
 * Records lie in frames (FRAME_STORE) of RECORDS_PER_FRAME, taken when they are needed and given back when the last record of one is gone.
 */
#ifndef PAGER_RECORD_H
#define PAGER_RECORD_H

#include "frame.h"

#include <stdbool.h>
#include <stdint.h>

#define RECORD_HANDLE_BITS 24u

/* Where the copy is. */
enum record_kind {
    RECORD_FREE = 0,
    RECORD_SAME,       /* all words of the page are the same: place and high */
    RECORD_COMPRESSED, /* pool.h: an object; place = its span << 5 | its number */
    RECORD_DISK,       /* swap.h: a slot, an I/O page, or both */
    RECORD_RAW,        /* a whole frame (FRAME_STORE), place: came back from disk because it could not stay there */
    RECORD_KINDS,
    RECORD_SPAN = RECORD_KINDS, /* no page: frames of the pool (pool.h), the first is place */
};

struct record {
    uint32_t place; /* what it is, and the next two words, depends on the kind */
    union {
        uint32_t high; /* RECORD_SAME: the word is place | high << 32 */
        struct {
            uint32_t older : 24; /* RECORD_COMPRESSED: list by age (pool.h). RECORD_SPAN: list of its class. 0: end */
            uint32_t : 8;
        };
    };
    union {
        uint32_t checksum; /* of the stored bytes, begun with the page number */
        uint32_t free;     /* RECORD_SPAN: bit i: object i is free */
    };
    uint32_t page;           /* page number in the space, lowest 32 bits: the same for all that share the copy */
    uint32_t newer : 24;     /* as older */
    uint32_t since : 8;      /* when it came to where it is (policy/balance.h) */
    uint32_t refs : 24;
    uint32_t generation : 8; /* changes with each use of the record; holders know it */
    uint32_t space : 16;     /* that stored it; space.c has no greater numbers */
    uint32_t length : 13;    /* stored bytes. RECORD_SPAN: the class */
    uint32_t kind : 3;       /* enum record_kind */
};
#define RECORDS_PER_FRAME 144u /* what is left is the frame's header */
_Static_assert(sizeof(struct record) == 28, "RECORDS_PER_FRAME of them, and a header as large as two");

/* records_init: make the directory; records_table_bytes: what it takes. */
void records_init(uint64_t ram_pages);
uint64_t records_table_bytes(uint64_t ram_pages);

/* record_take: a record with one reference, a new generation and kind RECORD_FREE; 0 when no frame is left. O(1). */
uint32_t record_take(void);

/* record_put: the last reference is gone and what it kept has been freed. */
void record_put(uint32_t handle);

/* record_at: a handle in use. */
#define RECORD_INDEX_BITS 8u
extern uint32_t *record_directory; /* number of a frame of records -> that frame; for record_at */
static inline struct record *record_at(uint32_t handle)
{
    return (struct record *)frame_window(record_directory[handle >> RECORD_INDEX_BITS]) + handle % (1u << RECORD_INDEX_BITS);
}

/* record_valid: the handle names a record in use. For handles that may be damaged. */
bool record_valid(uint32_t handle);

/* records_used; record_frames: frames that records take. */
uint64_t records_used(void);
uint64_t record_frames(void);

/* records_move: a frame of records gives way to another (frame_destination); handles stay as they are. */
bool records_move(uint32_t from, uint32_t to);

/* record_next: the next handle in use after this one (0: the first); 0: none. For checks. */
uint32_t record_next(uint32_t handle);

#endif
