/* SPDX-License-Identifier: BSD-2-Clause */
#include "store.h"

#include "balance.h"
#include "compress.h"
#include "frame.h"
#include "page_ops.h"
#include "policy/size_class.h"
#include "pool.h"
#include "state.h"
#include "swap.h"

#include <pagoda/layout.h>
#include <string.h>


struct store_counters store_counters;
static uint8_t compressed[SIZE_CLASS_BYTES_MAX + COMPRESS_SLACK];
static uint64_t n_raw; /* frames of RECORD_RAW */

void store_init(void)
{
    memset(&store_counters, 0, sizeof store_counters);
    n_raw = 0;
    pool_init();
}

/* ---- the kinds ---- */

static enum store_damage same_get(uint32_t handle, void *dest)
{
    const struct record *r = record_at(handle);
    uint64_t word = r->place | (uint64_t)r->high << 32;

    if (page_checksum(&word, sizeof word, r->page) != r->checksum) {
        return STORE_CHECKSUM;
    }
    page_fill(dest, word);
    return STORE_INTACT;
}

static void same_drop(uint32_t handle)
{
    (void)handle;
}

static enum store_damage compressed_get(uint32_t handle, void *dest)
{
    const struct record *r = record_at(handle);
    const void *bytes = pool_bytes(handle);

    if (!bytes) {
        return STORE_MISPLACED;
    }
    if (page_checksum(bytes, r->length, r->page) != r->checksum) {
        return STORE_CHECKSUM;
    }
    return expand_page(bytes, r->length, dest) ? STORE_INTACT : STORE_UNREADABLE;
}

static enum store_damage raw_get(uint32_t handle, void *dest)
{
    const struct record *r = record_at(handle);

    if (!frame_is(r->place, FRAME_STORE)) {
        return STORE_MISPLACED;
    }
    const void *bytes = frame_window(r->place);

    if (page_checksum(bytes, PAGE_SIZE, r->page) != r->checksum) {
        return STORE_CHECKSUM;
    }
    page_copy(dest, bytes);
    return STORE_INTACT;
}

static void raw_drop(uint32_t handle)
{
    frame_put(record_at(handle)->place);
    n_raw--;
}

static const struct store_kind {
    enum store_damage (*get)(uint32_t handle, void *dest);
    void (*drop)(uint32_t handle);
} kinds[RECORD_KINDS] = {
    [RECORD_SAME] = {same_get, same_drop},
    [RECORD_COMPRESSED] = {compressed_get, pool_drop},
    [RECORD_DISK] = {swap_get, swap_drop},
    [RECORD_RAW] = {raw_get, raw_drop},
};

/* ---- storing ---- */

static bool put_same(uint32_t handle, const void *bytes)
{
    struct record *r = record_at(handle);
    uint64_t word;

    if (!page_same(bytes, &word)) {
        return false;
    }
    r->kind = RECORD_SAME;
    r->place = (uint32_t)word;
    r->high = (uint32_t)(word >> 32);
    r->checksum = page_checksum(&word, sizeof word, r->page);
    return true;
}

/* compress: into `compressed`; its length, or 0 when it does not fit an object of `most` bytes, at most SIZE_CLASS_BYTES_MAX. */
static uint32_t compress(const void *bytes, uint32_t most)
{
    return compress_page(bytes, compressed, most - POOL_HEADER);
}

/* put_compressed: what `compressed` holds. */
static bool put_compressed(uint32_t handle, uint32_t length)
{
    if (!length || !pool_put(handle, compressed, length)) {
        return false;
    }
    struct record *r = record_at(handle);
    r->checksum = page_checksum(compressed, length, r->page);
    store_counters.bytes += length;
    return true;
}

static struct store_facts facts(void)
{
    uint32_t room = swap_room();
    return (struct store_facts){.store_frames = pool_frames(), .store_limit = balance_limit(), .disk_free = room, .writes = 0, .writes_max = room};
}

/* put: somewhere, as the policy says. */
static bool put(uint32_t handle, const void *bytes, const struct store_source *source)
{
    struct store_facts now = facts();
    struct store_page page = {.same_filled = !source->mixed && put_same(handle, bytes), .cold = source->cold};
    enum store_answer answer = store_first(&now, &page, source->history);

#ifdef PAGODA_DEBUG
    if (pager.evict == EVICT_ALWAYS_COMPRESSED && put_compressed(handle, compress(bytes, SIZE_CLASS_BYTES_MAX))) {
        return true;
    }
#endif
    if (page.same_filled) {
        return true;
    }
    if (pager.evict == EVICT_ALWAYS_TO_DISK && swap_put(handle, bytes)) {
        return true;
    }
    uint32_t length = answer == STORE_TRY ? compress(bytes, store_bytes_max(&now)) : 0;
    if (answer == STORE_TRY) {
        answer = store_compressed(&now, source->history, length ? length + POOL_HEADER : UINT32_MAX);
        store_counters.refused += length == 0;
    }
    if (answer == STORE_COMPRESSED && put_compressed(handle, length)) {
        return true;
    }
    return (answer == STORE_COMPRESSED || answer == STORE_DISK) && swap_put(handle, bytes);
}

uint32_t store_put(const void *bytes, const struct store_source *source)
{
    uint32_t handle = record_take();

    if (!handle) {
        return 0;
    }
    record_at(handle)->space = source->space & 0xffff;
    record_at(handle)->page = (uint32_t)source->page;
    uint64_t start = balance_useful() ? kernel_ticks() : 0;
    if (!put(handle, bytes, source)) {
        record_put(handle);
        return 0;
    }
    struct record *r = record_at(handle);
    store_counters.put[r->kind]++;
    if (r->kind == RECORD_COMPRESSED && start) {
        balance_page_stored(r, start);
    } else if (r->kind == RECORD_DISK) {
        balance_page_elsewhere(r);
    }
    return handle;
}

void store_submit(void)
{
    swap_submit();
}

static bool put_raw(uint32_t handle, const void *bytes)
{
    struct record *r = record_at(handle);
    uint32_t frame = frame_take(FRAME_STORE, false, true);

    if (frame == BUDDY_NONE) {
        return false;
    }
    page_copy(frame_window(frame), bytes);
    frame_at(frame)->unit.order = STORE_USE_RAW;
    frame_at(frame)->unit.next = handle;
    r->kind = RECORD_RAW;
    r->place = frame;
    n_raw++;
    return true;
}

static bool raw_move(uint32_t from, uint32_t to)
{
    struct record *r = record_at(frame_at(from)->unit.next);

    page_copy(frame_window(to), frame_window(from));
    frame_move(from, to);
    r->place = to;
    return true;
}

bool store_move(uint32_t from, uint32_t to)
{
    switch (frame_at(from)->unit.order) {
    case STORE_USE_RECORDS:
        return records_move(from, to);
    case STORE_USE_RAW:
        return raw_move(from, to);
    case STORE_USE_FIXED:
        return false;
    default:
        pool_move(from, to);
        return true;
    }
}

bool store_to_memory(uint32_t handle, const void *bytes)
{
    return put_compressed(handle, compress(bytes, SIZE_CLASS_BYTES_MAX)) || put_raw(handle, bytes);
}

/* ---- writing out ---- */

/* write_out: a compressed page goes to disk. */
static bool write_out(uint32_t handle)
{
    static uint64_t page[PAGE_SIZE / 8];

    if (compressed_get(handle, page) != STORE_INTACT) {
        pool_renew(handle); /* its owner will hear of it; the others go first */
        return false;
    }
    pool_drop(handle);
    if (!swap_put(handle, page)) {
        pager_panic("store: no room on disk after all", handle);
    }
    balance_page_written(record_at(handle));
    return true;
}

uint32_t store_write_out(void (*moved)(const struct record *r))
{
    struct store_facts now = facts();
    uint32_t wanted = store_write_back(&now), n = 0;

#ifdef PAGODA_DEBUG
    wanted = pager.evict == EVICT_ALWAYS_WRITEBACK ? now.writes_max : wanted;
#endif

    for (uint32_t handle = pool_oldest(); n < wanted && handle && write_out(handle); handle = pool_oldest()) {
        moved(record_at(handle));
        n++;
    }
    store_submit();
    return n;
}

/* ---- getting ---- */

static enum store_damage get(uint32_t handle, uint8_t generation, uint64_t page, void *dest)
{
    if (!record_valid(handle)) {
        return STORE_NO_RECORD;
    }
    const struct record *r = record_at(handle);
    if (r->generation != generation) {
        return STORE_REUSED;
    }
    if (r->page != (uint32_t)page) {
        return STORE_MISPLACED;
    }
    return r->kind != RECORD_FREE && r->kind < RECORD_KINDS ? kinds[r->kind].get(handle, dest) : STORE_NO_RECORD;
}

enum store_damage store_get(uint32_t handle, uint8_t generation, uint64_t page, void *dest)
{
    uint64_t start = balance_useful() ? kernel_ticks() : 0;
    enum store_damage damage = get(handle, generation, page, dest);

    if (damage) {
        store_counters.damaged++;
        return damage;
    }
    const struct record *r = record_at(handle);
    store_counters.got[r->kind]++;
    if (r->kind == RECORD_COMPRESSED && start) {
        balance_page_expanded(r, start);
    }
    return STORE_INTACT;
}

static const enum store_where where[] = {[SWAP_HERE] = STORE_HERE, [SWAP_COMING] = STORE_COMING, [SWAP_NO_WAY] = STORE_NO_WAY};

static bool on_disk(uint32_t handle)
{
    return record_valid(handle) && record_at(handle)->kind == RECORD_DISK;
}

enum store_where store_fetch(uint32_t handle)
{
    return on_disk(handle) ? where[swap_fetch(handle)] : STORE_HERE;
}

enum store_where store_fetch_ahead(uint32_t handle)
{
    return on_disk(handle) ? where[swap_fetch_ahead(handle)] : STORE_HERE;
}

/* ---- references ---- */

void store_retain(uint32_t handle)
{
    record_at(handle)->refs++;
}

void store_release(uint32_t handle)
{
    struct record *r = record_at(handle);

    if (--r->refs == 0) {
        kinds[r->kind].drop(handle);
        record_put(handle);
    }
}

/* ---- figures ---- */

uint64_t store_frames(void)
{
    return pool_frames() + record_frames() + n_raw + swap_meta_pages();
}

uint64_t store_pages(void)
{
    return records_used() - pool_spans();
}

bool store_tidy(void)
{
    return pool_compact();
}

uint32_t store_check(void)
{
    uint32_t problems = pool_check() + swap_check();

    for (uint32_t h = record_next(0); h; h = record_next(h)) {
        const struct record *r = record_at(h);
        problems += (r->refs == 0) != (r->kind == RECORD_SPAN) || r->kind == RECORD_FREE || r->kind > RECORD_SPAN;
    }
    return problems + (pages_in(FRAME_STORE) != store_frames());
}
