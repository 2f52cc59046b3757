/* SPDX-License-Identifier: BSD-2-Clause */
#include "fork.h"

#include "frame.h"
#include "mapping.h"
#include "shared.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <string.h>

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

/* share_page: parent and child hold the frame from now on; who writes first gets a copy. Zero, file and shared pages need no
 * entry in the child: their first touch finds the same contents. */
static void share_page(struct space *parent, uint64_t page, page_entry *entry, struct space *child, page_entry *child_entry)
{
    uint32_t frame = entry_frame(*entry);

    frame_at(frame)->refs++;
    if (*entry & ENTRY_WRITABLE) {
        mapping_change(parent, page, entry, false, *entry & ENTRY_EXECUTABLE);
    }
    space_set_page(parent, entry, entry_with_state(*entry, PAGE_COW));
    space_set_page(child, child_entry, entry_make(PAGE_COW, frame));
}

static bool copy_pages(struct space *child, struct space *parent)
{
    uint64_t place = UINT64_MAX;
    page_entry *entry;

    for (uint64_t p = 0; (p = pagemap_next(&parent->map, p, PAGEMAP_PAGES, &entry)) != UINT64_MAX; p++) {
        enum page_state state = entry_state(*entry);
        if ((state != PAGE_PRIVATE && state != PAGE_COW) || p == LAYOUT_IPC_BUFFER_VA >> PAGE_BITS) {
            continue;
        }
        if (p >> 9 != place && !memory_ready(LEAF_FRAMES)) {
            return false;
        }
        place = p >> 9;
        page_entry *child_entry = pagemap_make(&child->map, p);
        if (!child_entry) {
            return false;
        }
        share_page(parent, p, entry, child, child_entry);
    }
    return true;
}

uint64_t space_fork(struct space *parent, struct space **out)
{
    struct space *child;
    uint64_t error = space_create(parent->manager, parent->max_pages, parent->label, &child);

    if (error) {
        return error;
    }
    if (!copy_regions(child, parent) || !copy_pages(child, parent)) {
        space_destroy(child);
        return PAGODA_ERR_NO_MEMORY;
    }
    memcpy(frame_window(child->ipc_frame), frame_window(parent->ipc_frame), PAGE_SIZE);
    child->mmap_hint = parent->mmap_hint;
    *out = child;
    return 0;
}
