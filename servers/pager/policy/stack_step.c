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

uint32_t stack_step_grow(struct stack_step *s, uint32_t gap, uint32_t room, uint32_t step_max, uint64_t now_ns)
{
    if (s->growths > 0 && now_ns - s->last_ns > STACK_BURST_NS) {
        s->step = 1;
    }
    uint32_t step = smaller(s->step, step_max > 0 ? step_max : 1);
    uint32_t pages = gap > step ? gap : step;

    s->last_ns = now_ns;
    s->growths++;
    s->step = smaller(step * 2, step_max > 0 ? step_max : 1);
    return smaller(pages, room);
}
