/* SPDX-License-Identifier: BSD-2-Clause */
#include "fork.h"

#include "frame.h"
#include "mapping.h"
#include "page_ops.h"
#include "shared.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <stddef.h>

/* One leaf of the page map at a time: before each, so many frames must be there. */
#define LEAF_FRAMES 4u

static bool copy_regions(struct space *child, struct space *parent)
{
    bool full;

    for (struct region *r = region_from(&parent->regions, 0); r; r = region_next(&parent->regions, r)) {
        if (r->kind == REGION_IPC_BUFFER) {
            continue;
        }
        if (!memory_ready(1) || !region_ready(&child->regions, 1, &full)) {
            return false;
        }
        struct region *copy = region_insert(&child->regions, r->start, r->end);
        uint32_t left = copy->left, right = copy->right;
        uint8_t height = copy->height;
        *copy = *r;
        copy->left = left;
        copy->right = right;
        copy->height = height;
        if (r->kind == PAGER_REGION_SHARED) {
            shared_retain(r->object.object);
        }
    }
    child->reserved = parent->reserved;
    return true;
}

/* copied: pages whose contents the child cannot find by a first touch of its own. Zero, file and shared pages need no entry. */
static bool copied(page_entry e, uint64_t page)
{
    enum page_state state = entry_state(e);
    return (state == PAGE_PRIVATE || state == PAGE_COW) && page != LAYOUT_IPC_BUFFER_VA >> PAGE_BITS;
}

/* share_leaf: parent and child hold the frames from now on; who writes first gets a copy. Entries are written directly, not one by
 * one through space_set_page: this is what a fork of a large space costs. */
static void share_leaf(struct space *child, page_entry *child_leaf, struct space *parent, page_entry *leaf, uint64_t page, uint64_t end)
{
    uint32_t n = 0, were_private = 0;

    for (; page < end; page++) {
        page_entry e = leaf[page % PAGEMAP_FANOUT];
        if (copied(e, page)) {
            frame_at(entry_frame(e))->refs++;
            were_private += entry_state(e) == PAGE_PRIVATE;
            leaf[page % PAGEMAP_FANOUT] = entry_with_state(e, PAGE_COW);
            child_leaf[page % PAGEMAP_FANOUT] = entry_make(PAGE_COW, entry_frame(e));
            n++;
        }
    }
    parent->states[PAGE_PRIVATE] -= were_private;
    parent->states[PAGE_COW] += were_private;
    child->states[PAGE_COW] += n;
    pagemap_added(child_leaf, n);
}

static bool copy_leaf(struct space *child, struct space *parent, page_entry *leaf, uint64_t page, uint64_t end)
{
    while (page < end && !copied(leaf[page % PAGEMAP_FANOUT], page)) {
        page++;
    }
    if (page == end) {
        return true;
    }
    page_entry *made = memory_ready(LEAF_FRAMES) ? pagemap_make(&child->map, page) : NULL;
    if (!made) {
        return false;
    }
    share_leaf(child, made - page % PAGEMAP_FANOUT, parent, leaf, page, end);
    return true;
}

/* protect_leaf: before its pages are shared. The IPC buffer's page stays writable; it lies between the two parts. */
static void protect_leaf(struct space *parent, page_entry *leaf, uint64_t page, uint64_t end)
{
    const uint64_t ipc = LAYOUT_IPC_BUFFER_VA >> PAGE_BITS;

    if (ipc >= page && ipc < end) {
        mapping_protect(parent, leaf, page, ipc);
        page = ipc + 1;
    }
    mapping_protect(parent, leaf, page, end);
}

static bool copy_pages(struct space *child, struct space *parent)
{
    page_entry *leaf;

    for (uint64_t p = 0; (leaf = pagemap_next_leaf(&parent->map, &p, PAGEMAP_PAGES)) != NULL;) {
        uint64_t end = pagemap_leaf_end(p, PAGEMAP_PAGES);
        protect_leaf(parent, leaf, p, end);
        if (!copy_leaf(child, parent, leaf, p, end)) {
            return false;
        }
        p = end;
    }
    return true;
}

uint64_t space_fork(struct space *parent, struct space **out)
{
    struct space *child;
    uint64_t error = space_create(parent->manager, 0, parent->label, &child);

    if (error) {
        return error;
    }
    if (!copy_regions(child, parent) || !copy_pages(child, parent)) {
        space_destroy(child);
        return PAGODA_ERR_NO_MEMORY;
    }
    space_set_limit(child, parent->max_pages);
    if (child->excess > 0) {
        space_destroy(child);
        return PAGODA_ERR_OVER_LIMIT;
    }
    page_copy(frame_window(child->ipc_frame), frame_window(parent->ipc_frame));
    child->mmap_hint = parent->mmap_hint;
    *out = child;
    return 0;
}
