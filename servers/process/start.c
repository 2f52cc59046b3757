/* SPDX-License-Identifier: BSD-2-Clause */
#include "start.h"

#include "life.h"
#include "start_order.h"

#include "generated/pager_protocol.h"
#include "generated/process_protocol.h"

#include <stddef.h>

/* So long after its beginning a program counts as expected: then the pager knows its pages. */
#define SETTLE_US 3000000u

static struct start_known known;
static bool active;
static uint64_t room; /* as the plan says */

void start_plan(bool is_active, uint64_t plan_room)
{
    active = is_active;
    room = plan_room;
}

/* room_now: less what has begun lately. */
static uint64_t room_now(uint64_t now_us)
{
    uint64_t left = room;

    for (const struct process *p = table_next(&table, NULL); p; p = table_next(&table, p)) {
        if (!p->held && p->begun_us != 0 && now_us - p->begun_us < SETTLE_US) {
            left -= p->needs < left ? p->needs : left;
        }
    }
    return left;
}

uint64_t start_room(void)
{
    return active ? room : 0;
}

static bool begin(struct process *p, uint64_t now_us)
{
    p->held = false;
    p->begun_us = active ? now_us : 0;
    return life_run(p);
}

bool start_begin(struct process *p, bool foreground, uint64_t now_us)
{
    p->foreground = foreground;
    if (!active) {
        return begin(p, now_us);
    }
    p->needs = start_estimate(&known, p->name);
    p->held = true;
    p->held_us = now_us;
    start_follow(now_us);
    return true;
}

/* collect: those that wait. */
static uint32_t collect(struct process **processes, struct start_waiting *waiting, uint64_t now_us)
{
    uint32_t n = 0;

    for (struct process *p = table_next(&table, NULL); p; p = table_next(&table, p)) {
        if (p->held && p->state == PROCESS_RUNNING) {
            processes[n] = p;
            waiting[n++] = (struct start_waiting){.needs = p->needs, .waited = now_us - p->held_us, .foreground = p->foreground};
        }
    }
    return n;
}

void start_follow(uint64_t now_us)
{
    static struct process *processes[TABLE_PROCESSES];
    static struct start_waiting waiting[TABLE_PROCESSES];
    uint32_t n = collect(processes, waiting, now_us);

    while (n > 0) {
        uint32_t i = active ? start_next(waiting, n, room_now(now_us)) : 0;
        if (i == START_NONE) {
            return;
        }
        if (!begin(processes[i], now_us)) {
            life_end(processes[i], life_status(PROCESS_STATUS_FAULTED, PAGER_EVENT_NO_MEMORY));
        }
        n--;
        processes[i] = processes[n];
        waiting[i] = waiting[n];
    }
}

void start_ended(const struct process *p, uint64_t pages)
{
    if (!p->held) {
        start_learn(&known, p->name, pages);
    }
}
