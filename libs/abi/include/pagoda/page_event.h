/* SPDX-License-Identifier: BSD-2-Clause */
/* One event in the life of a page, as pager.page_explain gives it. */
#ifndef PAGODA_PAGE_EVENT_H
#define PAGODA_PAGE_EVENT_H

#include <stdint.h>

struct page_event {
    uint64_t time_us; /* of the machine's clock */
    uint16_t kind;    /* PAGER_PAGE_EVENT_* */
    uint16_t age;     /* of a page that leaves memory or is looked at: generations since it was seen used */
    uint32_t detail;
};

_Static_assert(sizeof(struct page_event) == 16, "no padding: it goes through a message as it is");

#define PAGE_EVENTS_MAX 40 /* of one answer */

#endif
