/* SPDX-License-Identifier: BSD-2-Clause */
#include "region.h"

#include "frame.h"

#include <pagoda/layout.h>
#include <string.h>

#define PER_PAGE (PAGE_SIZE / sizeof(struct region))
/* An AVL tree of 2^14 entries is at most 20 high. */
#define MAX_HEIGHT 24

/* at: the pages of a set have had their windows since they were added. */
static struct region *at(const struct region_set *set, uint32_t number)
{
    uint32_t i = number - 1;
    return (struct region *)(uintptr_t)chunk_window(frame_window_base, set->pages[i / PER_PAGE]) + i % PER_PAGE;
}

static int height(const struct region_set *set, uint32_t number)
{
    return number ? at(set, number)->height : 0;
}

/* ---- lookup ---- */

struct region *region_from(struct region_set *set, uint64_t va)
{
    uint32_t best = 0;

    if (set->last && va - set->last->start < set->last->end - set->last->start) {
        return set->last;
    }
    for (uint32_t n = set->root; n;) {
        struct region *r = at(set, n);
        if (r->end > va) {
            best = n;
            n = r->left;
        } else {
            n = r->right;
        }
    }
    return best ? at(set, best) : NULL;
}

struct region *region_find(struct region_set *set, uint64_t va)
{
    struct region *last = set->last;

    if (last && va - last->start < last->end - last->start) {
        return last;
    }
    for (uint32_t n = set->root; n;) {
        struct region *r = at(set, n);
        if (va < r->start) {
            n = r->left;
        } else if (va >= r->end) {
            n = r->right;
        } else {
            set->last = r;
            return r;
        }
    }
    return NULL;
}

struct region *region_across(struct region_set *set, uint64_t at)
{
    const struct region *last = set->last;

    if (last && (at == last->start || at == last->end)) {
        return NULL;
    }
    struct region *r = region_find(set, at);
    return r && r->start < at ? r : NULL;
}

struct region *region_next(struct region_set *set, const struct region *r)
{
    return region_from(set, r->end);
}

bool region_overlaps(struct region_set *set, uint64_t start, uint64_t end)
{
    const struct region *r = region_from(set, start);
    return r && r->start < end;
}

uint64_t region_gap(struct region_set *set, uint64_t from, uint64_t length, uint64_t limit)
{
    for (const struct region *r = region_from(set, from); r && r->start < from + length; r = region_next(set, r)) {
        from = r->end;
        if (from + length > limit) {
            return 0;
        }
    }
    return from + length <= limit ? from : 0;
}

/* ---- balance ---- */

static void update(const struct region_set *set, uint32_t number)
{
    struct region *r = at(set, number);
    int left = height(set, r->left), right = height(set, r->right);
    r->height = (uint8_t)((left > right ? left : right) + 1);
}

static uint32_t rotate_right(const struct region_set *set, uint32_t number)
{
    struct region *r = at(set, number);
    uint32_t top = r->left;
    struct region *t = at(set, top);

    r->left = t->right;
    t->right = number;
    update(set, number);
    update(set, top);
    return top;
}

static uint32_t rotate_left(const struct region_set *set, uint32_t number)
{
    struct region *r = at(set, number);
    uint32_t top = r->right;
    struct region *t = at(set, top);

    r->right = t->left;
    t->left = number;
    update(set, number);
    update(set, top);
    return top;
}

/* balanced: restore the AVL property of a subtree whose children have it and differ by at most two; returns its root. */
static uint32_t balanced(const struct region_set *set, uint32_t number)
{
    struct region *r = at(set, number);
    int lean = height(set, r->left) - height(set, r->right);

    if (lean > 1) {
        const struct region *l = at(set, r->left);
        if (height(set, l->left) < height(set, l->right)) {
            r->left = rotate_left(set, r->left);
        }
        return rotate_right(set, number);
    }
    if (lean < -1) {
        const struct region *l = at(set, r->right);
        if (height(set, l->right) < height(set, l->left)) {
            r->right = rotate_right(set, r->right);
        }
        return rotate_left(set, number);
    }
    update(set, number);
    return number;
}

/* The links from the root down to a place, so that balance can be restored on the way back. */
struct path {
    uint32_t *links[MAX_HEIGHT];
    unsigned n;
};

/* rebalance: what hangs on the last link has changed. Above a subtree that is as high as before nothing has to be done. */
static void rebalance(const struct region_set *set, struct path *p)
{
    bool first = true, same = false;

    for (; p->n > 0 && !same; first = false) {
        uint32_t *link = p->links[--p->n], top = *link;
        int before = height(set, top);
        if (top) {
            *link = balanced(set, top);
        }
        same = !first && *link == top && height(set, top) == before;
    }
}

/* descend: follow the tree to where start belongs; the last link of the path leads to that region, or is empty. */
static void descend(struct region_set *set, uint64_t start, struct path *p)
{
    uint32_t *link = &set->root;

    p->n = 0;
    for (;;) {
        p->links[p->n++] = link;
        struct region *r = *link ? at(set, *link) : NULL;
        if (!r || r->start == start) {
            return;
        }
        link = start < r->start ? &r->left : &r->right;
    }
}

/* ---- change ---- */

/* use_page: all entries of a new region page are unused. */
static void use_page(struct region_set *set, uint32_t frame)
{
    uint32_t first = set->n_pages * (uint32_t)PER_PAGE + 1;

    frame_window(frame);
    set->pages[set->n_pages++] = frame;
    for (uint32_t i = (uint32_t)PER_PAGE; i-- > 0;) {
        at(set, first + i)->left = set->free;
        set->free = first + i;
    }
}

static bool add_page(struct region_set *set)
{
    uint32_t frame = frame_take(FRAME_META, true, false);

    if (frame == BUDDY_NONE) {
        return false;
    }
    use_page(set, frame);
    return true;
}

bool region_room(const struct region_set *set, unsigned n)
{
    return set->n_pages * PER_PAGE >= set->count + n;
}

bool region_ready(struct region_set *set, unsigned n, bool *full)
{
    while (!region_room(set, n)) {
        *full = set->n_pages == REGION_PAGES_MAX;
        if (*full || !add_page(set)) {
            return false;
        }
    }
    return true;
}

struct region *region_insert(struct region_set *set, uint64_t start, uint64_t end)
{
    struct path p;
    uint32_t number = set->free;
    struct region *r = at(set, number);

    set->free = r->left;
    memset(r, 0, sizeof *r);
    r->start = start;
    r->end = end;
    r->height = 1;
    descend(set, start, &p);
    *p.links[p.n - 1] = number;
    set->count++;
    rebalance(set, &p);
    set->last = r; /* it will be used next */
    return r;
}

/* unlink_lowest: take the lowest region out of the subtree at *link; returns its number. */
static uint32_t unlink_lowest(const struct region_set *set, uint32_t *link)
{
    struct path p = {.n = 0};

    while (at(set, *link)->left) {
        p.links[p.n++] = link;
        link = &at(set, *link)->left;
    }
    uint32_t number = *link;
    *link = at(set, number)->right;
    rebalance(set, &p);
    return number;
}

void region_remove(struct region_set *set, struct region *r)
{
    struct path p;

    descend(set, r->start, &p);
    uint32_t *link = p.links[p.n - 1];
    uint32_t number = *link;
    if (!r->left || !r->right) {
        *link = r->left ? r->left : r->right;
    } else {
        uint32_t heir = unlink_lowest(set, &r->right);
        struct region *h = at(set, heir);
        h->left = r->left;
        h->right = r->right;
        *link = heir;
    }
    rebalance(set, &p);
    set->count--;
    set->last = NULL;
    r->left = set->free;
    set->free = number;
}

void region_set_shrink(struct region_set *set)
{
    struct region last = *at(set, set->root);
    uint32_t frame = set->pages[0];

    for (uint32_t i = 1; i < set->n_pages; i++) {
        frame_put(set->pages[i]);
    }
    *set = (struct region_set){0};
    use_page(set, frame);
    *region_insert(set, last.start, last.end) = last;
}

void region_set_clear(struct region_set *set)
{
    for (uint32_t i = 0; i < set->n_pages; i++) {
        frame_put(set->pages[i]);
    }
    *set = (struct region_set){0};
}

uint32_t region_set_check(struct region_set *set)
{
    uint32_t problems = 0, n = 0;
    uint64_t end = 0;

    for (const struct region *r = region_from(set, 0); r; r = region_next(set, r)) {
        int lean = height(set, r->left) - height(set, r->right);
        problems += r->start < end || r->start >= r->end || lean > 1 || lean < -1;
        end = r->end;
        n++;
    }
    return problems + (n != set->count);
}
