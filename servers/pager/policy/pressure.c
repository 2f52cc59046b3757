/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure.h"

void pressure_init(struct pressure *p, uint64_t total_pages)
{
    *p = (struct pressure){.level = 0};
    for (unsigned i = 0; i < PRESSURE_LEVELS - 1; i++) {
        p->enter[i] = total_pages / (8u << i) + 1; /* 1/8, 1/16, 1/32 of RAM */
        p->leave[i] = p->enter[i] + p->enter[i] / 4 + 1;
    }
}

uint32_t pressure_update(struct pressure *p, uint64_t free_pages)
{
    uint32_t old = p->level;

    while (p->level < PRESSURE_LEVELS - 1 && free_pages < p->enter[p->level]) {
        p->level++;
    }
    while (p->level > 0 && free_pages >= p->leave[p->level - 1]) {
        p->level--;
    }
    if (p->level != old) {
        p->entered[p->level]++;
    }
    return p->level;
}
