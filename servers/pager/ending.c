/* SPDX-License-Identifier: BSD-2-Clause */
#include "ending.h"

#include "event.h"
#include "leaving.h"
#include "policy/victim.h"

#include <pagoda/startup.h>
#include <string.h>

_Static_assert(VICTIM_ROWS == VICTIM_TABLE_ROWS, "a message holds all rows of a choice");

static struct {
    uint32_t chosen; /* 0: nobody yet */
    unsigned n;
    struct victim_row rows[VICTIM_TABLE_ROWS];
} last;

static void note_row(const struct victim_candidate *c)
{
    const struct space *s = space_at(c->id);
    struct victim_row *row = &last.rows[last.n++];

    *row = (struct victim_row){
        .space = c->id, .weight = c->weight, .held = c->pages, .resident = space_pages(s), .min = c->min, .max = c->max, .share = victim_share(c)};
    memcpy(row->label, s->label, strnlen(s->label, VICTIM_LABEL_MAX));
}

static void note_choice(const struct victim_choice *choice)
{
    last.chosen = victim_end(choice);
    last.n = 0;
    for (uint32_t i = 0; i < choice->n_rows; i++) {
        note_row(&choice->rows[i]);
    }
}

struct space *ending_choose(struct space *requester)
{
    struct victim_choice choice;

    victim_begin(&choice, requester->id);
    for (const struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        if (!s->ended && s->manager != MANAGER_INIT) {
            victim_consider(&choice, &(struct victim_candidate){.id = s->id, .weight = s->weight, .pages = space_pages(s) + s->states[PAGE_STORED],
                                                                .min = s->min_pages, .max = s->max_pages});
        }
    }
    note_choice(&choice);
    return space_at(last.chosen);
}

void ending_carry_out(struct space *s, struct space_event *event)
{
    event->limit = pager.general_pages / (space_count() ? space_count() : 1) << PAGE_BITS;
    event->used = space_pages(s) << PAGE_BITS;
    event_raise(s, event);
    s->ended = true;
    leaving_empty(s);
}

unsigned ending_table(uint64_t space, struct victim_row rows[VICTIM_TABLE_ROWS])
{
    if (space != last.chosen) {
        return 0;
    }
    memcpy(rows, last.rows, last.n * sizeof rows[0]);
    return last.n;
}
