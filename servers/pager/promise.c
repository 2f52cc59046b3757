/* SPDX-License-Identifier: BSD-2-Clause */
#include "promise.h"

#include "state.h"

#include <pagoda/layout.h>

static uint64_t refused;

static uint64_t at_most(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* reserve_for: tables and page maps are two pages in 512; a stored page has a record of 32 bytes; processes have kernel objects, and free memory its watermarks. */
static uint64_t reserve_for(uint64_t ram, uint64_t swap)
{
    return (ram + swap) / 64 + ram / 32 + 128;
}

static bool set(enum commit_mode mode, uint64_t swap)
{
    uint64_t ram = pager.general_pages;
    return commit_set(&pager.commit, mode, ram, swap, reserve_for(ram, swap));
}

void promises_init(bool strict)
{
    refused = 0;
    pager.commit = (struct commit){.mode = COMMIT_OVERCOMMIT};
    set(strict ? COMMIT_STRICT : COMMIT_OVERCOMMIT, 0);
}

bool promises_set(bool strict)
{
    return set(strict ? COMMIT_STRICT : COMMIT_OVERCOMMIT, pager.commit.swap);
}

bool promises_swap(uint64_t slots)
{
    return set(pager.commit.mode, slots);
}

/* reach: pages that a stack of this size may grow to. */
static uint64_t reach(const struct region *r, uint64_t bytes)
{
    return at_most(r->stack.limit, bytes >> PAGE_BITS);
}

uint64_t promise_pages(const struct region *r)
{
    if (!r->promised) {
        return 0;
    }
    return r->kind == PAGER_REGION_STACK ? reach(r, r->end - r->start) : (r->end - r->start) >> PAGE_BITS;
}

bool promise_possible(uint64_t pages)
{
    bool possible = commit_ask(&pager.commit, pages) == COMMIT_OK;

    refused += !possible;
    return possible;
}

void promise_make(struct space *s, const struct region *r)
{
    uint64_t pages = promise_pages(r);

    s->promised += pages;
    pager.commit.promised += pages;
}

void promise_end(struct space *s, const struct region *r)
{
    uint64_t pages = promise_pages(r);

    s->promised -= pages;
    commit_release(&pager.commit, pages);
}

static bool may_promise(const struct region *r)
{
    return r->kind == PAGER_REGION_ANONYMOUS || r->kind == PAGER_REGION_FILE || r->kind == PAGER_REGION_STACK;
}

static bool unpledged(const struct region *r)
{
    return !r->promised && may_promise(r);
}

void promise_pledge(struct space *s, struct region *r)
{
    if (unpledged(r)) {
        r->promised = 1;
        promise_make(s, r);
    }
}

/* pages_of: the pages from start to end in regions that are wanted. */
static uint64_t pages_of(struct space *s, uint64_t start, uint64_t end, bool (*wanted)(const struct region *r))
{
    uint64_t pages = 0;

    for (struct region *r = region_from(&s->regions, start); r && r->start < end; r = region_next(&s->regions, r)) {
        uint64_t first = r->start > start ? r->start : start;
        pages += wanted(r) ? (at_most(r->end, end) - first) >> PAGE_BITS : 0;
    }
    return pages;
}

static bool ends_page_by_page(const struct region *r)
{
    return r->promised && r->kind != PAGER_REGION_STACK;
}

uint64_t promise_unpledged(struct space *s, uint64_t start, uint64_t end)
{
    return pages_of(s, start, end, unpledged);
}

uint64_t promise_within(struct space *s, uint64_t start, uint64_t end)
{
    return pages_of(s, start, end, ends_page_by_page);
}

/* cut_at: the part of a stack from bottom on is cut at `at`. */
static uint64_t cut_at(struct space *s, uint64_t bottom, uint64_t at)
{
    const struct region *r = region_find(&s->regions, at);

    if (!r || r->kind != PAGER_REGION_STACK || r->start >= at) {
        return 0;
    }
    bottom = bottom > r->start ? bottom : r->start;
    return ((at - bottom) >> PAGE_BITS) + reach(r, r->end - at) - reach(r, r->end - bottom);
}

uint64_t promise_cut(struct space *s, uint64_t start, uint64_t end)
{
    return cut_at(s, 0, start) + cut_at(s, start, end);
}

void promise_object(uint64_t pages)
{
    pager.commit.promised += pages;
}

void promise_object_end(uint64_t pages)
{
    commit_release(&pager.commit, pages);
}

uint64_t promises_refused(void)
{
    return refused;
}
