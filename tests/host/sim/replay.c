/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay.h"

#include <stdlib.h>

#define LEAF_PAGES 512u
#define BATCH_PAGES 32u
#define RUN_PAGES 64u

struct page {
    bool resident, stored, accessed;
    uint8_t byte;
    uint32_t stamp;
};

struct model {
    const struct replay_setup *setup;
    struct evict_state policy;
    struct page *pages;
    uint32_t end; /* page numbers are below it */
    uint32_t free;
    uint32_t hand;
    struct replay_result result;
};

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
    return value < low ? low : value > high ? high : value;
}

struct replay_setup replay_defaults(enum evict_kind kind, uint32_t frames)
{
    return (struct replay_setup){
        .kind = kind,
        .frames = frames,
        .batch = clamp(frames / 32, 1, BATCH_PAGES),
        .run = clamp(frames / 16, 8, RUN_PAGES),
    };
}

static void evict(struct model *m, struct page *page)
{
    page->resident = false;
    page->stored = true;
    page->stamp = evict_page_out(&m->policy, page->byte);
    m->free++;
    m->result.evicted++;
}

/* scan_run: harvest up to a run of pages at the hand, ask about each; victims go while any are wanted. */
static void scan_run(struct model *m, enum evict_urgency urgency)
{
    uint32_t end = clamp(m->hand + m->setup->run, 0, (m->hand | (LEAF_PAGES - 1)) + 1);

    end = clamp(end, 0, m->end);
    for (; m->hand < end; m->hand++) {
        struct page *page = &m->pages[m->hand];
        if (!page->resident) {
            continue;
        }
        struct evict_verdict verdict = evict_scanned(&m->policy, page->byte, page->accessed, false, urgency);
        m->result.scanned++;
        m->result.cleared += page->accessed;
        page->accessed = false;
        page->byte = verdict.byte;
        if (verdict.victim && m->free < m->setup->batch) {
            evict(m, page);
        }
    }
}

static void reclaim(struct model *m)
{
    uint32_t passes = 0;

    while (m->free < m->setup->batch) {
        scan_run(m, (enum evict_urgency)clamp(EVICT_WANTED + passes / 2, EVICT_WANTED, EVICT_DESPERATE));
        if (m->hand == m->end) {
            evict_pass_end(&m->policy);
            m->hand = 0;
            m->result.passes++;
            passes++;
        }
        if (passes > 2 * EVICT_URGENCIES) {
            die("%s gave no victim in %u passes", evict_name(m->policy.kind), passes);
        }
    }
}

static void fault(struct model *m, struct page *page)
{
    m->result.faults++;
    if (m->free == 0) {
        reclaim(m);
    }
    m->free--;
    page->byte = page->stored ? evict_page_in(&m->policy, page->stamp) : EVICT_NEW;
    page->resident = true;
}

struct replay_result replay_policy(const struct trace *t, const struct replay_setup *setup)
{
    struct model m = {.setup = setup, .pages = allocate(t->end, sizeof *m.pages), .end = t->end, .free = setup->frames};

    evict_init(&m.policy, setup->kind);
    for (uint32_t i = 0; i < t->length; i++) {
        struct page *page = &m.pages[t->accesses[i].page];
        if (setup->period > 0 && i % setup->period == setup->period - 1) {
            evict_switch(&m.policy, (enum evict_kind)((m.policy.kind + 1) % EVICT_KINDS));
        }
        if (!page->resident) {
            fault(&m, page);
        }
        page->accessed = true;
    }
    free(m.pages);
    return m.result;
}
