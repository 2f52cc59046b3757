/* SPDX-License-Identifier: BSD-2-Clause */
#include "balance.h"

#define EIGHTHS 8u /* of balance_written's per_frame; also the weight of the past in averages */

static uint64_t between(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

void balance_init(struct balance *b, uint64_t frames)
{
    *b = (struct balance){.per_frame = EIGHTHS};
    b->limit = frames / 2;
    balance_bounds(b, frames / 16, frames - frames / 16);
}

void balance_bounds(struct balance *b, uint64_t low, uint64_t high)
{
    uint64_t step = (high - low) / BALANCE_STEPS;

    b->low = low;
    b->high = high;
    b->step = step > BALANCE_STEP_MIN ? step : BALANCE_STEP_MIN;
    b->limit = between(b->limit, low, high);
}

/* pass: a page more; a step's worth of them is a short while. */
static void pass(struct balance_clock *c, uint64_t while_pages)
{
    if (++c->pages >= while_pages) {
        c->pages = 0;
        c->now++;
    }
}

static bool a_short_while_ago(const struct balance_clock *c, balance_time then)
{
    return (balance_time)(c->now - then) <= 1;
}

static void average(uint64_t *of, uint64_t ns)
{
    *of = *of ? *of - *of / EIGHTHS + ns / EIGHTHS : ns;
}

balance_time balance_stored(struct balance *b, uint64_t ns)
{
    average(&b->compress_ns, ns);
    pass(&b->stored, b->step);
    return b->stored.now;
}

balance_time balance_written(struct balance *b, uint64_t per_frame)
{
    b->per_frame = per_frame;
    pass(&b->written, b->step * per_frame / EIGHTHS);
    return b->written.now;
}

void balance_expanded(struct balance *b, balance_time stored, uint64_t ns)
{
    average(&b->expand_ns, ns);
    if (a_short_while_ago(&b->stored, stored)) {
        uint64_t saved_ns = b->expand_ns + b->compress_ns;
        b->less_ns += saved_ns;
        b->owed_ns += saved_ns;
        b->evidence++;
    }
}

void balance_wanted(struct balance *b, balance_time written)
{
    if (a_short_while_ago(&b->written, written)) {
        uint64_t ns = b->read_ns > b->expand_ns ? b->read_ns - b->expand_ns : 0;
        b->more_ns += ns;
        b->owed_ns -= ns < b->owed_ns ? ns : b->owed_ns;
        b->evidence++;
    }
}

void balance_read(struct balance *b, uint64_t ns)
{
    average(&b->read_ns, ns);
}

/* step_cost_ns: to write out the pages of one step; writing one is taken to take as long as reading one. */
static uint64_t step_cost_ns(const struct balance *b)
{
    return b->step * b->per_frame / EIGHTHS * b->read_ns;
}

static bool clearly_more(uint64_t a, uint64_t b)
{
    return a > b + b / 4;
}

enum balance_advice balance_advice(const struct balance *b)
{
    if (b->evidence < BALANCE_EVIDENCE) {
        return BALANCE_STAY;
    }
    if (clearly_more(b->more_ns, b->less_ns) && b->limit < b->high) {
        return BALANCE_MORE;
    }
    return clearly_more(b->less_ns, b->more_ns) && b->owed_ns >= step_cost_ns(b) && b->limit > b->low ? BALANCE_LESS : BALANCE_STAY;
}

void balance_fade(struct balance *b)
{
    b->more_ns /= 2;
    b->less_ns /= 2;
    b->evidence /= 2;
}

enum balance_advice balance_step(struct balance *b)
{
    enum balance_advice advice = balance_advice(b);

    if (advice == BALANCE_MORE) {
        b->limit = between(b->limit + b->step, b->low, b->high);
        b->grown++;
    } else if (advice == BALANCE_LESS) {
        b->limit = b->limit > b->low + b->step ? b->limit - b->step : b->low;
        b->shrunk++;
    }
    b->owed_ns = advice == BALANCE_STAY ? b->owed_ns : 0;
    balance_fade(b);
    return advice;
}
