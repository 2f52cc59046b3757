/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "zero_page.h"

#include <stdlib.h>

START_TEST(new_region_shares)
{
    ck_assert(zero_page_share(&(struct zero_page_history){0}, true, 0));
}
END_TEST

START_TEST(switched_off_never_shares)
{
    ck_assert(!zero_page_share(&(struct zero_page_history){0}, false, 3));
}
END_TEST

START_TEST(region_that_writes_everything_stops_sharing)
{
    struct zero_page_history h = {0};
    for (unsigned i = 0; i < ZERO_PAGE_SAMPLE; i++) {
        zero_page_shared(&h, 1);
        zero_page_broken(&h, 1);
    }
    ck_assert(!zero_page_share(&h, true, 0));
    ck_assert(zero_page_share(&h, true, 1)); /* memory is short: share all the same */
}
END_TEST

START_TEST(one_in_sixteen_kept_is_enough)
{
    ck_assert(zero_page_share(&(struct zero_page_history){.shared = 160, .broken = 149}, true, 0));
    ck_assert(!zero_page_share(&(struct zero_page_history){.shared = 160, .broken = 150}, true, 0));
}
END_TEST

START_TEST(history_fades_and_stays_consistent)
{
    struct zero_page_history h = {0};
    srand(1);
    for (unsigned i = 0; i < 200000; i++) { /* enough for the counters to be halved more than once */
        if (rand() % 3) {
            zero_page_shared(&h, 1 + (uint32_t)rand() % ZERO_PAGE_MOST);
        } else {
            zero_page_broken(&h, 1 + (uint32_t)rand() % (2 * ZERO_PAGE_MOST));
        }
        uint64_t kept = h.shared - h.broken;
        bool oracle = h.shared < ZERO_PAGE_SAMPLE || kept * 16 > h.shared;
        /* One check of Check's for all: each costs more than the round. */
        bool good = h.broken <= h.shared && zero_page_share(&h, true, 0) == oracle;
        if (!good) {
            ck_abort_msg("round %u: %u shared, %u broken", i, (unsigned)h.shared, (unsigned)h.broken);
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("zero_page");
    TCase *t = tcase_create("zero_page");
    tcase_add_test(t, new_region_shares);
    tcase_add_test(t, switched_off_never_shares);
    tcase_add_test(t, region_that_writes_everything_stops_sharing);
    tcase_add_test(t, one_in_sixteen_kept_is_enough);
    tcase_add_test(t, history_fades_and_stays_consistent);
    suite_add_tcase(s, t);
    return check_run(s);
}
