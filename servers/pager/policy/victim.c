/* SPDX-License-Identifier: BSD-2-Clause */
#include "victim.h"

void victim_begin(struct victim_choice *v, uint32_t requester)
{
    *v = (struct victim_choice){.requester = requester};
}

/* compare: the excess per weight of a against that of b; page counts fit 40 bits and weights 16, so the products fit. */
static int compare(const struct victim_candidate *a, const struct victim_candidate *b)
{
    uint64_t left = (a->pages - a->min) * b->weight;
    uint64_t right = (b->pages - b->min) * a->weight;
    return left > right ? 1 : left < right ? -1 : 0;
}

void victim_consider(struct victim_choice *v, const struct victim_candidate *c)
{
    if (c->pages <= c->min) {
        return;
    }
    int order = v->found ? compare(c, &v->best) : 1;
    if (order > 0 || (order == 0 && c->id == v->requester)) {
        v->best = *c;
        v->found = true;
    }
}

uint32_t victim_end(const struct victim_choice *v)
{
    return v->found ? v->best.id : v->requester;
}
