/* SPDX-License-Identifier: BSD-2-Clause */
#include "pagemap.h"

#include "frame.h"
#include "large.h"
#include "page_ops.h"
#include "reserve.h"
#include "space.h"
#include "store.h"

#include <stddef.h>

#define LEAF_BITS 9u

/* Bits of the page number below the index at each level: root, mid, node, leaf. */
static const unsigned level_shift[] = {27, 18, 9, 0};

static unsigned level_index(uint64_t page, unsigned level)
{
    return (unsigned)(page >> level_shift[level]) & (PAGEMAP_FANOUT - 1);
}

static struct pagemap_link *links_of(const struct pagemap_link *link)
{
    return frame_window(link->child - 1);
}

/* A node's frame counts what is in use inside it: entries of a leaf, children of a mid or node. */
static uint32_t *use_count(uint32_t frame)
{
    return &frame_at(frame)->unit.next;
}

/* Links come in groups; a bit for each tells whether any of it leads somewhere, so that what is empty need not be looked at. */
#define LINK_GROUP 16u

/* table_of: the links among which this one is, from the first on. */
static struct pagemap_link *table_of(struct pagemap *map, struct pagemap_link *link)
{
    bool in_root = link >= map->root && link < map->root + PAGEMAP_ROOT;
    return in_root ? map->root : (struct pagemap_link *)((uintptr_t)link & ~(uintptr_t)(PAGE_SIZE - 1));
}

static uint32_t *groups_of(struct pagemap *map, const struct pagemap_link *links)
{
    return links == map->root ? &map->root_groups : &frame_at(frame_of_window(links))->unit.prev;
}

/* set_child: the link, which led nowhere, leads to this frame. */
static void set_child(struct pagemap *map, struct pagemap_link *link, uint32_t frame)
{
    struct pagemap_link *links = table_of(map, link);

    link->child = frame + 1;
    map->meta_pages++;
    *groups_of(map, links) |= 1u << (unsigned)(link - links) / LINK_GROUP;
    if (links != map->root) {
        (*use_count(frame_of_window(links)))++;
    }
}

/* What the frame table knows about a leaf. */
static struct frame *leaf_info(const page_entry *leaf)
{
    return frame_at(frame_of_window(leaf));
}

/* remember: the leaf below this link may be changed from now on; returns it. */
static uint64_t *remember(struct pagemap *map, uint64_t page, struct pagemap_link *link)
{
    frame_at(link->child - 1)->flags &= (uint8_t)~FRAME_FROZEN;
    frame_at(link->child - 1)->unit.prev = (uint32_t)(page >> LEAF_BITS);
    frame_set_number(link->child - 1, map->number);
    map->last_leaf = frame_window(link->child - 1);
    map->last_place = page >> LEAF_BITS;
    map->last_link = link;
    return map->last_leaf;
}

page_entry *pagemap_find(struct pagemap *map, uint64_t page, bool *shared)
{
    struct pagemap_link *link = &map->root[level_index(page, 0)];

    for (unsigned level = 1; link->child; level++) {
        if (level == 3) {
            *shared = frame_at(link->child - 1)->refs > 1;
            return (uint64_t *)frame_window(link->child - 1) + level_index(page, 3);
        }
        link = links_of(link) + level_index(page, level);
    }
    *shared = false;
    return NULL;
}

struct pagemap_path pagemap_missing(struct pagemap *map, uint64_t page)
{
    struct pagemap_path missing = {0};
    struct pagemap_link *link = &map->root[level_index(page, 0)];

    for (unsigned level = 1; level <= 3; level++) {
        missing.tables += link->table == 0;
        if (!link->child) {
            return (struct pagemap_path){.frames = 4 - level, .tables = missing.tables + 3 - level};
        }
        link = level < 3 ? links_of(link) + level_index(page, level) : link;
    }
    return missing;
}

static bool make_child(struct pagemap *map, struct pagemap_link *link)
{
    uint32_t frame = frame_take(FRAME_META, true, true);

    if (frame == BUDDY_NONE) {
        return false;
    }
    *use_count(frame) = 0;
    frame_at(frame)->unit.prev = 0;
    frame_window(frame);
    set_child(map, link, frame);
    return true;
}

/* make_link: the link at level 2 of the path to a page, making the frames above it; NULL: no frame left. */
static struct pagemap_link *make_link(struct pagemap *map, uint64_t page)
{
    struct pagemap_link *link = &map->root[level_index(page, 0)];

    for (unsigned level = 1; level < 3; level++) {
        if (!link->child && !make_child(map, link)) {
            return NULL;
        }
        link = links_of(link) + level_index(page, level);
    }
    return link;
}

void entry_retain_stored(page_entry e)
{
    store_retain(entry_handle(e));
}

void entry_release_stored(page_entry e)
{
    store_release(entry_handle(e));
}

/* copy_leaf: a leaf of this map's own instead of one with other holders. Mapping bits go with their owner. */
static bool copy_leaf(struct pagemap *map, struct pagemap_link *link)
{
    uint32_t old_frame = link->child - 1, frame = frame_take(FRAME_META, false, true);

    if (frame == BUDDY_NONE) {
        return false;
    }
    page_entry *old = frame_window(old_frame), *new = frame_window(frame);
    bool owner = pagemap_leaf_mapped(map, old);
    uint32_t left = *use_count(old_frame);
    *use_count(frame) = left;
    page_copy(new, old);
    page_entry *unmapped = owner ? old : new;
    for (unsigned i = 0; (i = pagemap_leaf_next(new, i)) < PAGEMAP_FANOUT; i++) {
        page_entry e = new[i];
        entry_retain(e);
        unmapped[i] = e & ~ENTRY_MAPPING;
    }
    if (owner) {
        pagemap_leaf_disown(old);
    }
    frame_put(old_frame);
    link->child = frame + 1;
    return true;
}

page_entry *pagemap_make(struct pagemap *map, uint64_t page)
{
    if (pagemap_is_made(map, page)) {
        return &map->last_leaf[level_index(page, 3)];
    }
    struct pagemap_link *link = make_link(map, page);
    if (!link) {
        return NULL;
    }
    if (!link->child) {
        if (!make_child(map, link)) {
            return NULL;
        }
    } else if (frame_at(link->child - 1)->refs > 1 && !copy_leaf(map, link)) {
        return NULL;
    } else if (frame_at(link->child - 1)->flags & FRAME_LARGE) {
        large_split(space_at(map->number), page, frame_window(link->child - 1), LARGE_TOUCHED);
    }
    return &remember(map, page, link)[level_index(page, 3)];
}

/* ---- leaves with several holders ---- */

bool pagemap_leaf_shared(const page_entry *leaf)
{
    return leaf_info(leaf)->refs > 1;
}

/* The owner of a leaf is the number kept in the frame table; a single holder owns it whatever is there. unit.prev is its place, page >> 9: the same for
 * all holders. */
bool pagemap_leaf_mapped(const struct pagemap *map, const page_entry *leaf)
{
    return leaf_info(leaf)->refs == 1 || frame_number(frame_of_window(leaf)) == map->number;
}

void pagemap_leaf_disown(page_entry *leaf)
{
    frame_set_number(frame_of_window(leaf), 0);
}

uint32_t pagemap_leaf_owner(const page_entry *leaf)
{
    return frame_number(frame_of_window(leaf));
}

uint64_t pagemap_leaf_place(const page_entry *leaf)
{
    return leaf_info(leaf)->unit.prev;
}

bool pagemap_leaf_frozen(const page_entry *leaf)
{
    return leaf_info(leaf)->flags & FRAME_FROZEN;
}

void pagemap_leaf_freeze(struct pagemap *map, page_entry *leaf)
{
    leaf_info(leaf)->flags |= FRAME_FROZEN;
    frame_set_number(frame_of_window(leaf), map->number);
    if (map->last_leaf == leaf) {
        map->last_leaf = NULL;
    }
}

bool pagemap_share(struct pagemap *map, uint64_t page, page_entry *leaf)
{
    struct pagemap_link *link = make_link(map, page);

    if (!link) {
        return false;
    }
    leaf_info(leaf)->refs++;
    set_child(map, link, frame_of_window(leaf));
    return true;
}

/* ---- entries ---- */

void pagemap_added(page_entry *leaf, uint32_t n)
{
    *use_count(frame_of_window(leaf)) += n;
}

void pagemap_removed(page_entry *leaf, uint32_t n)
{
    *use_count(frame_of_window(leaf)) -= n;
}

/* next_child: the first of n links from `i` on that leads somewhere; n: none. */
static unsigned next_child(struct pagemap *map, const struct pagemap_link *links, unsigned i, unsigned n)
{
    uint32_t groups = i < n ? *groups_of(map, links) >> i / LINK_GROUP << i / LINK_GROUP : 0;

    for (; groups; groups &= groups - 1) {
        unsigned first = (unsigned)__builtin_ctz(groups) * LINK_GROUP, end = first + LINK_GROUP;
        for (i = i > first ? i : first; i < end; i++) {
            if (links[i].child) {
                return i;
            }
        }
    }
    return n;
}

/* step: from page `page` on, the first subtree below `links` (of this level) that exists; moves *page to its first page in it. NULL: none,
 * and *page is behind them all. */
static struct pagemap_link *step(struct pagemap *map, struct pagemap_link *links, unsigned n, unsigned level, uint64_t *page)
{
    unsigned from = level_index(*page, level), i = next_child(map, links, from, n);

    if (i != from) {
        uint64_t base = level == 0 ? 0 : *page >> level_shift[level - 1] << level_shift[level - 1];
        *page = base + ((uint64_t)i << level_shift[level]);
    }
    return i < n ? &links[i] : NULL;
}

/* next_link: the first link to a leaf in [*page, end), or NULL; moves *page to its first page there. */
static struct pagemap_link *next_link(struct pagemap *map, uint64_t *page, uint64_t end)
{
    if (*page < end && pagemap_is_made(map, *page)) {
        return map->last_link;
    }
    while (*page < end) {
        struct pagemap_link *link = step(map, map->root, PAGEMAP_ROOT, 0, page);
        link = link ? step(map, links_of(link), PAGEMAP_FANOUT, 1, page) : NULL;
        link = link ? step(map, links_of(link), PAGEMAP_FANOUT, 2, page) : NULL;
        if (link && *page < end) {
            return link;
        }
    }
    return NULL;
}

static uint64_t after_leaf(uint64_t page)
{
    return (page | (PAGEMAP_FANOUT - 1)) + 1;
}

page_entry *pagemap_next_leaf(struct pagemap *map, uint64_t *page, uint64_t end)
{
    struct pagemap_link *link;

    while ((link = next_link(map, page, end)) != NULL) {
        if (*use_count(link->child - 1) > 0) {
            return frame_window(link->child - 1);
        }
        *page = after_leaf(*page);
    }
    return NULL;
}

__attribute__((cold, noinline)) uint64_t pagemap_piece_of_many(struct pagemap *map, uint64_t page, uint64_t end, uint32_t n)
{
    for (; n > 0 && next_link(map, &page, end); n--) {
        page = after_leaf(page);
    }
    return next_link(map, &page, end) ? page : end;
}

uint64_t pagemap_next(struct pagemap *map, uint64_t page, uint64_t end, page_entry **entry)
{
    uint64_t *leaf;

    while ((leaf = pagemap_next_leaf(map, &page, end)) != NULL) {
        for (uint64_t stop = pagemap_leaf_end(page, end); page < stop; page++) {
            if (leaf[level_index(page, 3)]) {
                *entry = &leaf[level_index(page, 3)];
                return page;
            }
        }
    }
    return UINT64_MAX;
}

struct pagemap_link *pagemap_link_at(struct pagemap *map, uint64_t page, unsigned level)
{
    struct pagemap_link *link = &map->root[level_index(page, 0)];

    for (unsigned l = 1; l <= level; l++) {
        link = links_of(link) + level_index(page, l);
    }
    return link;
}

/* drop: free the child of a link and the table beside it. */
static void drop(struct pagemap *map, struct pagemap_link *link)
{
    if (link->table) {
        reserve_table_put(link->table - 1);
        map->table_pages--;
    }
    if (link->child) {
        frame_put(link->child - 1);
        map->meta_pages--;
    }
    *link = (struct pagemap_link){0};
}

/* drop_child: drop, and tell the table of the link. false: that has other children, or is the root. */
static bool drop_child(struct pagemap *map, struct pagemap_link *link)
{
    struct pagemap_link *links = table_of(map, link);
    unsigned group = (unsigned)(link - links) / LINK_GROUP, end = (group + 1) * LINK_GROUP;

    drop(map, link);
    if (next_child(map, links, group * LINK_GROUP, end) >= end) {
        *groups_of(map, links) &= ~(1u << group);
    }
    return links != map->root && --*use_count(frame_of_window(links)) == 0;
}

/* trim_leaf: the leaf of `page` has no touched pages left, or goes as it is: free it, then what is empty above. */
static void trim_leaf(struct pagemap *map, uint64_t page)
{
    struct pagemap_link *path[3];

    for (unsigned level = 0; level < 3; level++) {
        path[level] = pagemap_link_at(map, page, level);
    }
    for (unsigned level = 3; level-- > 0 && drop_child(map, path[level]);) {
    }
}

void pagemap_give_up(struct pagemap *map, uint64_t page)
{
    map->last_leaf = NULL;
    trim_leaf(map, page);
}

/* trim: see pagemap_trim_some; `last`: also the leaf made last. */
static uint32_t trim(struct pagemap *map, uint64_t page, uint64_t end, uint32_t n, bool last)
{
    const struct pagemap_link *link;
    uint32_t freed = 0;

    page = (page + PAGEMAP_FANOUT - 1) >> LEAF_BITS << LEAF_BITS;
    end = end >> LEAF_BITS << LEAF_BITS;
    while (freed < n && (link = next_link(map, &page, end)) != NULL) {
        bool made = pagemap_is_made(map, page);
        if (*use_count(link->child - 1) == 0 && (last || !made)) {
            map->last_leaf = made ? NULL : map->last_leaf;
            trim_leaf(map, page);
            freed++;
        }
        page = after_leaf(page);
    }
    return freed;
}

uint32_t pagemap_trim_some(struct pagemap *map, uint64_t page, uint64_t end, uint32_t n)
{
    return trim(map, page, end, n, false);
}

void pagemap_trim(struct pagemap *map, uint64_t page, uint64_t end)
{
    trim(map, page, end, UINT32_MAX, true);
}

bool pagemap_drop_table(struct pagemap *map, uint64_t page)
{
    struct pagemap_link *link = pagemap_link_at(map, page, 2);

    if (!link->table) {
        return false;
    }
    reserve_table_put(link->table - 1);
    link->table = 0;
    map->table_pages--;
    return true;
}

static void clear_links(struct pagemap *map, struct pagemap_link *links, unsigned n)
{
    for (unsigned i = 0; (i = next_child(map, links, i, n)) < n; i++) {
        drop(map, &links[i]);
    }
}

static void clear_below(struct pagemap *map, struct pagemap_link *mid_link)
{
    struct pagemap_link *mid = links_of(mid_link);

    for (unsigned i = 0; (i = next_child(map, mid, i, PAGEMAP_FANOUT)) < PAGEMAP_FANOUT; i++) {
        clear_links(map, links_of(&mid[i]), PAGEMAP_FANOUT);
    }
    clear_links(map, mid, PAGEMAP_FANOUT);
}

void pagemap_clear(struct pagemap *map)
{
    for (unsigned i = 0; (i = next_child(map, map->root, i, PAGEMAP_ROOT)) < PAGEMAP_ROOT; i++) {
        clear_below(map, &map->root[i]);
    }
    clear_links(map, map->root, PAGEMAP_ROOT);
    map->root_groups = 0;
    map->last_leaf = NULL;
}
