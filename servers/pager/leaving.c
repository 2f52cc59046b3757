/* SPDX-License-Identifier: BSD-2-Clause */
#include "leaving.h"

#include "idle.h"
#include "retire.h"

#define IPC_LEAF_PAGE (SPACE_IPC_PAGE & ~(uint64_t)(PAGEMAP_FANOUT - 1))

struct space *leaving;

void leaving_init(void)
{
    leaving = NULL;
}

/* enlist: it leaves from now on, as the first. */
static void enlist(struct space *s)
{
    s->ended = s->leaving = true;
    s->started = false;
    s->next_retired = leaving;
    leaving = s;
    retire_count_spare(s, 1);
    idle_ask();
}

__attribute__((cold, noinline)) void leaving_claim(struct space *s)
{
    space_silence(s);
    if (!s->leaving) {
        enlist(s);
    }
    s->unclaimed = false;
    space_set_share(s, SPACE_MIN_PAGES, s->weight); /* what was kept for it is another one's */
}

void leaving_empty(struct space *s)
{
    space_forget_program(s);
    if (!leaving_large(s)) {
        space_clear(s);
        return;
    }
    enlist(s);
    s->unclaimed = true;
    leaving_step();
}

/* let_leaves_go: all in [page, end), with what their pages hold. The translation tables go with them, so nothing has to be unmapped. */
static __attribute__((cold, noinline)) void let_leaves_go(struct space *s, uint64_t page, uint64_t end)
{
    page_entry *leaf;

    for (uint64_t p = page; (leaf = pagemap_next_leaf(&s->map, &p, end)) != NULL; p = pagemap_leaf_end(p, end)) {
        for (unsigned i = 0; i < PAGEMAP_FANOUT; i++) {
            s->states[entry_state(leaf[i])]--;
        }
        s->states[PAGE_NONE] += PAGEMAP_FANOUT;
        space_let_leaf_go(s, leaf, p, LARGE_RELEASED);
        pagemap_give_up(&s->map, p);
    }
    pagemap_trim(&s->map, page, end);
}

/* thin: few leaves are left in [page, end); false: there were more. */
static bool thin(struct space *s, uint64_t page, uint64_t end)
{
    uint64_t stop = pagemap_piece(&s->map, page, end, PAGEMAP_DROPPED);

    if (stop < end) {
        let_leaves_go(s, page, stop);
    }
    return stop >= end;
}

/* stay_empty: until its manager destroys it. */
static void stay_empty(struct space *s)
{
    s->leaving = s->unclaimed = false;
    space_clear(s);
}

__attribute__((cold, noinline)) bool leaving_step_of_first(void)
{
    struct space *s = leaving;

    retire_count_spare(s, UINT32_MAX);
    if (thin(s, 0, IPC_LEAF_PAGE) && thin(s, IPC_LEAF_PAGE + PAGEMAP_FANOUT, PAGEMAP_PAGES)) {
        leaving = s->next_retired;
        (s->unclaimed ? stay_empty : space_destroy)(s);
    } else {
        slot_set_trim(&s->slots);
        retire_count_spare(s, 1);
    }
    return true;
}

void leaving_tick(void)
{
    for (unsigned i = 0; i < LEAVING_TICK_STEPS && leaving_step(); i++) {
    }
    if (leaving_any()) {
        idle_ask();
    }
}
