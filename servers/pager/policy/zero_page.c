/* SPDX-License-Identifier: BSD-2-Clause */
#include "zero_page.h"

bool zero_page_share(const struct zero_page_history *h, bool enabled, unsigned pressure)
{
    if (!enabled) {
        return false;
    }
    if (pressure > 0 || h->shared < ZERO_PAGE_SAMPLE) {
        return true;
    }
    /* Stop at 15 of 16 broken: then sharing costs more faults than it saves frames. */
    return (uint64_t)h->broken * 16 < (uint64_t)h->shared * 15;
}

void zero_page_shared(struct zero_page_history *h, uint32_t n)
{
    if (h->shared + n > UINT16_MAX) {
        h->shared /= 2;
        h->broken /= 2;
    }
    h->shared = (uint16_t)(h->shared + n);
}

void zero_page_broken(struct zero_page_history *h, uint32_t n)
{
    uint32_t left = (uint32_t)h->shared - h->broken;

    h->broken = (uint16_t)(h->broken + (n < left ? n : left));
}
