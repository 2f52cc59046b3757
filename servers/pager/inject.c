/* SPDX-License-Identifier: BSD-2-Clause */
#include "inject.h"

#ifdef PAGODA_DEBUG

static struct {
    uint64_t left;   /* allocations up to and including the one that fails; 0: none */
    uint64_t every;  /* then again; 0: once */
    uint64_t waiting; /* `every` from inject_start on */
    uint64_t failed;
    uint32_t promised;
    bool is_short;
} plan;

void inject_init(void)
{
    plan.left = plan.every = plan.waiting = plan.failed = 0;
    plan.promised = 0;
    plan.is_short = false;
}

void inject_every(uint64_t n)
{
    plan.waiting = n;
}

void inject_start(void)
{
    if (plan.waiting) {
        plan.left = plan.every = plan.waiting;
        plan.waiting = 0;
    }
}

void inject_nth(uint64_t n)
{
    plan.left = n;
    plan.every = 0;
}

uint64_t inject_left(void)
{
    return plan.left;
}

bool inject_allocation(void)
{
    if (plan.promised > 0) {
        plan.promised--;
        return false;
    }
    if (plan.left == 0 || --plan.left != 0) {
        return false;
    }
    plan.left = plan.every;
    plan.is_short = true;
    plan.failed++;
    return true;
}

bool inject_next(void)
{
    return plan.promised == 0 && plan.left == 1;
}

void inject_promised(uint32_t n)
{
    plan.promised = n;
}

bool inject_short(void)
{
    bool was = plan.is_short;

    plan.is_short = false;
    return was;
}

uint64_t inject_failed(void)
{
    return plan.failed;
}

#endif
