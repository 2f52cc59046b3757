/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaying a recorded trace (pagoda/trace_file.h) over an eviction policy. Takes memory by malloc, uses nothing else; the caller links the policies
 * (servers/pager/policy/evict*.c). For the shell and for the host.
 *
 * Two ways, of which a run uses the first as long as it can:
 *
 *  - It follows the recording: each recorded scan is made again, with the accessed bits that the harvest found, and the policy is asked about each page. While its
 *    victims are those of the recording, the same pages leave and come back as did then. A policy that decides as the recorded one did is followed to the
 *    end, and then its misses are exactly those of the recorded run.
 *  - From the first other decision on it goes its own way: the accesses that the recording shows (a fault; an accessed bit that no fault explains, at the harvest
 *    that found it) meet a memory of the size that the space had at each moment, and its own hand scans when it holds more. This is an estimate: uses of a page
 *    between two harvests count once, and at the later of them; that the program would have run on in another order is not seen.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "evict.h"

#include <pagoda/trace_file.h>

enum replay_error {
    REPLAY_OK,
    REPLAY_NO_TRACE,  /* no header */
    REPLAY_VERSION,   /* of another version of Pagoda */
    REPLAY_HEADER,    /* the header is damaged */
    REPLAY_SIZE,      /* it is cut off */
    REPLAY_CHECKSUM,  /* the records are damaged */
    REPLAY_RECORD,    /* a record cannot be: replay.bad_word tells where */
    REPLAY_MEMORY,    /* no memory for it */
    REPLAY_ERRORS,
};

/* replay_error_text: what is wrong, as the end of a sentence. */
const char *replay_error_text(enum replay_error error);

/* replay_header: what the first TRACE_FILE_HEADER_BYTES of a file say; the file has room for so many words behind them. *out is written in any case. */
enum replay_error replay_header(const void *block, uint64_t room_words, struct trace_file *out);

struct replay_block;

struct replay {
    struct trace_file file;
    const uint64_t *words;
    struct replay_block *blocks; /* in the order of addresses */
    uint32_t n_blocks;
    uint64_t pages;    /* that the trace names as resident or stored at the start */
    uint64_t bad_word; /* with REPLAY_RECORD */
};

/* replay_open: check every record. The words (header->words of them) stay the caller's and must live as long. O(n log n). Close it only after REPLAY_OK. */
enum replay_error replay_open(struct replay *r, const struct trace_file *header, const uint64_t *words);
void replay_close(struct replay *r);

struct replay_result {
    uint64_t misses;  /* pages brought back from a store */
    uint64_t ahead;   /* of these, before anybody asked */
    uint64_t evicted, scanned, passes;
    uint64_t events;   /* in the recording */
    uint64_t followed; /* of these, up to the first other decision; all: the run is exact */
    uint64_t most;     /* pages resident at a time */
    bool exact;
};

/* replay_run: with this policy from the start of the recording on. follow: false: it goes its own way from the start, for comparison. */
void replay_run(struct replay *r, enum evict_kind policy, bool follow, struct replay_result *out);

#endif
