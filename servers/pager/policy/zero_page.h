/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the first read of an untouched page shares the zero page or gets a frame of its own at once. Pure; O(1).
 *
 * Sharing saves the frame when the page is only read; when the page is written soon after, it costs a second fault. So a region
 * whose zero pages have nearly all been broken by writes stops sharing until memory is short.
 */
#ifndef PAGER_POLICY_ZERO_PAGE_H
#define PAGER_POLICY_ZERO_PAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Not judged before so many zero pages were handed out. */
#define ZERO_PAGE_SAMPLE 64

struct zero_page_history {
    uint16_t shared; /* untouched pages that came to show the zero page */
    uint16_t broken; /* of those, how many were written later */
};

/* zero_page_share: enabled is the operator's switch; pressure the level of policy/pressure.h. */
bool zero_page_share(const struct zero_page_history *h, bool enabled, unsigned pressure);

/* zero_page_shared, zero_page_broken: record what happened to n pages, at most ZERO_PAGE_MOST. Old history fades:
 * both halve when shared would pass 2^16 - 1. */
#define ZERO_PAGE_MOST 512u
void zero_page_shared(struct zero_page_history *h, uint32_t n);
void zero_page_broken(struct zero_page_history *h, uint32_t n);

#endif
