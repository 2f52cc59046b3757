/* SPDX-License-Identifier: BSD-2-Clause */
#include "kept_copies.h"

bool kept_copies_keep(struct kept_copies *k)
{
    uint32_t all = (uint32_t)k->used + k->lost;

    if (all < KEPT_COPIES_SAMPLE || k->used * KEPT_COPIES_SHARE >= all) {
        return true;
    }
    k->skipped = (uint8_t)((k->skipped + 1u) % KEPT_COPIES_RETRY);
    return k->skipped == 0;
}

static void fade(struct kept_copies *k)
{
    if ((uint32_t)k->used + k->lost >= KEPT_COPIES_FADE) {
        k->used /= 2;
        k->lost /= 2;
    }
}

void kept_copies_used(struct kept_copies *k)
{
    fade(k);
    k->begun = true;
    k->used++;
}

void kept_copies_lost(struct kept_copies *k)
{
    if (k->begun) {
        fade(k);
        k->lost++;
    }
}
