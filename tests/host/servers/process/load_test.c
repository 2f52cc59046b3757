/* SPDX-License-Identifier: BSD-2-Clause */
/* The process server's part of load control: a plan is carried out, and who computes is told. The pager, the kernel and the clock are made up. */
#include "check_main.h"
#include "life.h"
#include "load.h"
#include "start.h"
#include "start_order.h"

#include "generated/pager_client.h"

#include <generated/errors.h>
#include <string.h>

#define SECOND 1000000u

struct table table;

static uint32_t plan[64];
static unsigned n_plan, n_asked, n_set;
static uint64_t charged, charged_space; /* ticks */
static bool used_up;
static unsigned n_suspended, n_resumed, n_passed;
static uint64_t told;    /* computing, as told last */
static uint64_t room;    /* of the plan */
static unsigned n_ran, n_ended;
static bool refuses_to_run;
static bool kernel_fails, pager_fails;
static uint64_t now;

int pager_load_plan(uint64_t cap, uint64_t computing, struct pager_load_plan_reply *reply)
{
    (void)cap;
    n_asked++;
    told = computing;
    if (pager_fails) {
        return PAGODA_ERR_NOT_PERMITTED;
    }
    reply->room = room;
    reply->rows.len = n_plan * sizeof(plan[0]);
    memcpy(reply->rows.data, plan, reply->rows.len);
    return 0;
}

int pager_load_charge(uint64_t cap, uint64_t space, uint64_t ticks, uint64_t between, uint64_t *held)
{
    (void)cap;
    if (pager_fails) {
        return PAGODA_ERR_NO_SUCH_SPACE;
    }
    charged += ticks + between;
    charged_space = space;
    *held = used_up;
    return 0;
}

void life_pass(const struct process *process)
{
    (void)process;
    n_passed++;
}

void life_suspend(struct process *process)
{
    n_suspended++;
    process->suspended = true;
}

void life_resume(struct process *process)
{
    n_resumed++;
    process->suspended = false;
}

uint64_t life_cpu_us(struct process *process)
{
    return process->cpu_us;
}

void life_slow(struct process *process, uint32_t budget_us)
{
    n_set++;
    process->slowed_us = kernel_fails ? process->slowed_us : budget_us;
}

bool life_run(const struct process *process)
{
    (void)process;
    n_ran += !refuses_to_run;
    return !refuses_to_run;
}

void life_end(struct process *process, uint64_t status)
{
    (void)status;
    n_ended++;
    table_free(&table, process);
}

static struct process *start(uint64_t space)
{
    struct process *p = table_add(&table, 0, 1, "test");
    p->space = space;
    return p;
}

static void setup(void)
{
    table_init(&table, 64);
    n_plan = n_asked = n_set = 0;
    n_ran = n_ended = 0;
    charged = n_suspended = n_resumed = n_passed = 0;
    used_up = false;
    kernel_fails = pager_fails = refuses_to_run = false;
    room = 0;
    now += 100 * SECOND;
    struct process *server = start(3);
    server->system = true;
    load_follow(now); /* a look at CPU times */
    now += SECOND;
}

static void follow(void)
{
    load_follow(now);
    now += SECOND;
}

START_TEST(who_is_slowed_has_its_time_cut_and_given_back)
{
    struct process *a = start(10), *b = start(11), *c = start(12);
    plan[0] = 10;
    plan[1] = 11 | (uint32_t)PAGER_LOAD_SLOWED;
    n_plan = 2;
    follow();
    ck_assert(!a->slowed_us && b->slowed_us && !c->slowed_us);
    ck_assert(a->thrashes && b->thrashes && !c->thrashes);
    ck_assert_uint_eq(n_set, 1);
    follow();
    ck_assert_uint_eq(n_set, 1); /* it is slowed already */
    plan[0] = 10 | (uint32_t)PAGER_LOAD_SLOWED;
    plan[1] = 11;
    follow();
    ck_assert(a->slowed_us && !b->slowed_us);
    n_plan = 0;
    follow();
    ck_assert(!a->slowed_us && !b->slowed_us && !a->thrashes && !b->thrashes);
    ck_assert_uint_eq(n_set, 4);
}
END_TEST

/* Each has 2 % at most, all together 4 %, and nobody less than 100 us of 100 ms. */
START_TEST(those_who_get_little_share_it)
{
    struct process *p[60];
    for (unsigned i = 0; i < 60; i++) {
        p[i] = start(10 + i);
        plan[i] = (10 + i) | (uint32_t)PAGER_LOAD_SLOWED;
    }
    static const struct {
        unsigned n;
        uint32_t us;
    } expected[] = {{1, 2000}, {2, 2000}, {3, 1333}, {4, 1000}, {40, 100}, {60, 100}, {2, 2000}};
    for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        n_plan = expected[i].n;
        follow();
        for (unsigned k = 0; k < 60; k++) {
            ck_assert_uint_eq(p[k]->slowed_us, k < n_plan ? expected[i].us : 0);
        }
    }
}
END_TEST

START_TEST(who_storms_does_not_compute_and_the_others_need_less_beside_it)
{
    struct process *a = start(10), *b = start(11);
    plan[0] = 10 | (uint32_t)PAGER_LOAD_STORMS;
    n_plan = 1;
    follow();
    ck_assert(a->storms && !a->thrashes && !a->slowed_us && !b->storms);
    ck_assert_uint_eq(n_set, 0);
    a->cpu_us += SECOND / 2;
    b->cpu_us += SECOND / 50;
    follow();
    ck_assert_uint_eq(told, 1);
    b->cpu_us += SECOND / 70;
    follow();
    ck_assert_uint_eq(told, 0);
    n_plan = 0;
    follow();
    ck_assert(!a->storms);
    a->cpu_us += SECOND / 2;
    b->cpu_us += SECOND / 50;
    follow();
    ck_assert_uint_eq(told, 1); /* a computes, b does not */
}
END_TEST

START_TEST(who_computes_and_does_not_thrash_is_told)
{
    struct process *a = start(10), *b = start(11), *idle = start(12);
    plan[0] = 10;
    n_plan = 1;
    follow();
    a->cpu_us += SECOND / 2;
    b->cpu_us += SECOND / 2;
    idle->cpu_us += SECOND / 100;
    follow();
    ck_assert_uint_eq(told, 1);
    follow(); /* nobody has used anything since */
    ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(time_used_long_ago_counts_once)
{
    struct process *a = start(10);
    follow();
    now += 1000 * SECOND;
    a->cpu_us += SECOND / 4;
    follow();
    ck_assert_uint_eq(told, 1);
    follow();
    ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(signals_close_together_do_not_look_again)
{
    struct process *a = start(10);
    a->cpu_us += SECOND;
    follow();
    ck_assert_uint_eq(told, 1);
    now -= SECOND - 10;
    follow();
    ck_assert_uint_eq(told, 1); /* in ten microseconds nobody can have stopped to compute */
}
END_TEST

START_TEST(process_that_ended_is_not_touched_and_a_new_one_starts_with_all_its_time)
{
    struct process *a = start(10);
    plan[0] = 10 | (uint32_t)PAGER_LOAD_SLOWED;
    n_plan = 1;
    follow();
    ck_assert(a->slowed_us);
    table_free(&table, a);
    follow();
    ck_assert_uint_eq(n_set, 1);
    struct process *child = start(13);
    ck_assert_ptr_eq(child, a); /* the same entry */
    ck_assert(!child->slowed_us && !child->thrashes);
    follow();
    ck_assert_uint_eq(n_set, 1);
    ck_assert(!child->slowed_us);
}
END_TEST

START_TEST(what_fails_is_tried_again_at_the_next_signal)
{
    struct process *a = start(10);
    plan[0] = 10 | (uint32_t)PAGER_LOAD_SLOWED;
    n_plan = 1;
    kernel_fails = true;
    follow();
    ck_assert(!a->slowed_us);
    kernel_fails = false;
    follow();
    ck_assert(a->slowed_us);
    pager_fails = true;
    follow();
    ck_assert(a->slowed_us); /* nothing is known: nothing changes */
}
END_TEST

/* overload: a plan in which one thrashes and another one is slowed, and `pages` are left. */
static void overload(uint64_t pages)
{
    plan[0] = 10;
    plan[1] = 11 | (uint32_t)PAGER_LOAD_SLOWED;
    n_plan = 2;
    room = pages;
    follow();
}

static struct process *spawn(const char *name, bool foreground)
{
    struct process *p = table_add(&table, 0, 1, name);
    p->space = 100 + table_index(&table, p);
    ck_assert(start_begin(p, foreground, now));
    return p;
}

/* used: a program of this name ends that used so many pages. */
static void used(const char *name, uint64_t pages)
{
    struct process *p = table_add(&table, 0, 1, name);
    start_ended(p, pages);
    table_free(&table, p);
}

START_TEST(a_program_begins_at_once_when_memory_is_not_short)
{
    ck_assert(!spawn("one", false)->held);
    plan[0] = 10; /* one thrashes alone */
    n_plan = 1;
    follow();
    ck_assert(!spawn("two", false)->held);
    ck_assert_uint_eq(n_ran, 2);
}
END_TEST

START_TEST(under_load_control_programs_wait_for_room_and_the_smallest_comes_first)
{
    used("large", 5000);
    used("small", 300);
    used("middle", 900);
    overload(200);
    struct process *large = spawn("large", false), *small = spawn("small", false), *middle = spawn("middle", false);
    ck_assert(large->held && small->held && middle->held);
    ck_assert_uint_eq(n_ran, 0);
    overload(1000);
    ck_assert(large->held && !small->held && middle->held); /* with what the small one is expected to use there is no room for the next */
    overload(1000);
    ck_assert(middle->held);
    overload(1250);
    ck_assert(large->held && !middle->held);
    n_plan = 0;
    follow();
    ck_assert(!large->held);
    ck_assert_uint_eq(n_ran, 3);
}
END_TEST

START_TEST(what_has_run_for_a_while_counts_as_the_pager_says)
{
    used("small", 300);
    overload(400);
    ck_assert(!spawn("small", false)->held);
    struct process *second = spawn("small", false);
    ck_assert(second->held);
    overload(400);
    ck_assert(second->held);
    now += 3 * SECOND;
    overload(400);
    ck_assert(!second->held);
}
END_TEST

START_TEST(nobody_waits_for_ever_and_who_has_the_terminal_a_second)
{
    used("large", 1000000000);
    overload(0);
    struct process *back = spawn("large", false), *front = spawn("large", true);
    uint64_t began = now;
    ck_assert(back->held && front->held);
    for (unsigned n = 0; n < 2; n++) {
        overload(0);
    }
    ck_assert(!front->held && back->held);
    while (back->held) {
        overload(0);
        ck_assert_uint_le(now - began, START_MOST_US + 2 * SECOND);
    }
    ck_assert_uint_ge(now - began, START_MOST_US / 2);
}
END_TEST

START_TEST(a_program_that_was_ended_while_it_waited_is_not_begun_and_says_nothing_of_its_size)
{
    used("large", 5000);
    overload(10);
    struct process *p = spawn("large", false);
    start_ended(p, 2); /* the pages of its arguments */
    ck_assert(table_end(&table, p, 9) || true);
    n_plan = 0;
    follow();
    ck_assert_uint_eq(n_ran, 0);
    overload(100);
    ck_assert_uint_eq(spawn("large", false)->needs, 5000);
}
END_TEST

START_TEST(one_that_the_kernel_does_not_let_run_ends)
{
    overload(10);
    spawn("any", false);
    refuses_to_run = true;
    n_plan = 0;
    follow();
    ck_assert_uint_eq(n_ended, 1);
    struct process *p = table_add(&table, 0, 1, "other");
    ck_assert(!start_begin(p, false, now)); /* its maker is told */
    ck_assert_uint_eq(n_ended, 1);
}
END_TEST

#define TICKS_MS 62500u
/* So long after each other, requests say nothing of what lies between. */
#define LONG_AGO (100u * TICKS_MS)

static uint64_t ticks;

/* request: of `p`, so long after the last one, that takes so long; true: it is time for load_admit. */
static bool request(struct process *p, uint64_t after, uint64_t takes)
{
    const struct load_caller caller = {.pid = p->pid, .parent = p->parent, .child = p->child};
    uint64_t start = ticks += after;
    bool due = load_came(p, start);
    load_served(&caller, start, ticks += takes);
    return due;
}

START_TEST(work_is_told_once_a_millisecond_and_no_request_counts_more_than_the_disk_takes)
{
    load_init(TICKS_MS);
    struct process *p = start(10);
    ck_assert(!request(p, LONG_AGO, TICKS_MS - 1));
    ck_assert(!request(p, LONG_AGO, 1));
    ck_assert(load_came(p, ticks += LONG_AGO));
    ck_assert(load_admit(p));
    ck_assert_uint_ge(charged, TICKS_MS);
    ck_assert_uint_lt(charged, TICKS_MS + TICKS_MS / 50); /* with what it takes to call, if that is known */
    ck_assert_uint_eq(charged_space, 10);
    ck_assert_uint_eq(p->work, 0);
    request(p, LONG_AGO, 1000 * TICKS_MS); /* it has waited */
    ck_assert_uint_lt(p->work, 5 * TICKS_MS);
    ck_assert_uint_eq(n_suspended, 0);
    pager_fails = true;
    p->turn = 0;
    ck_assert(load_admit(p)); /* nobody is held who would not be let go on */
}
END_TEST

START_TEST(who_had_as_much_work_done_as_a_time_slice_lets_others_go_first)
{
    load_init(TICKS_MS);
    struct process *p = start(10);
    for (unsigned turn = 1; turn <= 3; turn++) {
        for (unsigned n = 1; n < 5; n++) {
            p->work = TICKS_MS;
            ck_assert(load_admit(p));
        }
        p->work = TICKS_MS;
        ck_assert(!load_admit(p));
        ck_assert_uint_eq(n_passed, turn);
    }
    ck_assert_uint_eq(charged, 15 * TICKS_MS);
    ck_assert_uint_eq(n_suspended, 0);
    p->turn = 5 * TICKS_MS;
    used_up = true;
    ck_assert(!load_admit(p)); /* it waits anyway */
    ck_assert_uint_eq(n_passed, 3);
    ck_assert_uint_eq(n_suspended, 1);
}
END_TEST

START_TEST(what_lies_between_two_requests_counts_for_one_that_storms_and_its_child)
{
    load_init(TICKS_MS);
    struct process *p = start(10), *other = start(12);
    request(p, LONG_AGO, 0);
    request(p, 100, 0); /* no call takes longer than that */
    uint64_t before = p->work;
    request(p, 500, 0);
    ck_assert_uint_le(p->work, before + 100);
    plan[0] = 10 | (uint32_t)PAGER_LOAD_STORMS;
    n_plan = 1;
    follow();
    before = p->work;
    request(p, 500, 7);
    ck_assert_uint_eq(p->work, before + 7);
    ck_assert_uint_eq(p->between, 500);
    struct process *child = table_add(&table, 0, p->pid, "child");
    child->space = 11;
    request(child, 600, 0);
    ck_assert_uint_eq(child->between, 600);
    request(p, 400, 0);
    ck_assert_uint_eq(p->between, 900);
    request(other, 500, 0); /* it has nothing to do with it */
    ck_assert_uint_le(other->work, 100);
    before = p->work;
    request(p, 500, 0);
    ck_assert_uint_le(p->work, before + 100);
    before = p->work;
    request(p, TICKS_MS, 0); /* others may have run */
    ck_assert_uint_le(p->work, before + 100);
}
END_TEST

START_TEST(the_request_with_which_a_process_ends_counts_for_its_parent)
{
    load_init(TICKS_MS);
    struct process *parent = start(10), *child = table_add(&table, 0, parent->pid, "child");
    struct load_caller caller = {.pid = child->pid, .parent = parent->pid};
    uint64_t began = ticks += LONG_AGO;
    ck_assert(!load_came(child, began));
    table_free(&table, child);
    load_served(&caller, began, ticks += 1000);
    ck_assert_uint_eq(parent->work, 1000);
    caller.parent = 77; /* there is none */
    load_served(&caller, began, ticks += 1000);
    ck_assert_uint_eq(parent->work, 1000);
}
END_TEST

/* Each link forks once and ends; what is worked for all of them is told of the one that goes on, with what lies between their requests once they storm. */
START_TEST(work_for_a_chain_of_processes_counts_for_the_last)
{
    load_init(TICKS_MS);
    struct process *link = table_add(&table, 0, 0, "link");
    link->space = 10;
    link->storms = true;
    plan[0] = 10 | (uint32_t)PAGER_LOAD_STORMS;
    n_plan = 1;
    follow();
    for (unsigned n = 0; n < 10; n++) {
        uint64_t before = link->work;
        struct process *next = table_add(&table, 0, link->pid, "link");
        next->space = link->space + 1;
        const struct load_caller caller = {.pid = link->pid, .child = next->pid};
        uint64_t began = ticks += LONG_AGO;
        ck_assert(!load_came(link, began));
        table_end(&table, link, 0);
        load_served(&caller, began, ticks += 1000);
        ck_assert(next->storms);
        ck_assert(!load_came(next, ticks += 300));
        ck_assert_uint_ge(next->work, before + 1000);
        ck_assert_uint_ge(next->between, (n + 1) * 300);
        link = next;
    }
    link->work += TICKS_MS;
    ck_assert(load_came(link, ticks += LONG_AGO));
    ck_assert(load_admit(link));
    ck_assert_uint_ge(charged, TICKS_MS + 13000);
    ck_assert_uint_eq(charged_space, link->space);
}
END_TEST

START_TEST(who_has_used_its_share_up_is_suspended_until_the_plan_lets_it_go_on)
{
    load_init(TICKS_MS);
    struct process *p = start(10), *ended = start(11);
    used_up = true;
    ck_assert(!load_admit(p));
    ck_assert(!load_admit(ended));
    ck_assert(p->suspended);
    plan[0] = 10 | (uint32_t)(PAGER_LOAD_STORMS | PAGER_LOAD_HELD);
    plan[1] = 11 | (uint32_t)(PAGER_LOAD_SLOWED | PAGER_LOAD_HELD);
    n_plan = 2;
    follow();
    ck_assert(p->suspended && p->storms && ended->suspended && ended->slowed_us);
    table_free(&table, ended);
    plan[0] &= ~(uint32_t)PAGER_LOAD_HELD;
    n_plan = 1;
    follow();
    ck_assert(!p->suspended);
    ck_assert_uint_eq(n_resumed, 1);
    follow();
    ck_assert_uint_eq(n_resumed, 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("process_load");
    TCase *t = tcase_create("process_load");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, who_is_slowed_has_its_time_cut_and_given_back);
    tcase_add_test(t, a_program_begins_at_once_when_memory_is_not_short);
    tcase_add_test(t, under_load_control_programs_wait_for_room_and_the_smallest_comes_first);
    tcase_add_test(t, what_has_run_for_a_while_counts_as_the_pager_says);
    tcase_add_test(t, nobody_waits_for_ever_and_who_has_the_terminal_a_second);
    tcase_add_test(t, a_program_that_was_ended_while_it_waited_is_not_begun_and_says_nothing_of_its_size);
    tcase_add_test(t, one_that_the_kernel_does_not_let_run_ends);
    tcase_add_test(t, those_who_get_little_share_it);
    tcase_add_test(t, who_storms_does_not_compute_and_the_others_need_less_beside_it);
    tcase_add_test(t, who_computes_and_does_not_thrash_is_told);
    tcase_add_test(t, time_used_long_ago_counts_once);
    tcase_add_test(t, signals_close_together_do_not_look_again);
    tcase_add_test(t, process_that_ended_is_not_touched_and_a_new_one_starts_with_all_its_time);
    tcase_add_test(t, what_fails_is_tried_again_at_the_next_signal);
    tcase_add_test(t, work_is_told_once_a_millisecond_and_no_request_counts_more_than_the_disk_takes);
    tcase_add_test(t, who_had_as_much_work_done_as_a_time_slice_lets_others_go_first);
    tcase_add_test(t, what_lies_between_two_requests_counts_for_one_that_storms_and_its_child);
    tcase_add_test(t, the_request_with_which_a_process_ends_counts_for_its_parent);
    tcase_add_test(t, work_for_a_chain_of_processes_counts_for_the_last);
    tcase_add_test(t, who_has_used_its_share_up_is_suspended_until_the_plan_lets_it_go_on);
    suite_add_tcase(s, t);
    return check_run(s);
}
