/* SPDX-License-Identifier: BSD-2-Clause */
#include "retire.h"

#include "large.h"
#include "leaving.h"
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
static uint32_t n_retired, n_least; /* now; the fewest since the last tick */

void retire_init(void)
{
    retired = NULL;
    n_retired = n_least = 0;
}

/* may_retire: it is worth it, and nothing of it is particular to the program that ran in it. */
static bool may_retire(const struct space *s)
{
    return n_retired < RETIRED_MAX && !s->ended && s->badge_slots[SPACE_BADGE_OBSERVER] == SLOT_NONE && pager.pressure.level == 0;
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
            space_let_leaf_go(s, leaf, p, LARGE_RELEASED);
            pagemap_give_up(&s->map, p);
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

/* emptied: what is left of it: the page of its IPC buffer with its region. */
static void emptied(struct space *s)
{
    memset(s->states, 0, sizeof s->states);
    s->states[PAGE_PRIVATE] = 1;
    s->reserved = 1;
    s->max_pages = 0;
}

void retire_count_spare(const struct space *s, uint32_t times)
{
    uint32_t meta = times * (s->map.meta_pages + s->regions.n_pages + 1), tables = times * (s->map.table_pages + 1);
    uint32_t anonymous = times * s->states[PAGE_PRIVATE], objects = times * (s->objects_page != BUDDY_NONE), slots = times * s->slots.leaves;

    frame_spare[FRAME_ANON] += anonymous;
    frame_spare[FRAME_META] += meta;
    frame_spare[FRAME_TABLE] += tables;
    frame_spare[FRAME_OBJECT] += objects;
    frame_spare[FRAME_SLOTS] += slots;
    frame_spare[FRAME_FREE] += anonymous + meta + tables + objects + slots;
}

bool space_retire(struct space *s)
{
    if (leaving_begin(s)) {
        return false;
    }
    if (!may_retire(s)) {
        space_destroy(s);
        return false;
    }
    drop_regions(s);
    space_part(s);
    drop_pages(s);
    slot_set_trim(&s->slots);
    emptied(s);
    s->next_retired = retired;
    retired = s;
    n_retired++;
    retire_count_spare(s, 1);
    return true;
}

/* enlist: a retired space is a living one again; `link` leads to it. */
static struct space *enlist(struct space **link)
{
    struct space *s = *link;

    *link = s->next_retired;
    n_retired--;
    n_least = n_retired < n_least ? n_retired : n_least;
    retire_count_spare(s, UINT32_MAX);
    space_begin(s);
    emptied(s);
    space_enlist(s);
    return s;
}

struct space *space_renew(uint32_t manager)
{
    struct space **link = &retired;

    while (*link && (*link)->manager != manager) {
        link = &(*link)->next_retired;
    }
    if (!*link) {
        return NULL;
    }
    struct space *s = enlist(link);
    page_zero(frame_window(s->ipc_frame));
    return s;
}

bool retired_number(uint32_t id)
{
    const struct space *s = retired;

    while (s && s->id != id) {
        s = s->next_retired;
    }
    return s != NULL;
}

bool retired_give_up(void)
{
    if (leaving_step()) {
        return true;
    }
    if (!retired) {
        return false;
    }
    space_destroy(enlist(&retired));
    return true;
}

void retire_tick(void)
{
    if (n_least > 1 && !leaving_any()) {
        retired_give_up();
    }
    n_least = n_retired;
}
