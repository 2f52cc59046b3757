/* SPDX-License-Identifier: BSD-2-Clause */
#include "chunk.h"

#include "arena.h"
#include "frame.h"

/* Groups whose slots share one leaf: 32 chunks. */
#define CHUNKS_PER_GROUP_LEAF (CSPACE_LEAF_SLOTS / CHUNK_GROUPS)

struct chunk *chunk_table;
static struct buddy_unit *group_units; /* user: enum group_state */
static uint32_t *group_leaves;         /* leaf + 1; 0: not made yet */
static uint32_t n_chunks;
static struct buddy group_buddy;
static uint64_t window_base, frames_base;

void chunk_tables_init(uint32_t n, uint64_t window_va, uint64_t frames_va)
{
    n_chunks = n;
    window_base = window_va;
    frames_base = frames_va;
    chunk_table = arena_memory((uint64_t)n * sizeof *chunk_table);
    group_units = arena_memory((uint64_t)n * CHUNK_GROUPS * sizeof *group_units);
    group_leaves = arena_memory((n / CHUNKS_PER_GROUP_LEAF + 1) * sizeof *group_leaves);
    for (uint32_t i = 0; i < n; i++) {
        chunk_table[i].leaf = CSPACE_NO_LEAF;
    }
    buddy_init(&group_buddy, group_units, sizeof *group_units, CHUNK_BITS - GROUP_BITS);
}

uint32_t chunk_count(void)
{
    return n_chunks;
}

struct buddy *groups(void)
{
    return &group_buddy;
}

void chunk_use_leaf_for_groups(uint32_t chunk, uint32_t leaf)
{
    group_leaves[chunk / CHUNKS_PER_GROUP_LEAF] = leaf + 1;
}

void chunk_group_slots(uint32_t chunk)
{
    if (!group_leaves[chunk / CHUNKS_PER_GROUP_LEAF]) {
        chunk_use_leaf_for_groups(chunk, arena_leaf());
    }
}

cptr_t group_cap(uint32_t group)
{
    uint32_t leaf = group_leaves[group / CSPACE_LEAF_SLOTS] - 1;
    return cptr_at(leaf, group % CSPACE_LEAF_SLOTS);
}

enum group_state group_state_of(uint32_t group)
{
    return (enum group_state)group_units[group].user;
}

static void split_whole_chunk(uint32_t chunk)
{
    cptr_t first = group_cap(chunk * CHUNK_GROUPS);

    must(kernel_retype(chunk_table[chunk].untyped, KERNEL_UNTYPED, GROUP_BITS, cptr_leaf(first),
                       cptr_slot(first), CHUNK_GROUPS),
         "chunk: split");
}

/* make_metadata: all that an active chunk has but its group untypeds. */
static bool make_metadata(uint32_t chunk)
{
    uint64_t table_page = frames_base + (uint64_t)chunk * CHUNK_PAGES * sizeof(struct frame);
    bool needs_group_leaf = !group_leaves[chunk / CHUNKS_PER_GROUP_LEAF];

    if (!arena_ready(CHUNK_PAGES * sizeof(struct frame) / PAGE_SIZE + 1, 1u + needs_group_leaf)) {
        return false;
    }
    chunk_table[chunk].leaf = arena_leaf();
    for (uint64_t done = 0; done < CHUNK_PAGES * sizeof(struct frame); done += PAGE_SIZE) {
        arena_page(table_page + done);
    }
    arena_tables(chunk_window(window_base, chunk * CHUNK_PAGES));
    chunk_group_slots(chunk);
    return true;
}

bool chunk_activate(uint32_t chunk)
{
    if (!make_metadata(chunk)) {
        return false;
    }
    if (chunk_table[chunk].untyped) {
        split_whole_chunk(chunk);
    }
    return true;
}

static void convert(uint32_t group, enum group_state state)
{
    enum kernel_object type = state == GROUP_FRAMES ? KERNEL_FRAME : KERNEL_UNTYPED;
    uint32_t page = group * GROUP_PAGES;

    if (group_units[group].user != GROUP_RAW) {
        must(kernel_revoke(group_cap(group)), "group: revoke");
    }
    must(kernel_retype(group_cap(group), type, PAGE_BITS, chunk_table[page / CHUNK_PAGES].leaf, page % CHUNK_PAGES, GROUP_PAGES), "group: retype");
    group_units[group].user = (uint8_t)state;
    for (uint32_t i = 0; i < GROUP_PAGES; i++) {
        frame_lost_ahead(page + i);
        frame_at(page + i)->flags = FRAME_CLEAN;
    }
}

uint32_t group_take(enum group_state state, bool *fresh)
{
    uint32_t group = buddy_take(&group_buddy, 0);

    *fresh = false;
    if (group == BUDDY_NONE) {
        return BUDDY_NONE;
    }
    if (chunk_table[group / CHUNK_GROUPS].leaf == CSPACE_NO_LEAF && !chunk_activate(group / CHUNK_GROUPS)) {
        group_put(group);
        return BUDDY_NONE;
    }
    if (group_state_of(group) != state) {
        convert(group, state);
        *fresh = true;
    }
    return group;
}

void group_put(uint32_t group)
{
    buddy_insert(&group_buddy, group, 0, false);
}

/* ---- large frames ---- */

/* Blocks of 16 KiB that are zeroed in a step; the kernel takes no more. */
#define CLEAR_BLOCKS 16u

/* free_whole: the first group of a free chunk that has an untyped of its own; one that was never used if there is such, as nothing has to be revoked then. */
static uint32_t free_whole(void)
{
    uint32_t found = BUDDY_NONE;

    for (unsigned clean = 0; clean < 2; clean++) {
        for (uint32_t i = group_buddy.heads[clean][group_buddy.max_order]; i != BUDDY_NONE; i = buddy_unit(&group_buddy, i)->next) {
            const struct chunk *c = &chunk_table[i / CHUNK_GROUPS];
            if (c->untyped && c->leaf == CSPACE_NO_LEAF) {
                return i;
            }
            found = c->untyped ? i : found;
        }
    }
    return found;
}

uint32_t chunk_take_large(void)
{
    uint32_t group = free_whole(), chunk = group / CHUNK_GROUPS;

    if (group == BUDDY_NONE || (chunk_table[chunk].leaf == CSPACE_NO_LEAF && !make_metadata(chunk))) {
        return BUDDY_NONE;
    }
    buddy_remove(&group_buddy, group);
    must(kernel_revoke(chunk_table[chunk].untyped), "chunk: revoke");
    for (uint32_t i = group; i < group + CHUNK_GROUPS; i++) {
        group_units[i].user = GROUP_FRAMES;
    }
    return chunk;
}

bool chunk_clear_large(uint32_t chunk)
{
    uint64_t bytes;

    must(kernel_clear(chunk_table[chunk].untyped, CLEAR_BLOCKS, &bytes), "chunk: clear");
    return bytes == 1ull << CHUNK_BITS;
}

void chunk_make_large(uint32_t chunk)
{
    must(kernel_retype(chunk_table[chunk].untyped, KERNEL_LARGE_FRAME, CHUNK_BITS, chunk_table[chunk].leaf, 0, 1), "chunk: large frame");
}

bool chunk_prepare_large(unsigned n)
{
    uint32_t first = free_whole();

    if (first == BUDDY_NONE || chunk_table[first / CHUNK_GROUPS].leaf == CSPACE_NO_LEAF) {
        return true;
    }
    for (uint32_t group = first; group < first + CHUNK_GROUPS; group++) {
        if (group_state_of(group) == GROUP_RAW) {
            continue;
        }
        if (n-- == 0) {
            return false;
        }
        must(kernel_revoke(group_cap(group)), "chunk: group");
        group_units[group].user = GROUP_RAW;
        for (uint32_t i = 0; i < GROUP_PAGES; i++) {
            frame_at(group * GROUP_PAGES + i)->flags = 0;
        }
    }
    return true;
}

void chunk_put_large(uint32_t chunk)
{
    must(kernel_revoke(chunk_table[chunk].untyped), "chunk: large frame");
    split_whole_chunk(chunk);
    for (uint32_t i = chunk * CHUNK_GROUPS; i < (chunk + 1) * CHUNK_GROUPS; i++) {
        group_units[i].user = GROUP_RAW;
    }
    buddy_insert(&group_buddy, chunk * CHUNK_GROUPS, CHUNK_BITS - GROUP_BITS, false);
}

void chunk_split_large(uint32_t chunk)
{
    must(kernel_split_frame(chunk_table[chunk].untyped, GROUP_BITS, page_cap(chunk * CHUNK_PAGES), group_cap(chunk * CHUNK_GROUPS)), "chunk: split large frame");
}
