/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "swap.h"

static struct swap_wish wish;

START_TEST(nothing_is_wanted_without_the_argument)
{
    ck_assert(swap_read("mem=64M swaps=on command=swap%20on xswap=1", &wish));
    ck_assert(!wish.wanted);
}
END_TEST

START_TEST(on_and_numbers_are_read)
{
    ck_assert(swap_read("swap=on", &wish));
    ck_assert(wish.wanted && wish.volume == SWAP_ANY_VOLUME);
    ck_assert(swap_read("mem=64M swap=3", &wish));
    ck_assert(wish.wanted && wish.volume == 3);
    ck_assert(swap_read("swap=on swap=0x1f", &wish)); /* the last one counts */
    ck_assert(wish.wanted && wish.volume == 31);
}
END_TEST

START_TEST(anything_else_is_refused)
{
    static const char *const wrong[] = {"swap=", "swap=off", "swap=onn", "swap=-1", "swap=1x", "swap=256", "swap=%zz", "swap=99999999999999999999", "swap= on", "swap=0x"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_msg(!swap_read(wrong[i], &wish), "%s", wrong[i]);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("init_swap");
    TCase *c = tcase_create("swap");
    tcase_add_test(c, nothing_is_wanted_without_the_argument);
    tcase_add_test(c, on_and_numbers_are_read);
    tcase_add_test(c, anything_else_is_refused);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
