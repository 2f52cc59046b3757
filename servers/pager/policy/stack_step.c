/* SPDX-License-Identifier: BSD-2-Clause */
#include "stack_step.h"

void stack_step_init(struct stack_step *s)
{
    *s = (struct stack_step){.step = 1};
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void begin_burst(struct stack_step *s)
{
    uint32_t start = s->burst / STACK_BURST_SHARE;

    s->step = (uint16_t)(start > 1 ? start : 1);
    s->burst = 0;
}

uint32_t stack_step_grow(struct stack_step *s, uint32_t gap, uint32_t room, uint32_t step_max, uint64_t now_ns)
{
    step_max = step_max > 0 ? smaller(step_max, STACK_STEP_MAX) : 1;
    if (s->growths > 0 && now_ns - s->last_ns > STACK_BURST_NS) {
        begin_burst(s);
    }
    uint32_t step = smaller(s->step, step_max);
    uint32_t pages = smaller(gap > step ? gap : step, room);

    s->last_ns = now_ns;
    s->growths++;
    s->step = (uint16_t)smaller(step * 2, step_max);
    s->burst = (uint16_t)smaller(s->burst + smaller(pages, UINT16_MAX), UINT16_MAX);
    return pages;
}
