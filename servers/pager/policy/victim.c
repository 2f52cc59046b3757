/* SPDX-License-Identifier: BSD-2-Clause */
#include "victim.h"

void victim_begin(struct victim_choice *v, uint32_t requester)
{
    *v = (struct victim_choice){.requester = requester};
}

static uint64_t excess(const struct victim_candidate *c)
{
    return c->pages > c->min ? c->pages - c->min : 0;
}

/* rank: 0 not to be chosen, 1 above its minimum, 2 above its maximum as well. */
static int rank(const struct victim_candidate *c)
{
    if (c->pages <= c->min) {
        return 0;
    }
    return c->max != 0 && c->pages > c->max ? 2 : 1;
}

/* before: a is chosen rather than b, which was considered earlier. */
static bool before(const struct victim_choice *v, const struct victim_candidate *a, const struct victim_candidate *b)
{
    uint64_t left = excess(a) * b->weight;
    uint64_t right = excess(b) * a->weight;

    if (rank(a) != rank(b)) {
        return rank(a) > rank(b);
    }
    return left != right ? left > right : a->id == v->requester;
}

void victim_consider(struct victim_choice *v, const struct victim_candidate *c)
{
    uint32_t row = v->n_rows;

    if (row == VICTIM_ROWS) {
        if (!before(v, c, &v->rows[row - 1])) {
            return;
        }
        row--;
    } else {
        v->n_rows++;
    }
    for (; row > 0 && before(v, c, &v->rows[row - 1]); row--) {
        v->rows[row] = v->rows[row - 1];
    }
    v->rows[row] = *c;
}

static bool found(const struct victim_choice *v)
{
    return v->n_rows > 0 && rank(&v->rows[0]) > 0;
}

const struct victim_candidate *victim_best(const struct victim_choice *v)
{
    return found(v) ? &v->rows[0] : 0;
}

uint32_t victim_end(const struct victim_choice *v)
{
    return found(v) ? v->rows[0].id : v->requester;
}

/* stays_best: would best be chosen rather than next after so many pages were taken from it? */
static bool stays_best(const struct victim_choice *v, uint64_t taken)
{
    struct victim_candidate c = v->rows[0];

    c.pages -= taken;
    return !before(v, &v->rows[1], &c);
}

uint64_t victim_allowance(const struct victim_choice *v)
{
    uint64_t low = 1, high;

    if (!found(v)) {
        return 0;
    }
    high = excess(&v->rows[0]);
    if (v->n_rows == 1 || rank(&v->rows[1]) == 0) {
        return high;
    }
    /* The greatest number that may be taken so that it was still the first before the last page: the order is monotone in the pages. */
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (stays_best(v, middle - 1)) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

uint64_t victim_share(const struct victim_candidate *c)
{
    return excess(c) / c->weight;
}
