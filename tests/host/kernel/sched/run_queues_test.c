/* SPDX-License-Identifier: BSD-2-Clause */
/* Ready queues and wait queues against arrays that are searched from the start. */
#include "sched/run_queues.c"

#include "object/wait_queue.c"

#include "check_main.h"

#include <string.h>

enum { THREADS = 40 };

static struct run_queues queues;
static struct thread threads[THREADS];
static int model[THREADS]; /* indices of queued threads in the order in which they will run */
static int n_model;

static uint64_t seed = 7;
static unsigned random_below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static void model_insert(int thread, bool first)
{
    int at = 0;
    while (at < n_model && (threads[model[at]].priority > threads[thread].priority ||
                            (!first && threads[model[at]].priority == threads[thread].priority)))
        at++;
    memmove(&model[at + 1], &model[at], sizeof(int) * (size_t)(n_model - at));
    model[at] = thread;
    n_model++;
}

static void model_remove(int thread)
{
    int at = 0;
    while (model[at] != thread)
        at++;
    memmove(&model[at], &model[at + 1], sizeof(int) * (size_t)(n_model - at - 1));
    n_model--;
}

static void check_run_queues(void)
{
    int at = 0;
    for (int priority = PRIORITIES - 1; priority >= 0; priority--) {
        const struct thread *before = NULL;
        for (const struct thread *t = queues.list[priority].first; t; before = t, t = t->ready_next) {
            ck_assert_int_lt(at, n_model);
            ck_assert_ptr_eq(t, &threads[model[at++]]);
            ck_assert_ptr_eq(t->ready_prev, before);
        }
        ck_assert(!queues.list[priority].first || queues.list[priority].last == before);
    }
    ck_assert_int_eq(at, n_model);
    ck_assert_int_eq(run_queues_top(&queues), n_model ? threads[model[0]].priority : -1);
}

START_TEST(run_queues_random_operations_match_a_sorted_array)
{
    static const uint8_t few_priorities[] = {0, 1, 63, 64, 65, 127, 128, 200, 254, 255};
    for (int i = 0; i < 50000; i++) {
        int chosen = (int)random_below(THREADS);
        struct thread *t = &threads[chosen];
        if (t->in_ready_queue) {
            run_queues_remove(&queues, t);
            model_remove(chosen);
        } else {
            bool first = random_below(2);
            t->priority = few_priorities[random_below(sizeof(few_priorities))];
            if (first)
                run_queues_insert_first(&queues, t);
            else
                run_queues_insert_last(&queues, t);
            model_insert(chosen, first);
        }
        check_run_queues();
    }
}
END_TEST

START_TEST(wait_queue_random_operations_keep_priority_and_arrival_order)
{
    struct wait_queue queue = {0};
    bool queued[THREADS] = {0};
    for (int i = 0; i < 50000; i++) {
        int chosen = (int)random_below(THREADS);
        if (queued[chosen]) {
            wait_queue_remove(&queue, &threads[chosen]);
            model_remove(chosen);
        } else {
            threads[chosen].priority = (uint8_t)random_below(4);
            wait_queue_insert(&queue, &threads[chosen]);
            model_insert(chosen, false);
        }
        queued[chosen] = !queued[chosen];

        int at = 0;
        for (const struct thread *t = queue.first; t; t = t->queue_next)
            ck_assert_ptr_eq(t, &threads[model[at++]]);
        ck_assert_int_eq(at, n_model);
        for (const struct thread *t = queue.last; t; t = t->queue_prev)
            ck_assert_ptr_eq(t, &threads[model[--at]]);
    }
}
END_TEST

static void reset(void)
{
    memset(&queues, 0, sizeof(queues));
    memset(threads, 0, sizeof(threads));
    n_model = 0;
}

static Suite *suite(void)
{
    Suite *s = suite_create("queues");
    TCase *t = tcase_create("queues");
    tcase_add_checked_fixture(t, reset, NULL);
    tcase_add_test(t, run_queues_random_operations_match_a_sorted_array);
    tcase_add_test(t, wait_queue_random_operations_keep_priority_and_arrival_order);
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    return s;
}

int main(void) { return check_run(suite()); }
