/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "frame_choice.h"

START_TEST(nothing_free_finds_nothing)
{
    ck_assert(!frame_choose(0, 0, true).found);
}
END_TEST

START_TEST(zeroed_wish_takes_a_zeroed_single)
{
    struct frame_choice c = frame_choose(1, 1, true);
    ck_assert(c.found && c.clean && c.order == 0);
}
END_TEST

START_TEST(copy_target_takes_a_dirty_single)
{
    struct frame_choice c = frame_choose(1, 1, false);
    ck_assert(c.found && !c.clean && c.order == 0);
}
END_TEST

START_TEST(zeroed_large_block_is_spared_for_a_dirty_single)
{
    struct frame_choice c = frame_choose(1u << 4, 1, true);
    ck_assert(c.found && !c.clean && c.order == 0);
}
END_TEST

/* Oracle: try each block in order of preference, the slow way. */
static struct frame_choice oracle(uint32_t clean, uint32_t dirty, bool want_clean)
{
    struct frame_choice best = {0};
    uint32_t best_cost = UINT32_MAX;
    for (uint32_t order = 0; order < 10; order++) {
        for (unsigned is_clean = 0; is_clean < 2; is_clean++) {
            if (!((is_clean ? clean : dirty) >> order & 1)) {
                continue;
            }
            /* A block of the other kind costs as much as one FRAME_CHOICE_REACH orders larger, and a little more. */
            uint32_t cost = order * 2 + ((bool)is_clean == want_clean ? 0 : FRAME_CHOICE_REACH * 2 + 1);
            if (cost < best_cost) {
                best_cost = cost;
                best = (struct frame_choice){.found = true, .clean = is_clean, .order = order};
            }
        }
    }
    return best;
}

START_TEST(every_combination_agrees_with_the_oracle)
{
    for (uint32_t clean = 0; clean < 1024; clean++) {
        for (uint32_t dirty = 0; dirty < 1024; dirty++) {
            for (unsigned want = 0; want < 2; want++) {
                struct frame_choice c = frame_choose(clean, dirty, want), o = oracle(clean, dirty, want);
                if (c.found != o.found || (c.found && (c.clean != o.clean || c.order != o.order))) {
                    ck_abort_msg("clean %x dirty %x want %u", clean, dirty, want);
                }
            }
        }
    }
}
END_TEST

START_TEST(run_takes_the_largest_block_of_its_kind)
{
    for (uint32_t clean = 0; clean < 1024; clean++) {
        for (uint32_t dirty = 0; dirty < 1024; dirty++) {
            for (unsigned want = 0; want < 2; want++) {
                struct frame_choice c = frame_choose_run(clean, dirty, want);
                uint32_t liked = want ? clean : dirty, other = want ? dirty : clean, mask = liked ? liked : other;
                ck_assert_uint_eq(c.found, mask != 0);
                ck_assert(!c.found || (c.clean == (liked ? want : !want) && mask >> c.order == 1));
            }
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("frame_choice");
    TCase *t = tcase_create("frame_choice");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, nothing_free_finds_nothing);
    tcase_add_test(t, zeroed_wish_takes_a_zeroed_single);
    tcase_add_test(t, copy_target_takes_a_dirty_single);
    tcase_add_test(t, zeroed_large_block_is_spared_for_a_dirty_single);
    tcase_add_test(t, every_combination_agrees_with_the_oracle);
    tcase_add_test(t, run_takes_the_largest_block_of_its_kind);
    suite_add_tcase(s, t);
    return check_run(s);
}
