/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry of the history that pager.pressure_history gives, as it lies in the message. */
#ifndef PAGODA_PRESSURE_SAMPLE_H
#define PAGODA_PRESSURE_SAMPLE_H

#include <stdint.h>

struct pressure_sample {
    uint32_t free_pages; /* at the end of the period */
    uint32_t faults;     /* answered in the period */
    uint32_t refaults;   /* of these, those of pages that had been evicted */
    uint16_t stall;      /* share of the period in which some thread waited for an evicted page; 65535: all of it */
    uint8_t level;       /* of pressure, the highest in the period */
    uint8_t unused;      /* 0 */
};

_Static_assert(sizeof(struct pressure_sample) == 16, "no padding: it goes through a message as it is");

#define PRESSURE_SAMPLES 112    /* kept: so many periods back */
#define PRESSURE_SAMPLES_MAX 56 /* of one answer */

#endif
