/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a page that leaves memory. Pure; O(1).
 *
 * The pager asks in two steps, because compressing is what costs: store_first from what is known for nothing, and, when the answer
 * is STORE_TRY, store_compressed with the size that came out.
 */
#ifndef PAGER_POLICY_STORE_CHOICE_H
#define PAGER_POLICY_STORE_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

enum store_answer {
    STORE_DROP,       /* the same contents can be had again (file, or a stored copy that is still valid): forget the frame */
    STORE_SAME,       /* all words equal: keep the word */
    STORE_TRY,        /* compress it, then ask store_compressed */
    STORE_COMPRESSED, /* keep the compressed bytes in memory */
    STORE_DISK,       /* write the page to the swap device */
    STORE_KEEP,       /* no place: it has to stay in memory */
};

/* What is known about the store and the swap device. */
struct store_facts {
    uint64_t store_frames; /* that compressed pages take */
    uint64_t store_limit;  /* that they may take at most */
    uint64_t disk_free;    /* free slots; 0 without a device */
    uint32_t writes;       /* page writes in flight */
    uint32_t writes_max;   /* cap on them: dirty pages in flight are memory that cannot be had back at will */
};

/* What is known about the page. */
struct store_page {
    bool reproducible; /* clean, and backed by a file or a stored copy */
    bool same_filled;
    bool cold;         /* not expected back soon: its owner said so, or it is far older than what is usually evicted */
};

/* Per space: do its pages compress? */
struct store_history {
    uint8_t failures; /* tries in a row that did not fit a size class */
    uint8_t skipped;  /* pages not tried since the last try */
};

/* After so many failures in a row only one page in STORE_RETRY is tried, as long as there is a disk. */
#define STORE_GIVE_UP 16u
#define STORE_RETRY 16u

/* store_first: STORE_DROP, STORE_SAME, STORE_TRY, STORE_DISK or STORE_KEEP. */
enum store_answer store_first(const struct store_facts *f, const struct store_page *page, struct store_history *h);

/* While there is a disk, memory is not spent on what takes more than half a frame. */
#define STORE_BYTES_WITH_DISK 2048u

/* store_bytes_max: the largest compressed size that is kept in memory now, at most SIZE_CLASS_BYTES_MAX. */
uint32_t store_bytes_max(const struct store_facts *f);

/* store_compressed: bytes is the compressed size; above store_bytes_max: it did not fit. STORE_COMPRESSED, STORE_DISK or STORE_KEEP. */
enum store_answer store_compressed(const struct store_facts *f, struct store_history *h, uint32_t bytes);

/*
 * store_write_back: how many stored pages, oldest first, should be written to the swap device now, so that the store has room again: none
 * while it is below 7/8 of its limit; never more than there are free slots and free places in flight.
 */
uint32_t store_write_back(const struct store_facts *f);

#endif
