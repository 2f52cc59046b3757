/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recording a trace: everything that reaches the eviction policy of one space, in the order in which it does, into frames taken for it. Format:
 * pagoda/trace_file.h; what can be done with it: docs/eviction.md.
 *
 * One space at a time. While it is recorded all its faults go the careful way (space.h), where each is noted; a space that is not recorded pays nothing for
 * it. What is resident is not noted change by change: each scan tells it of its block. When the frames are full the trace ends there, complete up to that
 * record, and later events are only counted.
 */
#ifndef PAGER_TRACE_H
#define PAGER_TRACE_H

#include "space.h"

#include <pagoda/trace_file.h>

#define TRACE_FRAMES_MAX 1024u /* 4 MiB */

void trace_init(void);

/* trace_start: record a space from now on into so many frames (1 to TRACE_FRAMES_MAX). BUSY: one is being recorded; nothing was changed. Otherwise a trace recorded
 * before is given up. NO_MEMORY: so many frames are not to be had, or what the space holds does not fit into them. O(pages of the space, as far as they fit). */
uint64_t trace_start(struct space *s, uint32_t frames);

/* trace_stop: end it, if it has not ended; the trace is kept until trace_drop or the next trace_start. */
void trace_stop(void);
void trace_drop(void);

/* trace_end: the same because of something that happens to the space, if it is the recorded one. */
void trace_end(struct space *s, enum trace_end why);

/* What happens to the recorded space; callers check s->traced. trace_fault: one was served; `after` is the entry of its page. */
void trace_fault(struct space *s, uint64_t page, page_entry after, uint64_t kind, bool back);
void trace_ahead(struct space *s, uint64_t page);
void trace_pass_end(struct space *s);

/* trace_scan: pages of one aligned block were scanned; masks as in trace_file.h, of which RANGE is given always. */
struct trace_scan {
    uint64_t page; /* the block's first */
    uint64_t masks[TRACE_MASKS];
    uint32_t urgency;
    bool directed;
};
void trace_scan(struct space *s, const struct trace_scan *scan);

/* trace_tell: a header for what was recorded, without checksums, and how much more there is room for. false: nothing was recorded. */
struct trace_info {
    struct trace_file file;
    uint64_t room;   /* words */
    uint32_t space;  /* number */
    bool recording;
};
bool trace_tell(struct trace_info *out);

/* trace_read: words from `first` on; returns how many, at most max, 0 at the end. */
uint64_t trace_read(uint64_t first, uint64_t *out, uint64_t max);

/* trace_frames: that it holds; they count as FRAME_META. */
uint32_t trace_frames(void);

#endif
