/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The derivation tree against a slow obvious model: lists of children, positions found by search. After every operation both are compared link by link,
 * and cdt_is_final with a search through all slots.
 */
#include "object/cdt.c"

#include "check_main.h"
#include "host_machine.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 48, OBJECTS = 6, NOBODY = -1, ROOT = SLOTS, RAM = 0x40000000 };

static struct slot *slots; /* SLOTS of them, behind those of cdt_init */

/* ---- the model ---- */

static struct node {
    bool in;
    bool copy;
    int parent;
    int n;
    int child[SLOTS];
} model[SLOTS + 1];

static int model_position(int node)
{
    const struct node *parent = &model[model[node].parent];
    for (int i = 0; i < parent->n; i++)
        if (parent->child[i] == node)
            return i;
    ck_abort_msg("model: node %d is not among its parent's children", node);
}

static void model_insert(int parent, int position, int node, bool copy)
{
    struct node *p = &model[parent];
    memmove(&p->child[position + 1], &p->child[position], sizeof(int) * (size_t)(p->n - position));
    p->child[position] = node;
    p->n++;
    model[node] = (struct node){.in = true, .copy = copy, .parent = parent};
}

static void model_derive(int source, int node, bool copy)
{
    if (source != ROOT && model[source].copy)
        model_insert(model[source].parent, model_position(source) + 1, node, copy);
    else
        model_insert(source, 0, node, copy);
}

static void model_remove(int node)
{
    struct node *p = &model[model[node].parent], old = model[node];
    int at = model_position(node);
    memmove(&p->child[at], &p->child[at + 1], sizeof(int) * (size_t)(p->n - at - 1));
    p->n--;
    for (int i = 0; i < old.n; i++) {
        int child = old.child[i];
        memmove(&p->child[at + i + 1], &p->child[at + i], sizeof(int) * (size_t)(p->n - at - i));
        p->child[at + i] = child;
        p->n++;
        model[child].parent = old.parent;
    }
    model[node] = (struct node){0};
}

static void model_rename(int from, int to)
{
    for (int i = 0; i <= SLOTS; i++) {
        if (model[i].parent == from)
            model[i].parent = to;
        for (int j = 0; j < model[i].n; j++)
            if (model[i].child[j] == from)
                model[i].child[j] = to;
    }
    model[to] = model[from];
    model[from] = (struct node){0};
}

static void model_swap(int a, int b)
{
    struct node at_a = model[a], at_b = model[b];
    for (int i = 0; i <= SLOTS; i++)
        for (int j = 0; j < model[i].n; j++)
            model[i].child[j] = model[i].child[j] == a ? b : model[i].child[j] == b ? a : model[i].child[j];
    at_a = model[a], at_b = model[b];
    model[a] = at_b;
    model[b] = at_a;
    for (int i = 0; i <= SLOTS; i++)
        for (int j = 0; j < model[i].n; j++)
            model[model[i].child[j]].parent = i;
}

/* ---- comparison ---- */

/* ck_assert leaves a mark at every call, which costs more than the comparison. */
#define NEED(condition) ((condition) ? (void)0 : ck_abort_msg("line %d: %s", __LINE__, #condition))

static struct slot *real(int node) { return node == ROOT ? root : &slots[node]; }

static void compare_children(int parent)
{
    const struct node *p = &model[parent];
    struct slot *child = child_of(real(parent));
    NEED(child == (p->n ? real(p->child[0]) : NULL));
    for (int i = 0; i < p->n; i++) {
        bool last = i == p->n - 1;
        NEED(child == real(p->child[i]));
        NEED(prev_of(child) == real(p->child[i ? i - 1 : p->n - 1]));
        NEED(is_last(child) == last);
        NEED(is_copy(child) == model[p->child[i]].copy);
        NEED(!is_copy(child) || !child_of(child));
        child = next_of(child);
        if (last)
            NEED(child == real(parent));
    }
}

static bool slow_is_final(int node)
{
    for (int i = 0; i < SLOTS; i++)
        if (i != node && model[i].in && cap_same_object(&slots[i].cap, &slots[node].cap))
            return false;
    return true;
}

static void compare(void)
{
    compare_children(ROOT);
    for (int i = 0; i < SLOTS; i++) {
        if (!model[i].in) {
            NEED((slots[i].tree[0] | slots[i].tree[1]) == 0);
            continue;
        }
        compare_children(i);
        NEED(cdt_is_final(&slots[i]) == slow_is_final(i));
    }
}

/* ---- operations as the kernel does them ---- */

static int pick(bool in)
{
    int start = rand() % SLOTS;
    for (int i = 0; i < SLOTS; i++)
        if (model[(start + i) % SLOTS].in == in)
            return (start + i) % SLOTS;
    return NOBODY;
}

static struct cap untyped_cap(void) { return (struct cap){.untyped = {.type = CAP_UNTYPED, .size_bits = 20}}; }

static struct cap new_object(void)
{
    static uint64_t next_object = 1;
    return (struct cap){.endpoint = {.type = CAP_ENDPOINT, .rights = 15, .object = next_object++}};
}

static void derive(int source, int node)
{
    struct cap cap = source == ROOT ? untyped_cap() : slots[source].cap;
    bool copy = false;
    if (source != ROOT && cap.type == CAP_UNTYPED)
        cap = rand() % 4 ? new_object() : untyped_cap();
    else if (source != ROOT)
        copy = rand() % 2; /* else a badge mint */
    slots[node].cap = cap;
    model_derive(source, node, copy);
    if (source == ROOT)
        cdt_insert_top(&slots[node]);
    else if (copy)
        cdt_insert_copy(&slots[source], &slots[node]);
    else
        cdt_insert_original(&slots[source], &slots[node]);
}

static void do_remove(int node)
{
    model_remove(node);
    cdt_remove(&slots[node]);
    slots[node].cap = (struct cap){0};
}

static void do_move(int from, int to)
{
    model_rename(from, to);
    cdt_move(&slots[from], &slots[to]);
    slots[to].cap = slots[from].cap;
    slots[from].cap = (struct cap){0};
}

static void do_swap(int a, int b)
{
    struct cap cap = slots[a].cap;
    model_swap(a, b);
    cdt_exchange(&slots[a], &slots[b]);
    slots[a].cap = slots[b].cap;
    slots[b].cap = cap;
}

static void random_operation(void)
{
    int used = pick(true), used2 = pick(true), empty = pick(false), what = rand() % 16;
    if (what < 8 && empty != NOBODY)
        derive(used == NOBODY || rand() % 8 == 0 ? ROOT : used, empty);
    else if (what < 12 && used != NOBODY)
        do_remove(used);
    else if (what < 14 && used != NOBODY && empty != NOBODY)
        do_move(used, empty);
    else if (used != NOBODY && used != used2)
        do_swap(used, used2);
}

static void start(void)
{
    host_machine_start(RAM, 1 << 21);
    struct slot *memory = kernel_pointer(RAM + 4096);
    memset(memory, 0, 4096);
    memset(model, 0, sizeof(model));
    cdt_init(memory);
    slots = memory + CDT_INIT_SLOTS;
}

START_TEST(cdt_random_operations_match_model)
{
    start();
    srand((unsigned)_i + 1);
    for (int i = 0; i < 6000; i++) {
        random_operation();
        compare();
    }
    host_machine_stop();
}
END_TEST

START_TEST(cdt_children_of_removed_original_take_its_place)
{
    start();
    slots[0].cap = untyped_cap();
    cdt_insert_top(&slots[0]);
    slots[1].cap = slots[2].cap = slots[3].cap = new_object();
    cdt_insert_original(&slots[0], &slots[1]);
    cdt_insert_copy(&slots[1], &slots[2]);
    cdt_insert_copy(&slots[2], &slots[3]);
    ck_assert(!cdt_is_final(&slots[1]));
    cdt_remove(&slots[1]);
    ck_assert_ptr_eq(cdt_first_child(&slots[0]), &slots[2]);
    ck_assert(!cdt_is_final(&slots[2]));
    cdt_remove(&slots[2]);
    ck_assert_ptr_eq(cdt_first_child(&slots[0]), &slots[3]);
    ck_assert(cdt_is_final(&slots[3]));
    host_machine_stop();
}
END_TEST

START_TEST(cdt_exchange_of_parent_and_child)
{
    start();
    slots[0].cap = untyped_cap();
    slots[1].cap = new_object();
    cdt_insert_top(&slots[0]);
    cdt_insert_original(&slots[0], &slots[1]);
    cdt_exchange(&slots[0], &slots[1]);
    ck_assert_ptr_eq(cdt_first_child(&slots[1]), &slots[0]);
    ck_assert_ptr_null(cdt_first_child(&slots[0]));
    host_machine_stop();
}
END_TEST

START_TEST(cdt_links_hold_the_highest_slot_number)
{
    start();
    uint64_t number = MASK(NUMBER_BITS);
    struct slot slot = {0};
    set_links(&slot, number | BIT(LAST_BIT), number, true);
    ck_assert(is_copy(&slot) && is_last(&slot) && slot_number(prev_of(&slot)) == number && slot_number(next_of(&slot)) == number && !child_of(&slot));
    set_links(&slot, 0, 0, true);
    set_prev(&slot, kernel_pointer(number << SLOT_BITS));
    set_next(&slot, kernel_pointer(number << SLOT_BITS), true);
    set_child(&slot, kernel_pointer(number << SLOT_BITS));
    ck_assert_uint_eq(slot_number(prev_of(&slot)), number);
    ck_assert_uint_eq(slot_number(next_of(&slot)), number);
    ck_assert_uint_eq(slot_number(child_of(&slot)), number);
    set_next(&slot, NULL, false);
    ck_assert(is_copy(&slot) && !is_last(&slot) && slot_number(prev_of(&slot)) == number);
    host_machine_stop();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cdt");
    TCase *tcase = tcase_create("cdt");
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, cdt_random_operations_match_model, 0, 5);
    tcase_add_test(tcase, cdt_children_of_removed_original_take_its_place);
    tcase_add_test(tcase, cdt_exchange_of_parent_and_child);
    tcase_add_test(tcase, cdt_links_hold_the_highest_slot_number);
    suite_add_tcase(suite, tcase);
    return check_run(suite);
}
