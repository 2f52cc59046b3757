/* SPDX-License-Identifier: BSD-2-Clause */
#include "kept_copies.h"

static bool worth_it(const struct kept_copies *k)
{
    return k->kept < KEPT_COPIES_SAMPLE || k->lost * KEPT_COPIES_SHARE <= k->kept;
}

bool kept_copies_keep(struct kept_copies *k, bool few)
{
    if (!few && !worth_it(k)) {
        k->skipped = (uint8_t)((k->skipped + 1u) % KEPT_COPIES_RETRY);
        if (k->skipped != 0) {
            return false;
        }
    }
    if (++k->kept >= KEPT_COPIES_FADE) {
        k->kept /= 2;
        k->lost /= 2;
    }
    return true;
}

void kept_copies_lost(struct kept_copies *k)
{
    k->lost = k->lost < KEPT_COPIES_FADE ? (uint16_t)(k->lost + 1) : k->lost;
}
