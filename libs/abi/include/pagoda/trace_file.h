/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recorded traces: what reached the eviction policy of one space, in order. The pager writes the records (servers/pager/trace.h), the shell puts a header before
 * them, libs/replay reads both. Little-endian, words of 64 bits. Pure.
 *
 * A file is a block with the header and the records behind it. On a disk it lies in blocks 1... of a volume whose block 0 is a trace header as
 * block_swap.h makes it.
 *
 * A record's first word:
 *   bits 0-3    enum trace_kind
 *   bits 4-7    flags (TRACE_FAULT_*, TRACE_SCAN_*)
 *   bits 8-15   TRACE_FAULT: the kind of fault (PAGER_FAULT_*); TRACE_SCAN: which masks follow, bit i for the i-th of enum trace_mask
 *   bits 16-27  TRACE_STATE: words that follow
 *   bits 4-27   TRACE_STORED: the stamp (policy/evict.h)
 *   bits 28-63  page number
 */
#ifndef PAGODA_TRACE_FILE_H
#define PAGODA_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TRACE_FILE_MAGIC "Pagoda events1\r\n" /* 16 bytes, no NUL. CR LF: damage by a text-mode copy shows */
#define TRACE_FILE_VERSION 2u
#define TRACE_FILE_HEADER_BYTES 4096u
#define TRACE_BLOCK_PAGES 64u /* what one mask covers; aligned */
#define TRACE_PAGE_BITS 36u

/* What a trace begins with: the state of the policy, and every page that is resident or stored. Then events. */
enum trace_kind {
    TRACE_NONE,      /* never written */
    TRACE_STATE,     /* struct evict_state as it lies in memory */
    TRACE_RESIDENT,  /* of a block: masks of resident pages and, of these, those of files; then the byte that the policy keeps for each of its 64 pages */
    TRACE_STORED,    /* a stored page, and its stamp */
    TRACE_FAULT,     /* a fault was served */
    TRACE_AHEAD,     /* a stored page was brought back before anybody asked */
    TRACE_SCAN,      /* a block was harvested, its pages judged, and victims left */
    TRACE_PASS_END,  /* the hand went past the last page */
    TRACE_KINDS,
};

#define TRACE_FAULT_BACK 1u     /* the page was brought back from a store: a miss */
#define TRACE_FAULT_RESIDENT 2u /* the page has a frame (or one of the archive's) after it */
#define TRACE_FAULT_SHARED 4u   /* it is one of a shared object, which has no stamp */

#define TRACE_SCAN_URGENCY 3u   /* mask: enum evict_urgency */
#define TRACE_SCAN_DIRECTED 4u  /* not by the hand: the owner said that these pages are cold */

/* One bit for each page of the block. A mask that is not there is 0, TRACE_MASK_RANGE all ones. */
enum trace_mask {
    TRACE_MASK_RANGE,    /* pages looked at */
    TRACE_MASK_RESIDENT, /* of these, those that could leave */
    TRACE_MASK_ACCESSED, /* of these, those used since their last scan */
    TRACE_MASK_NEW,      /* of these, those that had not been scanned since they came in untouched or with new contents (EVICT_NEW) */
    TRACE_MASK_VERDICTS, /* of the resident ones, the policy's victims */
    TRACE_MASK_GONE,     /* of these, those that left; others had to stay: no store took them, or no more pages were to be taken */
    TRACE_MASK_ZERO,     /* of these, those full of zeros: they leave no stamp */
    TRACE_MASK_FILE,     /* of these, those of files: the policy does not count them as evicted */
    TRACE_MASKS,
};

/* Why a recording ended. */
enum trace_end {
    TRACE_END_STOPPED, /* by command */
    TRACE_END_FULL,    /* no room for another record; the trace is complete up to there */
    TRACE_END_PROGRAM, /* the program ended, or became another */
    TRACE_END_POLICY,  /* the policy was changed */
    TRACE_END_MEMORY,  /* memory was so short that pages that only read as zeros had to be forgotten, by which a trace goes */
    TRACE_ENDS,
};

struct trace_file {
    uint8_t magic[16];
    uint32_t version;
    uint32_t policy;           /* enum evict_kind */
    uint64_t words;            /* of records, behind the header */
    uint64_t misses;           /* pages that were brought back while it recorded, as the pager counts them for the space: not from the records */
    uint64_t lost;             /* events after it was full */
    uint64_t ns;               /* how long it recorded */
    uint32_t end;              /* enum trace_end */
    uint32_t reserved;         /* 0 */
    uint8_t label[32];         /* of the space, padded with NULs */
    uint64_t records_checksum; /* of them */
    uint64_t checksum;         /* trace_file_checksum */
};

_Static_assert(sizeof(struct trace_file) == 112 && offsetof(struct trace_file, checksum) == 104, "on-disk format");

/* trace_checksum: FNV-1a, 64 bits at a time, of n words; `before`: TRACE_CHECKSUM_START, or what it was of the words before these. */
#define TRACE_CHECKSUM_START 0xcbf29ce484222325ull
static inline uint64_t trace_checksum(uint64_t before, const void *words, uint64_t n)
{
    for (uint64_t i = 0, word; i < n; i++) {
        memcpy(&word, (const uint8_t *)words + 8 * i, 8);
        before = (before ^ word) * 0x100000001b3ull;
    }
    return before;
}

/* trace_file_checksum: of a header. */
static inline uint64_t trace_file_checksum(const struct trace_file *file)
{
    return trace_checksum(TRACE_CHECKSUM_START, file, offsetof(struct trace_file, checksum) / 8);
}

/* ---- the first word of a record ---- */

static inline uint64_t trace_word(enum trace_kind kind, uint32_t flags, uint32_t detail, uint64_t page)
{
    return (uint64_t)kind | (uint64_t)(flags & 15) << 4 | (uint64_t)(detail & 0xff) << 8 | page << (64 - TRACE_PAGE_BITS);
}

static inline uint32_t trace_word_kind(uint64_t word)
{
    return (uint32_t)word & 15;
}

static inline uint32_t trace_word_flags(uint64_t word)
{
    return (uint32_t)(word >> 4) & 15;
}

static inline uint32_t trace_word_detail(uint64_t word)
{
    return (uint32_t)(word >> 8) & 0xff;
}

static inline uint64_t trace_word_page(uint64_t word)
{
    return word >> (64 - TRACE_PAGE_BITS);
}

#define TRACE_STATE_SHIFT 16u /* of the count of a TRACE_STATE, 12 bits */
#define TRACE_STAMP_SHIFT 4u  /* of the stamp of a TRACE_STORED, 24 bits */

#endif
