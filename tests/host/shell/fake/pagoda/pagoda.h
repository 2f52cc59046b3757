/* SPDX-License-Identifier: BSD-2-Clause */
/* For the host: what the shell uses of the C library's own header. */
#ifndef FAKE_PAGODA_H
#define FAKE_PAGODA_H

#include <stdint.h>

int64_t pagoda_pack_arguments(char *const argv[], char *data, uint64_t max);

extern uint64_t fake_ticks; /* the time; waiting for input lets it pass */

static inline uint64_t pagoda_ticks(void)
{
    return fake_ticks;
}

static inline uint64_t pagoda_tick_frequency(void)
{
    return 62500000;
}

#endif
