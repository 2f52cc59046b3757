/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include "life.h"
#include "start.h"

#include <loader/thread.h>
#include <pagoda/startup.h>
#include <string.h>

#include "generated/pager_client.h"

/* A process computes if it has used this part of the time since it was looked at last. */
#define COMPUTES_PART 16
/* Beside one for whose faults the pager works all the time there is not so much left for each. Who is counted and does not compute costs nothing: the pager does
 * in idle time what it does not do before. */
#define COMPUTES_PART_STORM 64
/* Shorter times say little: signals may come one after the other. */
#define LOOK_MIN_US 100000
#define LOOK_MAX_US 1500000

/* The pager is told of work once there is so much. A request that takes longer than the second has waited for the pager, which has waited for the disk. */
#define TELL_MS 1
#define WORK_MOST_MS 4

/* A process for which so much was worked lets others go first: as if it had used a time slice itself, for a thread that was blocked goes on before those who wait for
 * theirs. */
#define TURN_MS (TIME_SLICE_US / 1000)

static uint64_t tick_ms;
/*
 * The last request. When the next comes within a millisecond (others have the processor for a time slice at least), between them lies what the kernel does in reply and
 * call, and what the process does: of one that storms, or whose parent does, that counts for its share. The shortest such time is what a request is said to take beyond
 * what is measured of it.
 */
static struct {
    struct load_caller caller;
    uint64_t at;
} last;
static uint64_t call_cost; /* 0: not known */
static uint64_t looked_us;  /* when CPU times were looked at last */
static uint64_t computing;  /* as the pager was told last */
static bool storm;          /* somebody's faults are one, as the plan said last */

static bool living(const struct process *p)
{
    return !p->system && (p->state == PROCESS_RUNNING || p->state == PROCESS_WAITING);
}

/* row_of: what the plan has about a space; 0: nothing. */
static uint32_t row_of(const uint32_t *rows, unsigned n, uint64_t space)
{
    for (unsigned i = 0; i < n; i++) {
        if ((rows[i] & PAGER_LOAD_SPACE) == space) {
            return rows[i];
        }
    }
    return 0;
}

/* slowed_in: how many are to have little time: if any, there is not memory for all. */
static unsigned slowed_in(const uint32_t *rows, unsigned n)
{
    unsigned slowed = 0;
    for (unsigned i = 0; i < n; i++) {
        slowed += (rows[i] & PAGER_LOAD_SLOWED) != 0;
    }
    return slowed;
}

/* Nobody starves: shorter than this is not worth a switch. */
#define SLOW_LEAST_US 100u
#define PERCENT_US (THREAD_SLOW_PERIOD_US / 100u)

/* budget_us: of each of so many, one at least. */
static uint32_t budget_us(unsigned slowed)
{
    uint32_t part = PAGER_LOAD_SLOWED_ALL_PERCENT * PERCENT_US / slowed, most = PAGER_LOAD_SLOWED_PERCENT * PERCENT_US;
    part = part < most ? part : most;
    return part > SLOW_LEAST_US ? part : SLOW_LEAST_US;
}

static bool carry_out_plan(void)
{
    static struct pager_load_plan_reply plan;
    uint32_t rows[sizeof(plan.rows.data) / sizeof(uint32_t)];
    if (pager_load_plan(PROCESS_CAP_PAGER, computing, &plan)) {
        return false;
    }
    unsigned n = (unsigned)(plan.rows.len / sizeof(rows[0]));
    memcpy(rows, plan.rows.data, n * sizeof(rows[0]));
    unsigned slowed = slowed_in(rows, n);
    start_plan(slowed > 0, plan.room);
    storm = false;
    for (struct process *p = table_next(&table, NULL); p; p = table_next(&table, p)) {
        if (!living(p)) {
            continue;
        }
        uint32_t row = row_of(rows, n, p->space);
        uint32_t us = row & PAGER_LOAD_SLOWED ? budget_us(slowed) : 0;
        p->storms = row & PAGER_LOAD_STORMS;
        p->thrashes = row != 0 && !p->storms;
        storm |= p->storms;
        if (us != p->slowed_us) {
            life_slow(p, us);
        }
        if (p->suspended && !(row & PAGER_LOAD_HELD)) {
            life_resume(p);
        }
    }
    return true;
}

/* count_computing: processes that neither thrash nor storm and have used a part of the time since the last look. When that was long ago, nothing says when they used it: then
 * as if all of it had been in the last moment; at the next look it is known better. */
static uint64_t count_computing(uint64_t elapsed_us)
{
    uint64_t n = 0;
    elapsed_us = elapsed_us < LOOK_MAX_US ? elapsed_us : LOOK_MAX_US;
    for (struct process *p = table_next(&table, NULL); p; p = table_next(&table, p)) {
        if (!living(p)) {
            continue;
        }
        uint64_t used = life_cpu_us(p);
        n += !p->thrashes && !p->storms && (used - p->cpu_seen_us) * (storm ? COMPUTES_PART_STORM : COMPUTES_PART) >= elapsed_us;
        p->cpu_seen_us = used;
    }
    return n;
}

void load_init(uint64_t ticks_ms)
{
    tick_ms = ticks_ms;
}

/* of_storm: it storms, or its parent does. */
static bool of_storm(const struct process *p)
{
    const struct process *parent;

    return storm && (p->storms || ((parent = table_find(&table, p->parent)) && parent->storms));
}

bool load_came(struct process *p, uint64_t now)
{
    uint64_t between = now - last.at;
    bool counts = false;

    if (between < tick_ms && (p->pid == last.caller.pid || p->parent == last.caller.pid || p->pid == last.caller.parent || p->pid == last.caller.child)) {
        call_cost = call_cost == 0 || between < call_cost ? between : call_cost;
        counts = of_storm(p);
    }
    if (counts) {
        p->between += between;
    } else {
        p->work += call_cost;
    }
    return p->work + p->between >= TELL_MS * tick_ms;
}

bool load_admit(struct process *p)
{
    uint64_t work = p->work, between = p->between, held;

    p->work = p->between = 0;
    p->turn += work;
    if (!pager_load_charge(PROCESS_CAP_PAGER, p->space, work, between, &held) && held) {
        life_suspend(p);
        return false;
    }
    if (p->turn >= TURN_MS * tick_ms) {
        p->turn = 0;
        life_pass(p);
        return false;
    }
    return true;
}

/* for_whom: the caller, if it lives. */
static struct process *for_whom(const struct load_caller *caller)
{
    struct process *p = table_living(&table, caller->pid);

    if (!p) {
        p = table_living(&table, caller->child);
    }
    return p ? p : table_living(&table, caller->parent);
}

void load_served(const struct load_caller *caller, uint64_t start, uint64_t now)
{
    struct process *p = for_whom(caller);
    uint64_t work = now - start;

    if (p) {
        p->work += work < WORK_MOST_MS * tick_ms ? work : WORK_MOST_MS * tick_ms;
    }
    last.caller = *caller;
    last.at = now;
}

void load_follow(uint64_t now_us)
{
    if (!carry_out_plan()) {
        return;
    }
    if (now_us - looked_us >= LOOK_MIN_US) {
        uint64_t before = computing;
        computing = count_computing(now_us - looked_us);
        looked_us = now_us;
        if (computing != before) {
            carry_out_plan();
        }
    }
    start_follow(now_us);
}
