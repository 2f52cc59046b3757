/* SPDX-License-Identifier: BSD-2-Clause */
#include "retire.h"

#include "large.h"
#include "mapping.h"
#include "page_ops.h"
#include "promise.h"
#include "shared.h"

#include <string.h>

#define IPC_LEAF_PAGE (SPACE_IPC_PAGE & ~(uint64_t)(PAGEMAP_FANOUT - 1))
_Static_assert(SPACE_IPC_PAGE == IPC_LEAF_PAGE, "the IPC buffer is the first page of its leaf");

/* Frames of the page map on the path to the IPC buffer. */
#define IPC_PATH_PAGES 3u

struct space *retired;

void retire_init(void)
{
    retired = NULL;
}

/* may_retire: it is worth it, and nothing of it is particular to the program that ran in it. */
static bool may_retire(const struct space *s)
{
    return !retired && !s->ended && s->badge_slots[SPACE_BADGE_OBSERVER] == SLOT_NONE && pager.pressure.level == 0;
}

static void release_entries(struct space *s, const page_entry *leaf)
{
    for (unsigned i = 0; (i = pagemap_leaf_next(leaf, i)) < PAGEMAP_FANOUT; i++) {
        mapping_lost(s, leaf[i]);
        entry_release(leaf[i]);
    }
}

/* drop_leaf: all of it. Its translation table is taken out, so its pages need not be unmapped. */
static void drop_leaf(struct space *s, page_entry *leaf, uint64_t page)
{
    if (!pagemap_leaf_shared(leaf)) {
        large_break(s, page, leaf, LARGE_RELEASED);
        release_entries(s, leaf);
    } else if (pagemap_leaf_mapped(&s->map, leaf)) {
        space_forget_mappings(s, leaf);
    }
    pagemap_give_up(&s->map, page);
}

/* empty_ipc_leaf: that leaf stays, with one page. */
static void empty_ipc_leaf(struct space *s, page_entry *leaf)
{
    unsigned first = PAGEMAP_FANOUT, last = 0, n = 0;

    for (unsigned i = 1; (i = pagemap_leaf_next(leaf, i)) < PAGEMAP_FANOUT; i++, n++) {
        if (leaf[i] & ENTRY_MAPPED) {
            first = first < i ? first : i;
            last = i;
        }
        mapping_lost(s, leaf[i]);
        entry_release(leaf[i]);
        leaf[i] = 0;
    }
    pagemap_removed(leaf, n);
    if (first <= last) {
        must(kernel_unmap_range(s->vspace, (IPC_LEAF_PAGE + first) << PAGE_BITS, last - first + 1), "retire: unmap");
    }
}

static void drop_pages(struct space *s)
{
    page_entry *leaf;

    for (uint64_t p = 0; (leaf = pagemap_next_leaf(&s->map, &p, PAGEMAP_PAGES)) != NULL; p = pagemap_leaf_end(p, PAGEMAP_PAGES)) {
        if (p == IPC_LEAF_PAGE) {
            empty_ipc_leaf(s, leaf);
        } else {
            drop_leaf(s, leaf, p);
        }
    }
    if (s->map.meta_pages > IPC_PATH_PAGES) { /* there are leaves in which nothing was touched */
        pagemap_trim(&s->map, 0, PAGEMAP_PAGES);
    }
}

static void drop_regions(struct space *s)
{
    for (struct region *r = region_from(&s->regions, 0), *next; r; r = next) {
        next = region_next(&s->regions, r);
        if (r->kind == REGION_IPC_BUFFER) {
            continue;
        }
        promise_end(s, r);
        if (r->kind == PAGER_REGION_SHARED) {
            shared_release(r->object.object);
        }
        region_remove(&s->regions, r);
    }
    region_set_shrink(&s->regions);
}

static void begin(struct space *s)
{
    space_begin(s);
    s->states[PAGE_PRIVATE] = 1;
    s->reserved = 1;
}

/* count_spare: the pages of the retired space count as free. */
static void count_spare(const struct space *s)
{
    const uint32_t spare[FRAME_STATES] = {
        [FRAME_ANON] = 1,
        [FRAME_META] = s->map.meta_pages + s->regions.n_pages + 1,
        [FRAME_TABLE] = s->map.table_pages + 1,
        [FRAME_OBJECT] = s->objects_page != BUDDY_NONE,
        [FRAME_SLOTS] = s->slots.leaves,
    };

    memcpy(frame_spare, spare, sizeof frame_spare);
    frame_spare[FRAME_FREE] = spare[FRAME_ANON] + spare[FRAME_META] + spare[FRAME_TABLE] + spare[FRAME_OBJECT] + spare[FRAME_SLOTS];
}

bool space_retire(struct space *s)
{
    if (!may_retire(s)) {
        space_destroy(s);
        return false;
    }
    drop_regions(s);
    space_part(s);
    drop_pages(s);
    slot_set_trim(&s->slots);
    begin(s);
    retired = s;
    count_spare(s);
    return true;
}

/* enlist: a living space again. */
static struct space *enlist(void)
{
    struct space *s = retired;

    retired = NULL;
    memset(frame_spare, 0, sizeof frame_spare);
    begin(s); /* settings may be others now */
    space_enlist(s);
    return s;
}

struct space *space_renew(uint32_t manager)
{
    if (!retired || retired->manager != manager) {
        return NULL;
    }
    struct space *s = enlist();
    page_zero(frame_window(s->ipc_frame));
    return s;
}

bool retired_give_up(void)
{
    if (!retired) {
        return false;
    }
    space_destroy(enlist());
    return true;
}
