/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/replay.h"

#include <generated/pager_protocol.h>
#include <stdlib.h>
#include <string.h>

#define STATE_WORDS ((sizeof(struct evict_state) + 7) / 8)
#define BYTES_WORDS (TRACE_BLOCK_PAGES / 8)
#define BLOCKS_MAX 65536u
/* After so many passes without a victim what is held beyond the recorded size stays until the next event: two at each urgency, as the pager looks. */
#define DRY_PASSES (2 * EVICT_URGENCIES)

struct replay_block {
    uint64_t number;   /* page / TRACE_BLOCK_PAGES */
    /* As recorded, one bit a page. */
    uint64_t live;     /* resident */
    uint64_t touched;  /* a fault has come since the last recorded scan: that explains an accessed bit */
    /* In this run. */
    uint64_t resident, stored, accessed;
    uint64_t file;     /* its contents are a file's: leaving costs no store, and no stamp is kept */
    uint64_t zero;     /* it was full of zeros when the recorded run let it go */
    uint8_t bytes[TRACE_BLOCK_PAGES];
    uint32_t stamps[TRACE_BLOCK_PAGES];
};

/* ---- checking ---- */

const char *replay_error_text(enum replay_error error)
{
    static const char *const texts[REPLAY_ERRORS] = {
        [REPLAY_OK] = "sound", [REPLAY_NO_TRACE] = "no trace", [REPLAY_VERSION] = "a trace of another version", [REPLAY_HEADER] = "a trace with a damaged header",
        [REPLAY_SIZE] = "a trace that is cut off", [REPLAY_CHECKSUM] = "a trace with damaged records", [REPLAY_RECORD] = "a trace with a record that cannot be",
        [REPLAY_MEMORY] = "too large a trace for the memory there is"};
    return (unsigned)error < REPLAY_ERRORS ? texts[error] : "?";
}

enum replay_error replay_header(const void *block, uint64_t room_words, struct trace_file *out)
{
    memcpy(out, block, sizeof *out);
    uint64_t checksum = trace_file_checksum(out);
    out->label[sizeof out->label - 1] = 0;
    if (memcmp(out->magic, TRACE_FILE_MAGIC, sizeof out->magic) != 0) {
        return REPLAY_NO_TRACE;
    }
    if (out->version != TRACE_FILE_VERSION) {
        return REPLAY_VERSION;
    }
    if (out->checksum != checksum || out->policy >= EVICT_KINDS || out->end >= TRACE_ENDS || out->words == 0) {
        return REPLAY_HEADER;
    }
    return out->words > room_words ? REPLAY_SIZE : REPLAY_OK;
}

struct record {
    enum trace_kind kind;
    uint32_t flags, detail;
    uint64_t page;
    uint64_t masks[TRACE_MASKS]; /* of a scan; of TRACE_RESIDENT those of resident pages and files */
    const uint64_t *words;       /* that follow the first one and the masks, if any */
    uint64_t length;             /* words in all */
};

static bool inside(uint64_t part, uint64_t whole)
{
    return (part & ~whole) == 0;
}

static bool scan_makes_sense(const struct record *r)
{
    const uint64_t *m = r->masks;

    return r->page % TRACE_BLOCK_PAGES == 0 && inside(m[TRACE_MASK_RESIDENT], m[TRACE_MASK_RANGE]) && inside(m[TRACE_MASK_ACCESSED], m[TRACE_MASK_RESIDENT]) &&
           inside(m[TRACE_MASK_NEW], m[TRACE_MASK_RESIDENT]) && inside(m[TRACE_MASK_VERDICTS], m[TRACE_MASK_RESIDENT]) &&
           inside(m[TRACE_MASK_GONE], m[TRACE_MASK_VERDICTS]) && inside(m[TRACE_MASK_ZERO], m[TRACE_MASK_GONE]) && inside(m[TRACE_MASK_FILE], m[TRACE_MASK_GONE]);
}

/* read_scan: the masks that are there. false: they are not all there. */
static bool read_scan(const uint64_t *words, uint64_t left, struct record *r)
{
    r->masks[TRACE_MASK_RANGE] = UINT64_MAX;
    for (unsigned i = 0; i < TRACE_MASKS; i++) {
        if (r->detail >> i & 1) {
            if (r->length == left) {
                return false;
            }
            r->masks[i] = words[r->length++];
        }
    }
    return scan_makes_sense(r);
}

/* read_record: the one at the beginning of the words that are left, which are at least one. false: it cannot be. */
static bool read_record(const uint64_t *words, uint64_t left, struct record *r)
{
    *r = (struct record){.kind = (enum trace_kind)trace_word_kind(words[0]), .flags = trace_word_flags(words[0]), .detail = trace_word_detail(words[0]),
                         .page = trace_word_page(words[0]), .words = &words[1], .length = 1};
    switch (r->kind) {
    case TRACE_STATE:
        r->length = 1 + (words[0] >> TRACE_STATE_SHIFT & 0xfff);
        return r->length == 1 + STATE_WORDS && r->length <= left;
    case TRACE_RESIDENT:
        r->length = 3 + BYTES_WORDS;
        if (r->length > left) {
            return false;
        }
        r->masks[TRACE_MASK_RESIDENT] = words[1];
        r->masks[TRACE_MASK_FILE] = words[2];
        r->words = &words[3];
        return r->page % TRACE_BLOCK_PAGES == 0 && inside(words[2], words[1]);
    case TRACE_FAULT:
        return r->detail < PAGER_FAULT_KINDS;
    case TRACE_SCAN:
        return read_scan(words, left, r);
    case TRACE_STORED:
    case TRACE_AHEAD:
    case TRACE_PASS_END:
        return true;
    default:
        return false;
    }
}

/* check_start: the trace begins with the state of the policy that the header names. */
static bool check_start(const struct replay *r)
{
    struct record first;
    struct evict_state state;

    return read_record(r->words, r->file.words, &first) && first.kind == TRACE_STATE && evict_restore(&state, first.words) && (uint32_t)state.kind == r->file.policy;
}

static bool names_page(const struct record *r)
{
    return r->kind != TRACE_STATE && r->kind != TRACE_PASS_END;
}

/* list_blocks: the numbers of the blocks that the records name, with repetitions; returns how many. */
static enum replay_error list_blocks(struct replay *r, uint64_t *numbers, uint64_t *n)
{
    struct record record;

    *n = 0;
    for (uint64_t at = 0; at < r->file.words; at += record.length) {
        if (!read_record(&r->words[at], r->file.words - at, &record) || (record.kind == TRACE_STATE && at > 0)) {
            r->bad_word = at;
            return REPLAY_RECORD;
        }
        r->pages += record.kind == TRACE_STORED ? 1 : record.kind == TRACE_RESIDENT ? (unsigned)__builtin_popcountll(record.masks[TRACE_MASK_RESIDENT]) : 0;
        uint64_t number = record.page / TRACE_BLOCK_PAGES;
        if (names_page(&record) && (*n == 0 || numbers[*n - 1] != number)) {
            numbers[(*n)++] = number;
        }
    }
    return REPLAY_OK;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static enum replay_error make_blocks(struct replay *r, uint64_t *numbers)
{
    uint64_t n, different = 0;
    enum replay_error error = list_blocks(r, numbers, &n);

    if (error) {
        return error;
    }
    qsort(numbers, n, sizeof *numbers, by_number);
    for (uint64_t i = 0; i < n; i++) {
        if (i == 0 || numbers[i] != numbers[different - 1]) {
            numbers[different++] = numbers[i];
        }
    }
    r->n_blocks = (uint32_t)different;
    r->blocks = different > BLOCKS_MAX ? NULL : malloc((different + 1) * sizeof *r->blocks);
    for (uint64_t i = 0; r->blocks && i < different; i++) {
        r->blocks[i].number = numbers[i];
    }
    return r->blocks ? REPLAY_OK : REPLAY_MEMORY;
}

enum replay_error replay_open(struct replay *r, const struct trace_file *header, const uint64_t *words)
{
    *r = (struct replay){.file = *header, .words = words};
    if (trace_checksum(TRACE_CHECKSUM_START, words, header->words) != header->records_checksum) {
        return REPLAY_CHECKSUM;
    }
    if (!check_start(r)) {
        return REPLAY_RECORD;
    }
    uint64_t *numbers = malloc(header->words * sizeof *numbers);
    enum replay_error error = numbers ? make_blocks(r, numbers) : REPLAY_MEMORY;
    free(numbers);
    return error;
}

void replay_close(struct replay *r)
{
    free(r->blocks);
    *r = (struct replay){0};
}

/* ---- the run ---- */

struct run {
    struct replay *replay;
    struct evict_state policy;
    struct replay_result *result;
    bool following;
    uint64_t resident, live; /* pages: in this run, and as recorded */
    uint32_t hand;           /* index of the block that is looked at next */
    uint32_t dry;            /* passes of the hand without a victim */
    uint32_t found;          /* index of the block looked up last */
};

static struct replay_block *block_of(struct run *m, uint64_t page)
{
    struct replay_block *blocks = m->replay->blocks;
    uint64_t number = page / TRACE_BLOCK_PAGES;
    uint32_t low = 0, high = m->replay->n_blocks - 1;

    while (blocks[m->found].number != number && low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (blocks[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
        m->found = low == high ? low : m->found;
    }
    return &blocks[m->found];
}

static void diverge(struct run *m)
{
    m->following = false;
}

static void come_in(struct run *m, struct replay_block *b, unsigned i, uint8_t byte)
{
    b->resident |= 1ull << i;
    b->stored &= ~(1ull << i);
    b->bytes[i] = byte;
    m->resident++;
    m->result->most = m->resident > m->result->most ? m->resident : m->result->most;
}

static void bring_back(struct run *m, struct replay_block *b, unsigned i, bool has_stamp)
{
    m->result->misses++;
    come_in(m, b, i, has_stamp ? evict_page_in(&m->policy, b->stamps[i]) : EVICT_NEW);
}

/* forget: these pages are no more. */
static void forget(struct run *m, struct replay_block *b, uint64_t pages)
{
    m->resident -= (unsigned)__builtin_popcountll(b->resident & pages);
    b->resident &= ~pages;
    b->stored &= ~pages;
    b->accessed &= ~pages;
    b->file &= ~pages;
    b->zero &= ~pages;
}

/* leave: a page leaves memory; `kept`: its contents are somewhere from where it will have to be brought back. */
static void leave(struct run *m, struct replay_block *b, unsigned i, bool file, bool kept)
{
    uint64_t bit = 1ull << i;

    if (!file) {
        b->stamps[i] = evict_page_out(&m->policy, b->bytes[i]);
    }
    b->resident &= ~bit;
    b->accessed &= ~bit;
    b->stored |= kept ? bit : 0;
    m->resident--;
    m->result->evicted++;
}

/* ---- its own way ---- */

static void leave_own(struct run *m, struct replay_block *b, unsigned i)
{
    bool file = b->file >> i & 1;
    leave(m, b, i, file, !file && !(b->zero >> i & 1));
}

/* scan_own: judge these pages of a block; victims leave while more is held than `most`. Returns how many left. */
static uint32_t scan_own(struct run *m, struct replay_block *b, uint64_t pages, bool cold, enum evict_urgency urgency, uint64_t most)
{
    uint32_t gone = 0;

    for (uint64_t left = b->resident & pages; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        struct evict_verdict v = evict_scanned(&m->policy, b->bytes[i], b->accessed >> i & 1, cold, urgency);
        m->result->scanned++;
        b->bytes[i] = v.byte;
        b->accessed &= ~(1ull << i);
        if (v.victim && m->resident > most) {
            leave_own(m, b, i);
            gone++;
        }
    }
    return gone;
}

static void end_pass(struct run *m)
{
    evict_pass_end(&m->policy);
    m->result->passes++;
    m->hand = 0;
    m->dry++;
}

static enum evict_urgency own_urgency(const struct run *m)
{
    uint32_t urgency = EVICT_WANTED + m->dry;
    return (enum evict_urgency)(urgency < EVICT_DESPERATE ? urgency : EVICT_DESPERATE);
}

/* shrink: no more is held than the recorded run held. */
static void shrink(struct run *m)
{
    for (m->dry = 0; m->resident > m->live && m->dry < DRY_PASSES;) {
        if (m->hand >= m->replay->n_blocks) {
            end_pass(m);
            continue;
        }
        uint32_t gone = scan_own(m, &m->replay->blocks[m->hand++], UINT64_MAX, false, own_urgency(m), m->live);
        m->dry = gone ? 0 : m->dry;
    }
}

/* use: the recording shows an access to a page that exists. */
static void use(struct run *m, struct replay_block *b, unsigned i)
{
    uint64_t bit = 1ull << i;

    if (!(b->resident & bit)) {
        if (b->stored & bit) {
            bring_back(m, b, i, true);
        } else {
            come_in(m, b, i, EVICT_NEW);
        }
    }
    b->accessed |= bit;
}

/* ---- events ---- */

static void set_live(struct run *m, struct replay_block *b, uint64_t mask, uint64_t pages)
{
    m->live += (unsigned)__builtin_popcountll(pages & mask);
    m->live -= (unsigned)__builtin_popcountll(b->live & mask);
    b->live = (b->live & ~mask) | (pages & mask);
}

/* on_other_fault: one that brought nothing back. */
static void on_other_fault(struct run *m, const struct record *r, struct replay_block *b, unsigned i, bool was_live)
{
    uint64_t bit = 1ull << i;

    if (!(r->flags & TRACE_FAULT_RESIDENT)) { /* it shows the zero page, because it was untouched, or full of zeros when it left */
        if (b->zero & bit) {
            b->accessed |= b->resident & bit;
        } else {
            forget(m, b, bit);
        }
        return;
    }
    if (!was_live) { /* its contents are new */
        b->stored &= ~bit;
    }
    b->zero &= ~bit;
    b->file = r->detail == PAGER_FAULT_FILE_READ ? b->file | bit : b->file & ~bit;
    use(m, b, i);
}

static void on_fault(struct run *m, const struct record *r)
{
    struct replay_block *b = block_of(m, r->page);
    unsigned i = (unsigned)(r->page % TRACE_BLOCK_PAGES);
    uint64_t bit = 1ull << i;
    bool was_live = b->live & bit, back = r->flags & TRACE_FAULT_BACK, shared = r->flags & TRACE_FAULT_SHARED;

    /* A page of a shared object may have left memory elsewhere. */
    if (back && ((b->resident & bit) || !((b->stored & bit) || shared))) {
        diverge(m);
    }
    set_live(m, b, bit, r->flags & TRACE_FAULT_RESIDENT ? bit : 0);
    b->touched |= bit;
    if (!back) {
        on_other_fault(m, r, b, i, was_live);
        return;
    }
    if (!(b->resident & bit)) {
        bring_back(m, b, i, !shared);
    }
    b->accessed |= bit;
}

static void on_ahead(struct run *m, const struct record *r)
{
    struct replay_block *b = block_of(m, r->page);
    unsigned i = (unsigned)(r->page % TRACE_BLOCK_PAGES);
    uint64_t bit = 1ull << i;

    if ((b->resident & bit) || !(b->stored & bit)) {
        diverge(m);
    }
    set_live(m, b, bit, bit);
    if (!(b->resident & bit)) {
        bring_back(m, b, i, true);
        m->result->ahead++;
    }
}

/* adopt: a recorded scan tells what is resident: some pages have gone for good, some have come in without a fault. false: that is not how this run sees it. */
static bool adopt(struct run *m, struct replay_block *b, const uint64_t *masks)
{
    uint64_t there = masks[TRACE_MASK_RESIDENT], fresh = masks[TRACE_MASK_NEW];

    forget(m, b, b->resident & masks[TRACE_MASK_RANGE] & ~there);
    if (there & ~b->resident & ~fresh) {
        return false;
    }
    for (uint64_t left = there & ~b->resident; left; left &= left - 1) {
        come_in(m, b, (unsigned)__builtin_ctzll(left), EVICT_NEW);
    }
    for (uint64_t left = fresh; left; left &= left - 1) { /* contents of its own instead of shared ones */
        b->bytes[__builtin_ctzll(left)] = EVICT_NEW;
    }
    return true;
}

/* judge_again: the policy's victims among the pages of a recorded scan. */
static uint64_t judge_again(struct run *m, const struct record *r, struct replay_block *b)
{
    uint64_t victims = 0;

    for (uint64_t left = r->masks[TRACE_MASK_RESIDENT]; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        struct evict_verdict v = evict_scanned(&m->policy, b->bytes[i], r->masks[TRACE_MASK_ACCESSED] >> i & 1, r->flags & TRACE_SCAN_DIRECTED,
                                               (enum evict_urgency)(r->flags & TRACE_SCAN_URGENCY));
        m->result->scanned++;
        b->bytes[i] = v.byte;
        victims |= (uint64_t)v.victim << i;
    }
    b->accessed &= ~r->masks[TRACE_MASK_RANGE];
    return victims;
}

/* follow_scan: as recorded, if the policy decides as it did then. */
static void follow_scan(struct run *m, const struct record *r, struct replay_block *b)
{
    if (!adopt(m, b, r->masks)) {
        diverge(m);
        return;
    }
    uint64_t victims = judge_again(m, r, b), gone = victims;
    if (victims == r->masks[TRACE_MASK_VERDICTS]) {
        gone = r->masks[TRACE_MASK_GONE];
    } else {
        diverge(m);
    }
    for (; gone && (m->following || m->resident > m->live); gone &= gone - 1) {
        unsigned i = (unsigned)__builtin_ctzll(gone);
        bool file = r->masks[TRACE_MASK_FILE] >> i & 1, zero = r->masks[TRACE_MASK_ZERO] >> i & 1;
        if (m->following) {
            leave(m, b, i, file, !file && !zero);
        } else {
            leave_own(m, b, i);
        }
    }
    if (!(r->flags & TRACE_SCAN_DIRECTED)) {
        m->hand = (uint32_t)(b - m->replay->blocks) + 1;
    }
}

/* see_scan: what a recorded scan tells of a run that goes its own way. `was_live`, `touched`: before it. */
static void see_scan(struct run *m, const struct record *r, struct replay_block *b, uint64_t was_live, uint64_t touched)
{
    uint64_t there = r->masks[TRACE_MASK_RESIDENT];

    forget(m, b, was_live & r->masks[TRACE_MASK_RANGE] & ~there);
    for (uint64_t left = there; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        uint64_t bit = 1ull << i;
        if (r->masks[TRACE_MASK_ACCESSED] & ~touched & bit) {
            use(m, b, i);
        } else if (!(b->resident & bit) && !(b->stored & bit)) {
            come_in(m, b, i, EVICT_NEW);
        }
    }
    if (r->flags & TRACE_SCAN_DIRECTED) {
        scan_own(m, b, r->masks[TRACE_MASK_RANGE], true, (enum evict_urgency)(r->flags & TRACE_SCAN_URGENCY), 0);
    }
}

static void on_scan(struct run *m, const struct record *r)
{
    struct replay_block *b = block_of(m, r->page);
    uint64_t range = r->masks[TRACE_MASK_RANGE], was_live = b->live, touched = b->touched;

    set_live(m, b, range, r->masks[TRACE_MASK_RESIDENT] & ~r->masks[TRACE_MASK_GONE]);
    b->touched &= ~range;
    b->file |= r->masks[TRACE_MASK_FILE];
    b->zero |= r->masks[TRACE_MASK_ZERO];
    if (m->following) {
        follow_scan(m, r, b);
    } else {
        see_scan(m, r, b, was_live, touched);
    }
}

static void on_event(struct run *m, const struct record *r)
{
    switch (r->kind) {
    case TRACE_FAULT:
        on_fault(m, r);
        break;
    case TRACE_AHEAD:
        on_ahead(m, r);
        break;
    case TRACE_SCAN:
        on_scan(m, r);
        break;
    default:
        if (m->following) {
            end_pass(m);
        }
    }
    if (!m->following) {
        shrink(m);
    }
}

/* ---- the start ---- */

static void take_block(struct run *m, const struct record *r)
{
    struct replay_block *b = block_of(m, r->page);

    for (uint64_t left = r->masks[TRACE_MASK_RESIDENT] & ~b->resident; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        come_in(m, b, i, (uint8_t)(r->words[i / 8] >> i % 8 * 8));
    }
    b->file |= r->masks[TRACE_MASK_FILE];
    set_live(m, b, UINT64_MAX, b->resident);
}

static void take_stored(struct run *m, const struct record *r, uint64_t word)
{
    struct replay_block *b = block_of(m, r->page);
    unsigned i = (unsigned)(r->page % TRACE_BLOCK_PAGES);

    b->stored |= 1ull << i & ~b->resident;
    b->stamps[i] = (uint32_t)(word >> TRACE_STAMP_SHIFT) & ((1u << EVICT_STAMP_BITS) - 1);
}

static void clear_blocks(struct replay *r)
{
    for (uint32_t i = 0; i < r->n_blocks; i++) {
        r->blocks[i] = (struct replay_block){.number = r->blocks[i].number};
    }
}

void replay_run(struct replay *r, enum evict_kind policy, bool follow, struct replay_result *out)
{
    struct run m = {.replay = r, .result = out, .following = follow};
    struct record record;

    *out = (struct replay_result){0};
    clear_blocks(r);
    for (uint64_t at = 0; at < r->file.words; at += record.length) {
        read_record(&r->words[at], r->file.words - at, &record);
        switch (record.kind) {
        case TRACE_STATE:
            evict_restore(&m.policy, record.words);
            if (policy != m.policy.kind) {
                evict_switch(&m.policy, policy);
            }
            break;
        case TRACE_RESIDENT:
            take_block(&m, &record);
            break;
        case TRACE_STORED:
            take_stored(&m, &record, r->words[at]);
            break;
        default:
            on_event(&m, &record);
            out->events++;
            out->followed += m.following;
        }
    }
    out->exact = m.following;
}
