/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replay of page traces over the pager's prediction (policy/predict.h). One line a trace and kind of memory:
 *
 *     TRACE touch|half FAULTS_ALONE FAULTS BROUGHT USED COST
 *
 * touch: memory is plenty, so faults are first touches. half: LRU with half as many frames as the trace has pages; faults beyond first touches bring stored pages back. BROUGHT
 * pages came ahead, USED of them were accessed before they left. COST: what faults and pages ahead cost, in thousandths of the faults without prediction.
 */
#include "predict.h"
#include "trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP 256u /* pages between two segments at least: tests/traces/README.md */
#define NONE UINT32_MAX

/* As servers/pager/ahead.c has them. */
static const struct predict_cost zeroed_cost = {300, PREDICT_FAULT}, stored_cost = {850, 850};

struct page {
    uint32_t region;
    uint32_t older, newer; /* list of resident pages by use; NONE: end */
    bool exists, resident, touched, ahead;
};

struct machine {
    struct page *pages;
    uint32_t end;
    struct region {
        uint32_t start, end;
        struct predict predict;
    } *regions;
    uint32_t n_regions;
    uint32_t frames, resident, oldest, newest;
    bool predicting;
    uint64_t faults, brought, used, cost;
};

/* ---- pages in memory ---- */

static void unlink_page(struct machine *m, uint32_t page)
{
    struct page *p = &m->pages[page];

    *(p->older == NONE ? &m->oldest : &m->pages[p->older].newer) = p->newer;
    *(p->newer == NONE ? &m->newest : &m->pages[p->newer].older) = p->older;
}

static void link_newest(struct machine *m, uint32_t page)
{
    struct page *p = &m->pages[page];

    p->older = m->newest;
    p->newer = NONE;
    *(m->newest == NONE ? &m->oldest : &m->pages[m->newest].newer) = page;
    m->newest = page;
}

static void page_in(struct machine *m, uint32_t page)
{
    if (m->resident == m->frames) {
        struct page *victim = &m->pages[m->oldest];
        victim->resident = victim->ahead = false;
        unlink_page(m, m->oldest);
        m->resident--;
    }
    m->pages[page].resident = true;
    m->resident++;
    link_newest(m, page);
}

/* ---- prediction, as servers/pager/ahead.c asks for it ---- */

/* may_come: of the same region and in the same state as the page that faulted. */
static bool may_come(const struct machine *m, const struct region *r, int64_t page, bool stored)
{
    return page >= r->start && page < r->end && !m->pages[page].resident && m->pages[page].touched == stored;
}

static void predict(struct machine *m, struct region *r, uint32_t page, bool stored)
{
    struct predict_cost cost = stored ? stored_cost : zeroed_cost;
    uint32_t n, i = 0;

    if (!m->predicting || !predict_follows(&r->predict, page)) {
        return;
    }
    int64_t stride = r->predict.stride;
    n = predict_fault(&r->predict, cost, PREDICT_NORMAL, PREDICT_MAX);
    for (int64_t at = page + stride; stride != 0 && i < n && may_come(m, r, at, stored); at += stride, i++) {
        page_in(m, (uint32_t)at);
        m->pages[at].ahead = true;
        m->cost += stride == 1 || stride == -1 ? cost.near : cost.far;
    }
    predict_brought(&r->predict, i, cost);
    m->brought += i;
}

static void access_page(struct machine *m, uint32_t page)
{
    struct page *p = &m->pages[page];

    if (p->resident) {
        unlink_page(m, page);
        link_newest(m, page);
        m->used += p->ahead;
    } else {
        m->faults++;
        m->cost += PREDICT_FAULT;
        page_in(m, page);
        predict(m, &m->regions[p->region], page, p->touched);
    }
    p->ahead = false;
    p->touched = true;
}

/* ---- a trace ---- */

static void make_regions(struct machine *m)
{
    uint32_t last = NONE;

    for (uint32_t page = 0; page < m->end; page++) {
        if (!m->pages[page].exists) {
            continue;
        }
        if (last == NONE || page - last > GAP) {
            m->regions[m->n_regions++] = (struct region){.start = page};
            predict_init(&m->regions[m->n_regions - 1].predict, page);
        }
        m->regions[m->n_regions - 1].end = page + 1;
        last = page;
    }
    for (uint32_t i = 0; i < m->n_regions; i++) {
        for (uint32_t page = m->regions[i].start; page < m->regions[i].end; page++) {
            m->pages[page].region = i;
        }
    }
}

static struct machine machine_make(const struct trace *t, uint32_t frames, bool predicting)
{
    struct machine m = {.pages = allocate(t->end, sizeof *m.pages), .end = t->end, .regions = allocate(t->pages, sizeof *m.regions), .frames = frames, .oldest = NONE,
                        .newest = NONE, .predicting = predicting};

    for (uint32_t i = 0; i < t->length; i++) {
        m.pages[t->accesses[i].page].exists = true;
    }
    make_regions(&m);
    return m;
}

static void machine_free(struct machine *m)
{
    free(m->pages);
    free(m->regions);
}

static struct machine run(const struct trace *t, uint32_t frames, bool predicting)
{
    struct machine m = machine_make(t, frames, predicting);

    for (uint32_t i = 0; i < t->length; i++) {
        access_page(&m, t->accesses[i].page);
    }
    machine_free(&m);
    return m;
}

static void print(const char *name, const char *kind, const struct machine *alone, const struct machine *with)
{
    printf("%s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", name, kind, alone->faults, with->faults, with->brought, with->used,
           with->cost * 1000 / alone->cost);
}

static void replay(const char *name, const struct trace *t)
{
    uint32_t half = t->pages / 2 > PREDICT_MAX ? t->pages / 2 : PREDICT_MAX + 1;
    struct machine alone = run(t, t->end + 1, false), with = run(t, t->end + 1, true);
    print(name, "touch", &alone, &with);
    alone = run(t, half, false);
    with = run(t, half, true);
    print(name, "half", &alone, &with);
}

/* ---- walks over untouched pages ---- */

#define WALK_PAGES 4096u
#define WALK_END (WALK_PAGES * 8)

enum walk { SEQUENTIAL, REVERSE, STRIDE, ANY_ORDER, RUNS, ADVERSARY, WALKS };
static const char *const walks[WALKS] = {"sequential", "reverse", "stride", "any-order", "runs-of-8", "adversary"};

/* walk_next: the next page of a walk; the adversary goes on until something was brought in, then elsewhere. */
static uint32_t walk_next(enum walk walk, uint32_t i, uint32_t last, const struct predict *p, struct random *r)
{
    switch (walk) {
    case SEQUENTIAL:
        return i;
    case REVERSE:
        return WALK_END - 1 - i;
    case STRIDE:
        return 3 * i;
    case RUNS:
        return i % 8 ? last + 1 : random_below(r, WALK_END - 8);
    case ADVERSARY:
        return i == 0 || p->ahead || last + 1 >= WALK_END ? random_below(r, WALK_END) : last + 1;
    default:
        return random_below(r, WALK_END);
    }
}

static struct machine run_walk(enum walk walk, bool predicting)
{
    static struct page pages[WALK_END];
    struct region region = {.start = 0, .end = WALK_END};
    struct machine m = {.pages = pages, .end = WALK_END, .regions = &region, .n_regions = 1, .frames = WALK_END + 1, .oldest = NONE, .newest = NONE, .predicting = predicting};
    struct random random = {.state = 7};
    uint32_t last = 0;

    memset(pages, 0, sizeof pages);
    predict_init(&region.predict, 0);
    for (uint32_t i = 0; i < WALK_PAGES; i++) {
        last = walk_next(walk, i, last, &region.predict, &random);
        access_page(&m, last);
    }
    return m;
}

/* The faults of a walk without prediction are those of the same pages, one by one: the pages that were touched at all. */
static void replay_walk(enum walk walk)
{
    struct machine with = run_walk(walk, true), alone = {0};

    for (uint32_t page = 0; page < WALK_END; page++) {
        alone.faults += with.pages[page].touched;
    }
    alone.cost = alone.faults * PREDICT_FAULT;
    print(walks[walk], "touch", &alone, &with);
}

int main(int argc, char **argv)
{
    for (enum walk walk = 0; walk < WALKS; walk++) {
        replay_walk(walk);
    }
    for (int i = 1; i < argc; i++) {
        struct trace t;
        if (!trace_generate(&t, argv[i]) && !trace_read(&t, argv[i])) {
            return 1;
        }
        const char *slash = strrchr(argv[i], '/');
        replay(slash ? slash + 1 : argv[i], &t);
        trace_free(&t);
    }
    return 0;
}
