/* SPDX-License-Identifier: BSD-2-Clause */
/* The process server's part of load control: a plan is carried out, and who computes is told. The pager, the kernel and the clock are made up. */
#include "check_main.h"
#include "life.h"
#include "load.h"

#include "generated/pager_client.h"

#include <generated/errors.h>
#include <string.h>

#define SECOND 1000000u

struct table table;

static uint32_t plan[8];
static unsigned n_plan, n_asked, n_set;
static uint64_t told;    /* computing, as told last */
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
    reply->rows.len = n_plan * sizeof(plan[0]);
    memcpy(reply->rows.data, plan, reply->rows.len);
    return 0;
}

uint64_t life_cpu_us(struct process *process)
{
    return process->cpu_us;
}

void life_slow(struct process *process, bool slowed)
{
    n_set++;
    process->slowed = kernel_fails ? process->slowed : slowed;
}

static struct process *start(uint64_t space)
{
    struct process *p = table_add(&table, 0, 1, "test");
    p->space = space;
    return p;
}

static void setup(void)
{
    table_init(&table);
    n_plan = n_asked = n_set = 0;
    kernel_fails = pager_fails = false;
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
    ck_assert(!a->slowed && b->slowed && !c->slowed);
    ck_assert(a->thrashes && b->thrashes && !c->thrashes);
    ck_assert_uint_eq(n_set, 1);
    follow();
    ck_assert_uint_eq(n_set, 1); /* it is slowed already */
    plan[0] = 10 | (uint32_t)PAGER_LOAD_SLOWED;
    plan[1] = 11;
    follow();
    ck_assert(a->slowed && !b->slowed);
    n_plan = 0;
    follow();
    ck_assert(!a->slowed && !b->slowed && !a->thrashes && !b->thrashes);
    ck_assert_uint_eq(n_set, 4);
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
    ck_assert(a->slowed);
    table_free(&table, a);
    follow();
    ck_assert_uint_eq(n_set, 1);
    struct process *child = start(13);
    ck_assert_ptr_eq(child, a); /* the same entry */
    ck_assert(!child->slowed && !child->thrashes);
    follow();
    ck_assert_uint_eq(n_set, 1);
    ck_assert(!child->slowed);
}
END_TEST

START_TEST(what_fails_is_tried_again_at_the_next_signal)
{
    struct process *a = start(10);
    plan[0] = 10 | (uint32_t)PAGER_LOAD_SLOWED;
    n_plan = 1;
    kernel_fails = true;
    follow();
    ck_assert(!a->slowed);
    kernel_fails = false;
    follow();
    ck_assert(a->slowed);
    pager_fails = true;
    follow();
    ck_assert(a->slowed); /* nothing is known: nothing changes */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("process_load");
    TCase *t = tcase_create("process_load");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, who_is_slowed_has_its_time_cut_and_given_back);
    tcase_add_test(t, who_computes_and_does_not_thrash_is_told);
    tcase_add_test(t, time_used_long_ago_counts_once);
    tcase_add_test(t, signals_close_together_do_not_look_again);
    tcase_add_test(t, process_that_ended_is_not_touched_and_a_new_one_starts_with_all_its_time);
    tcase_add_test(t, what_fails_is_tried_again_at_the_next_signal);
    suite_add_tcase(s, t);
    return check_run(s);
}
