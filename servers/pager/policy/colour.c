/* SPDX-License-Identifier: BSD-2-Clause */
#include "colour.h"

uint32_t colours_used(uint64_t colours)
{
    uint32_t n = 1;

    while (n < COLOURS_MAX && n * 2u <= colours) {
        n *= 2;
    }
    return n;
}

static uint32_t all(uint32_t n)
{
    return n == 32 ? UINT32_MAX : (1u << n) - 1;
}

bool colour_set_valid(uint32_t set, uint32_t n)
{
    return set != 0 && (set & ~all(n)) == 0;
}

void colouring_make(struct colouring *c, uint32_t set, uint32_t n)
{
    uint32_t allowed[COLOURS_MAX], n_allowed = 0;

    for (uint32_t colour = 0; colour < n; colour++) {
        if (set >> colour & 1) {
            allowed[n_allowed++] = colour;
        }
    }
    for (uint32_t page = 0; page < COLOURS_MAX; page++) {
        c->of[page] = (uint8_t)allowed[page % n % n_allowed];
    }
}

enum colour_answer colour_missed(uint32_t *last, uint32_t wanted, uint32_t n, bool empty)
{
    bool follows = wanted == (*last + 1) % n;

    *last = wanted;
    return empty || follows ? COLOUR_RUN : COLOUR_SINGLE;
}
