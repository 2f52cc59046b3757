/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "load_control.h"

#include <stdlib.h>
#include <string.h>

#define PAGES 1000u
#define STEP_NS 100000000ull
#define HALF (STALL_ALL / 2)

START_TEST(nobody_is_slowed_while_working_sets_fit)
{
    struct load_control l;
    struct load_client c[2] = {{.id = 1, .weight = 1, .working_set = 600, .stall = HALF}, {.id = 2, .weight = 1, .working_set = 400, .stall = HALF}};
    load_control_init(&l);
    ck_assert_uint_eq(load_control_step(&l, c, 2, PAGES, STEP_NS), 0);
    ck_assert_uint_eq(load_control_step(&l, c, 0, PAGES, STEP_NS), 0);
}
END_TEST

START_TEST(of_two_that_thrash_one_is_slowed_and_they_take_turns)
{
    struct load_control l;
    struct load_client c[2] = {{.id = 1, .weight = 1, .working_set = 800, .stall = HALF}, {.id = 2, .weight = 1, .working_set = 900, .stall = HALF}};
    load_control_init(&l);
    uint64_t now = 1000 * STEP_NS;
    ck_assert_uint_eq(load_control_step(&l, c, 2, PAGES, now), 1);
    ck_assert(!c[0].slowed && c[1].slowed);
    c[0].stall = 0; /* it has the memory that it needs now */
    ck_assert_uint_eq(load_control_step(&l, c, 2, PAGES, now + LOAD_TURN_NS - 1), 1);
    ck_assert(!c[0].slowed);
    load_control_step(&l, c, 2, PAGES, now + LOAD_TURN_NS);
    ck_assert(c[0].slowed && !c[1].slowed);
}
END_TEST

START_TEST(what_those_that_run_leave_is_room)
{
    struct load_control l;
    struct load_client c[3] = {{.id = 1, .weight = 1, .working_set = 700, .stall = HALF}, {.id = 2, .weight = 1, .working_set = 900, .stall = HALF}, {.id = 3, .weight = 1, .working_set = 100}};
    load_control_init(&l);
    ck_assert_uint_eq(load_control_step(&l, c, 3, PAGES, 1000 * STEP_NS), 1);
    ck_assert(c[1].slowed);
    ck_assert_uint_eq(load_control_room(c, 3, PAGES), 200);
    ck_assert_uint_eq(load_control_room(c, 3, 750), 0);
    ck_assert_uint_eq(load_control_room(c, 0, PAGES), PAGES);
}
END_TEST

START_TEST(of_those_who_waited_equally_long_the_smallest_come_first)
{
    struct load_control l;
    struct load_client c[4] = {{.id = 1, .weight = 1, .working_set = 900, .stall = HALF},
                               {.id = 2, .weight = 1, .working_set = 300, .stall = HALF},
                               {.id = 3, .weight = 1, .working_set = 400, .stall = HALF},
                               {.id = 4, .weight = 1, .working_set = 350, .stall = HALF}};
    load_control_init(&l);
    uint64_t now = 1000 * STEP_NS;
    ck_assert_uint_eq(load_control_step(&l, c, 4, PAGES, now), 2);
    ck_assert(c[0].slowed && !c[1].slowed && c[2].slowed && !c[3].slowed);
    load_control_step(&l, c, 4, PAGES, now + LOAD_TURN_NS);
    ck_assert(c[0].slowed && !c[2].slowed); /* the smaller one of the two that waited */
    load_control_step(&l, c, 4, PAGES, now + 2 * LOAD_TURN_NS);
    ck_assert(!c[0].slowed); /* and then the large one, which has waited longest */
}
END_TEST

START_TEST(one_that_thrashes_alone_is_not_slowed)
{
    struct load_control l;
    struct load_client c[2] = {{.id = 1, .weight = 1, .working_set = 3000, .stall = STALL_ALL}, {.id = 2, .weight = 1, .working_set = 100}};
    load_control_init(&l);
    ck_assert_uint_eq(load_control_step(&l, c, 2, PAGES, STEP_NS), 0);
}
END_TEST

START_TEST(all_run_again_once_the_working_sets_fit)
{
    struct load_control l;
    struct load_client c[2] = {{.id = 1, .weight = 1, .working_set = 690, .stall = HALF}, {.id = 2, .weight = 1, .working_set = 700, .stall = HALF}};
    load_control_init(&l);
    load_control_step(&l, c, 2, PAGES, STEP_NS);
    c[0].working_set = 301;
    ck_assert_uint_eq(load_control_step(&l, c, 2, PAGES, 2 * STEP_NS), 1);
    c[0].working_set = 300;
    ck_assert_uint_eq(load_control_step(&l, c, 2, PAGES, 3 * STEP_NS), 0);
    ck_assert(l.active);
    c[0].working_set = 175; /* with the 700 of the other 7/8 of memory */
    ck_assert_uint_eq(load_control_step(&l, c, 2, PAGES, 4 * STEP_NS), 0);
    ck_assert(!l.active);
}
END_TEST

START_TEST(greater_weight_has_longer_turns)
{
    struct load_control l;
    struct load_client c[2] = {{.id = 1, .weight = 1, .working_set = 2000, .stall = HALF}, {.id = 2, .weight = 3, .working_set = 2000, .stall = HALF}};
    uint64_t ran[2] = {0};
    load_control_init(&l);
    for (uint64_t now = STEP_NS; now < 800 * LOAD_TURN_NS; now += STEP_NS) {
        load_control_step(&l, c, 2, PAGES, now);
        ran[0] += !c[0].slowed;
        ran[1] += !c[1].slowed;
    }
    ck_assert_uint_ge(ran[1] * 10, ran[0] * 29);
    ck_assert_uint_le(ran[1] * 10, ran[0] * 31);
}
END_TEST

/*
 * A machine in miniature. A client makes progress with what its budget gives (a twentieth when slowed). What all running ones need beyond
 * memory, they take from each other: then those beyond their share wait. Clients within their share are steady, as evictions come from the others.
 */
#define CLIENTS 8u

struct machine {
    struct load_control l;
    struct load_client c[CLIENTS];
    uint64_t real_need[CLIENTS];
    double progress[CLIENTS];
    uint64_t longest_wait[CLIENTS], slowed_since[CLIENTS];
    uint32_t n;
};

static double budget(const struct load_client *c)
{
    return c->slowed ? 0.05 : 1;
}

static void run_machine(struct machine *m, uint64_t now, bool control)
{
    double wanted = 0, share = (double)PAGES / m->n;
    for (uint32_t i = 0; i < m->n; i++) {
        wanted += (double)m->real_need[i] * (m->c[i].slowed ? 0 : 1);
    }
    for (uint32_t i = 0; i < m->n; i++) {
        bool suffers = wanted > PAGES && (double)m->real_need[i] > share && !m->c[i].slowed;
        double speed = suffers ? 0.02 : 1;
        m->progress[i] += speed * budget(&m->c[i]);
        m->c[i].working_set = m->real_need[i];
        m->c[i].stall = (uint32_t)((1 - speed) * STALL_ALL);
    }
    if (control) {
        load_control_step(&m->l, m->c, m->n, PAGES, now);
    }
    for (uint32_t i = 0; i < m->n; i++) {
        m->slowed_since[i] = m->c[i].slowed ? (m->slowed_since[i] ? m->slowed_since[i] : now) : 0;
        uint64_t wait = m->c[i].slowed ? now - m->slowed_since[i] : 0;
        m->longest_wait[i] = wait > m->longest_wait[i] ? wait : m->longest_wait[i];
    }
}

static struct machine machine(uint32_t n, const uint64_t *needs)
{
    struct machine m = {.n = n};
    load_control_init(&m.l);
    for (uint32_t i = 0; i < n; i++) {
        m.c[i] = (struct load_client){.id = i + 1, .weight = 1};
        m.real_need[i] = needs[i];
    }
    return m;
}

START_TEST(thrashing_machine_gets_work_done_and_the_steady_one_is_never_slowed)
{
    static const uint64_t needs[] = {100, 700, 800, 900};
    double sum[2] = {0};
    for (unsigned control = 0; control < 2; control++) {
        struct machine m = machine(4, needs);
        for (uint64_t step = 1; step <= 6000; step++) {
            run_machine(&m, step * STEP_NS, control);
            ck_assert(!m.c[0].slowed);
        }
        ck_assert_double_ge(m.progress[0], 5999);
        for (uint32_t i = 1; i < 4; i++) {
            sum[control] += m.progress[i];
            ck_assert_uint_le(m.longest_wait[i], 2 * LOAD_TURN_NS + 2 * STEP_NS); /* the turns of the two others */
        }
        if (control) { /* equal weights: the same share of time, within a turn */
            for (uint32_t i = 2; i < 4; i++) {
                ck_assert_double_le(m.progress[i], m.progress[1] * 1.1);
                ck_assert_double_ge(m.progress[i], m.progress[1] * 0.9);
            }
        }
    }
    ck_assert_double_ge(sum[1], 10 * sum[0]);
}
END_TEST

/* Any mixture that changes while it runs: nobody steady is ever slowed, nobody waits longer than a turn for each client, somebody always runs. */
START_TEST(random_machines_keep_the_rules)
{
    srand(1);
    for (unsigned round = 0; round < 300; round++) {
        uint64_t needs[CLIENTS];
        uint32_t n = 1 + (uint32_t)rand() % CLIENTS;
        for (uint32_t i = 0; i < n; i++) {
            needs[i] = 1 + (uint64_t)rand() % 900;
        }
        struct machine m = machine(n, needs);
        for (uint64_t step = 1; step <= 1000; step++) {
            if (rand() % 100 == 0) {
                m.real_need[(uint32_t)rand() % n] = 1 + (uint64_t)rand() % 900;
            }
            run_machine(&m, step * STEP_NS, true);
            uint32_t running = 0;
            uint64_t all = 0;
            for (uint32_t i = 0; i < n; i++) {
                running += !m.c[i].slowed;
                all += m.c[i].needs;
                ck_assert(!m.c[i].slowed || m.c[i].thrashes);
                ck_assert_uint_le(m.longest_wait[i], n * (LOAD_TURN_NS + STEP_NS));
            }
            ck_assert_uint_ge(running, 1);
            ck_assert(running == n || all > PAGES * 7 / 8);
        }
    }
}
END_TEST

START_TEST(random_inputs_keep_the_rules)
{
    srand(2);
    struct load_control l;
    struct load_client c[CLIENTS] = {{0}};
    load_control_init(&l);
    uint64_t now = 0;
    for (unsigned i = 0; i < 200000; i++) {
        uint32_t n = (uint32_t)rand() % (CLIENTS + 1), slowed = 0;
        now += (uint64_t)rand() % LOAD_TURN_NS;
        for (uint32_t k = 0; k < CLIENTS; k++) {
            c[k].weight = 1 + (uint32_t)rand() % 65535;
            c[k].working_set = (uint64_t)rand() % 600;
            c[k].stall = (uint32_t)rand() % STALL_ALL;
        }
        uint32_t said = load_control_step(&l, c, n, PAGES, now);
        for (uint32_t k = 0; k < n; k++) {
            slowed += c[k].slowed;
            ck_assert(!c[k].slowed || c[k].thrashes);
        }
        ck_assert_uint_eq(said, slowed);
        ck_assert(n == 0 || slowed < n);
    }
}
END_TEST

/* ---- bounds of the pager's work ---- */

static const struct load_control fair = {.active = true, .fair = true};

START_TEST(nothing_is_bounded_while_nobody_else_computes_or_nobody_thrashes)
{
    struct load_client c[2] = {{.thrashes = true}, {.thrashes = true, .slowed = true}};
    load_control_bound(&fair, c, 2, 0);
    ck_assert_uint_eq(c[0].work, LOAD_UNBOUNDED);
    ck_assert_uint_eq(c[1].work, LOAD_UNBOUNDED);
    struct load_client calm[2] = {{.thrashes = false}};
    load_control_bound(&fair, calm, 2, 5);
    ck_assert_uint_eq(calm[0].work, LOAD_UNBOUNDED);
    load_control_bound(&fair, calm, 0, 5);
}
END_TEST

START_TEST(one_that_thrashes_alone_is_bounded_beside_one_that_computes)
{
    struct load_client c[2] = {{.thrashes = true}, {.thrashes = false}};
    load_control_bound(&fair, c, 2, 1);
    ck_assert_uint_ge(c[0].work, STALL_ALL / 10 - 8);
    ck_assert_uint_le(c[0].work, STALL_ALL / 10);
    ck_assert_uint_eq(c[1].work, LOAD_UNBOUNDED);
}
END_TEST

START_TEST(work_for_a_quarter_of_the_time_is_a_storm_until_it_falls_below_an_eighth)
{
    struct load_control l;
    struct load_client c[1] = {{.id = 1, .weight = 1, .worked = LOAD_STORM_WORK - 1}};
    load_control_init(&l);
    load_control_step(&l, c, 1, 1000, 1);
    ck_assert(!c[0].storms);
    c[0].worked = LOAD_STORM_WORK;
    load_control_step(&l, c, 1, 1000, 2);
    ck_assert(c[0].storms);
    c[0].worked = LOAD_STORM_WORK / 2;
    load_control_step(&l, c, 1, 1000, 3);
    ck_assert(c[0].storms);
    c[0].worked = 1;
    c[0].held = true; /* it would have had more */
    load_control_step(&l, c, 1, 1000, 4);
    ck_assert(c[0].storms);
    c[0].worked = LOAD_STORM_WORK / 2 - 1;
    c[0].held = false;
    load_control_step(&l, c, 1, 1000, 5);
    ck_assert(!c[0].storms);
}
END_TEST

START_TEST(many_that_keep_the_pager_busy_together_storm)
{
    struct load_control l;
    struct load_client c[40] = {{.id = 1}};
    load_control_init(&l);
    for (unsigned i = 0; i < 40; i++) {
        c[i] = (struct load_client){.id = i + 1, .weight = 1, .worked = i < 4 ? LOAD_STORM_WORK / 4 : LOAD_STORM_NOTABLE - 1};
    }
    load_control_step(&l, c, 40, 1000, 1);
    for (unsigned i = 0; i < 40; i++) {
        ck_assert_int_eq(c[i].storms, i < 4); /* who makes it work next to nothing does not count */
    }
    c[3].worked = LOAD_STORM_WORK / 4 - 1;
    c[3].storms = false;
    load_control_step(&l, c, 40, 1000, 2);
    ck_assert(c[0].storms && !c[3].storms);
    c[3].thrashes = true; /* it does not divide the time of those who storm */
    c[3].working_set = 2000;
    c[3].stall = STALL_ALL;
    c[0].worked = LOAD_STORM_WORK / 4;
    c[0].storms = false;
    load_control_step(&l, c, 40, 1000, 3);
    ck_assert(!c[0].storms && !c[3].storms);
    for (unsigned i = 0; i < 40; i++) {
        c[i] = (struct load_client){.id = i + 1, .weight = 1, .worked = LOAD_STORM_NOTABLE};
    }
    load_control_step(&l, c, 40, 1000, 4);
    ck_assert(c[0].storms && c[39].storms);
}
END_TEST

START_TEST(who_thrashes_does_not_storm)
{
    struct load_control l;
    struct load_client c[1] = {{.id = 1, .weight = 1, .working_set = 3000, .stall = STALL_ALL, .worked = STALL_ALL}};
    load_control_init(&l);
    load_control_step(&l, c, 1, 1000, 1);
    ck_assert(c[0].thrashes && !c[0].storms);
}
END_TEST

START_TEST(those_who_storm_get_an_equal_part_each)
{
    struct load_client c[4] = {{.storms = true}, {.thrashes = true}, {.storms = true}, {.thrashes = false}};
    load_control_bound(&fair, c, 1, 0); /* alone */
    ck_assert_uint_eq(c[0].work, LOAD_UNBOUNDED);
    load_control_bound(&fair, c, 1, 1);
    ck_assert_uint_eq(c[0].work, STALL_ALL / 2);
    load_control_bound(&fair, c, 2, 0); /* beside one that thrashes, for which it is one that computes */
    ck_assert_uint_eq(c[0].work, STALL_ALL / 2);
    ck_assert_uint_le(c[1].work, STALL_ALL / 10);
    load_control_bound(&fair, c, 4, 2);
    ck_assert_uint_eq(c[0].work, STALL_ALL / 5);
    ck_assert_uint_eq(c[2].work, STALL_ALL / 5);
    ck_assert_uint_eq(c[3].work, LOAD_UNBOUNDED);
    load_control_bound(&fair, c, 1, 100000);
    ck_assert_uint_eq(c[0].work, LOAD_WORK_MIN);
    struct load_client only[2] = {{.storms = true}, {.storms = true}}; /* nobody does anything else */
    load_control_bound(&fair, only, 2, 0);
    ck_assert(only[0].work == LOAD_UNBOUNDED && only[1].work == LOAD_UNBOUNDED);
}
END_TEST

/* The worst case: all of the work is done, nobody lost a moment to it, and those in their turn take as large a part of the rest as those who compute. */
START_TEST(those_who_compute_keep_nine_tenths_of_an_equal_part)
{
    struct load_client c[60];
    for (uint32_t computing = 1; computing <= 40; computing++) {
        for (uint32_t thrashing = 1; computing + thrashing <= 50; thrashing++) {
            for (uint32_t slowed = 0; slowed < thrashing; slowed++) {
                uint64_t work = 0;
                for (uint32_t i = 0; i < thrashing; i++) {
                    c[i] = (struct load_client){.thrashes = true, .slowed = i < slowed};
                }
                load_control_bound(&fair, c, thrashing, computing);
                for (uint32_t i = 0; i < thrashing; i++) {
                    ck_assert_uint_ne(c[i].work, LOAD_UNBOUNDED);
                    ck_assert(i < slowed || c[i].work > 0);
                    ck_assert(i >= slowed || c[i].work <= c[thrashing - 1].work);
                    work += c[i].work;
                }
                double part = 1.0 / (computing + thrashing), share = (double)LOAD_SLOWED_SHARE / STALL_ALL;
                double slow = part < share ? part : share; /* they get no more than their turn gives */
                double left = (1 - (double)work / STALL_ALL - slowed * slow) / (computing + thrashing - slowed);
                ck_assert_double_ge(left, 0.9 * part);
            }
        }
    }
}
END_TEST

/* The worst case again, of which nothing is lost but what those who thrash and the pager's work for them take. */
START_TEST(while_working_sets_are_more_than_memory_those_who_compute_keep_nine_tenths_of_all)
{
    static const struct load_control overloaded = {.active = true}, fits = {.active = false};
    struct load_client c[50];
    for (uint32_t thrashing = 2; thrashing <= 50; thrashing++) {
        for (uint32_t slowed = 0; slowed < thrashing; slowed++) {
            uint64_t work = 0;
            for (uint32_t i = 0; i < thrashing; i++) {
                c[i] = (struct load_client){.thrashes = true, .slowed = i < slowed};
            }
            load_control_bound(&overloaded, c, thrashing, 3);
            for (uint32_t i = 0; i < thrashing; i++) {
                ck_assert(c[i].little);
                ck_assert(c[i].work > 0 && (i >= slowed || c[i].work <= c[thrashing - 1].work));
                work += c[i].work;
            }
            ck_assert_uint_le(work + LOAD_SLOWED_ALL, STALL_ALL / 10);
            load_control_bound(&overloaded, c, thrashing, 0); /* nobody computes */
            ck_assert(!c[thrashing - 1].little && c[thrashing - 1].work == LOAD_UNBOUNDED);
            load_control_bound(&fair, c, thrashing, 3);
            ck_assert(!c[thrashing - 1].little);
            load_control_bound(&fits, c, thrashing, 3);
            ck_assert(!c[thrashing - 1].little);
        }
    }
    struct load_client storm[3] = {{.thrashes = true}, {.storms = true}, {.thrashes = false}};
    load_control_bound(&overloaded, storm, 3, 1);
    ck_assert(storm[0].little && !storm[1].little && !storm[2].little);
}
END_TEST

START_TEST(however_many_thrash_nobody_starves)
{
    static struct load_client c[200];
    for (uint32_t computing = 1; computing <= 128; computing += 127) {
        for (uint32_t slowed = 0; slowed < 200; slowed++) {
            for (uint32_t i = 0; i < 200; i++) {
                c[i] = (struct load_client){.thrashes = true, .slowed = i < slowed};
            }
            load_control_bound(&fair, c, 200, computing);
            for (uint32_t i = 0; i < 200; i++) {
                ck_assert_uint_ge(c[i].work, LOAD_WORK_MIN);
                ck_assert_uint_le(c[i].work, STALL_ALL / 2);
            }
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("load_control");
    TCase *t = tcase_create("load_control");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, nobody_is_slowed_while_working_sets_fit);
    tcase_add_test(t, of_two_that_thrash_one_is_slowed_and_they_take_turns);
    tcase_add_test(t, what_those_that_run_leave_is_room);
    tcase_add_test(t, of_those_who_waited_equally_long_the_smallest_come_first);
    tcase_add_test(t, one_that_thrashes_alone_is_not_slowed);
    tcase_add_test(t, all_run_again_once_the_working_sets_fit);
    tcase_add_test(t, greater_weight_has_longer_turns);
    tcase_add_test(t, thrashing_machine_gets_work_done_and_the_steady_one_is_never_slowed);
    tcase_add_test(t, random_machines_keep_the_rules);
    tcase_add_test(t, random_inputs_keep_the_rules);
    tcase_add_test(t, nothing_is_bounded_while_nobody_else_computes_or_nobody_thrashes);
    tcase_add_test(t, one_that_thrashes_alone_is_bounded_beside_one_that_computes);
    tcase_add_test(t, work_for_a_quarter_of_the_time_is_a_storm_until_it_falls_below_an_eighth);
    tcase_add_test(t, many_that_keep_the_pager_busy_together_storm);
    tcase_add_test(t, who_thrashes_does_not_storm);
    tcase_add_test(t, those_who_storm_get_an_equal_part_each);
    tcase_add_test(t, however_many_thrash_nobody_starves);
    tcase_add_test(t, while_working_sets_are_more_than_memory_those_who_compute_keep_nine_tenths_of_all);
    tcase_add_test(t, those_who_compute_keep_nine_tenths_of_an_equal_part);
    suite_add_tcase(s, t);
    return check_run(s);
}
