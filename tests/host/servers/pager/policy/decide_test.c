/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "decide.h"

#include <stdlib.h>

static struct fault_facts facts(enum access access, enum page_state state, enum backing backing)
{
    return (struct fault_facts){.access = access, .may_read = true, .may_write = true, .may_execute = true, .state = state, .backing = backing, .share_zero = true};
}

START_TEST(table_of_decisions)
{
    static const struct {
        enum access access;
        enum page_state state;
        enum backing backing;
        enum action action;
    } table[] = {
        {ACCESS_READ, PAGE_NONE, BACKING_ZERO, ACTION_MAP_ZERO},
        {ACCESS_EXECUTE, PAGE_NONE, BACKING_ZERO, ACTION_MAP_ZERO},
        {ACCESS_WRITE, PAGE_NONE, BACKING_ZERO, ACTION_NEW_ZEROED},
        {ACCESS_WRITE, PAGE_ZERO, BACKING_ZERO, ACTION_NEW_ZEROED},
        {ACCESS_READ, PAGE_ZERO, BACKING_ZERO, ACTION_REMAP},
        {ACCESS_READ, PAGE_NONE, BACKING_FILE, ACTION_MAP_FILE},
        {ACCESS_EXECUTE, PAGE_NONE, BACKING_FILE, ACTION_MAP_FILE},
        {ACCESS_WRITE, PAGE_NONE, BACKING_FILE, ACTION_COPY_FILE},
        {ACCESS_WRITE, PAGE_FILE, BACKING_ZERO, ACTION_COPY},
        {ACCESS_READ, PAGE_FILE, BACKING_ZERO, ACTION_REMAP},
        {ACCESS_READ, PAGE_NONE, BACKING_FILE_PARTIAL, ACTION_LOAD_FILE},
        {ACCESS_WRITE, PAGE_NONE, BACKING_FILE_PARTIAL, ACTION_LOAD_FILE},
        {ACCESS_READ, PAGE_NONE, BACKING_SHARED, ACTION_MAP_SHARED},
        {ACCESS_WRITE, PAGE_NONE, BACKING_SHARED, ACTION_MAP_SHARED},
        {ACCESS_WRITE, PAGE_SHARED, BACKING_ZERO, ACTION_REMAP},
        {ACCESS_READ, PAGE_COW, BACKING_ZERO, ACTION_REMAP},
        {ACCESS_WRITE, PAGE_COW, BACKING_ZERO, ACTION_COPY},
        {ACCESS_WRITE, PAGE_PRIVATE, BACKING_ZERO, ACTION_REMAP},
        {ACCESS_READ, PAGE_PRIVATE, BACKING_ZERO, ACTION_REMAP},
    };
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct fault_facts f = facts(table[i].access, table[i].state, table[i].backing);
        ck_assert_msg(fault_decide(&f) == table[i].action, "row %u", i);
    }
}
END_TEST

START_TEST(last_holder_takes_the_frame)
{
    struct fault_facts f = facts(ACCESS_WRITE, PAGE_COW, BACKING_ZERO);
    f.last_holder = true;
    ck_assert(fault_decide(&f) == ACTION_TAKE);
}
END_TEST

START_TEST(read_without_sharing_gets_a_frame)
{
    struct fault_facts f = facts(ACCESS_READ, PAGE_NONE, BACKING_ZERO);
    f.share_zero = false;
    ck_assert(fault_decide(&f) == ACTION_NEW_ZEROED);
}
END_TEST

START_TEST(missing_right_is_denied_in_every_state)
{
    for (unsigned access = 0; access < 3; access++) {
        for (unsigned state = PAGE_NONE; state <= PAGE_SHARED; state++) {
            struct fault_facts f = facts((enum access)access, (enum page_state)state, BACKING_ZERO);
            f.may_read = access != ACCESS_READ;
            f.may_write = access != ACCESS_WRITE;
            f.may_execute = access != ACCESS_EXECUTE;
            ck_assert(fault_decide(&f) == ACTION_DENY);
        }
    }
}
END_TEST

/* What must hold whatever the facts: a write never leaves a page that others see; a read never copies; nothing is denied that is allowed. */
START_TEST(random_facts_keep_the_rules)
{
    srand(1);
    for (unsigned i = 0; i < 1000000; i++) {
        struct fault_facts f = {.access = (enum access)(rand() % 3), .may_read = rand() % 2, .may_write = rand() % 2, .may_execute = rand() % 2,
                                .state = (enum page_state)(rand() % 6), .backing = (enum backing)(rand() % 4), .last_holder = rand() % 2, .share_zero = rand() % 2};
        bool may = f.access == ACCESS_READ ? f.may_read : f.access == ACCESS_WRITE ? f.may_write : f.may_execute;
        enum action a = fault_decide(&f);
        ck_assert((a == ACTION_DENY) == !may);
        if (!may) {
            continue;
        }
        bool foreign = f.state == PAGE_ZERO || f.state == PAGE_FILE || (f.state == PAGE_COW && !f.last_holder);
        ck_assert(!(f.access == ACCESS_WRITE && foreign) || a == ACTION_COPY || a == ACTION_NEW_ZEROED);
        ck_assert(f.access == ACCESS_WRITE || (a != ACTION_COPY && a != ACTION_COPY_FILE && a != ACTION_TAKE));
        ck_assert(f.state == PAGE_NONE || (a != ACTION_MAP_ZERO && a != ACTION_MAP_FILE && a != ACTION_LOAD_FILE && a != ACTION_MAP_SHARED));
        ck_assert(f.state != PAGE_NONE || (a != ACTION_REMAP && a != ACTION_COPY && a != ACTION_TAKE));
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("decide");
    TCase *t = tcase_create("decide");
    tcase_add_test(t, table_of_decisions);
    tcase_add_test(t, last_holder_takes_the_frame);
    tcase_add_test(t, read_without_sharing_gets_a_frame);
    tcase_add_test(t, missing_right_is_denied_in_every_state);
    tcase_add_test(t, random_facts_keep_the_rules);
    suite_add_tcase(s, t);
    return check_run(s);
}
