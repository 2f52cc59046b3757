/* SPDX-License-Identifier: BSD-2-Clause */
#include "table.h"
#include <check_main.h>
#include <string.h>

static struct table table;

static void setup(void)
{
    table_init(&table, TABLE_PROCESSES);
}

static struct process *add(uint64_t parent)
{
    struct process *p = table_add(&table, 0, parent, "p");
    ck_assert_ptr_nonnull(p);
    return p;
}

START_TEST(table_add_hands_out_pids_in_order)
{
    ck_assert_uint_eq(add(0)->pid, 1);
    ck_assert_uint_eq(add(1)->pid, 2);
    ck_assert_uint_eq(add(1)->pid, 3);
}
END_TEST

START_TEST(table_add_fixed_pid_is_skipped_later_and_refused_twice)
{
    ck_assert_ptr_nonnull(table_add(&table, 2, 0, "two"));
    ck_assert_ptr_null(table_add(&table, 2, 0, "again"));
    ck_assert_uint_eq(add(0)->pid, 1);
    ck_assert_uint_eq(add(0)->pid, 3);
}
END_TEST

START_TEST(table_add_full_returns_null)
{
    for (unsigned i = 0; i < TABLE_PROCESSES; i++) {
        add(0);
    }
    ck_assert_ptr_null(table_add(&table, 0, 0, "one too many"));
}
END_TEST

START_TEST(table_add_keeps_to_its_limit)
{
    table_init(&table, 3);
    add(0);
    struct process *second = add(0);
    add(0);
    ck_assert_ptr_null(table_add(&table, 0, 0, "one too many"));
    table_free(&table, second);
    ck_assert_uint_eq(table_index(&table, add(0)), 1);
    ck_assert_ptr_null(table_add(&table, 0, 0, "one too many"));
}
END_TEST

/* Pids that fall into the same bucket are told apart, whichever of them goes first. */
START_TEST(table_find_tells_pids_of_one_bucket_apart)
{
    for (unsigned gone = 0; gone < 4; gone++) {
        table_init(&table, TABLE_PROCESSES);
        for (unsigned i = 0; i < 4; i++) {
            ck_assert_ptr_nonnull(table_add(&table, 5 + i * TABLE_BUCKETS, 0, "p"));
        }
        table_free(&table, table_find(&table, 5 + gone * TABLE_BUCKETS));
        for (unsigned i = 0; i < 4; i++) {
            const struct process *p = table_find(&table, 5 + i * TABLE_BUCKETS);
            ck_assert(gone == i ? !p : p && p->pid == 5 + i * TABLE_BUCKETS);
        }
        ck_assert_ptr_null(table_find(&table, 5 + 4 * TABLE_BUCKETS));
    }
}
END_TEST

START_TEST(table_nth_is_in_order_of_pid_whoever_comes_and_goes)
{
    uint64_t seed = 7;
    for (unsigned step = 0; step < 300; step++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        struct process *p = table_find(&table, 1 + (seed >> 33) % 500);
        if (p) {
            table_free(&table, p);
        } else {
            table_add(&table, 1 + (seed >> 33) % 500, 0, "p");
        }
        uint64_t last = 0;
        unsigned n = 0, used = 0;
        for (const struct process *q; (q = table_nth(&table, n)) != NULL; n++) {
            ck_assert_uint_gt(q->pid, last);
            last = q->pid;
        }
        for (const struct process *q = table_next(&table, NULL); q; q = table_next(&table, q)) {
            used++;
        }
        ck_assert_uint_eq(n, used);
    }
}
END_TEST

START_TEST(table_add_pids_wrap_and_skip_the_living)
{
    table.last_pid = TABLE_PID_MAX - 1;
    ck_assert_uint_eq(add(0)->pid, TABLE_PID_MAX);
    ck_assert_uint_eq(add(0)->pid, 1);
    table.last_pid = TABLE_PID_MAX - 1;
    ck_assert_uint_eq(add(0)->pid, 2);
}
END_TEST

START_TEST(table_set_name_takes_last_component_and_cuts)
{
    struct process *p = add(0);
    table_set_name(p, "/bin/sha256sum");
    ck_assert_str_eq(p->name, "sha256sum");
    table_set_name(p, "a-name-that-is-longer-than-the-table-can-hold");
    ck_assert_uint_eq(strlen(p->name), TABLE_NAME_MAX);
    table_set_name(p, "x");
    ck_assert_str_eq(p->name, "x");
}
END_TEST

START_TEST(table_find_free_pid_is_null)
{
    add(0);
    ck_assert_ptr_null(table_find(&table, 0));
    ck_assert_ptr_null(table_find(&table, 7));
    ck_assert_ptr_nonnull(table_find(&table, 1));
}
END_TEST

START_TEST(table_nth_lists_by_pid)
{
    ck_assert_ptr_nonnull(table_add(&table, 30, 0, "c"));
    ck_assert_ptr_nonnull(table_add(&table, 10, 0, "a"));
    ck_assert_ptr_nonnull(table_add(&table, 20, 0, "b"));
    ck_assert_str_eq(table_nth(&table, 0)->name, "a");
    ck_assert_str_eq(table_nth(&table, 1)->name, "b");
    ck_assert_str_eq(table_nth(&table, 2)->name, "c");
    ck_assert_ptr_null(table_nth(&table, 3));
    ck_assert_ptr_null(table_nth(&table, UINT64_MAX));
}
END_TEST

/* walked: how many entries a walk over the table meets. */
static unsigned walked(void)
{
    unsigned n = 0;
    for (struct process *p = table_next(&table, NULL); p; p = table_next(&table, p)) {
        ck_assert_int_ne(p->state, PROCESS_FREE);
        n++;
    }
    return n;
}

START_TEST(table_next_meets_what_is_in_use_and_passes_over_no_more_than_were_at_once)
{
    ck_assert_uint_eq(walked(), 0);
    struct process *first = add(0), *second = add(0), *third = add(0);
    table_free(&table, second);
    ck_assert_uint_eq(walked(), 2);
    ck_assert_uint_eq(table.end, 3);
    ck_assert_ptr_eq(table_next(&table, first), third);
    ck_assert_ptr_null(table_next(&table, third));
    ck_assert_ptr_eq(add(0), second); /* the lowest entry first */
    table_free(&table, second);
    table_free(&table, third);
    ck_assert_uint_eq(table.end, 1);
    ck_assert_uint_eq(walked(), 1);
    ck_assert_ptr_null(table_add(&table, first->pid, 0, "again"));
    ck_assert_uint_eq(table.end, 1);
}
END_TEST

START_TEST(table_is_descendant_follows_parents)
{
    add(0);
    add(1);
    add(2);
    add(1);
    ck_assert(table_is_descendant(&table, 3, 1));
    ck_assert(table_is_descendant(&table, 3, 2));
    ck_assert(table_is_descendant(&table, 3, 3));
    ck_assert(!table_is_descendant(&table, 3, 4));
    ck_assert(!table_is_descendant(&table, 1, 3));
    ck_assert(!table_is_descendant(&table, 0, 0));
}
END_TEST

START_TEST(table_is_descendant_damaged_loop_ends)
{
    add(2);
    add(1);
    ck_assert(!table_is_descendant(&table, 1, 9));
}
END_TEST

START_TEST(table_wait_no_child)
{
    struct process *out;
    add(0);
    add(0);
    ck_assert_int_eq(table_wait(&table, 1, 0, &out), TABLE_WAIT_NO_CHILD);
    ck_assert_int_eq(table_wait(&table, 1, 2, &out), TABLE_WAIT_NO_CHILD);
    ck_assert_int_eq(table_wait(&table, 1, 1, &out), TABLE_WAIT_NO_CHILD);
}
END_TEST

START_TEST(table_wait_living_child_is_later_then_zombie_is_now)
{
    struct process *out = NULL;
    add(0);
    struct process *child = add(1);
    ck_assert_int_eq(table_wait(&table, 1, 0, &out), TABLE_WAIT_LATER);
    ck_assert_int_eq(table_wait(&table, 1, child->pid, &out), TABLE_WAIT_LATER);
    ck_assert(table_end(&table, child, 0x105));
    ck_assert_int_eq(table_wait(&table, 1, 0, &out), TABLE_WAIT_NOW);
    ck_assert_ptr_eq(out, child);
    ck_assert_uint_eq(out->status, 0x105);
    table_free(&table, out);
    ck_assert_int_eq(table_wait(&table, 1, 0, &out), TABLE_WAIT_NO_CHILD);
}
END_TEST

START_TEST(table_end_counts_work_for_the_parent)
{
    struct process *parent = add(0);
    struct process *child = add(parent->pid), *orphan = add(0);
    parent->work = 3;
    child->work = 4;
    orphan->work = 5;
    table_end(&table, child, 0);
    ck_assert(!table_end(&table, orphan, 0));
    ck_assert_uint_eq(parent->work, 7);
}
END_TEST

START_TEST(table_end_passes_on_work_and_storm_to_the_last_child)
{
    struct process *first = add(0), *old = add(first->pid), *last = add(first->pid);
    ck_assert_uint_eq(first->child, last->pid);
    first->work = 3;
    first->turn = 8;
    first->storms = true;
    table_end(&table, first, 0);
    ck_assert_uint_eq(last->work, 3);
    ck_assert_uint_eq(last->turn, 8);
    ck_assert(last->storms);
    ck_assert(!old->storms);
    ck_assert_uint_eq(old->work, 0);
    /* Nothing passes to one that has ended, nor to a stranger with the same pid; a parent does not storm for its child. */
    struct process *parent = add(0), *child = add(parent->pid), *below = add(child->pid);
    table_end(&table, below, 0);
    child->work = 5;
    child->storms = true;
    table_end(&table, child, 0);
    ck_assert_uint_eq(below->work, 0);
    ck_assert_uint_eq(parent->work, 5);
    ck_assert(!parent->storms);
    struct process *stranger = add(0);
    parent->child = stranger->pid;
    table_end(&table, parent, 0);
    ck_assert_uint_eq(stranger->work, 0);
}
END_TEST

START_TEST(table_living_does_not_find_zombies)
{
    struct process *parent = add(0), *child = add(parent->pid);
    uint64_t pid = child->pid;
    ck_assert_ptr_eq(table_living(&table, pid), child);
    table_end(&table, child, 0);
    ck_assert_ptr_eq(table_find(&table, pid), child);
    ck_assert_ptr_null(table_living(&table, pid));
    ck_assert_ptr_null(table_living(&table, 0));
}
END_TEST

START_TEST(table_wait_of_two_zombies_takes_lowest_pid)
{
    struct process *out = NULL;
    add(0);
    struct process *a = add(1), *b = add(1);
    table_end(&table, b, 0);
    table_end(&table, a, 0);
    ck_assert_int_eq(table_wait(&table, 1, 0, &out), TABLE_WAIT_NOW);
    ck_assert_ptr_eq(out, a);
    ck_assert_int_eq(table_wait(&table, 1, b->pid, &out), TABLE_WAIT_NOW);
    ck_assert_ptr_eq(out, b);
}
END_TEST

START_TEST(table_waiter_only_for_what_it_waits_for)
{
    struct process *shell = add(0);
    struct process *a = add(1), *b = add(1), *grandchild = add(a->pid);
    ck_assert_ptr_null(table_waiter(&table, a));
    table_block(shell, b->pid, 77);
    ck_assert_ptr_null(table_waiter(&table, a));
    ck_assert_ptr_eq(table_waiter(&table, b), shell);
    ck_assert_ptr_null(table_waiter(&table, grandchild));
    table_block(shell, 0, 77);
    ck_assert_ptr_eq(table_waiter(&table, a), shell);
}
END_TEST

START_TEST(table_end_orphans_the_living_and_frees_zombie_children)
{
    add(0);
    struct process *middle = add(1);
    struct process *living = add(2), *ended = add(2);
    ck_assert(table_end(&table, ended, 0));
    ck_assert_uint_eq(ended->state, PROCESS_ZOMBIE);
    ck_assert(table_end(&table, middle, 0));
    ck_assert_uint_eq(ended->state, PROCESS_FREE);
    ck_assert_uint_eq(living->state, PROCESS_RUNNING);
    ck_assert_uint_eq(living->parent, 0);
    ck_assert(!table_end(&table, living, 0)); /* nobody can ask for it */
    ck_assert_uint_eq(living->state, PROCESS_FREE);
}
END_TEST

START_TEST(table_find_space_ignores_zombies)
{
    add(0);
    struct process *child = add(1);
    child->space = 9;
    ck_assert_ptr_eq(table_find_space(&table, 9), child);
    table_end(&table, child, 0);
    ck_assert_ptr_null(table_find_space(&table, 9));
}
END_TEST

/* Random births, deaths and waits against what must hold: no zombie without a living parent, everything can be freed. */
START_TEST(table_random_life_keeps_its_rules)
{
    uint64_t seed = 12345;
    table_init(&table, TABLE_PROCESSES);
    add(0);
    for (unsigned step = 0; step < 200000; step++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        unsigned pick = (unsigned)(seed >> 33);
        struct process *p = &table.processes[pick % TABLE_PROCESSES];
        struct process *out;
        bool living = p->state == PROCESS_RUNNING || p->state == PROCESS_WAITING;
        switch ((pick >> 10) % 3) {
        case 0:
            if (living) {
                table_add(&table, 0, p->pid, "n");
            }
            break;
        case 1:
            if (living && p->pid != 1) {
                table_end(&table, p, 0);
            }
            break;
        default:
            if (living && table_wait(&table, p->pid, 0, &out) == TABLE_WAIT_NOW) {
                table_free(&table, out);
            }
        }
        if (step % 64 == 0) {
            unsigned used = 0;
            for (unsigned i = 0; i < TABLE_PROCESSES; i++) {
                struct process *q = &table.processes[i];
                used += q->state != PROCESS_FREE;
                if (q->state == PROCESS_ZOMBIE) {
                    struct process *parent = table_find(&table, q->parent);
                    ck_assert_ptr_nonnull(parent);
                    ck_assert_uint_ne(parent->state, PROCESS_ZOMBIE);
                }
            }
            ck_assert_uint_eq(walked(), used);
        }
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("table");
    TCase *c = tcase_create("table");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, table_add_hands_out_pids_in_order);
    tcase_add_test(c, table_add_fixed_pid_is_skipped_later_and_refused_twice);
    tcase_add_test(c, table_add_full_returns_null);
    tcase_add_test(c, table_add_keeps_to_its_limit);
    tcase_add_test(c, table_find_tells_pids_of_one_bucket_apart);
    tcase_add_test(c, table_nth_is_in_order_of_pid_whoever_comes_and_goes);
    tcase_add_test(c, table_add_pids_wrap_and_skip_the_living);
    tcase_add_test(c, table_set_name_takes_last_component_and_cuts);
    tcase_add_test(c, table_find_free_pid_is_null);
    tcase_add_test(c, table_nth_lists_by_pid);
    tcase_add_test(c, table_next_meets_what_is_in_use_and_passes_over_no_more_than_were_at_once);
    tcase_add_test(c, table_is_descendant_follows_parents);
    tcase_add_test(c, table_is_descendant_damaged_loop_ends);
    tcase_add_test(c, table_wait_no_child);
    tcase_add_test(c, table_wait_living_child_is_later_then_zombie_is_now);
    tcase_add_test(c, table_wait_of_two_zombies_takes_lowest_pid);
    tcase_add_test(c, table_waiter_only_for_what_it_waits_for);
    tcase_add_test(c, table_end_counts_work_for_the_parent);
    tcase_add_test(c, table_end_passes_on_work_and_storm_to_the_last_child);
    tcase_add_test(c, table_living_does_not_find_zombies);
    tcase_add_test(c, table_end_orphans_the_living_and_frees_zombie_children);
    tcase_add_test(c, table_find_space_ignores_zombies);
    tcase_add_test(c, table_random_life_keeps_its_rules);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
