/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Division of RAM at start:
 *   - untypeds smaller than a group (64 KiB) go to the arena;
 *   - untypeds of 2 MiB and more become whole chunks; smaller ones become groups of partial chunks;
 *   - the arena gets what arena_need computes: small pieces first, then whole chunks, and the last part as groups of one chunk,
 *     the "first chunk". That chunk is also where the first two CNodes come from, which everything else needs.
 * Every piece but the smallest is a multiple of a CNode, and the arena mixes CNodes and pages in none, so the sizes simply add up.
 */
#include "boot.h"

#include "ahead.h"
#include "arena.h"
#include "balance.h"
#include "chunk.h"
#include "compact.h"
#include "large.h"
#include "cspace.h"
#include "event.h"
#include "file.h"
#include "frame.h"
#include "idle.h"
#include "inject.h"
#include "load.h"
#include "mapping.h"
#include "migrate.h"
#include "park.h"
#include "prezero.h"
#include "promise.h"
#include "promote.h"
#include "reclaim.h"
#include "reserve.h"
#include "shared.h"
#include "space.h"
#include "state.h"
#include "store.h"
#include "subscribe.h"
#include "trace.h"
#include "trail.h"
#include "swap.h"
#include "waiting.h"

#include <loader/archive.h>
#include <stddef.h>

#define GIB (1ull << 30)
#define GROUP_BYTES (1ull << GROUP_BITS)
#define CHUNK_BYTES (1ull << CHUNK_BITS)
#define RETYPE_MAX 256u
#define LEAF_BYTES (1ull << CSPACE_CNODE_BITS)
#define FIRST_LEAVES 2u /* from the first group */
/* What chunk_activate takes besides a leaf: its part of the frame table, the table of the window. */
#define CHUNK_METADATA_PAGES (CHUNK_PAGES * sizeof(struct frame) / PAGE_SIZE + 1)
/* What must be left for the last chunk by the cautious count of arena_ready: pages, and with them slots. */
#define ARENA_SPARE_PAGES 8u
#define CAP_LEAVES 8u /* slots for 8192 chunks: 16 GiB */

struct pager_state pager;
cptr_t pager_endpoint, pager_reply;

static struct {
    const struct pager_start *start;
    uint32_t chunk_of[PAGER_MAX_UNTYPEDS]; /* first chunk of each untyped; unset for small ones */
    bool in_arena[PAGER_MAX_UNTYPEDS];     /* partial pieces taken whole */
    uint32_t n_chunks;
    unsigned first;          /* untyped from which the first chunk comes: the smallest of at least 2 MiB */
    uint32_t first_chunk;
    cptr_t first_cap;
    uint32_t first_groups;   /* of the first chunk, groups used by the arena, the one for the first CNodes included */
    uint32_t arena_chunks;   /* whole chunks for the arena: those with the highest numbers */
    uint32_t cap_leaves[CAP_LEAVES]; /* slots of the whole chunks' untypeds, by chunk number */
    uint64_t need_pages, need_leaves; /* of the arena */
    uint64_t window_va, frames_va, memory_va, large_va;
} boot;

static uint64_t bytes_of(const struct pager_untyped *u)
{
    return 1ull << u->size_bits;
}

static bool is_whole(const struct pager_untyped *u)
{
    return u->size_bits >= CHUNK_BITS;
}

static bool is_piece(const struct pager_untyped *u)
{
    return u->size_bits >= GROUP_BITS && u->size_bits < CHUNK_BITS;
}

/* ---- plan ---- */

static void number_chunks(void)
{
    uint64_t partial_place = UINT64_MAX; /* 2 MiB place of the last partial chunk */
    unsigned smallest = PAGER_MAX_UNTYPEDS;

    boot.n_chunks = 0;
    for (unsigned i = 0; i < boot.start->n_untypeds; i++) {
        const struct pager_untyped *u = &boot.start->untypeds[i];
        if (is_whole(u)) {
            boot.chunk_of[i] = boot.n_chunks;
            boot.n_chunks += (uint32_t)(bytes_of(u) >> CHUNK_BITS);
            if (smallest == PAGER_MAX_UNTYPEDS || u->size_bits < boot.start->untypeds[smallest].size_bits) {
                smallest = i;
            }
        } else if (is_piece(u)) {
            boot.n_chunks += u->paddr >> CHUNK_BITS != partial_place;
            partial_place = u->paddr >> CHUNK_BITS;
            boot.chunk_of[i] = boot.n_chunks - 1;
        }
    }
    if (smallest == PAGER_MAX_UNTYPEDS) {
        pager_too_small();
    }
    if (boot.n_chunks > CAP_LEAVES * CSPACE_LEAF_SLOTS) {
        pager_panic("boot: more memory than the pager can number", boot.n_chunks);
    }
    boot.first = smallest;
    boot.first_chunk = boot.chunk_of[smallest];
}

static uint64_t pages_for(uint64_t bytes)
{
    return (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
}

static uint64_t divide_up(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

static uint64_t archive_files(void)
{
    struct archive archive;
    const void *base = (const void *)(uintptr_t)boot.start->archive_va;

    return archive_open(base, boot.start->archive_length, &archive) == ARCHIVE_OK ? archive.n_files : 0;
}

/* arena_need: pages and leaves that all of the pager's metadata takes once every chunk is in use. Each page takes a slot. */
static void arena_need(void)
{
    const struct pager_start *start = boot.start;
    uint64_t n = boot.n_chunks;
    uint64_t bytes = arena_round(n * sizeof(struct chunk)) + arena_round(n * CHUNK_GROUPS * sizeof(struct buddy_unit)) +
                     arena_round((n / 32 + 1) * sizeof(uint32_t)) + arena_round(slots_table_bytes(1u << start->root_bits)) +
                     arena_round(spaces_table_bytes(start->ram_pages)) + arena_round(records_table_bytes(start->ram_pages)) +
                     arena_round(archive_files() * sizeof(struct file));
    uint64_t tables = pages_for(bytes);
    /* Window, frame table, memory: a table for each 2 MiB of the second and third and each GiB of all, begun ones too; the top level. */
    uint64_t own_tables = n / 512 + n / 256 + tables / 512 + 8;
    uint64_t free_slots = start->free_slot_end - start->free_slot + (n < CSPACE_LEAF_SLOTS ? CSPACE_LEAF_SLOTS - n : 0);

    boot.need_pages = n * CHUNK_METADATA_PAGES + tables + own_tables + ARENA_SPARE_PAGES;
    uint64_t slots = boot.need_pages + 1 + 2 * MAPPING_ZERO_RUN; /* of which up to half are lost */
    uint64_t slot_leaves = slots > free_slots ? divide_up(slots - free_slots, CSPACE_LEAF_SLOTS) : 0;
    boot.need_leaves = n + divide_up(n * CHUNK_GROUPS, CSPACE_LEAF_SLOTS) + divide_up(n, CSPACE_LEAF_SLOTS) + slot_leaves;
}

static void plan_addresses(void)
{
    uint64_t window = divide_up((uint64_t)boot.n_chunks << CHUNK_BITS, GIB) * GIB;

    boot.window_va = boot.start->free_va;
    boot.frames_va = boot.window_va + window;
    boot.memory_va = boot.frames_va + GIB;
    boot.large_va = boot.memory_va + GIB - CHUNK_BYTES; /* memory is never so large */
    if (boot.memory_va + GIB > boot.start->free_end) {
        pager_panic("boot: not enough addresses", boot.start->free_end);
    }
}

/* ---- the arena ---- */

static uint64_t less(uint64_t need, uint64_t bytes)
{
    return bytes < need ? need - bytes : 0;
}

/* give_small_pieces: what is smaller than a group, and then pieces of partial chunks from the smallest on. `need` is in bytes; returns what
 * is still needed. What is smaller than a leaf can only hold pages. */
static uint64_t give_small_pieces(uint64_t need)
{
    uint64_t pages = boot.need_pages * PAGE_SIZE;

    for (uint32_t bits = PAGE_BITS; bits < CHUNK_BITS; bits++) {
        for (unsigned i = 0; i < boot.start->n_untypeds; i++) {
            const struct pager_untyped *u = &boot.start->untypeds[i];
            if (u->size_bits != bits || (bits >= GROUP_BITS && bytes_of(u) > need)) {
                continue;
            }
            uint64_t useful = bits < CSPACE_CNODE_BITS && bytes_of(u) > pages ? pages : bytes_of(u);
            arena_add(u->slot, bytes_of(u));
            boot.in_arena[i] = true;
            need = less(need, useful);
            pages = less(pages, useful);
        }
    }
    return need;
}

static uint32_t leaf_from(cptr_t untyped)
{
    uint32_t leaf = cspace_leaf_take();

    must(kernel_retype(untyped, KERNEL_CNODE, CSPACE_LEAF_BITS, KERNEL_ROOT_LEAF, leaf, 1), "boot: leaf");
    return leaf;
}

static void retype_untypeds(cptr_t untyped, unsigned size_bits, uint32_t leaf, uint32_t slot, uint32_t count)
{
    while (count > 0) {
        uint32_t n = count < RETYPE_MAX ? count : RETYPE_MAX;
        n = n < CSPACE_LEAF_SLOTS - slot % CSPACE_LEAF_SLOTS ? n : CSPACE_LEAF_SLOTS - slot % CSPACE_LEAF_SLOTS;
        must(kernel_retype(untyped, KERNEL_UNTYPED, size_bits, leaf, slot % CSPACE_LEAF_SLOTS, n), "boot: untypeds");
        slot += n;
        count -= n;
    }
}

static cptr_t first_group_slot(uint32_t leaf, uint32_t chunk)
{
    return cptr_at(leaf, chunk * CHUNK_GROUPS % CSPACE_LEAF_SLOTS);
}

/* split_first_chunk: its first group becomes two CNodes, for group slots and chunk slots; the others get their slots. Returns the
 * leaf of the group slots. */
static uint32_t split_first_chunk(void)
{
    const struct pager_untyped *u = &boot.start->untypeds[boot.first];

    boot.first_cap = u->slot;
    if (u->size_bits > CHUNK_BITS) {
        boot.first_cap = arena_slot();
        retype_untypeds(u->slot, CHUNK_BITS, cptr_leaf(boot.first_cap), cptr_slot(boot.first_cap), 1);
    }
    uint32_t group_leaf = leaf_from(boot.first_cap);
    boot.cap_leaves[0] = leaf_from(boot.first_cap);
    if (boot.n_chunks < CSPACE_LEAF_SLOTS) {
        arena_slots(cptr_at(boot.cap_leaves[0], boot.n_chunks), cptr_at(boot.cap_leaves[0] + 1, 0));
    }
    retype_untypeds(boot.first_cap, GROUP_BITS, group_leaf, (boot.first_chunk * CHUNK_GROUPS + 1) % CSPACE_LEAF_SLOTS, CHUNK_GROUPS - 1);
    return group_leaf;
}

/* give_groups: the rest of the arena's need, as groups of the first chunk and whole chunks. */
static void give_groups(uint32_t group_leaf, uint64_t need)
{
    boot.arena_chunks = (uint32_t)(need / CHUNK_BYTES);
    uint64_t n = divide_up(need % CHUNK_BYTES, GROUP_BYTES);
    if (n > CHUNK_GROUPS - 1) {
        boot.arena_chunks++;
        n = 0;
    }
    /* The slots and tables that carving the whole chunks needs come from here. */
    n = boot.arena_chunks > 0 && n < 6 ? 6 : n;
    for (uint32_t i = 1; i <= n; i++) {
        arena_add(first_group_slot(group_leaf, boot.first_chunk) + i, GROUP_BYTES);
    }
    boot.first_groups = (uint32_t)n + 1;
}

/* ---- chunks ---- */

static cptr_t chunk_cap(uint32_t chunk)
{
    return cptr_at(boot.cap_leaves[chunk / CSPACE_LEAF_SLOTS], chunk % CSPACE_LEAF_SLOTS);
}

/* carve: make the untypeds of the whole chunks of one untyped. */
static void carve(unsigned i)
{
    const struct pager_untyped *u = &boot.start->untypeds[i];
    uint32_t chunk = boot.chunk_of[i], end = chunk + (uint32_t)(bytes_of(u) >> CHUNK_BITS);

    if (i == boot.first) {
        chunk++;
    }
    while (chunk < end) {
        uint32_t in_leaf = CSPACE_LEAF_SLOTS - chunk % CSPACE_LEAF_SLOTS;
        uint32_t n = end - chunk < in_leaf ? end - chunk : in_leaf;
        retype_untypeds(u->slot, CHUNK_BITS, boot.cap_leaves[chunk / CSPACE_LEAF_SLOTS], chunk % CSPACE_LEAF_SLOTS, n);
        chunk += n;
    }
}

static void carve_all(void)
{
    for (uint32_t i = 1; i * CSPACE_LEAF_SLOTS < boot.n_chunks; i++) {
        boot.cap_leaves[i] = arena_leaf();
    }
    for (unsigned i = 0; i < boot.start->n_untypeds; i++) {
        if (is_whole(&boot.start->untypeds[i])) {
            carve(i);
        }
    }
}

/* give_whole_chunks: the arena's share of them, from the highest numbers down. */
static void give_whole_chunks(void)
{
    uint32_t left = boot.arena_chunks;

    for (unsigned i = (unsigned)boot.start->n_untypeds; i-- > 0 && left > 0;) {
        const struct pager_untyped *u = &boot.start->untypeds[i];
        if (!is_whole(u)) {
            continue;
        }
        uint32_t low = boot.chunk_of[i] + (i == boot.first);
        for (uint32_t c = boot.chunk_of[i] + (uint32_t)(bytes_of(u) >> CHUNK_BITS); c-- > low && left > 0; left--) {
            arena_add(chunk_cap(c), CHUNK_BYTES);
            boot.in_arena[i] = true;
        }
    }
    if (left > 0) {
        pager_too_small();
    }
}

/* add_whole: describe the whole chunks of one untyped; *left counts down the arena's, which come last. */
static void add_whole(unsigned i, uint32_t *arena_left)
{
    const struct pager_untyped *u = &boot.start->untypeds[i];
    uint32_t n = (uint32_t)(bytes_of(u) >> CHUNK_BITS);

    for (uint32_t k = n; k-- > 0;) {
        struct chunk *c = chunk_at(boot.chunk_of[i] + k);
        c->paddr = u->paddr + ((uint64_t)k << CHUNK_BITS);
        if (i == boot.first && k == 0) {
            c->present = boot.first_groups < CHUNK_GROUPS ? UINT32_MAX << boot.first_groups : 0;
        } else if (*arena_left > 0) {
            (*arena_left)--;
        } else {
            c->untyped = chunk_cap(boot.chunk_of[i] + k);
            c->present = UINT32_MAX;
        }
    }
}

static void add_piece(unsigned i)
{
    const struct pager_untyped *u = &boot.start->untypeds[i];
    struct chunk *c = chunk_at(boot.chunk_of[i]);
    uint32_t group = (uint32_t)(u->paddr >> GROUP_BITS) % CHUNK_GROUPS;
    uint32_t n = (uint32_t)(bytes_of(u) >> GROUP_BITS);

    c->paddr = u->paddr >> CHUNK_BITS << CHUNK_BITS;
    if (boot.in_arena[i]) {
        return;
    }
    chunk_group_slots(boot.chunk_of[i]);
    cptr_t slot = group_cap(boot.chunk_of[i] * CHUNK_GROUPS + group);
    retype_untypeds(u->slot, GROUP_BITS, cptr_leaf(slot), cptr_slot(slot), n);
    c->present |= (uint32_t)((1ull << n) - 1) << group;
}

static void add_chunks(void)
{
    uint32_t arena_left = boot.arena_chunks;

    for (unsigned i = (unsigned)boot.start->n_untypeds; i-- > 0;) {
        if (is_whole(&boot.start->untypeds[i])) {
            add_whole(i, &arena_left);
        } else if (is_piece(&boot.start->untypeds[i])) {
            add_piece(i);
        }
    }
}

static void free_groups(uint32_t chunk)
{
    uint32_t present = chunk_at(chunk)->present;

    pager.general_pages += (uint64_t)__builtin_popcount(present) * GROUP_PAGES;
    if (present == UINT32_MAX) {
        buddy_insert(groups(), chunk * CHUNK_GROUPS, CHUNK_BITS - GROUP_BITS, true);
        return;
    }
    for (uint32_t i = 0; i < CHUNK_GROUPS; i++) {
        if (present >> i & 1) {
            buddy_insert(groups(), chunk * CHUNK_GROUPS + i, 0, true);
        }
    }
}

static void divide_memory(void)
{
    number_chunks();
    plan_addresses();
    arena_need();
    uint64_t need = boot.need_pages * PAGE_SIZE + (boot.need_leaves - FIRST_LEAVES) * LEAF_BYTES;
    arena_init(PAGER_CAP_VSPACE, boot.start->free_slot, boot.start->free_slot_end, boot.memory_va);
    uint32_t group_leaf = split_first_chunk();
    give_groups(group_leaf, give_small_pieces(need));
    carve_all();
    give_whole_chunks();
    arena_settle(boot.need_leaves - FIRST_LEAVES);
    chunk_tables_init(boot.n_chunks, boot.window_va, boot.frames_va);
    frames_init(boot.frames_va, boot.window_va, PAGER_CAP_VSPACE, boot.start->archive_va);
    chunk_use_leaf_for_groups(boot.first_chunk, group_leaf);
    add_chunks();
    pager.general_pages = 0;
    for (uint32_t c = boot.n_chunks; c-- > 0;) {
        if (chunk_at(c)->present && !chunk_at(c)->untyped && !chunk_activate(c)) {
            pager_too_small();
        }
        free_groups(c);
    }
}

/* ---- the rest ---- */

static void check_start(const struct pager_start *start)
{
    if (start->magic != PAGER_START_MAGIC || start->version != PAGER_START_VERSION || start->size != sizeof *start) {
        pager_panic("boot: start block of another version", start->version);
    }
    if (start->n_untypeds > PAGER_MAX_UNTYPEDS || start->timer_frequency == 0) {
        pager_panic("boot: start block out of range", start->n_untypeds);
    }
}

static void set_state(const struct pager_start *start)
{
    uint64_t untyped_pages = 0;

    for (unsigned i = 0; i < start->n_untypeds; i++) {
        untyped_pages += bytes_of(&start->untypeds[i]) / PAGE_SIZE;
    }
    pager.ram_pages = start->ram_pages;
    pager.kernel_pages = start->kernel_pages;
    pager.init_pages = start->init_pages;
    pager.archive_pages = start->archive_pages;
    /* Everything of the untypeds that is not general memory is the pager's own. */
    pager.own_pages = start->pager_pages + untyped_pages - pager.general_pages;
    pager.ns_per_tick = (1000000000ull << 32) / start->timer_frequency;
    pager.zero_sharing = 1;
    pager.evict = EVICT_WHEN_SHORT;
    pager.stack_step_max = 16;
    pager.stack_limit = 8u << 20;
    pager.predict = 1;
    pager.balance = 1;
    pager.prezero = 1;
    pager.hint = 1;
    pager.prezero_limit = PREZERO_LIMIT;
    pager.stack_trim = 1;
    pager.colours = 1;
    pager.compact = 1;
    pager.large = LARGE_ADVISED;
#ifdef PAGODA_DEBUG
    pager.check = 1;
    pager.evict = start->evict ? start->evict : pager.evict;
#endif
    pressure_init(&pager.pressure, start->ram_pages);
    history_init(&pager.history, &(struct history_counts){0});
}

static cptr_t in_root(cptr_t cap)
{
    uint32_t leaf = cspace_leaf_take();

    must(kernel_copy_to_root(leaf, cap), "boot: root slot");
    return cptr_at(leaf, 0);
}

static void make_zero_page(void)
{
    pager.zero_page = frame_take(FRAME_META, true, false);
    /* Its original capability is never mapped: every mapping gets a copy. */
    frame_at(pager.zero_page)->flags |= FRAME_MAPPED;
    pager.zero_row = arena_row(MAPPING_ZERO_RUN);
    for (unsigned i = 0; i < MAPPING_ZERO_RUN; i++) {
        must(kernel_copy(pager.zero_row + i, page_cap(pager.zero_page), KERNEL_READ), "boot: zero page");
    }
}

void pager_colours(uint64_t colours)
{
    pager.colours = colours_used(colours);
    pager.colouring = pager.colours > 1;
    colouring_make(&pager.all_colours, UINT32_MAX >> (COLOURS_MAX - pager.colours), pager.colours);
    frames_colours(pager.colours);
}

void pager_boot(const struct pager_start *start)
{
    const cptr_t notifications[MANAGERS + 1] = {
        [MANAGER_INIT] = PAGER_CAP_NOTIFICATION_INIT, [MANAGER_PROCESS] = PAGER_CAP_NOTIFICATION_PROCESS};

    check_start(start);
    boot.start = start;
    for (unsigned i = 0; i < PAGER_MAX_UNTYPEDS; i++) {
        boot.in_arena[i] = false;
    }
    pager = (struct pager_state){0};
    inject_init();
    cspace_init((uint32_t)start->next_leaf, (uint32_t)start->root_bits);
    kernel_receive_into(cspace_leaf_take());
    pager_endpoint = in_root(PAGER_CAP_ENDPOINT);
    pager_reply = in_root(LAYOUT_CAP_REPLY);
    divide_memory();
    set_state(start);
    slots_init();
    files_init(start);
    spaces_init(start->ram_pages, PAGER_CAP_ENDPOINT, PAGER_CAP_ASID_POOL, PAGER_CAP_ASID_CONTROL);
    records_init(start->ram_pages);
    swap_init(NULL, NULL, 0);
    store_init();
    balance_begin();
    park_init();
    waiting_init();
    stall_init(&pager.stall, ticks_to_ns(kernel_ticks()));
    reclaim_init();
    ahead_init();
    promises_init(start->commit_strict);
    migrate_init();
    compact_init();
    trace_init();
    large_init();
    promote_init(boot.large_va);
    trail_init();
    events_init(notifications);
    subscriptions_init();
    load_init();
    shared_reset();
    reserve_init();
    frames_keep(pager.general_pages);
    idle_start();
    prezero_start();
    if (!reserve_fill() || !park_ready()) {
        pager_too_small();
    }
    make_zero_page();
#ifdef PAGODA_DEBUG
    inject_every(start->fail_alloc);
#endif
}
