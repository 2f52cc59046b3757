/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include "frame.h"

#include <generated/errors.h>
#include <string.h>

#define FRAME_WORDS (PAGE_SIZE / sizeof(uint64_t))
#define STATE_WORDS ((sizeof(struct evict_state) + 7) / 8)
#define BYTES_WORDS (TRACE_BLOCK_PAGES / 8)

_Static_assert(STATE_WORDS < 1u << 12, "the count of a TRACE_STATE");
_Static_assert(EVICT_URGENCIES <= TRACE_SCAN_URGENCY + 1, "two bits");
_Static_assert(PAGEMAP_PAGES <= (uint64_t)1 << TRACE_PAGE_BITS, "page numbers fit");

static uint32_t frames[TRACE_FRAMES_MAX];
static uint32_t n_frames; /* 0: nothing was recorded */

static struct {
    uint32_t space;    /* number; 0: it has ended */
    uint32_t recorded; /* the same, kept */
    uint64_t start_ticks, start_refaults;
    uint64_t refaults; /* of the space, when the last record was written */
    bool full;
    struct trace_file file;
} trace;

void trace_init(void)
{
    n_frames = 0;
    memset(&trace, 0, sizeof trace);
}

uint32_t trace_frames(void)
{
    return n_frames;
}

/* ---- words ---- */

static uint64_t *word_at(uint64_t n)
{
    return (uint64_t *)frame_window(frames[n / FRAME_WORDS]) + n % FRAME_WORDS;
}

static uint64_t room(void)
{
    return n_frames * FRAME_WORDS - trace.file.words;
}

static bool append(const uint64_t *words, uint64_t n)
{
    if (n > room()) {
        return false;
    }
    for (uint64_t i = 0; i < n; i++) {
        *word_at(trace.file.words + i) = words[i];
    }
    trace.file.words += n;
    return true;
}

/* note: an event of the recorded space. The first one that does not fit ends the trace: what follows cannot be understood without it. */
static void note(const struct space *s, const uint64_t *words, uint64_t n)
{
    if (trace.full || !append(words, n)) {
        trace.full = true;
        trace.file.lost++;
        return;
    }
    trace.refaults = s->refaults;
}

/* ---- what the space holds at the start ---- */

static bool write_state(const struct space *s)
{
    uint64_t words[1 + STATE_WORDS] = {trace_word(TRACE_STATE, 0, 0, 0) | STATE_WORDS << TRACE_STATE_SHIFT};

    memcpy(&words[1], &s->evict, sizeof s->evict);
    return append(words, 1 + STATE_WORDS);
}

/* write_block: `entry` is that of the block's first page. */
static bool write_block(uint64_t page, const page_entry *entry)
{
    uint64_t words[3 + BYTES_WORDS] = {trace_word(TRACE_RESIDENT, 0, 0, page)};
    bool fits = true;

    for (uint32_t i = 0; i < TRACE_BLOCK_PAGES && fits; i++) {
        if (entry_resident(entry[i]) && page + i != SPACE_IPC_PAGE) {
            words[1] |= (uint64_t)1 << i;
            words[2] |= (uint64_t)(entry_state(entry[i]) == PAGE_FILE) << i;
            words[3 + i / 8] |= (uint64_t)entry_age(entry[i]) << i % 8 * 8;
        } else if (entry_state(entry[i]) == PAGE_STORED) {
            uint64_t word = trace_word(TRACE_STORED, 0, 0, page + i) | (uint64_t)entry_stamp(entry[i]) << TRACE_STAMP_SHIFT;
            fits = append(&word, 1);
        }
    }
    return fits && (words[1] == 0 || append(words, 3 + BYTES_WORDS));
}

static bool write_pages(struct space *s)
{
    page_entry *leaf;

    for (uint64_t page = 0; (leaf = pagemap_next_leaf(&s->map, &page, PAGEMAP_PAGES)) != NULL; page = pagemap_leaf_end(page, PAGEMAP_PAGES)) {
        uint64_t first = page & ~(uint64_t)(PAGEMAP_FANOUT - 1);
        for (uint32_t i = 0; i < PAGEMAP_FANOUT; i += TRACE_BLOCK_PAGES) {
            if (!write_block(first + i, &leaf[i])) {
                return false;
            }
        }
    }
    return true;
}

/* ---- start and end ---- */

static void give_frames_back(void)
{
    while (n_frames > 0) {
        frame_put(frames[--n_frames]);
    }
}

static bool take_frames(uint32_t n)
{
    while (n_frames < n) {
        uint32_t frame = memory_ready(1) ? frame_take(FRAME_META, false, false) : BUDDY_NONE;
        if (frame == BUDDY_NONE) {
            give_frames_back();
            return false;
        }
        frames[n_frames++] = frame;
    }
    return true;
}

void trace_drop(void)
{
    trace_stop();
    give_frames_back();
    memset(&trace, 0, sizeof trace);
}

uint64_t trace_start(struct space *s, uint32_t n)
{
    if (trace.space != 0) {
        return PAGODA_ERR_BUSY;
    }
    trace_drop();
    if (!take_frames(n)) {
        return PAGODA_ERR_NO_MEMORY;
    }
    trace.file = (struct trace_file){.version = TRACE_FILE_VERSION, .policy = s->evict.kind};
    memcpy(trace.file.magic, TRACE_FILE_MAGIC, sizeof trace.file.magic);
    memcpy(trace.file.label, s->label, sizeof trace.file.label);
    if (s->ended || !write_state(s) || !write_pages(s)) {
        trace_drop();
        return PAGODA_ERR_NO_MEMORY;
    }
    trace.space = trace.recorded = s->id;
    trace.start_ticks = kernel_ticks();
    trace.start_refaults = trace.refaults = s->refaults;
    space_set_traced(s, true);
    return 0;
}

void trace_end(struct space *s, enum trace_end why)
{
    if (!s->traced) {
        return;
    }
    space_set_traced(s, false);
    trace.space = 0;
    trace.file.ns = ticks_to_ns(kernel_ticks() - trace.start_ticks);
    trace.file.end = trace.full ? TRACE_END_FULL : why;
    trace.file.misses = (trace.full ? trace.refaults : s->refaults) - trace.start_refaults;
}

void trace_stop(void)
{
    if (trace.space != 0) {
        trace_end(space_at(trace.space), TRACE_END_STOPPED);
    }
}

/* ---- events ---- */

void trace_fault(struct space *s, uint64_t page, page_entry after, uint64_t kind, bool back)
{
    uint32_t flags = (back ? TRACE_FAULT_BACK : 0) | (entry_resident(after) ? TRACE_FAULT_RESIDENT : 0) | (entry_state(after) == PAGE_SHARED ? TRACE_FAULT_SHARED : 0);
    uint64_t word = trace_word(TRACE_FAULT, flags, (uint32_t)kind, page);

    note(s, &word, 1);
}

void trace_ahead(struct space *s, uint64_t page)
{
    uint64_t word = trace_word(TRACE_AHEAD, 0, 0, page);

    note(s, &word, 1);
}

void trace_pass_end(struct space *s)
{
    uint64_t word = trace_word(TRACE_PASS_END, 0, 0, 0);

    note(s, &word, 1);
}

void trace_scan(struct space *s, const struct trace_scan *scan)
{
    uint64_t words[1 + TRACE_MASKS];
    uint32_t present = 0, n = 1;

    for (unsigned i = 0; i < TRACE_MASKS; i++) {
        if (scan->masks[i] != (i == TRACE_MASK_RANGE ? UINT64_MAX : 0)) {
            present |= 1u << i;
            words[n++] = scan->masks[i];
        }
    }
    words[0] = trace_word(TRACE_SCAN, scan->urgency | (scan->directed ? TRACE_SCAN_DIRECTED : 0), present, scan->page);
    note(s, words, n);
}

/* ---- what was recorded ---- */

bool trace_tell(struct trace_info *out)
{
    *out = (struct trace_info){.file = trace.file, .room = room(), .space = trace.recorded, .recording = trace.space != 0};
    if (out->recording) {
        out->file.misses = (trace.full ? trace.refaults : space_at(trace.space)->refaults) - trace.start_refaults;
        out->file.ns = ticks_to_ns(kernel_ticks() - trace.start_ticks);
        out->file.end = trace.full ? TRACE_END_FULL : TRACE_END_STOPPED;
    }
    return n_frames > 0;
}

uint64_t trace_read(uint64_t first, uint64_t *out, uint64_t max)
{
    uint64_t n = 0;

    for (; n < max && first < trace.file.words && n < trace.file.words - first; n++) {
        out[n] = *word_at(first + n);
    }
    return n;
}
