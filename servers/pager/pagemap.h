/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page map: what the pager knows about each page of a space (or of a shared object). A radix tree of the shape of the
 * translation tables: root (256 x 512 GiB, inside the owner), mid (512 x 1 GiB), node (512 x 2 MiB), leaf (512 pages).
 * mid, node and leaf are one frame each, seen through the window. Beside each child the tree keeps the number of the
 * translation table that covers the same addresses.
 *
 * Leaves can have several holders (frame table: refs), so that a fork need not touch what the child may never ask for. A leaf that
 * has more than one is not changed, apart from the mapping bits of its entries: those belong to at most one holder, its owner
 * (pagemap_leaf_owner). Who wants to change anything else takes a copy of the leaf first: pagemap_make. Entries of a copied leaf
 * hold further references on what they name; those of a shared leaf hold one for all holders. A leaf is frozen (FRAME_FROZEN) when it
 * was made ready for that: no page in it is PAGE_PRIVATE, or mapped writable unless it is PAGE_SHARED.
 *
 * Page numbers are virtual addresses >> 12.
 */
#ifndef PAGER_PAGEMAP_H
#define PAGER_PAGEMAP_H

#include "frame.h"
#include "policy/decide.h"

#include <stdbool.h>
#include <stdint.h>

#define PAGEMAP_ROOT 256u
#define PAGEMAP_FANOUT 512u
#define PAGEMAP_PAGES ((uint64_t)1 << 35)

struct pagemap_link {
    uint32_t child; /* frame of the next level + 1; 0: none */
    uint32_t table; /* object page of the translation table below this entry + 1; 0: none */
};

struct pagemap {
    struct pagemap_link root[PAGEMAP_ROOT];
    uint64_t *last_leaf; /* the leaf made last and its place, page >> 9; NULL: none. It has one holder and is not frozen */
    uint64_t last_place;
    struct pagemap_link *last_link; /* that leads to it */
    uint32_t root_groups; /* which groups of 16 links of the root lead somewhere; of mid and node it is in the frame table */
    uint32_t number;      /* of the space; 0: a shared object */
    uint32_t meta_pages;  /* frames of the tree */
    uint32_t table_pages; /* translation tables hung into it */
};

/*
 * Entry, 8 bytes; 0 is an untouched page.
 *   bits 0-3   enum page_state
 *   bit 4      mapped in the space's VSpace
 *   bit 5, 6   mapped writable, executable
 *   bit 7      mapped by the frame's original capability (else by the slot)
 *   bits 8-31  slot id of the mapping capability; bit 8 of a page that no slot maps: ENTRY_COPIED
 *   bits 32-55 frame
 *   bits 56-63 what the eviction policy remembers of the page (policy/evict.h)
 * Of a stored page (PAGE_STORED):
 *   bits 8-31  the eviction policy's stamp
 *   bits 32-55 handle of the stored copy
 *   bits 56-63 generation of the handle
 */
typedef uint64_t page_entry;

#define ENTRY_MAPPED ((page_entry)1 << 4)
#define ENTRY_WRITABLE ((page_entry)1 << 5)
#define ENTRY_EXECUTABLE ((page_entry)1 << 6)
#define ENTRY_ORIGINAL ((page_entry)1 << 7)
/* A promotion (promote.h) has copied the page, and it has not been written since: who maps it anew, or writable, clears it. */
#define ENTRY_COPIED ((page_entry)1 << 8)
#define ENTRY_MAPPING (((page_entry)0xffffff << 8) | ENTRY_MAPPED | ENTRY_WRITABLE | ENTRY_EXECUTABLE | ENTRY_ORIGINAL)

static inline enum page_state entry_state(page_entry e)
{
    return (enum page_state)(e & 15);
}

static inline uint32_t entry_slot(page_entry e)
{
    return (uint32_t)(e >> 8) & 0xffffff;
}

static inline uint32_t entry_frame(page_entry e)
{
    return (uint32_t)(e >> 32) & 0xffffff;
}

/* entry_by_slot: the page is mapped, by a capability in a slot of the space. */
static inline bool entry_by_slot(page_entry e)
{
    return (e & (ENTRY_MAPPED | ENTRY_ORIGINAL)) == ENTRY_MAPPED;
}

/* entry_with_frame: the same page, held in another frame. */
static inline page_entry entry_with_frame(page_entry e, uint32_t frame)
{
    return (e & ~((page_entry)0xffffff << 32)) | (page_entry)frame << 32;
}

static inline uint8_t entry_age(page_entry e)
{
    return (uint8_t)(e >> 56);
}

/* entry_make: a page in this state, not mapped. */
static inline page_entry entry_make(enum page_state state, uint32_t frame)
{
    return (page_entry)frame << 32 | (page_entry)state;
}

static inline page_entry entry_make_stored(uint32_t handle, uint8_t generation, uint32_t stamp)
{
    return (page_entry)generation << 56 | (page_entry)handle << 32 | (page_entry)(stamp & 0xffffff) << 8 | (page_entry)PAGE_STORED;
}

static inline uint32_t entry_handle(page_entry e)
{
    return (uint32_t)(e >> 32) & 0xffffff;
}

static inline uint8_t entry_generation(page_entry e)
{
    return (uint8_t)(e >> 56);
}

static inline uint32_t entry_stamp(page_entry e)
{
    return (uint32_t)(e >> 8) & 0xffffff;
}

/* entry_with_age: the same page and mapping, remembered in another way. */
static inline page_entry entry_with_age(page_entry e, uint8_t age)
{
    return (e & ~((page_entry)255 << 56)) | (page_entry)age << 56;
}

/* entry_with_state: the same page and mapping in another state. */
static inline page_entry entry_with_state(page_entry e, enum page_state state)
{
    return (e & ~(page_entry)15) | (page_entry)state;
}

/* pagemap_find: the entry of a page, to look at; NULL when it has no leaf (the page is untouched). *shared: that leaf has other holders
 * too. O(1). */
page_entry *pagemap_find(struct pagemap *map, uint64_t page, bool *shared);

/* pagemap_is_made: the leaf of this page is the one that was made last. */
static inline bool pagemap_is_made(const struct pagemap *map, uint64_t page)
{
    return map->last_leaf && map->last_place == page / PAGEMAP_FANOUT;
}

/* pagemap_entry: the same for who does not care; the leaf made last is found at once. */
static inline page_entry *pagemap_entry(struct pagemap *map, uint64_t page, bool *shared)
{
    *shared = false;
    return pagemap_is_made(map, page) ? &map->last_leaf[page % PAGEMAP_FANOUT] : pagemap_find(map, page, shared);
}

/* pagemap_missing: frames and translation tables that the path to a page lacks, each 0 to 3. Not quick. */
struct pagemap_path {
    uint32_t frames, tables;
};
struct pagemap_path pagemap_missing(struct pagemap *map, uint64_t page);

/* pagemap_make: the entry of a page, to change it: what is missing is made, a leaf with other holders is copied; at most three frames
 * (from the reserve). NULL: no frame left. */
page_entry *pagemap_make(struct pagemap *map, uint64_t page);

/* entry_holds_frame: it is a reference to a frame of the frame table. entry_retain: one more for what an entry names, frame or stored
 * copy. */
static inline bool entry_holds_frame(page_entry e)
{
    return entry_state(e) == PAGE_PRIVATE || entry_state(e) == PAGE_COW || entry_state(e) == PAGE_SHARED;
}
void entry_retain_stored(page_entry e); /* for entry_retain, entry_release */
void entry_release_stored(page_entry e);
static inline void entry_retain(page_entry e)
{
    if (entry_holds_frame(e)) {
        frame_at(entry_frame(e))->refs++;
    } else if (entry_state(e) == PAGE_STORED) {
        entry_retain_stored(e);
    }
}

/* entry_resident: the page can leave memory: it has a frame, or one of the archive's. */
static inline bool entry_resident(page_entry e)
{
    return entry_holds_frame(e) || entry_state(e) == PAGE_FILE;
}

/* entry_release: drop what an entry held that is no more: a frame or a stored copy. */
static inline void entry_release(page_entry e)
{
    if (entry_holds_frame(e)) {
        frame_put(entry_frame(e));
    } else if (entry_state(e) == PAGE_STORED) {
        entry_release_stored(e);
    }
}

/* pagemap_set: change an entry, keeping the leaf's count of touched pages. */
static inline void pagemap_set(page_entry *entry, page_entry value)
{
    if (!*entry != !value) {
        frame_at(frame_of_window(entry))->unit.next += value ? 1u : UINT32_MAX;
    }
    *entry = value;
}

/* pagemap_added: n entries of a leaf that were 0 have been written directly. */
void pagemap_added(page_entry *leaf, uint32_t n);
/* pagemap_removed: n entries that were not 0 have been made 0 directly. */
void pagemap_removed(page_entry *leaf, uint32_t n);

/* pagemap_next: the first touched page in [page, end); UINT64_MAX when there is none. Skips empty subtrees. */
uint64_t pagemap_next(struct pagemap *map, uint64_t page, uint64_t end, page_entry **entry);

/*
 * pagemap_next_leaf: the same by leaves: the first leaf with touched pages in [*page, end), or NULL; moves *page to the first page
 * of it that is in the range. Its entries up to pagemap_leaf_end are then leaf[page % PAGEMAP_FANOUT].
 */
page_entry *pagemap_next_leaf(struct pagemap *map, uint64_t *page, uint64_t end);

/* pagemap_piece: the end of a piece of [page, end), from its beginning, with at most n leaves, empty ones included; `end`: no leaf is left behind it. A request goes through
 * PAGEMAP_LOOKED leaves when it only looks at their pages, and PAGEMAP_DROPPED when it gives them back. */
#define PAGEMAP_LOOKED 8u
#define PAGEMAP_DROPPED 4u
uint64_t pagemap_piece_of_many(struct pagemap *map, uint64_t page, uint64_t end, uint32_t n);
static inline uint64_t pagemap_piece(struct pagemap *map, uint64_t page, uint64_t end, uint32_t n)
{
    bool few = page >= end || end - page <= (uint64_t)n * PAGEMAP_FANOUT || map->meta_pages <= n;
    return few ? end : pagemap_piece_of_many(map, page, end, n);
}

/* pagemap_leaf_next: the first touched page of a leaf from entry `i` on; PAGEMAP_FANOUT: none. Eight entries that are 0 are one step. */
static inline unsigned pagemap_leaf_next(const page_entry *leaf, unsigned i)
{
    while (i < PAGEMAP_FANOUT && !leaf[i]) {
        const page_entry *e = &leaf[i];
        bool all = i % 8 == 0 && !(e[1] | e[2] | e[3] | e[4] | e[5] | e[6] | e[7]);
        i += all ? 8 : 1;
    }
    return i;
}

static inline uint64_t pagemap_leaf_end(uint64_t page, uint64_t end)
{
    uint64_t leaf_end = (page | (PAGEMAP_FANOUT - 1)) + 1;
    return leaf_end < end ? leaf_end : end;
}

/* pagemap_leaf_shared: a leaf has several holders. pagemap_leaf_mapped: the mapping bits in it are this map's. */
bool pagemap_leaf_shared(const page_entry *leaf);
bool pagemap_leaf_mapped(const struct pagemap *map, const page_entry *leaf);

/* pagemap_leaf_owner: the number of the map whose mapping bits are in a leaf; 0: nobody's, or a shared object's. pagemap_leaf_place: its page
 * numbers >> 9. Of a frame that may be none, or none any more, these are any numbers. */
uint32_t pagemap_leaf_owner(const page_entry *leaf);
uint64_t pagemap_leaf_place(const page_entry *leaf);

/* pagemap_leaf_disown: the owner has cleared all mapping bits of a leaf. */
void pagemap_leaf_disown(page_entry *leaf);

/* pagemap_leaf_frozen, pagemap_leaf_freeze: is it frozen; it is now. */
bool pagemap_leaf_frozen(const page_entry *leaf);
void pagemap_leaf_freeze(struct pagemap *map, page_entry *leaf);

/* pagemap_share: `map`, which has no leaf for `page`, becomes a further holder of a frozen leaf. At most two frames from the reserve; false:
 * none left. */
bool pagemap_share(struct pagemap *map, uint64_t page, page_entry *leaf);

/* pagemap_give_up: stop holding the leaf of a page, whatever is in it, and its translation table. */
void pagemap_give_up(struct pagemap *map, uint64_t page);

/* pagemap_has_table: after pagemap_make found a page: the translation tables on its path exist. */
static inline bool pagemap_has_table(const struct pagemap *map)
{
    return map->last_link->table != 0;
}

/* pagemap_link_at: the link at a level of the path to a page: level 0 in the root (its table covers 512 GiB), 1 in the mid,
 * 2 in the node. The levels above it must exist. */
struct pagemap_link *pagemap_link_at(struct pagemap *map, uint64_t page, unsigned level);

/*
 * pagemap_trim: free leaves without touched pages that lie wholly inside [page, end), their translation tables, and the levels above when they become empty.
 * pagemap_trim_some: at most n of them, and not the one that was made last, as a fault may be about to use it; returns how many. pagemap_drop_table: take out the translation table beside the leaf of a page, through which nothing is
 * mapped; false: it has none. pagemap_clear: free the whole tree, whatever is in it.
 */
void pagemap_trim(struct pagemap *map, uint64_t page, uint64_t end);
uint32_t pagemap_trim_some(struct pagemap *map, uint64_t page, uint64_t end, uint32_t n);
bool pagemap_drop_table(struct pagemap *map, uint64_t page);
void pagemap_clear(struct pagemap *map);

#endif
