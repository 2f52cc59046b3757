/* SPDX-License-Identifier: BSD-2-Clause */
#include "inject.h"

#ifdef PAGODA_DEBUG

static struct {
    enum inject_fault fault;
    uint64_t left;     /* completions up to and including the one that it meets; 0: none */
    uint64_t every;    /* then again; 0: once */
    uint64_t delay_ns;
} plan;

void inject_set(enum inject_fault fault, uint64_t after, uint64_t every, uint64_t delay_ns)
{
    plan.fault = fault;
    plan.left = fault == INJECT_NONE ? 0 : after;
    plan.every = every;
    plan.delay_ns = delay_ns;
}

struct inject_verdict inject_next(void)
{
    if (plan.left == 0 || --plan.left != 0) {
        return (struct inject_verdict){.fault = INJECT_NONE};
    }
    plan.left = plan.every;
    return (struct inject_verdict){.fault = plan.fault, .delay_ns = plan.delay_ns};
}

#endif
