/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "commit.h"

#include <stdlib.h>

START_TEST(table_of_answers)
{
    static const struct {
        struct commit c;
        uint64_t pages;
        enum commit_answer answer;
    } table[] = {
        {{COMMIT_OVERCOMMIT, 100, 50, 10, 0}, 150, COMMIT_OK},
        {{COMMIT_OVERCOMMIT, 100, 50, 10, 0}, 151, COMMIT_OK},
        {{COMMIT_OVERCOMMIT, 100, 50, 10, 1000}, 150, COMMIT_OK},
        {{COMMIT_OVERCOMMIT, 100, 50, 10, 0}, 1ull << 40, COMMIT_OK},
        {{COMMIT_STRICT, 100, 50, 10, 0}, UINT64_MAX, COMMIT_NEVER},
        {{COMMIT_STRICT, 100, 50, 10, 0}, 140, COMMIT_OK},
        {{COMMIT_STRICT, 100, 50, 10, 0}, 141, COMMIT_NEVER},
        {{COMMIT_STRICT, 100, 50, 10, 100}, 40, COMMIT_OK},
        {{COMMIT_STRICT, 100, 50, 10, 100}, 41, COMMIT_EXCEEDED},
        {{COMMIT_STRICT, 100, 50, 200, 0}, 0, COMMIT_OK},
        {{COMMIT_STRICT, 100, 50, 200, 0}, 1, COMMIT_NEVER},
        {{COMMIT_STRICT, 100, 50, 10, 150}, 1, COMMIT_EXCEEDED}, /* memory went away after the promise */
    };
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        ck_assert_msg(commit_ask(&table[i].c, table[i].pages) == table[i].answer, "row %u", i);
    }
}
END_TEST

START_TEST(refused_charge_changes_nothing)
{
    struct commit c = {COMMIT_STRICT, 100, 0, 0, 60};
    ck_assert(commit_charge(&c, 41) == COMMIT_EXCEEDED);
    ck_assert_uint_eq(c.promised, 60);
    ck_assert(commit_charge(&c, 40) == COMMIT_OK);
    ck_assert_uint_eq(c.promised, 100);
}
END_TEST

START_TEST(strict_mode_is_refused_while_too_much_is_promised)
{
    struct commit c = {COMMIT_OVERCOMMIT, 100, 0, 10, 0};
    ck_assert(commit_charge(&c, 95) == COMMIT_OK);
    ck_assert(!commit_set(&c, COMMIT_STRICT, 100, 0, 10));
    ck_assert(c.mode == COMMIT_OVERCOMMIT);
    commit_release(&c, 5);
    ck_assert(commit_set(&c, COMMIT_STRICT, 100, 0, 10));
    ck_assert(!commit_set(&c, COMMIT_STRICT, 99, 0, 10));
    ck_assert_uint_eq(c.ram, 100);
}
END_TEST

/* Oracle: every promise by itself, added up anew each time. In strict mode the sum never exceeds the limit. */
START_TEST(random_promises_agree_with_the_oracle)
{
    enum { SPACES = 16 };
    srand(1);
    for (unsigned round = 0; round < 50; round++) {
        struct commit c = {(enum commit_mode)(round % COMMIT_MODES), 1000 + (uint64_t)rand() % 1000, (uint64_t)rand() % 1000, (uint64_t)rand() % 500, 0};
        uint64_t held[SPACES] = {0};
        for (unsigned step = 0; step < 20000; step++) {
            unsigned space = (unsigned)rand() % SPACES;
            uint64_t pages = (uint64_t)rand() % 300, sum = 0, limit = c.ram + c.swap - (c.mode == COMMIT_STRICT ? c.reserve : 0);
            for (unsigned i = 0; i < SPACES; i++) {
                sum += held[i];
            }
            ck_assert_uint_eq(c.promised, sum);
            ck_assert(c.mode != COMMIT_STRICT || sum <= limit);
            if (rand() % 2) {
                bool fits = c.mode == COMMIT_STRICT ? sum + pages <= limit : pages <= limit;
                bool ok = commit_charge(&c, pages) == COMMIT_OK;
                ck_assert(ok == fits);
                held[space] += ok ? pages : 0;
            } else {
                commit_release(&c, held[space]);
                held[space] = 0;
            }
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("commit");
    TCase *t = tcase_create("commit");
    tcase_add_test(t, table_of_answers);
    tcase_add_test(t, refused_charge_changes_nothing);
    tcase_add_test(t, strict_mode_is_refused_while_too_much_is_promised);
    tcase_add_test(t, random_promises_agree_with_the_oracle);
    suite_add_tcase(s, t);
    return check_run(s);
}
