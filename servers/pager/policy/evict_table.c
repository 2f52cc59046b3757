/* SPDX-License-Identifier: BSD-2-Clause */
/* The policies there are. */
#include "evict_policy.h"

const struct evict_policy *const evict_policies[EVICT_KINDS] = {
    [EVICT_GENERATIONS] = &evict_generations,
    [EVICT_CLOCK] = &evict_clock,
    [EVICT_TWO_Q] = &evict_two_q,
};
