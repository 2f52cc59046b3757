/* SPDX-License-Identifier: BSD-2-Clause */
#include "unmap.h"

#include "mapping.h"
#include "reclaim.h"

uint64_t unmap_count;

/* unmap_leaf: the pages of a leaf that are mapped by slots, by runs. */
static void unmap_leaf(struct space *s, uint64_t page, page_entry *leaf)
{
    for (unsigned i = 0; i < PAGEMAP_FANOUT;) {
        unsigned n = 0;
        while (i + n < PAGEMAP_FANOUT && entry_by_slot(leaf[i + n]) && page + i + n != SPACE_IPC_PAGE) {
            n++;
        }
        if (n > 0) {
            must(kernel_unmap_range(s->vspace, (page + i) << PAGE_BITS, n), "unmap: range");
            unmap_count += n;
        }
        for (unsigned end = i + n; i < end; i++) {
            mapping_lost(s, leaf[i]);
            leaf[i] &= ~ENTRY_MAPPING;
        }
        i++;
    }
}

static struct space *most_slots(void)
{
    struct space *most = NULL;

    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        if (reclaim_may_take_from(s) && (!most || s->slots.leaves > most->slots.leaves)) {
            most = s;
        }
    }
    return most;
}

/* step: one leaf of the page map of a space; *round counts the ends of it that were passed. */
static bool step(struct space *s, unsigned *round)
{
    uint32_t before = s->slots.leaves;
    uint64_t page = (uint64_t)s->unmap_hand * PAGEMAP_FANOUT;
    page_entry *leaf = pagemap_next_leaf(&s->map, &page, PAGEMAP_PAGES);

    if (!leaf) {
        s->unmap_hand = 0;
        ++*round;
        return false;
    }
    page &= ~(uint64_t)(PAGEMAP_FANOUT - 1);
    s->unmap_hand = (uint32_t)(page / PAGEMAP_FANOUT) + 1;
    if (pagemap_leaf_mapped(&s->map, leaf)) {
        unmap_leaf(s, page, leaf);
        slot_set_trim(&s->slots);
    }
    return s->slots.leaves < before;
}

bool unmap_step(void)
{
    struct space *s = most_slots();
    unsigned round = 0;

    return s && step(s, &round);
}

bool unmap_now(void)
{
    struct space *s = most_slots();

    /* Twice round: the hand may stand in the middle, and what fills a leaf of slots may lie on both sides of it. */
    for (unsigned round = 0; s && round < 2;) {
        if (step(s, &round)) {
            return true;
        }
    }
    return false;
}
