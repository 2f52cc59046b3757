/* SPDX-License-Identifier: BSD-2-Clause */
#include "working_set.h"

void working_set_init(struct working_set *w)
{
    *w = (struct working_set){.bound = true};
}

static void remember(struct working_set *w, const struct working_set_counts *c)
{
    if (c->looked > 0) {
        w->looked = w->looked / 2 + c->looked;
        w->used = w->used / 2 + c->used;
        w->idle = 0;
    } else if (++w->idle >= WORKING_SET_KEEP) {
        w->idle = WORKING_SET_KEEP;
        w->looked = w->used = 0;
    }
}

void working_set_step(struct working_set *w, const struct working_set_counts *c)
{
    remember(w, c);
    w->bound = w->looked < WORKING_SET_LOOKED_MIN;
    if (w->bound) {
        w->pages = c->resident;
        return;
    }
    uint64_t used = (uint64_t)((unsigned __int128)c->resident * w->used / w->looked);
    uint64_t returned = c->returned < c->all ? c->returned : c->all;
    w->pages = used > returned ? used : returned;
}
