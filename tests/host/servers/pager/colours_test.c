/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames by colour, with the whole pager on the model of the kernel. */
#include "boot.h"
#include "fork.h"
#include "machine.h"
#include "range.h"
#include "recolour.h"
#include "serve.h"

#include <check_main.h>
#include <stdlib.h>

#define VA 0x10000000ull
#define PAGES 4000u

static struct space *s;

static void setup(unsigned colours)
{
    machine_boot(32u << 20);
    pager_colours(colours);
    s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, PAGES, 3, PAGER_REGION_ANONYMOUS), 0);
}

static uint32_t touch(struct space *of, uint64_t page)
{
    bool shared;
    ck_assert_ptr_nonnull(machine_touch(of, VA + page * PAGE_SIZE, ACCESS_WRITE));
    return entry_frame(*pagemap_entry(&of->map, (VA >> PAGE_BITS) + page, &shared));
}

static void forget(uint64_t page)
{
    ck_assert_uint_eq(range_forget(s, VA + page * PAGE_SIZE, VA + (page + 1) * PAGE_SIZE), 0);
}

/* fragment: free frames are single, of all colours, none of them zero. */
static void fragment(void)
{
    for (uint64_t p = 0; p < PAGES; p++) {
        touch(s, p);
    }
    for (uint64_t p = 0; p < PAGES; p++) {
        if ((p * 7 + p / 16) % 3 == 0) {
            forget(p);
        }
    }
    machine_check();
}

/* right: how many of n pages get the colour of their number. */
static unsigned right(struct space *of, uint64_t first, unsigned n, unsigned step)
{
    unsigned count = 0;
    for (unsigned i = 0; i < n; i++) {
        uint64_t page = first + (uint64_t)i * step % 1000;
        count += frame_colour(touch(of, page), frame_colours()) == ((VA >> PAGE_BITS) + page) % frame_colours();
    }
    return count;
}

static const unsigned machines[] = {2, 4, 8, 16, 32};

START_TEST(in_fresh_memory_every_page_has_its_colour)
{
    setup(machines[_i]);
    ck_assert_uint_eq(right(s, 3, 1000, 1), 1000);
    ck_assert_uint_ge(right(s, 1500, 1000, 17), 990); /* a group with the colour may be armed only afterwards */
    machine_check();
}
END_TEST

START_TEST(in_fragmented_memory_too)
{
    setup(machines[_i]);
    fragment();
    struct space *other = machine_space(0);
    machine_map(other, VA, PAGES, 3, PAGER_REGION_ANONYMOUS);
    ck_assert_uint_ge(right(other, 3, 400, 1), 400);
    ck_assert_uint_ge(right(other, 1500, 400, 17), 400);
    machine_check();
}
END_TEST

START_TEST(switched_off_fragmented_memory_has_any_colour)
{
    setup(16);
    frames_colours(1);
    fragment();
    uint32_t n = 0;
    for (uint64_t p = 0; p < 400; p++) {
        n += touch(s, p) % 16 == ((VA >> PAGE_BITS) + p) % 16;
    }
    ck_assert_uint_lt(n, 300);
}
END_TEST

START_TEST(two_spaces_in_turns_keep_their_colours)
{
    setup(16);
    struct space *other = machine_space(0);
    machine_map(other, VA, PAGES, 3, PAGER_REGION_ANONYMOUS);
    for (uint64_t p = 0; p < 1000; p++) {
        ck_assert_uint_eq(touch(s, p) % 16, ((VA >> PAGE_BITS) + p) % 16);
        ck_assert_uint_eq(touch(other, p * 3) % 16, ((VA >> PAGE_BITS) + p * 3) % 16);
    }
    machine_check();
}
END_TEST

START_TEST(a_set_is_kept_and_inherited_and_never_refuses_memory)
{
    setup(16);
    space_set_colours(s, 0x00f0);
    unsigned inside = 0;
    for (uint64_t p = 0; p < 250; p++) {
        uint32_t colour = touch(s, p) % 16;
        inside += colour >= 4 && colour < 8;
    }
    ck_assert_uint_ge(inside, 245);
    machine_check();
    /* More than the frames at hand have of these colours: the rest comes from others. */
    for (uint64_t p = 250; p < PAGES; p++) {
        touch(s, p);
    }
    struct space *child;
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert_uint_eq(child->colour_set, 0x00f0);
    ck_assert_mem_eq(&child->colours, &s->colours, sizeof s->colours);
    machine_check();
}
END_TEST

START_TEST(frames_are_zero_whatever_their_colour)
{
    setup(16);
    srand(5);
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t page = (uint64_t)rand() % 2000;
        uint8_t *at = machine_touch(s, VA + page * PAGE_SIZE, ACCESS_WRITE);
        ck_assert(*at == 0 || *at == (uint8_t)(page % 255 + 1));
        *at = (uint8_t)(page % 255 + 1);
        if (rand() % 2) {
            forget((uint64_t)rand() % 2000);
        }
        if (i % 2000 == 0) {
            machine_check();
        }
    }
    machine_check();
}
END_TEST

/* recoloured: until the end of the space, or nothing more can be had; pages moved. */
static uint64_t recoloured(struct space *of)
{
    uint64_t all = 0, moved;

    for (uint64_t page = 0, vain = 0; page < PAGEMAP_PAGES && vain < 8;) {
        uint64_t next = recolour_pages(of, page, 64, &moved);
        ck_assert_uint_le(moved, 64);
        vain = next == page && moved == 0 ? vain + 1 : 0;
        all += moved;
        page = next;
        serve_after(false);
    }
    return all;
}

static unsigned wrong(struct space *of, uint64_t n)
{
    unsigned count = 0;
    bool shared;
    for (uint64_t p = 0; p < n; p++) {
        page_entry e = *pagemap_entry(&of->map, (VA >> PAGE_BITS) + p, &shared);
        count += entry_state(e) == PAGE_PRIVATE && frame_colour(entry_frame(e), frame_colours()) != colour_of_page(&of->colours, (VA >> PAGE_BITS) + p);
    }
    return count;
}

START_TEST(pages_move_to_a_new_set_with_their_contents)
{
    setup(16);
    for (uint64_t p = 0; p < 200; p++) {
        memcpy(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE), &p, sizeof p);
    }
    ck_assert_uint_eq(recoloured(s), 0); /* all are right */
    space_set_colours(s, 0x000f);
    unsigned before = wrong(s, 256); /* with those that came ahead */
    ck_assert_uint_ge(before, 140);
    ck_assert_uint_eq(recoloured(s), before);
    ck_assert_uint_eq(wrong(s, 256), 0);
    for (uint64_t p = 0; p < 200; p++) {
        ck_assert_mem_eq(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ), &p, sizeof p);
    }
    machine_check();
    space_set_colours(s, 0xffff);
    recoloured(s);
    ck_assert_uint_eq(wrong(s, 200), 0);
    machine_check();
}
END_TEST

START_TEST(copy_on_write_pages_move_for_all_their_holders)
{
    struct space *child;
    setup(16);
    for (uint64_t p = 0; p < 100; p++) {
        memcpy(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE), &p, sizeof p);
    }
    ck_assert_uint_eq(space_fork(s, &child), 0);
    space_set_colours(s, 0x00f0);
    ck_assert_uint_ge(recoloured(s), 70);
    ck_assert_uint_eq(wrong(s, 100), 0);
    for (uint64_t p = 0; p < 100; p++) {
        ck_assert_mem_eq(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ), &p, sizeof p);
        ck_assert_mem_eq(machine_touch(child, VA + p * PAGE_SIZE, ACCESS_READ), &p, sizeof p);
    }
    machine_check();
}
END_TEST

START_TEST(a_colour_that_has_run_out_ends_the_moving)
{
    setup(16);
    uint64_t pages = 0;
    while (pages < PAGES && frames_obtainable() > 600) {
        touch(s, pages++);
    }
    space_set_colours(s, 0x0001);
    recoloured(s); /* there are not so many of one colour: it ends all the same, and nothing is lost */
    ck_assert_uint_gt(wrong(s, pages), 0);
    machine_check();
}
END_TEST

START_TEST(every_frame_comes_back)
{
    setup(32);
    uint64_t before = pages_free();
    for (unsigned i = 0; i < 10; i++) {
        struct space *other = machine_space(0);
        machine_map(other, VA, PAGES, 3, PAGER_REGION_ANONYMOUS);
        right(other, i, 700, i % 3 + 1);
        space_destroy(other);
        machine_check();
    }
    ck_assert_uint_eq(pages_free(), before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("colours");
    TCase *t = tcase_create("colours");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, in_fresh_memory_every_page_has_its_colour, 0, (int)(sizeof machines / sizeof *machines));
    tcase_add_loop_test(t, in_fragmented_memory_too, 0, (int)(sizeof machines / sizeof *machines));
    tcase_add_test(t, switched_off_fragmented_memory_has_any_colour);
    tcase_add_test(t, two_spaces_in_turns_keep_their_colours);
    tcase_add_test(t, a_set_is_kept_and_inherited_and_never_refuses_memory);
    tcase_add_test(t, frames_are_zero_whatever_their_colour);
    tcase_add_test(t, pages_move_to_a_new_set_with_their_contents);
    tcase_add_test(t, copy_on_write_pages_move_for_all_their_holders);
    tcase_add_test(t, a_colour_that_has_run_out_ends_the_moving);
    tcase_add_test(t, every_frame_comes_back);
    suite_add_tcase(suite, t);
    return check_run(suite);
}
