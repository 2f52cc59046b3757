/* SPDX-License-Identifier: BSD-2-Clause */
#include "stack_trim.h"

void stack_trim_init(struct stack_trim *t)
{
    *t = (struct stack_trim){.window = STACK_WINDOW_MIN};
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void begin_window(struct stack_trim *t, bool shrunk)
{
    t->deepest = 0;
    t->samples = 0;
    t->shrunk = shrunk;
}

/* has_grown: since the last sample. Shrinking before that was too early. */
static bool has_grown(struct stack_trim *t, uint32_t growths)
{
    bool grown = growths != t->growths;

    t->growths = growths;
    if (grown && t->shrunk) {
        t->window = (uint8_t)smaller(t->window * 2u, STACK_WINDOW_MAX);
    }
    return grown;
}

uint32_t stack_trim_sample(struct stack_trim *t, uint32_t used, uint32_t size, uint32_t growths)
{
    if (has_grown(t, growths)) {
        begin_window(t, false);
    }
    t->deepest = t->deepest > used ? t->deepest : used;
    if (++t->samples < t->window) {
        return size;
    }
    uint32_t keep = smaller(t->deepest, size);
    if (t->shrunk && t->window > STACK_WINDOW_MIN) {
        t->window--;
    }
    begin_window(t, keep < size);
    return keep;
}

uint32_t stack_trim_now(struct stack_trim *t, uint32_t used, uint32_t size, uint32_t growths)
{
    uint32_t keep = smaller(used, size);

    has_grown(t, growths);
    begin_window(t, keep < size);
    return keep;
}
