/* SPDX-License-Identifier: BSD-2-Clause */
#include "balance.h"

#include "kernel_if.h"
#include "pool.h"
#include "state.h"
#include "swap.h"

struct balance balance;

void balance_begin(void)
{
    balance_init(&balance, pager.general_pages);
}

bool balance_useful(void)
{
    return swap_is_on();
}

uint64_t balance_limit(void)
{
    return balance_useful() ? balance.limit : pager.general_pages;
}

void balance_tick(void)
{
    if (pager.balance && balance_useful()) {
        balance_step(&balance);
    }
}

static uint64_t ns_since(uint64_t start)
{
    return ticks_to_ns(kernel_ticks() - start);
}

void balance_page_stored(struct record *r, uint64_t start)
{
    r->since = balance_stored(&balance, ns_since(start));
}

void balance_page_expanded(const struct record *r, uint64_t start)
{
    balance_expanded(&balance, (balance_time)r->since, ns_since(start));
}

void balance_page_read(uint64_t start)
{
    balance_read(&balance, ns_since(start));
}

void balance_page_written(struct record *r)
{
    uint64_t frames = pool_frames();
    r->since = balance_written(&balance, frames ? pool_objects() * 8 / frames : 8);
}

void balance_page_elsewhere(struct record *r)
{
    r->since = BALANCE_NEVER(balance.written.now);
}

void balance_page_wanted(const struct record *r)
{
    balance_wanted(&balance, (balance_time)r->since);
}
