/* SPDX-License-Identifier: BSD-2-Clause */
#include "pagemap.h"

#include "frame.h"
#include "reserve.h"

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

/* remember: the leaf below this link was found; returns it. */
static uint64_t *remember(struct pagemap *map, uint64_t page, struct pagemap_link *link)
{
    map->last_leaf = frame_window(link->child - 1);
    map->last_place = page >> LEAF_BITS;
    map->last_link = link;
    return map->last_leaf;
}

static uint64_t *find_leaf(struct pagemap *map, uint64_t page)
{
    struct pagemap_link *link = &map->root[level_index(page, 0)];

    for (unsigned level = 1; link->child; level++) {
        if (level == 3) {
            return remember(map, page, link);
        }
        link = links_of(link) + level_index(page, level);
    }
    return NULL;
}

page_entry *pagemap_entry(struct pagemap *map, uint64_t page)
{
    uint64_t *leaf = map->last_leaf;

    if (!leaf || map->last_place != page >> LEAF_BITS) {
        leaf = find_leaf(map, page);
    }
    return leaf ? &leaf[level_index(page, 3)] : NULL;
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
    frame_window(frame);
    link->child = frame + 1;
    map->meta_pages++;
    return true;
}

static uint64_t *make_leaf(struct pagemap *map, uint64_t page)
{
    struct pagemap_link *link = &map->root[level_index(page, 0)];
    uint32_t above = BUDDY_NONE;

    for (unsigned level = 1;; level++) {
        if (!link->child) {
            if (!make_child(map, link)) {
                return NULL;
            }
            if (above != BUDDY_NONE) {
                (*use_count(above))++;
            }
        }
        above = link->child - 1;
        if (level == 3) {
            return remember(map, page, link);
        }
        link = links_of(link) + level_index(page, level);
    }
}

page_entry *pagemap_make(struct pagemap *map, uint64_t page)
{
    page_entry *entry = pagemap_entry(map, page);

    if (entry) {
        return entry;
    }
    uint64_t *leaf = make_leaf(map, page);
    return leaf ? &leaf[level_index(page, 3)] : NULL;
}

void pagemap_set(page_entry *entry, page_entry value)
{
    if (!*entry != !value) {
        uint32_t *count = use_count(frame_of_window(entry));
        *count += value ? 1u : UINT32_MAX;
    }
    *entry = value;
}

void pagemap_added(page_entry *leaf, uint32_t n)
{
    *use_count(frame_of_window(leaf)) += n;
}

/* skip: the first page after the subtree of this level that contains page. */
static uint64_t skip(uint64_t page, unsigned level)
{
    return ((page >> level_shift[level]) + 1) << level_shift[level];
}

page_entry *pagemap_next_leaf(struct pagemap *map, uint64_t *page, uint64_t end)
{
    while (*page < end) {
        struct pagemap_link *link = &map->root[level_index(*page, 0)];
        unsigned level = 0;
        while (link->child && level < 2) {
            level++;
            link = links_of(link) + level_index(*page, level);
        }
        if (link->child && *use_count(link->child - 1) > 0) {
            return frame_window(link->child - 1);
        }
        *page = skip(*page, level);
    }
    return NULL;
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

/* trim_leaf: the leaf of `page` has no touched pages left: free it, then what is empty above. */
static void trim_leaf(struct pagemap *map, uint64_t page)
{
    struct pagemap_link *path[3];

    for (unsigned level = 0; level < 3; level++) {
        path[level] = pagemap_link_at(map, page, level);
    }
    drop(map, path[2]);
    for (unsigned level = 2; level > 0; level--) {
        uint32_t *count = use_count(path[level - 1]->child - 1);
        if (--*count > 0) {
            return;
        }
        drop(map, path[level - 1]);
    }
}

void pagemap_trim(struct pagemap *map, uint64_t page, uint64_t end)
{
    page = (page + PAGEMAP_FANOUT - 1) >> LEAF_BITS << LEAF_BITS;
    map->last_leaf = NULL;
    while (page + PAGEMAP_FANOUT <= end) {
        struct pagemap_link *link = &map->root[level_index(page, 0)];
        unsigned level = 0;
        while (link->child && level < 2) {
            level++;
            link = links_of(link) + level_index(page, level);
        }
        if (link->child && *use_count(link->child - 1) == 0) {
            trim_leaf(map, page);
        }
        page = skip(page, level);
    }
}

static void clear_links(struct pagemap *map, struct pagemap_link *links, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (links[i].child || links[i].table) {
            drop(map, &links[i]);
        }
    }
}

static void clear_below(struct pagemap *map, struct pagemap_link *mid_link)
{
    struct pagemap_link *mid = links_of(mid_link);

    for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
        if (mid[i].child) {
            clear_links(map, links_of(&mid[i]), PAGEMAP_FANOUT);
        }
    }
    clear_links(map, mid, PAGEMAP_FANOUT);
}

void pagemap_clear(struct pagemap *map)
{
    for (unsigned i = 0; i < PAGEMAP_ROOT; i++) {
        if (map->root[i].child) {
            clear_below(map, &map->root[i]);
        }
    }
    clear_links(map, map->root, PAGEMAP_ROOT);
    map->last_leaf = NULL;
}
