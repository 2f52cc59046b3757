/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that change how the pager works. */
#include "balance.h"
#include "frame.h"
#include "inject.h"
#include "load.h"
#include "pool.h"
#include "prezero.h"
#include "promise.h"
#include "reclaim.h"
#include "space.h"
#include "state.h"
#include "swap.h"
#include "trace.h"

#include <generated/pager_server.h>

#define STACK_LIMIT_MAX (1ull << 40)
#ifdef PAGODA_DEBUG
#define EVICT_MOST EVICT_ALWAYS_WRITEBACK
#else
#define EVICT_MOST EVICT_ALWAYS_TO_DISK
#endif

uint64_t pager_on_swap_on(struct server_call *call, const struct pager_swap_on_args *args, struct pager_swap_on_reply *reply)
{
    (void)call;
    (void)reply;
    return swap_on(args->volume, args->blocks);
}

uint64_t pager_on_swap_off(struct server_call *call, const struct pager_swap_off_args *args, struct pager_swap_off_reply *reply)
{
    (void)call;
    (void)args;
    (void)reply;
    return swap_off();
}

uint64_t pager_on_evict_policy(struct server_call *call, const struct pager_evict_policy_args *args, struct pager_evict_policy_reply *reply)
{
    (void)call;
    (void)reply;
    pager.evict_policy = args->policy;
    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        trace_end(s, TRACE_END_POLICY);
        evict_switch(&s->evict, (enum evict_kind)args->policy);
    }
    return 0;
}

uint64_t pager_on_setting_get(struct server_call *call, const struct pager_setting_get_args *args, struct pager_setting_get_reply *reply)
{
    const uint64_t values[] = {
        [PAGER_SETTING_ZERO_SHARING] = pager.zero_sharing,
        [PAGER_SETTING_STACK_STEP_MAX] = pager.stack_step_max,
        [PAGER_SETTING_STACK_LIMIT] = pager.stack_limit,
        [PAGER_SETTING_CHECK] = pager.check,
        [PAGER_SETTING_EVICT] = pager.evict,
        [PAGER_SETTING_STACK_TRIM] = pager.stack_trim,
        [PAGER_SETTING_COMPACT] = pager.compact,
#ifdef PAGODA_DEBUG
        [PAGER_SETTING_FAIL_ALLOC] = inject_left(),
#else
        [PAGER_SETTING_FAIL_ALLOC] = 0,
#endif
        [PAGER_SETTING_COLOURING] = pager.colouring,
        [PAGER_SETTING_LOAD_CONTROL] = pager.load_control,
        [PAGER_SETTING_PREDICT] = pager.predict,
        [PAGER_SETTING_BALANCE] = pager.balance,
        [PAGER_SETTING_LARGE] = pager.large,
        [PAGER_SETTING_HINT] = pager.hint,
        [PAGER_SETTING_PREZERO] = pager.prezero,
        [PAGER_SETTING_PREZERO_LIMIT] = pager.prezero_limit,
    };

    (void)call;
    reply->value = values[args->setting];
    return 0;
}

static uint64_t set(uint64_t *setting, uint64_t value, uint64_t min, uint64_t max)
{
    if (value < min || value > max) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    *setting = value;
    return 0;
}

static uint64_t set_colouring(uint64_t value)
{
    uint64_t error = set(&pager.colouring, value, 0, pager.colours > 1);

    frames_colours(pager.colouring ? pager.colours : 1);
    return error;
}

static uint64_t set_prezero_limit(uint64_t percent)
{
    uint64_t error = set(&pager.prezero_limit, percent, 1, PAGER_PREZERO_LIMIT_MAX);

    if (!error) {
        prezero_limit_now();
    }
    return error;
}

uint64_t pager_on_setting_set(struct server_call *call, const struct pager_setting_set_args *args, struct pager_setting_set_reply *reply)
{
    (void)call;
    (void)reply;
    switch (args->setting) {
    case PAGER_SETTING_ZERO_SHARING:
        return set(&pager.zero_sharing, args->value, 0, 1);
    case PAGER_SETTING_STACK_STEP_MAX:
        return set(&pager.stack_step_max, args->value, 1, PAGER_STACK_STEP_LIMIT);
    case PAGER_SETTING_STACK_LIMIT:
        return set(&pager.stack_limit, args->value, PAGE_SIZE, STACK_LIMIT_MAX);
    case PAGER_SETTING_COLOURING:
        return set_colouring(args->value);
    case PAGER_SETTING_COMPACT:
        return set(&pager.compact, args->value, 0, 1);
    case PAGER_SETTING_LOAD_CONTROL:
        if (args->value >= LOAD_MODES) {
            return PAGODA_ERR_INVALID_ARGUMENT;
        }
        load_set((enum load_mode)args->value);
        return 0;
    case PAGER_SETTING_LARGE:
        return set(&pager.large, args->value, LARGE_NEVER, LARGE_POPULATED);
    case PAGER_SETTING_HINT:
        return set(&pager.hint, args->value, 0, 1);
    case PAGER_SETTING_PREDICT:
        return set(&pager.predict, args->value, 0, 1);
    case PAGER_SETTING_PREZERO:
        return set(&pager.prezero, args->value, 0, 1);
    case PAGER_SETTING_PREZERO_LIMIT:
        return set_prezero_limit(args->value);
    case PAGER_SETTING_BALANCE:
        return set(&pager.balance, args->value, 0, 1);
    case PAGER_SETTING_STACK_TRIM:
        return set(&pager.stack_trim, args->value, 0, 1);
    case PAGER_SETTING_EVICT:
        if (args->value > EVICT_MOST) {
            return PAGODA_ERR_INVALID_ARGUMENT;
        }
        reclaim_when(args->value);
        return 0;
#ifdef PAGODA_DEBUG
    case PAGER_SETTING_FAIL_ALLOC:
        inject_nth(args->value);
        return 0;
    case PAGER_SETTING_CHECK:
        return set(&pager.check, args->value, 0, 2);
#endif
    default:
        return PAGODA_ERR_NOT_SUPPORTED;
    }
}

_Static_assert((int)PAGER_BALANCE_STAY == (int)BALANCE_STAY && (int)PAGER_BALANCE_MORE == (int)BALANCE_MORE && (int)PAGER_BALANCE_LESS == (int)BALANCE_LESS,
               "advice is the protocol's");

uint64_t pager_on_balance(struct server_call *call, const struct pager_balance_args *args, struct pager_balance_reply *reply)
{
    (void)call;
    if (args->decide && !balance_useful()) {
        return PAGODA_ERR_NOT_SUPPORTED;
    }
    reply->useful = balance_useful();
    reply->more_ns = balance.more_ns;
    reply->less_ns = balance.less_ns;
    reply->evidence = balance.evidence;
    reply->advice = args->decide ? balance_step(&balance) : balance_advice(&balance);
    reply->limit = balance_limit();
    reply->low = balance.low;
    reply->high = balance.high;
    reply->used = pool_frames();
    reply->memory = pager.general_pages;
    reply->read_ns = balance.read_ns;
    reply->expand_ns = balance.expand_ns;
    reply->compress_ns = balance.compress_ns;
    reply->grown = balance.grown;
    reply->shrunk = balance.shrunk;
    return 0;
}

_Static_assert((int)PARTY_IS_MOVED == PAGER_PARTY_MOVED && (int)PARTY_BY_NEED == PAGER_PARTY_BY_NEED, "reasons are the protocol's");
_Static_assert(sizeof((struct pager_parties_reply){0}.takes) == PARTIES * sizeof(uint64_t), "a row for each");

uint64_t pager_on_parties(struct server_call *call, const struct pager_parties_args *args, struct pager_parties_reply *reply)
{
    struct party_row rows[PARTIES];

    (void)call;
    (void)args;
    balance_parties(rows);
    reply->frames = pager.general_pages;
    for (unsigned i = 0; i < PARTIES; i++) {
        reply->takes[i] = rows[i].takes;
        reply->low[i] = rows[i].low;
        reply->high[i] = rows[i].high;
        reply->saves_ns[i] = rows[i].saves_ns;
        reply->moved[i] = rows[i].moved;
    }
    return 0;
}

uint64_t pager_on_balance_bounds(struct server_call *call, const struct pager_balance_bounds_args *args, struct pager_balance_bounds_reply *reply)
{
    (void)call;
    (void)reply;
    if (args->low > args->high) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    balance_bounds(&balance, pager.general_pages * args->low / 100, pager.general_pages * args->high / 100);
    return 0;
}

uint64_t pager_on_commit_set(struct server_call *call, const struct pager_commit_set_args *args, struct pager_commit_set_reply *reply)
{
    (void)call;
    (void)reply;
    return promises_set(args->strict) ? 0 : PAGODA_ERR_NO_MEMORY;
}
