/* SPDX-License-Identifier: BSD-2-Clause */
#include "balance.h"

#include "frame.h"
#include "kernel_if.h"
#include "prezero.h"
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
    if (!balance_useful()) {
        balance_fade(&balance);
    } else if (pager.balance) {
        balance_step(&balance);
    }
}

void balance_parties(struct party_row rows[PARTIES])
{
    struct prezero_state zeroed;
    uint64_t stored = frame_counts[FRAME_STORE];

    prezero_state(&zeroed);
    const struct party_facts facts = {
        .balance = &balance,
        .disk = balance_useful(),
        .on = pager.balance,
        .frames = pager.general_pages,
        .pages = frame_counts[FRAME_ANON],
        .compressed = stored,
        .zeroed = zeroed.clean,
        .tables = frame_counts[FRAME_TABLE] + frame_counts[FRAME_SLOTS],
        .objects = frame_counts[FRAME_OBJECT],
        .zeroed_limit = zeroed.limit,
        .zeroed_missed = zeroed.missed_lately,
        .zero_ns = zeroed.zero_ns,
    };
    parties_describe(&facts, rows);
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
