/* SPDX-License-Identifier: BSD-2-Clause */
#include "predict.h"

static uint32_t at_most(uint32_t value, uint32_t most)
{
    return value < most ? value : most;
}

void predict_init(struct predict *p, uint32_t first)
{
    *p = (struct predict){.last = first - 1, .stride = 1, .window = PREDICT_START};
}

/* count: n pages more that met their fate. */
static void count(struct predict *p, uint16_t *which, uint32_t n)
{
    if (*which + n > UINT16_MAX) {
        p->used /= 2;
        p->wasted /= 2;
    }
    *which = (uint16_t)(*which + n);
}

/* wasted: the pages ahead were not walked over. */
static void wasted(struct predict *p)
{
    count(p, &p->wasted, p->ahead);
    p->ahead = 0;
    p->window = p->window > 1 ? p->window / 2 : 1;
}

void predict_leaves(struct predict *p, uint32_t page)
{
    int32_t back = (int32_t)(p->last - page), stride = p->stride;

    if (stride != 0 && back % stride == 0 && back / stride >= 0 && back / stride <= p->ahead) {
        return;
    }
    wasted(p);
    p->stride = (int16_t)-back;
    p->last = page;
    p->run = 0;
}

void predict_advise(struct predict *p, enum predict_advice advice, uint32_t first)
{
    if (p->ahead) {
        wasted(p);
    }
    p->run = 0;
    if (advice == PREDICT_SEQUENTIAL) {
        p->last = first - 1;
        p->stride = 1;
        p->window = p->window < PREDICT_START_ADVISED ? PREDICT_START_ADVISED : p->window;
    }
}

/* walked: all pages ahead were used. */
static void walked(struct predict *p)
{
    count(p, &p->used, p->ahead);
    p->credit = (uint16_t)at_most(p->credit + p->ahead * PREDICT_FAULT, PREDICT_CREDIT_MAX);
    if (p->ahead >= p->window - p->window / 4) {
        p->window = (uint8_t)at_most(p->window * 2, PREDICT_MAX);
    }
    p->ahead = 0;
}

static uint32_t cost_of(const struct predict *p, struct predict_cost cost)
{
    return p->stride == 1 || p->stride == -1 ? cost.near : cost.far;
}

uint32_t predict_fault(struct predict *p, struct predict_cost cost, enum predict_advice advice, uint32_t room)
{
    p->run += p->run < UINT8_MAX;
    if (p->ahead) {
        walked(p);
    }
    p->credit = (uint16_t)at_most(p->credit + PREDICT_MARGIN, PREDICT_CREDIT_MAX);
    if (cost_of(p, cost) >= PREDICT_FAULT || advice == PREDICT_RANDOM || p->run < (advice == PREDICT_SEQUENTIAL ? 1 : PREDICT_RUN)) {
        return 0;
    }
    uint32_t n = at_most(p->window, room);
    return advice == PREDICT_SEQUENTIAL ? n : at_most(n, p->credit / cost_of(p, cost));
}

uint32_t predict_whole(uint32_t page, uint32_t n, uint32_t unit)
{
    uint32_t over = (page + n + 1) & (unit - 1);

    return n >= unit - 1 && over <= n ? n - over : n;
}

uint32_t predict_around(struct predict *p, struct predict_cost cost, enum predict_advice advice, uint32_t room)
{
    if (p->run == 0) { /* otherwise predict_fault was asked, which did this */
        p->credit = (uint16_t)at_most(p->credit + PREDICT_MARGIN, PREDICT_CREDIT_MAX);
    }
    bool elsewhere = p->run > 0 && p->stride != 1; /* it may be a stream of another kind */
    if (p->ahead || elsewhere || advice == PREDICT_RANDOM || room == 0 || p->credit < PREDICT_AROUND * cost.near) {
        return 0;
    }
    p->stride = 1;
    p->window = p->window > PREDICT_AROUND ? p->window : PREDICT_AROUND;
    return at_most(PREDICT_AROUND, room);
}

void predict_lend(struct predict *p, uint32_t thousandths)
{
    p->credit = (uint16_t)at_most(p->credit + thousandths, PREDICT_CREDIT_MAX);
}

void predict_brought(struct predict *p, uint32_t n, struct predict_cost cost)
{
    uint32_t spent = n * cost_of(p, cost);

    p->credit = (uint16_t)(p->credit > spent ? p->credit - spent : 0);
    p->ahead = (uint8_t)n;
    p->last += n * (uint32_t)(int32_t)p->stride;
}

enum predict_pattern predict_pattern(const struct predict *p)
{
    if (p->run < PREDICT_RUN) {
        return PREDICT_NO_PATTERN;
    }
    return p->stride == 1 ? PREDICT_IS_SEQUENTIAL : p->stride == -1 ? PREDICT_IS_REVERSE : PREDICT_IS_STRIDE;
}

uint32_t predict_precision(const struct predict *p)
{
    uint32_t known = (uint32_t)p->used + p->wasted;
    return known ? p->used * 1000u / known : 1000;
}
