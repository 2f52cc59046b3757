/* SPDX-License-Identifier: BSD-2-Clause */
/* Load control in the whole pager, on a model of the kernel: what it learns of the clients, whom it slows, and what it does with their faults. */
#include "boot.h"
#include "check_main.h"
#include "fault.h"
#include "fork.h"
#include "frame.h"
#include "load.h"
#include "machine.h"
#include "park.h"
#include "reclaim.h"
#include "serve.h"
#include "stalls.h"
#include "state.h"
#include "waiting.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <pagoda/message.h>
#include <pagoda/startup.h>
#include <server/server.h>
#include <stdlib.h>
#include <string.h>

#define RAM (32ull << 20)
#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define PAGES 9000u    /* of one that thrashes: more than RAM */
#define SMALL 64u      /* of one that does not */
#define COST 2500u     /* ticks that the pager works for a page that comes back: 40 us */
#define COMPUTE 250u   /* ticks that a client computes between two pages */

struct client {
    struct space *s;
    uint64_t pages;
    uint64_t touched; /* so far */
};

static struct client client(uint64_t pages)
{
    struct client c = {.s = machine_space(0), .pages = pages};
    ck_assert_uint_eq(machine_map(c.s, VA, pages, WRITE, PAGER_REGION_ANONYMOUS), 0);
    return c;
}

/* touch: one page, with what that costs in time. Contents of each page are its own, and compress. */
static void touch(struct client *c, uint64_t page)
{
    uint64_t refaults = c->s->refaults;
    uint8_t *bytes = machine_touch(c->s, VA + page * PAGE_SIZE, ACCESS_WRITE);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes + 512, &(uint64_t){page + 1}, 8);
    if (c->s->refaults != refaults) {
        load_charge(c->s, COST);
        fake_now += COST;
    }
    fake_now += COMPUTE;
    c->touched++;
}

static void fill(struct client *c)
{
    for (uint64_t p = 0; p < c->pages; p++) {
        touch(c, p);
    }
}

/* second: of a machine in which each client touches pages in turn, one that is slowed 50 times more seldom, one that is held not at all. */
static void second(struct client *c, unsigned n)
{
    uint64_t end = fake_now + MACHINE_SECOND;
    for (uint64_t round = 0; fake_now < end; round++) {
        fake_now += COMPUTE; /* somebody else */
        for (unsigned i = 0; i < n; i++) {
            if (!load_exhausted(c[i].s) && (!load_slowed(c[i].s) || round % 50 == 0)) {
                touch(&c[i], (uint64_t)rand() % c[i].pages);
            }
        }
    }
    serve_tick();
}

static void boot(void)
{
    srand(1);
    machine_boot(RAM);
    serve_after(true);
    fake_now += MACHINE_SECOND;
    serve_tick();
}

static unsigned slowed(const struct client *c, unsigned n)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < n; i++) {
        sum += load_slowed(c[i].s);
    }
    return sum;
}

/* two_that_thrash: a machine with one steady client, c[0], and two that thrash, of which one is slowed. */
static void two_that_thrash(struct client c[3])
{
    boot();
    c[0] = client(SMALL);
    c[1] = client(PAGES);
    c[2] = client(PAGES);
    for (unsigned i = 0; i < 3; i++) {
        fill(&c[i]);
    }
    for (unsigned t = 0; t < 10 && !slowed(c, 3); t++) {
        second(c, 3);
    }
    ck_assert_uint_eq(slowed(c, 3), 1);
    ck_assert(!load_slowed(c[0].s));
}

START_TEST(nobody_is_slowed_while_memory_is_enough)
{
    struct client c[3];
    boot();
    for (unsigned i = 0; i < 3; i++) {
        c[i] = client(1000);
        fill(&c[i]);
    }
    fake_signals = 0;
    for (unsigned t = 0; t < 5; t++) {
        second(c, 3);
        ck_assert_uint_eq(slowed(c, 3), 0);
    }
    uint32_t rows[LOAD_CLIENTS];
    ck_assert_uint_eq(load_tell(3, rows), 0);
    ck_assert_uint_eq(fake_signals, 0);
    bool bound;
    ck_assert_uint_ge(load_working_set(c[0].s, &bound), 1000);
    ck_assert(bound); /* nobody has looked */
}
END_TEST

START_TEST(those_who_thrash_are_slowed_in_turns_and_the_steady_one_never)
{
    struct client c[3];
    unsigned turns[3] = {0};
    two_that_thrash(c);
    for (unsigned t = 0; t < 24; t++) {
        uint64_t before[3] = {c[0].touched, c[1].touched, c[2].touched};
        fake_signals = 0;
        second(c, 3);
        ck_assert_uint_ge(fake_signals, 1); /* the process server asks each time */
        ck_assert_uint_eq(slowed(c, 3), 1);
        ck_assert(!load_slowed(c[0].s));
        ck_assert(!c[0].s->careful);
        for (unsigned i = 0; i < 3; i++) {
            ck_assert_uint_gt(c[i].touched, before[i]);
            turns[i] += load_slowed(c[i].s);
        }
    }
    ck_assert_uint_ge(turns[1], 8);
    ck_assert_uint_ge(turns[2], 8);
    machine_check();
}
END_TEST

START_TEST(whose_turn_it_is_has_the_memory)
{
    struct client c[3];
    two_that_thrash(c);
    for (unsigned t = 0; t < 3; t++) {
        const struct space *slow = load_slowed(c[1].s) ? c[1].s : c[2].s, *runs = slow == c[1].s ? c[2].s : c[1].s;
        second(c, 3);
        ck_assert_uint_gt(space_pages(runs), 2 * space_pages(slow));
        second(c, 3);
    }
}
END_TEST

START_TEST(the_plan_tells_who_thrashes_and_who_is_slowed)
{
    struct client c[3];
    uint32_t rows[LOAD_CLIENTS];
    two_that_thrash(c);
    ck_assert_uint_eq(load_tell(0, rows), 2);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_uint_eq(rows[i], c[i + 1].s->id | (load_slowed(c[i + 1].s) ? PAGER_LOAD_SLOWED : 0));
    }
    uint32_t seen[LOAD_CLIENTS];
    ck_assert_uint_eq(load_list(seen), 2);
    ck_assert_mem_eq(seen, rows, 2 * sizeof rows[0]);
}
END_TEST

START_TEST(working_sets_are_known_once_pages_are_looked_at)
{
    struct client c[3];
    bool bound;
    two_that_thrash(c);
    second(c, 3);
    const struct space *runs = load_slowed(c[1].s) ? c[2].s : c[1].s;
    ck_assert_uint_gt(load_working_set(runs, &bound), 2000);
    ck_assert_uint_le(load_working_set(runs, &bound), PAGES + 20);
    ck_assert(!bound);
}
END_TEST

/* ---- bounds ---- */

/* hold: use the share of one that thrashes up, and fault once more: the fault is held. */
static cptr_t hold(struct client *c)
{
    cptr_t reply = pager_reply;
    uint64_t va = VA;
    while (fake_translate(c->s->vspace, va, false, false)) {
        va += PAGE_SIZE;
    }
    load_charge(c->s, MACHINE_SECOND);
    ck_assert(load_exhausted(c->s));
    uint64_t words[4] = {0, va, 0, 0x92000007};
    ck_assert(!serve_fault(c->s->id, FAULT_MESSAGE_VM, words, 4));
    ck_assert(park_holds(reply));
    return reply;
}

static void bounded(struct client c[3])
{
    uint32_t rows[LOAD_CLIENTS];
    two_that_thrash(c);
    load_tell(1, rows);
    second(c, 3);
    load_tell(1, rows);
    ck_assert_uint_ne(c[1].s->load->client.work, LOAD_UNBOUNDED);
    ck_assert_uint_ne(c[2].s->load->client.work, LOAD_UNBOUNDED);
    ck_assert(c[1].s->careful); /* the quick way counts nothing */
    ck_assert_uint_eq(c[0].s->load->client.work, LOAD_UNBOUNDED);
}

START_TEST(work_for_those_who_thrash_is_bounded_while_somebody_computes)
{
    struct client c[3];
    uint32_t rows[LOAD_CLIENTS];
    bounded(c);
    for (unsigned t = 0; t < 12; t++) {
        uint64_t before = c[1].s->refaults + c[2].s->refaults;
        second(c, 3);
        ck_assert_uint_le((c[1].s->refaults + c[2].s->refaults - before) * COST, MACHINE_SECOND * 2 / 5 + 4 * COST);
        load_tell(1, rows);
    }
    /* The process server says nothing any more: after some periods nobody is known to compute. */
    for (unsigned t = 0; t < 5; t++) {
        second(c, 3);
    }
    ck_assert_uint_eq(c[1].s->load->client.work, LOAD_UNBOUNDED);
    ck_assert(!c[1].s->careful);
    uint64_t before = c[1].s->refaults + c[2].s->refaults;
    second(c, 3);
    ck_assert_uint_gt((c[1].s->refaults + c[2].s->refaults - before) * COST, MACHINE_SECOND / 2);
}
END_TEST

START_TEST(bound_begins_as_soon_as_somebody_is_said_to_compute)
{
    struct client c[3];
    uint32_t rows[LOAD_CLIENTS];
    two_that_thrash(c);
    ck_assert_uint_eq(c[1].s->load->client.work, LOAD_UNBOUNDED);
    load_tell(1, rows);
    int64_t left = c[1].s->load->left;
    ck_assert_int_gt(left, 0);
    ck_assert_int_lt(left, MACHINE_SECOND / 2);
    ck_assert(c[1].s->careful);
    load_charge(c[1].s, 1000);
    load_tell(2, rows); /* told again, it has no more for that */
    ck_assert_int_eq(c[1].s->load->left, left - 1000);
    load_set(LOAD_OFF);
    load_tell(1, rows);
    ck_assert(!c[1].s->careful);
}
END_TEST

START_TEST(fault_beyond_the_share_is_held_until_the_next_period)
{
    struct client c[3];
    bounded(c);
    uint64_t stall = c[1].s->stall.some.total_ns;
    cptr_t reply = hold(&c[1]);
    ck_assert_uint_eq(park_waiting(), 0);
    fake_replied = 0;
    fake_now += MACHINE_SECOND / 2;
    park_wake_held(); /* still nothing left: it is held again */
    ck_assert(park_holds(reply) || c[1].s->load->held_since);
    ck_assert_uint_eq(fake_replied, 0);
    for (unsigned t = 0; t < 9 && fake_replied != reply; t++) {
        fake_now += MACHINE_SECOND; /* it used a whole second: the debt is paid first */
        serve_tick();
    }
    ck_assert_uint_eq(fake_replied, reply);
    ck_assert_uint_eq(c[1].s->load->held_since, 0);
    ck_assert_uint_eq(c[1].s->stall.some.total_ns, stall); /* that was no stall */
    machine_check();
}
END_TEST

#define CLIENT(s) BADGE(BADGE_CLIENT, (s)->id)

static unsigned handled;
static uint64_t about;

/* costly_handler: it works for a millisecond. */
static void costly_handler(struct server_call *call)
{
    handled++;
    waiting_for = (uint32_t)about;
    fake_now += MACHINE_SECOND / 1000;
    call->reply_label = 0;
    call->reply_length = 1;
    call->words[0]++;
}

/* ask: true: it was held. */
static bool ask(uint64_t badge, unsigned caps)
{
    uint64_t words[MESSAGE_WORDS] = {41};
    struct server_call call = {.badge = badge, .operation = 7, .words = words, .length = 1, .n_caps = caps};
    cptr_t reply = pager_reply;

    handled = 0;
    serve_request(&call, costly_handler);
    ck_assert(call.deferred == waiting_holds(reply));
    ck_assert(call.deferred == (handled == 0));
    ck_assert(call.deferred || words[0] == 42);
    return call.deferred;
}

START_TEST(work_for_a_request_counts_for_who_asks_and_a_manager_says_for_whom_its_own_does)
{
    boot();
    struct client one = client(SMALL), other = client(SMALL);
    const uint64_t millisecond = MACHINE_SECOND / 1000;
    about = other.s->id;
    ck_assert(!ask(CLIENT(one.s), 0));
    ck_assert(!ask(BADGE(BADGE_OBSERVER, one.s->id), 0));
    ck_assert_uint_eq(one.s->load->spent, 2 * millisecond);
    ck_assert_uint_eq(other.s->load->spent, 0);
    ck_assert(!ask(BADGE(BADGE_MANAGER, MANAGER_PROCESS), 0));
    ck_assert_uint_eq(one.s->load->spent, 2 * millisecond);
    ck_assert_uint_eq(other.s->load->spent, 0);
    ck_assert(!load_charge_manager(other.s, 5 * millisecond, 0));
    ck_assert_uint_eq(other.s->load->spent, 5 * millisecond);
    ck_assert_uint_eq(other.s->load->held_since, 0);
    machine_check();
}
END_TEST

/* asking_storm: a client for whose requests the pager works all the time, and another that computes. */
static struct client asking_storm(void)
{
    uint32_t rows[LOAD_CLIENTS];
    boot();
    struct client c = client(SMALL);
    touch(&c, 0);
    about = c.s->id;
    for (uint64_t end = fake_now + MACHINE_SECOND; fake_now < end;) {
        ck_assert(!ask(CLIENT(c.s), 0));
    }
    serve_tick();
    ck_assert(c.s->load->client.storms);
    ck_assert(load_any_storm);
    load_tell(1, rows);
    ck_assert_uint_eq(c.s->load->client.work, STALL_ALL / 2);
    return c;
}

START_TEST(requests_are_held_when_half_of_the_time_has_gone_into_them)
{
    struct client c = asking_storm();
    for (unsigned second = 0; second < 3; second++) {
        unsigned served = 0;
        uint64_t start = fake_now;
        cptr_t reply = pager_reply;
        for (; !ask(CLIENT(c.s), 0); served++) {
            reply = pager_reply;
        }
        ck_assert_uint_ge(served, 490);
        ck_assert_uint_le(served, 501);
        fake_now = start + MACHINE_SECOND / 2 + MACHINE_SECOND / 4;
        park_wake_held();
        waiting_wake_held(); /* still nothing left */
        ck_assert(waiting_holds(reply));
        ck_assert_uint_gt(c.s->load->held_since, 0);
        fake_now = start + MACHINE_SECOND;
        fake_answered = 0;
        serve_tick();
        ck_assert_uint_eq(fake_answered, reply);
        ck_assert(!waiting_holds(reply));
        ck_assert_uint_eq(c.s->load->held_since, 0);
        ck_assert(c.s->load->client.storms);
    }
    machine_check();
}
END_TEST

/* What a client computes between reply and request is a part of its share. */
START_TEST(time_between_requests_of_a_storm_counts)
{
    struct client c = asking_storm();
    unsigned served = 0;
    for (; !ask(CLIENT(c.s), 0); served++) {
        fake_now += MACHINE_SECOND / 2000;
    }
    ck_assert_uint_ge(served, 325);
    ck_assert_uint_le(served, 335);
    machine_check();
}
END_TEST

/* A manager that works for the client meanwhile says so itself. */
START_TEST(time_between_requests_with_one_of_a_manager_between_them_does_not_count)
{
    struct client c = asking_storm();
    ck_assert(!ask(CLIENT(c.s), 0));
    uint64_t before = c.s->load->between;
    fake_now += MACHINE_SECOND / 2000;
    ck_assert(!ask(BADGE(BADGE_MANAGER, MANAGER_PROCESS), 0));
    fake_now += MACHINE_SECOND / 10000;
    ck_assert(!ask(CLIENT(c.s), 0));
    ck_assert_uint_eq(c.s->load->between, before);
    fake_now += MACHINE_SECOND / 2000;
    ck_assert(!ask(CLIENT(c.s), 0));
    ck_assert_uint_eq(c.s->load->between, before + MACHINE_SECOND / 2000);
    machine_check();
}
END_TEST

START_TEST(request_that_cannot_be_held_is_served_and_counts)
{
    struct client c = asking_storm();
    while (!ask(CLIENT(c.s), 0)) {
    }
    int64_t left = c.s->load->left;
    ck_assert(!ask(BADGE(BADGE_OBSERVER, c.s->id), 1)); /* a capability came along */
    ck_assert_int_eq(c.s->load->left, left - (int64_t)MACHINE_SECOND / 1000);
    ck_assert(!ask(BADGE(BADGE_MANAGER, MANAGER_PROCESS), 0));
    ck_assert(!ask(CLIENT(c.s), 0)); /* it has one already */
    machine_check();
}
END_TEST

START_TEST(held_request_of_one_that_ends_is_forgotten)
{
    struct client c = asking_storm();
    cptr_t reply = pager_reply;
    while (!ask(CLIENT(c.s), 0)) {
        reply = pager_reply;
    }
    fake_answered = 0;
    space_destroy(c.s);
    ck_assert(!waiting_holds(reply));
    fake_now += MACHINE_SECOND;
    serve_tick();
    ck_assert_uint_eq(fake_answered, 0);
    ck_assert(!load_any_storm);
    machine_check();
}
END_TEST

START_TEST(held_request_goes_on_in_idle_time_and_when_control_is_off)
{
    struct client c = asking_storm();
    cptr_t reply = pager_reply;
    while (!ask(CLIENT(c.s), 0)) {
        reply = pager_reply;
    }
    fake_answered = 0;
    serve_idle();
    ck_assert_uint_eq(fake_answered, reply);
    while (!ask(CLIENT(c.s), 0)) {
        reply = pager_reply;
    }
    fake_answered = 0;
    load_set(LOAD_OFF);
    fake_now += MACHINE_SECOND;
    serve_tick();
    ck_assert_uint_eq(fake_answered, reply);
    ck_assert(!ask(CLIENT(c.s), 0));
    machine_check();
}
END_TEST

/* held_elsewhere: the row that says so is in the plan. */
static bool held_elsewhere(void)
{
    uint32_t rows[LOAD_CLIENTS], n = load_list(rows);
    return n == 1 && (rows[0] & PAGER_LOAD_HELD);
}

/* exhaust: its manager works for it until the share is used up; milliseconds. */
static unsigned exhaust(struct space *s)
{
    unsigned n = 1;
    while (!load_charge_manager(s, MACHINE_SECOND / 1000, 0)) {
        n++;
    }
    ck_assert(held_elsewhere());
    return n;
}

START_TEST(manager_holds_a_client_until_it_has_a_share_again)
{
    struct client c = asking_storm();
    ck_assert(!held_elsewhere());
    ck_assert_uint_le(exhaust(c.s), 501);
    ck_assert(load_charge_manager(c.s, 0, 0)); /* it asks twice: as before */
    uint64_t since = c.s->load->held_since;
    ck_assert_uint_gt(since, 0);
    fake_now += MACHINE_SECOND / 2;
    ck_assert(held_elsewhere());
    fake_now += MACHINE_SECOND / 2;
    fake_signals = 0;
    serve_tick();
    ck_assert(!held_elsewhere());
    ck_assert_uint_ge(fake_signals, 1);
    ck_assert_uint_eq(c.s->load->held_since, 0);
    ck_assert(c.s->load->client.storms); /* it was held */
    exhaust(c.s);
    fake_signals = 0;
    serve_idle();
    ck_assert(!held_elsewhere());
    ck_assert_uint_eq(fake_signals, 1);
    exhaust(c.s);
    load_set(LOAD_OFF);
    uint32_t rows[LOAD_CLIENTS];
    ck_assert_uint_eq(load_list(rows), 0);
    ck_assert(!load_charge_manager(c.s, MACHINE_SECOND, 0));
    machine_check();
}
END_TEST

/* What the pager did itself between two requests to the manager is in what went by between them: it counts once. */
START_TEST(time_between_requests_to_a_manager_counts_without_the_pagers_own_work)
{
    boot();
    struct client c = client(SMALL);
    const struct space_load *l = c.s->load;
    load_charge_manager(c.s, 100, 1000);
    ck_assert_uint_eq(l->spent, 1100);
    load_charge(c.s, 300);
    load_charge_manager(c.s, 100, 1000);
    ck_assert_uint_eq(l->spent, 1100 + 300 + 100 + 700);
    load_charge(c.s, 300);
    load_charge_manager(c.s, 100, 200);
    ck_assert_uint_eq(l->spent, 2200 + 300 + 100);
    struct space *child;
    ck_assert_uint_eq(space_fork(c.s, &child), 0);
    load_charge(child, 50);
    load_charge_manager(child, 7, 60);
    ck_assert_uint_eq(child->load->spent, 50 + 7 + 10);
    load_charge(child, 20);
    space_destroy(child);
    load_charge_manager(c.s, 0, 100);
    ck_assert_uint_eq(l->spent, 2600 + 80);
    fake_now += MACHINE_SECOND;
    serve_tick();
    load_charge_manager(c.s, 1, 1);
    ck_assert_uint_eq(l->spent, 2);
    machine_check();
}
END_TEST

START_TEST(control_off_gives_everything_back_at_once)
{
    struct client c[3];
    uint32_t rows[LOAD_CLIENTS];
    bounded(c);
    cptr_t reply = hold(&c[1]);
    fake_replied = 0;
    fake_signals = 0;
    load_set(LOAD_OFF);
    ck_assert_uint_eq(fake_replied, reply);
    ck_assert_uint_eq(slowed(c, 3), 0);
    ck_assert_uint_eq(load_tell(1, rows), 0);
    ck_assert_uint_eq(fake_signals, 1);
    for (unsigned t = 0; t < 5; t++) {
        second(c, 3);
        ck_assert_uint_eq(slowed(c, 3), 0);
        ck_assert(!c[1].s->careful);
    }
    load_set(LOAD_STEADY_FIRST);
    for (unsigned t = 0; t < 5; t++) {
        second(c, 3);
    }
    ck_assert_uint_eq(slowed(c, 3), 1);
    machine_check();
}
END_TEST

/* ---- storms ---- */

#define STORM_COST 50u /* ticks of a quick fault */

/* storm_second: a period in which the client makes quick faults, which the pager spends so many hundredths of the time on; as long as its share lasts. */
static void storm_second(struct client *c, unsigned hundredths)
{
    uint64_t n = MACHINE_SECOND * hundredths / 100 / STORM_COST;

    if (c->s->bounded) {
        for (; n > 0 && !load_exhausted(c->s); n--) {
            c->s->faults[PAGER_FAULT_READ_ZERO]++;
            load_charge_fault(c->s, STORM_COST);
            pager.total_ns += ticks_to_ns(STORM_COST);
        }
    } else {
        c->s->faults[PAGER_FAULT_READ_ZERO] += n;
        pager.total_ns += ticks_to_ns(n * STORM_COST);
    }
    fake_now += MACHINE_SECOND;
    serve_tick();
}

/* storming: c[0] storms while c[1], as the process server says, computes. */
static void storming(struct client c[2])
{
    uint32_t rows[LOAD_CLIENTS];
    boot();
    c[0] = client(PAGES);
    c[1] = client(SMALL);
    fill(&c[1]);
    touch(&c[0], 0);
    fake_signals = 0;
    storm_second(&c[0], 20);
    ck_assert(!c[0].s->load->client.storms);
    ck_assert_uint_eq(fake_signals, 0);
    storm_second(&c[0], 90);
    ck_assert(c[0].s->load->client.storms);
    ck_assert_uint_eq(c[0].s->load->client.work, LOAD_UNBOUNDED);
    ck_assert_uint_ge(fake_signals, 1);
    ck_assert_uint_eq(load_tell(1, rows), 1);
    ck_assert_uint_eq(rows[0], c[0].s->id | (uint32_t)PAGER_LOAD_STORMS);
}

START_TEST(quick_faults_are_a_storm_when_the_pager_works_a_quarter_of_the_time_for_them)
{
    struct client c[2];
    storming(c);
    ck_assert_uint_ge(c[0].s->load->client.worked, STALL_ALL * 89 / 100);
    ck_assert_uint_le(c[0].s->load->client.worked, STALL_ALL * 91 / 100);
    ck_assert_uint_eq(c[1].s->load->client.worked, 0);
    ck_assert_uint_eq(c[0].s->load->client.work, STALL_ALL / 2);
    ck_assert(c[0].s->careful);
    ck_assert(!c[1].s->careful);
}
END_TEST

START_TEST(storm_beside_one_that_computes_gets_an_equal_part)
{
    struct client c[2];
    uint32_t rows[LOAD_CLIENTS];
    storming(c);
    for (unsigned t = 0; t < 6; t++) {
        uint64_t before = c[0].s->faults[PAGER_FAULT_READ_ZERO];
        storm_second(&c[0], 90);
        uint64_t worked = (c[0].s->faults[PAGER_FAULT_READ_ZERO] - before) * STORM_COST;
        ck_assert_uint_le(worked, MACHINE_SECOND / 2 + STORM_COST);
        ck_assert_uint_ge(worked, MACHINE_SECOND / 2 - STORM_COST);
        ck_assert(c[0].s->load->client.storms);
        load_tell(1, rows);
    }
    load_tell(2, rows);
    storm_second(&c[0], 90);
    ck_assert_uint_eq(c[0].s->load->client.work, STALL_ALL / 3);
    storm_second(&c[0], 5); /* it is over */
    ck_assert(!c[0].s->load->client.storms);
    ck_assert(!c[0].s->careful);
    ck_assert_uint_eq(load_tell(1, rows), 0);
}
END_TEST

START_TEST(storm_of_one_that_has_ended_is_nobody_elses)
{
    struct client c[2];
    boot();
    c[0] = client(PAGES);
    c[1] = client(SMALL);
    fill(&c[1]);
    storm_second(&c[0], 0);
    c[0].s->faults[PAGER_FAULT_READ_ZERO] += 100000;
    c[1].s->faults[PAGER_FAULT_READ_ZERO] += 10;
    pager.total_ns += 900000000;
    space_destroy(c[0].s);
    fake_now += MACHINE_SECOND;
    serve_tick();
    ck_assert(!c[1].s->load->client.storms);
    ck_assert_uint_le(c[1].s->load->client.worked, STALL_ALL / 1000);
}
END_TEST

START_TEST(storm_alone_is_not_bounded)
{
    struct client c[2];
    uint32_t rows[LOAD_CLIENTS];
    storming(c);
    load_tell(0, rows);
    storm_second(&c[0], 90);
    ck_assert(c[0].s->load->client.storms);
    ck_assert_uint_eq(c[0].s->load->client.work, LOAD_UNBOUNDED);
    ck_assert(!c[0].s->careful);
}
END_TEST

START_TEST(storm_that_is_held_goes_on_in_idle_time)
{
    struct client c[2];
    storming(c);
    ck_assert(!load_idle()); /* nobody is held */
    fake_idle_entries++;
    uint64_t signals = fake_signals;
    cptr_t reply = hold(&c[0]);
    ck_assert_uint_eq(fake_signals, signals + 1); /* idle time is asked for */
    fake_replied = 0;
    serve_idle();
    ck_assert_uint_eq(fake_replied, reply);
    ck_assert_uint_eq(c[0].s->load->held_since, 0);
    ck_assert(!load_exhausted(c[0].s));
    ck_assert_int_lt(c[0].s->load->left, MACHINE_SECOND / 16); /* a little at a time */
    ck_assert(!load_idle());
    machine_check();
}
END_TEST

START_TEST(of_a_machine_without_idle_time_none_is_asked_for_a_storm)
{
    struct client c[2];
    storming(c);
    uint64_t signals = fake_signals;
    cptr_t reply = hold(&c[0]);
    ck_assert_uint_eq(fake_signals, signals);
    fake_replied = 0;
    for (unsigned t = 0; t < 9 && fake_replied != reply; t++) {
        fake_now += MACHINE_SECOND;
        serve_tick();
    }
    ck_assert_uint_eq(fake_replied, reply);
}
END_TEST

START_TEST(idle_time_is_not_for_those_who_thrash)
{
    struct client c[3];
    bounded(c);
    fake_idle_entries++;
    cptr_t reply = hold(&c[1]);
    fake_replied = 0;
    ck_assert(!load_idle());
    ck_assert_uint_eq(fake_replied, 0);
    ck_assert(park_holds(reply));
}
END_TEST

/* ---- births and deaths ---- */

START_TEST(child_of_a_slowed_client_starts_like_any_other)
{
    struct client c[3];
    struct space *child;
    bounded(c);
    unsigned i = load_slowed(c[1].s) ? 1 : 2;
    ck_assert_uint_eq(space_fork(c[i].s, &child), 0);
    ck_assert(!load_slowed(child));
    ck_assert(!child->careful);
    ck_assert_uint_eq(child->load->client.needs, 0);
    ck_assert_uint_eq(child->load->client.work, LOAD_UNBOUNDED);
    ck_assert(!load_exhausted(child));
    ck_assert(load_slowed(c[i].s));
    fake_now += MACHINE_SECOND;
    serve_tick();
    machine_check();
}
END_TEST

/* chain: of processes each of which is asked for by the one before, which ends then; the pager works so many ticks for each. */
static struct space *chain(struct space *link, unsigned n, uint64_t ticks)
{
    struct space *next;

    for (unsigned i = 0; i < n; i++) {
        load_charge(link, ticks);
        ck_assert_uint_eq(space_fork(link, &next), 0);
        next->started = true;
        space_destroy(link);
        link = next;
    }
    return link;
}

START_TEST(chain_of_processes_storms_and_is_bounded_like_one)
{
    uint32_t rows[LOAD_CLIENTS];
    boot();
    struct client c = client(SMALL);
    c.s->started = true;
    uint64_t link_ticks = MACHINE_SECOND / 100;
    struct space *last = chain(c.s, 40, link_ticks);
    ck_assert_uint_eq(last->load->inherited.ticks, 40 * link_ticks);
    fake_now += MACHINE_SECOND;
    serve_tick();
    fake_now += MACHINE_SECOND;
    last = chain(last, 40, link_ticks);
    serve_tick();
    ck_assert_uint_ge(last->load->client.worked, STALL_ALL * 39 / 100);
    ck_assert_uint_le(last->load->client.worked, STALL_ALL * 41 / 100);
    ck_assert(last->load->client.storms);
    ck_assert_uint_eq(last->load->inherited.ticks, 0);
    load_tell(1, rows);
    ck_assert_uint_eq(last->load->client.work, STALL_ALL / 2);
    ck_assert(!load_exhausted(last));
    last = chain(last, 49, link_ticks);
    ck_assert(last->load->client.storms && last->bounded && !load_exhausted(last));
    last = chain(last, 1, link_ticks);
    ck_assert(load_exhausted(last));
    machine_check();
}
END_TEST

START_TEST(work_for_a_fork_that_has_ended_counts_for_its_parent)
{
    struct space *child, *spawned;
    boot();
    struct client c = client(SMALL);
    c.s->started = true;
    ck_assert_uint_eq(space_fork(c.s, &child), 0);
    load_charge(child, 1000);
    child->faults[PAGER_FAULT_READ_ZERO] += 7;
    space_destroy(child);
    ck_assert_uint_eq(c.s->load->inherited.ticks, 1000);
    ck_assert_uint_eq(c.s->load->inherited.quick, 7);
    spawned = machine_space(0);
    load_descend(spawned, c.s, false);
    load_charge(spawned, 1000);
    space_destroy(spawned);
    ck_assert_uint_eq(c.s->load->inherited.ticks, 1000); /* a shell does not pay for what it starts */
    ck_assert_uint_eq(space_fork(c.s, &child), 0);
    struct space *stranger;
    uint32_t number = c.s->id;
    space_destroy(c.s);
    stranger = machine_space(0);
    ck_assert_uint_eq(stranger->id, number); /* the number is used again */
    load_charge(child, 1000);
    space_destroy(child);
    ck_assert_uint_eq(stranger->load->inherited.ticks, 0);
    machine_check();
}
END_TEST

START_TEST(another_program_in_the_space_storms_if_the_one_before_did)
{
    struct client c[2];
    uint32_t rows[LOAD_CLIENTS];
    storming(c);
    load_charge(c[0].s, MACHINE_SECOND);
    ck_assert(load_exhausted(c[0].s));
    space_clear(c[0].s);
    ck_assert(c[0].s->load->client.storms);
    ck_assert(load_exhausted(c[0].s));
    c[0].s->started = true;
    fake_now += MACHINE_SECOND;
    serve_tick();
    ck_assert_uint_eq(load_tell(1, rows), 1);
    fake_now += MACHINE_SECOND;
    serve_tick();
    ck_assert_uint_eq(load_tell(1, rows), 0); /* it did not go on */
    ck_assert(!c[0].s->bounded);
}
END_TEST

START_TEST(another_program_in_the_space_is_not_slowed_for_the_one_before)
{
    struct client c[3];
    two_that_thrash(c);
    unsigned i = load_slowed(c[1].s) ? 1 : 2;
    space_clear(c[i].s);
    ck_assert(!load_slowed(c[i].s));
    fake_signals = 0;
    fake_now += MACHINE_SECOND;
    serve_tick();
    ck_assert_uint_ge(fake_signals, 1); /* its time has to be given back */
}
END_TEST

START_TEST(client_that_ends_while_slowed_and_held_leaves_nothing_behind)
{
    struct client c[3];
    uint32_t rows[LOAD_CLIENTS];
    bounded(c);
    unsigned i = load_slowed(c[1].s) ? 1 : 2;
    cptr_t reply = hold(&c[i]);
    fake_replied = 0;
    space_destroy(c[i].s);
    ck_assert(!park_holds(reply));
    for (unsigned t = 0; t < 3; t++) {
        fake_now += MACHINE_SECOND;
        serve_tick();
    }
    ck_assert_uint_eq(fake_replied, 0);
    ck_assert_uint_eq(load_tell(0, rows) & ~1u, 0); /* the other one at most */
    ck_assert_uint_eq(slowed(&c[3 - i], 1), 0);
    struct space *next = machine_space(0); /* has the number, maybe the entry */
    ck_assert(!load_slowed(next));
    ck_assert(!load_exhausted(next));
    machine_check();
}
END_TEST

START_TEST(more_clients_than_take_part_are_served_all_the_same)
{
    machine_boot(2 * RAM);
    serve_after(true);
    struct space *s[LOAD_CLIENTS + 8];
    for (unsigned i = 0; i < LOAD_CLIENTS + 8; i++) {
        s[i] = machine_space(0);
        ck_assert_uint_eq(machine_map(s[i], VA, SMALL, WRITE, PAGER_REGION_ANONYMOUS), 0);
        ck_assert_ptr_nonnull(machine_touch(s[i], VA, ACCESS_WRITE));
    }
    for (unsigned t = 0; t < 3; t++) {
        load_charge(s[LOAD_CLIENTS + 7], MACHINE_SECOND);
        fake_now += MACHINE_SECOND;
        serve_tick();
    }
    bool bound;
    ck_assert(!load_exhausted(s[LOAD_CLIENTS + 7]));
    ck_assert_uint_ge(load_working_set(s[LOAD_CLIENTS + 7], &bound), 1);
    ck_assert(bound);
    ck_assert_ptr_eq(s[LOAD_CLIENTS]->load, s[LOAD_CLIENTS + 7]->load);
    space_destroy(s[LOAD_CLIENTS + 7]);
    space_destroy(s[0]);
    struct space *next = machine_space(0); /* takes the entry that came free */
    ck_assert_ptr_ne(next->load, s[LOAD_CLIENTS]->load);
    machine_check();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pager_load");
    TCase *t = tcase_create("pager_load");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, nobody_is_slowed_while_memory_is_enough);
    tcase_add_test(t, those_who_thrash_are_slowed_in_turns_and_the_steady_one_never);
    tcase_add_test(t, whose_turn_it_is_has_the_memory);
    tcase_add_test(t, the_plan_tells_who_thrashes_and_who_is_slowed);
    tcase_add_test(t, working_sets_are_known_once_pages_are_looked_at);
    tcase_add_test(t, work_for_those_who_thrash_is_bounded_while_somebody_computes);
    tcase_add_test(t, bound_begins_as_soon_as_somebody_is_said_to_compute);
    tcase_add_test(t, fault_beyond_the_share_is_held_until_the_next_period);
    tcase_add_test(t, work_for_a_request_counts_for_who_asks_and_a_manager_says_for_whom_its_own_does);
    tcase_add_test(t, manager_holds_a_client_until_it_has_a_share_again);
    tcase_add_test(t, requests_are_held_when_half_of_the_time_has_gone_into_them);
    tcase_add_test(t, time_between_requests_of_a_storm_counts);
    tcase_add_test(t, time_between_requests_with_one_of_a_manager_between_them_does_not_count);
    tcase_add_test(t, request_that_cannot_be_held_is_served_and_counts);
    tcase_add_test(t, held_request_of_one_that_ends_is_forgotten);
    tcase_add_test(t, held_request_goes_on_in_idle_time_and_when_control_is_off);
    tcase_add_test(t, time_between_requests_to_a_manager_counts_without_the_pagers_own_work);
    tcase_add_test(t, control_off_gives_everything_back_at_once);
    tcase_add_test(t, quick_faults_are_a_storm_when_the_pager_works_a_quarter_of_the_time_for_them);
    tcase_add_test(t, storm_beside_one_that_computes_gets_an_equal_part);
    tcase_add_test(t, storm_of_one_that_has_ended_is_nobody_elses);
    tcase_add_test(t, storm_alone_is_not_bounded);
    tcase_add_test(t, storm_that_is_held_goes_on_in_idle_time);
    tcase_add_test(t, of_a_machine_without_idle_time_none_is_asked_for_a_storm);
    tcase_add_test(t, idle_time_is_not_for_those_who_thrash);
    tcase_add_test(t, child_of_a_slowed_client_starts_like_any_other);
    tcase_add_test(t, chain_of_processes_storms_and_is_bounded_like_one);
    tcase_add_test(t, work_for_a_fork_that_has_ended_counts_for_its_parent);
    tcase_add_test(t, another_program_in_the_space_storms_if_the_one_before_did);
    tcase_add_test(t, another_program_in_the_space_is_not_slowed_for_the_one_before);
    tcase_add_test(t, client_that_ends_while_slowed_and_held_leaves_nothing_behind);
    tcase_add_test(t, more_clients_than_take_part_are_served_all_the_same);
    suite_add_tcase(s, t);
    return check_run(s);
}
