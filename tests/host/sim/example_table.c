/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of policies with the example in it. */
#include "evict_policy.h"

extern const struct evict_policy evict_example;

const struct evict_policy *const evict_policies[EVICT_KINDS] = {&evict_generations, &evict_clock, &evict_example};
