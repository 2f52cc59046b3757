/* SPDX-License-Identifier: BSD-2-Clause */
#include "stack.h"

#include "event.h"
#include "state.h"

#include <generated/errors.h>
#include <stddef.h>

struct stack_counters stack_counters;

bool stack_thread_wanted(struct space *s)
{
    if (s->thread_slot != SLOT_NONE) {
        return false;
    }
    if (!s->thread_asked && s->manager == MANAGER_PROCESS) {
        s->thread_asked = event_raise(s, &(struct space_event){.reason = PAGER_EVENT_THREAD_WANTED});
    }
    return true;
}

uint64_t stack_thread(struct space *s)
{
    if (s->thread_slot != SLOT_NONE) {
        return PAGODA_ERR_TOO_MANY;
    }
    return space_receive(s, &s->thread_slot);
}

/* stack_of: the stack that the thread of a space is in, and how many pages of it are in use, the red zone included; NULL: none that could shrink. */
static struct region *stack_of(struct space *s, uint32_t *used)
{
    uint64_t sp;

    if (s->ended || s->copied || !s->started || s->thread_slot == SLOT_NONE || kernel_thread_sp(slot_cap(s->thread_slot), &sp) || sp < STACK_RED_ZONE) {
        return NULL;
    }
    sp -= STACK_RED_ZONE;
    struct region *r = region_find(&s->regions, sp);
    if (!r || r->kind != PAGER_REGION_STACK) {
        return NULL;
    }
    *used = (uint32_t)((r->end >> PAGE_BITS) - (sp >> PAGE_BITS));
    return r;
}

static bool in_shared_leaf(struct space *s, uint64_t page)
{
    bool shared;

    pagemap_find(&s->map, page, &shared);
    return shared;
}

/* shrink: the stack keeps `keep` pages from the top. A leaf that fork shares stays: the other holders have its pages anyway. */
static uint32_t shrink(struct space *s, struct region *r, uint32_t keep)
{
    uint64_t top = r->end >> PAGE_BITS, page = top - r->stack.grown, end = top - keep;
    uint64_t before = space_pages(s) + s->states[PAGE_STORED];

    if (in_shared_leaf(s, page) || in_shared_leaf(s, end - 1) || !space_own_pages(s, page, end)) {
        return 0;
    }
    space_release_pages(s, page, end);
    r->stack.grown = keep;
    uint32_t given = (uint32_t)(before - space_pages(s) - s->states[PAGE_STORED]);
    s->stack_given += given;
    s->stack_trims++;
    stack_counters.given += given;
    stack_counters.trims++;
    return given;
}

/* look: the sample of one space; `now`: it need not have been idle. */
static uint32_t look(struct space *s, bool now)
{
    uint32_t used;
    struct region *r = stack_of(s, &used);

    if (!r) {
        return 0;
    }
    if (s->stack_top != r->end) {
        stack_trim_init(&s->trim);
        s->stack_top = r->end;
    }
    s->stack_used = (r->end >> PAGE_BITS) - used;
    uint32_t keep = (now ? stack_trim_now : stack_trim_sample)(&s->trim, used, r->stack.grown, r->stack.step.growths);
    uint32_t given = keep < r->stack.grown ? shrink(s, r, keep) : 0;
    s->deep = r->stack.grown > STACK_PAGES_KEPT;
    return given;
}

uint32_t stack_give_back(struct space *s)
{
    return s->deep && !stack_thread_wanted(s) ? look(s, true) : 0;
}

void stack_tidy(struct space *s)
{
    const struct region *r = s->stack_top ? region_find(&s->regions, s->stack_top - 1) : NULL;

    if (r && r->kind == PAGER_REGION_STACK && s->stack_tidied != s->stack_trims) {
        s->stack_tidied = s->stack_trims;
        pagemap_trim(&s->map, r->start >> PAGE_BITS, (r->end >> PAGE_BITS) - r->stack.grown);
    }
}

void stack_tick(void)
{
    if (!pager.stack_trim) {
        return;
    }
    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        if (s->deep && !stack_thread_wanted(s)) {
            look(s, pager.pressure.level > 0);
        }
        stack_tidy(s);
    }
}
