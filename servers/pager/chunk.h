/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory: chunks of 2 MiB, each of 32 groups of 64 KiB, each of 16 pages.
 *
 * A group is what is converted: raw (a 64 KiB untyped, nothing made from it), 16 frames, or 16 untypeds of 4 KiB for kernel
 * objects. Conversion is revoke and retype of the group's untyped. Groups rather than whole chunks are converted so that a
 * machine with 32 MiB does not lose megabytes to half-used chunks of either kind, and so that one conversion stays short.
 * A chunk none of whose groups was ever used is one 2 MiB untyped. Its metadata (capability slots, part of the frame table, the
 * table of the window) is made from the arena when its first group is taken. Chunks made of leftovers smaller than 2 MiB
 * have only some of their groups ("present").
 *
 * Page numbers: frame number = chunk << 9 | page. Group numbers: chunk << 5 | group.
 */
#ifndef PAGER_CHUNK_H
#define PAGER_CHUNK_H

#include "buddy.h"
#include "cspace.h"

#define CHUNK_BITS 21
#define CHUNK_PAGES 512u
#define CHUNK_GROUPS 32u
#define GROUP_BITS 16
#define GROUP_PAGES 16u
#define GROUP_ORDER 4u

enum group_state { GROUP_RAW = 0, GROUP_FRAMES, GROUP_OBJECTS };

struct chunk {
    uint64_t paddr;
    cptr_t untyped;   /* of the whole chunk; 0 when it is made of smaller pieces */
    uint32_t leaf;    /* capability slots of its pages; CSPACE_NO_LEAF while it is not active */
    uint32_t present; /* bit i: group i is general memory (neither missing nor part of the arena) */
    /* Its pages when compaction counted them last. */
    uint16_t used;  /* in use, can be moved */
    uint16_t fixed; /* in use, cannot */
    uint16_t gaps;  /* free, and kept as frames or object pages */
};

/* chunk_tables_init: make tables for n chunks; window_va and frames_va as in chunk_window and frame.h. */
void chunk_tables_init(uint32_t n, uint64_t window_va, uint64_t frames_va);

extern struct chunk *chunk_table;
uint32_t chunk_count(void);
static inline struct chunk *chunk_at(uint32_t chunk)
{
    return &chunk_table[chunk];
}

/* chunk_activate: make a chunk's metadata and, if it is whole, its group untypeds. false: the arena, which was sized for all chunks,
 * has nothing left, and nothing was done; the chunk's memory cannot be used then. */
bool chunk_activate(uint32_t chunk);

/* group_cap: slot of a group's untyped; the chunk's groups have slots once chunk_group_slots was called for it. */
cptr_t group_cap(uint32_t group);
void chunk_group_slots(uint32_t chunk);
/* chunk_use_leaf_for_groups: the leaf that holds the group slots of this chunk and its neighbours was made by the caller. */
void chunk_use_leaf_for_groups(uint32_t chunk, uint32_t leaf);

enum group_state group_state_of(uint32_t group);

/* groups: the buddy allocator of groups (orders 0..5). */
struct buddy *groups(void);

/* group_take: a free group made into frames or objects; BUDDY_NONE when none is free. *fresh: its pages were made just now and
 * contain zeros. Kernel work: at most one revoke and one retype, plus chunk_activate. */
uint32_t group_take(enum group_state state, bool *fresh);

/* group_put: give back a group all of whose pages are free. It keeps its state until it is taken for another. */
void group_put(uint32_t group);

/* chunk_take_large: a free chunk of which nothing is made any more; its groups are GROUP_FRAMES. BUDDY_NONE: there is none that is whole. Kernel work: a revoke.
 * chunk_make_large: it is made one large frame, whose capability is that of its first page. Kernel work: a retype that zeroes 2 MiB, but for what chunk_clear_large
 * has zeroed before, 256 KiB a call; true: that is all of it. chunk_split_large: its groups are really what they are said to be from now on. The
 * frame must not be mapped. */
uint32_t chunk_take_large(void);
bool chunk_clear_large(uint32_t chunk);
void chunk_make_large(uint32_t chunk);
void chunk_split_large(uint32_t chunk);

/* chunk_prepare_large: what was made of the chunk that chunk_take_large would take now is unmade before, up to n groups a call; they stay free. true: nothing is left to be unmade.
 * chunk_put_large: the large frame, made or not, which may be mapped but by the pager only, is a free chunk again. */
bool chunk_prepare_large(unsigned n);
void chunk_put_large(uint32_t chunk);

/* page_cap, page_second_cap: the two slots of a page. In a frame group: the frame's original capability, which is the one mapped
 * in a client; and the copy mapped in the pager's window, if any. In an object group: the 4 KiB untyped; the object made from it. */
static inline cptr_t page_cap(uint32_t page)
{
    return cptr_at(chunk_at(page / CHUNK_PAGES)->leaf, page % CHUNK_PAGES);
}

static inline cptr_t page_second_cap(uint32_t page)
{
    return cptr_at(chunk_at(page / CHUNK_PAGES)->leaf, CHUNK_PAGES + page % CHUNK_PAGES);
}

/* chunk_window: address at which the pager sees (or would see) this page. */
static inline uint64_t chunk_window(uint64_t window_va, uint32_t page)
{
    return window_va + ((uint64_t)page << 12);
}

#endif
