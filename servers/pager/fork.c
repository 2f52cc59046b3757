/* SPDX-License-Identifier: BSD-2-Clause */
#include "fork.h"

#include "frame.h"
#include "large.h"
#include "leaving.h"
#include "load.h"
#include "mapping.h"
#include "page_ops.h"
#include "promise.h"
#include "shared.h"
#include "stack.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <stddef.h>
#include <string.h>

/* One leaf of the page map at a time: before each, so many frames must be there. */
#define LEAF_FRAMES 2u

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
        copy->predict.ahead = 0; /* they are the parent's */
        if (r->kind == PAGER_REGION_ANONYMOUS) {
            copy->anonymous.reads.ahead = 0;
        }
        promise_make(child, copy);
        if (r->kind == PAGER_REGION_SHARED) {
            shared_retain(r->object.object);
        }
    }
    child->reserved = parent->reserved;
    return true;
}

/* freeze: a leaf without other holders. */
static inline __attribute__((always_inline)) void freeze(struct space *parent, page_entry *leaf, uint64_t page)
{
    large_break(parent, page, leaf, LARGE_FORKED);
    if (!pagemap_leaf_frozen(leaf)) {
        mapping_freeze(parent, leaf, page, page + PAGEMAP_FANOUT);
    }
    pagemap_leaf_freeze(&parent->map, leaf);
}

/* share_leaf: the child becomes a holder. */
static bool share_leaf(struct space *child, struct space *parent, page_entry *leaf, uint64_t page)
{
    if (!pagemap_leaf_shared(leaf)) {
        freeze(parent, leaf, page);
    }
    return memory_ready(LEAF_FRAMES) && pagemap_share(&child->map, page, leaf);
}

/* ---- the leaf with the IPC buffer ---- */

#define IPC_PAGE (LAYOUT_IPC_BUFFER_VA >> PAGE_BITS)
#define IPC_LEAF_PAGE (IPC_PAGE & ~(uint64_t)(PAGEMAP_FANOUT - 1))

/* copy_ipc_leaf: each space has an IPC buffer of its own, so it has that leaf for itself. Its pages are the child's in no state yet: see copy_pages. */
static void copy_ipc_leaf(struct space *child, struct space *parent)
{
    page_entry *leaf = pagemap_make(&parent->map, IPC_LEAF_PAGE), *child_leaf = pagemap_make(&child->map, IPC_LEAF_PAGE);
    uint32_t copied = 0;

    mapping_freeze(parent, leaf, IPC_LEAF_PAGE, IPC_PAGE);
    mapping_freeze(parent, leaf, IPC_PAGE + 1, IPC_LEAF_PAGE + PAGEMAP_FANOUT);
    for (unsigned i = 0; (i = pagemap_leaf_next(leaf, i)) < PAGEMAP_FANOUT; i++) {
        if (i != IPC_PAGE % PAGEMAP_FANOUT) {
            entry_retain(leaf[i]);
            child_leaf[i] = leaf[i] & ~ENTRY_MAPPING;
            copied++;
        }
    }
    pagemap_added(child_leaf, copied);
}

/* ---- making ready in parts ---- */

/* Leaves that a part passes over at most: those that are frozen already take little. */
#define LEAVES_PASSED 1024u

/* ready: the leaves of a large page map have been frozen, from the first to the last. false: of those that come next some have been. */
static __attribute__((cold, noinline)) bool ready(struct space *parent)
{
    unsigned passed = 0, frozen = 0;
    uint64_t p = (uint64_t)parent->fork_hand * PAGEMAP_FANOUT;
    page_entry *entry;

    for (; (p = pagemap_next(&parent->map, p, PAGEMAP_PAGES, &entry)) != UINT64_MAX; p = pagemap_leaf_end(p, PAGEMAP_PAGES)) {
        page_entry *leaf = entry - p % PAGEMAP_FANOUT;
        if (passed++ == LEAVES_PASSED || frozen == PAGEMAP_DROPPED) {
            parent->fork_hand = (uint32_t)(p / PAGEMAP_FANOUT);
            return false;
        }
        p -= p % PAGEMAP_FANOUT;
        if (p != IPC_LEAF_PAGE && !pagemap_leaf_shared(leaf) && !pagemap_leaf_frozen(leaf)) {
            freeze(parent, leaf, p);
            frozen++;
        }
    }
    parent->fork_hand = 0;
    return true;
}

/* ---- the whole ---- */

static bool copy_pages(struct space *child, struct space *parent)
{
    page_entry *leaf;

    for (uint64_t p = 0; (leaf = pagemap_next_leaf(&parent->map, &p, PAGEMAP_PAGES)) != NULL; p = pagemap_leaf_end(p, PAGEMAP_PAGES)) {
        if (p != IPC_LEAF_PAGE && !share_leaf(child, parent, leaf, p)) {
            return false;
        }
    }
    copy_ipc_leaf(child, parent);
    /* Each has the same pages in the same states now: all leaves but one are the same, and that is a copy. */
    memcpy(child->states, parent->states, sizeof child->states);
    return true;
}

uint64_t space_fork(struct space *parent, struct space **out)
{
    struct space *child;

    if (!promise_possible(parent->promised)) {
        return PAGODA_ERR_NO_MEMORY;
    }
    if (leaving_large(parent) && !ready(parent)) {
        return PAGODA_ERR_WOULD_BLOCK;
    }
    if (pager.stack_trim) { /* what is below the stack pointer would be shared, copied when it is written, and never read */
        stack_give_back(parent);
    }
    uint64_t error = space_create(parent->manager, 0, parent->label, &child);

    if (error) {
        return error;
    }
    parent->copied = true;
    bool done = copy_regions(child, parent) && copy_pages(child, parent);
    parent->copied = false;
    if (!done) {
        space_destroy(child);
        return PAGODA_ERR_NO_MEMORY;
    }
    if (!space_inherit(child, parent)) {
        space_destroy(child);
        return PAGODA_ERR_OVER_LIMIT;
    }
    load_descend(child, parent, true);
    page_copy(frame_window(child->ipc_frame), frame_window(parent->ipc_frame));
    child->mmap_hint = parent->mmap_hint;
    child->deep = parent->deep;
    *out = child;
    return 0;
}
