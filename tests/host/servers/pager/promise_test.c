/* SPDX-License-Identifier: BSD-2-Clause */
/* What is promised: counted at everything that changes regions; and in strict mode kept, or refused with nothing changed. Random sequences: the audit of pager_random_test.c. */
#include "check_main.h"
#include "event.h"
#include "fake_disk.h"
#include "fork.h"
#include "frame.h"
#include "machine.h"
#include "promise.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"
#include "swap.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <string.h>

#define RAM (16ull << 20)
#define VA 0x10000000ull
#define STACK 0x30000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)

static struct space *s;
static uint64_t at_start;

static void setup(void)
{
    machine_boot(RAM);
    serve_after(true);
    s = machine_space(0);
    at_start = pager.commit.promised;
}

static uint64_t more(void)
{
    machine_check();
    return pager.commit.promised - at_start;
}

static uint64_t map(struct space *space, uint64_t page, uint64_t n, uint32_t prot)
{
    return machine_map(space, VA + page * PAGE_SIZE, n, prot, PAGER_REGION_ANONYMOUS);
}

static uint64_t unmap(uint64_t page, uint64_t n)
{
    return range_unmap(s, VA + page * PAGE_SIZE, VA + (page + n) * PAGE_SIZE);
}

static uint64_t protect(uint64_t page, uint64_t n, uint32_t prot)
{
    return range_protect(s, VA + page * PAGE_SIZE, VA + (page + n) * PAGE_SIZE, prot);
}

START_TEST(what_is_or_was_writable_counts)
{
    setup();
    ck_assert_uint_eq(map(s, 0, 100, WRITE), 0);
    ck_assert_uint_eq(more(), 100);
    ck_assert_uint_eq(map(s, 100, 50, PAGER_PROT_READ), 0);
    ck_assert_uint_eq(more(), 100);
    ck_assert_uint_eq(protect(90, 20, WRITE), 0); /* ten of them anew */
    ck_assert_uint_eq(more(), 110);
    ck_assert_uint_eq(protect(0, 150, PAGER_PROT_READ), 0); /* what was written stays */
    ck_assert_uint_eq(more(), 110);
    ck_assert_uint_eq(unmap(40, 20), 0);
    ck_assert_uint_eq(more(), 90);
    ck_assert_uint_eq(machine_map_file(s, VA + 200 * PAGE_SIZE, 2, WRITE, FILE_LARGE, 0, 2 * PAGE_SIZE), 0);
    ck_assert_uint_eq(machine_map_file(s, VA + 210 * PAGE_SIZE, 2, PAGER_PROT_READ, FILE_LARGE, 0, 2 * PAGE_SIZE), 0);
    ck_assert_uint_eq(more(), 92);
    space_clear(s);
    ck_assert_uint_eq(more(), 0);
}
END_TEST

START_TEST(stacks_count_with_their_limit)
{
    setup();
    ck_assert_uint_eq(machine_map_stack(s, STACK, 64 * PAGE_SIZE, 16 * PAGE_SIZE), 0);
    ck_assert_uint_eq(more(), 16);
    ck_assert_uint_eq(range_unmap(s, STACK - 64 * PAGE_SIZE, STACK - 40 * PAGE_SIZE), 0); /* the bottom */
    ck_assert_uint_eq(more(), 16);
    ck_assert_uint_eq(range_unmap(s, STACK - 8 * PAGE_SIZE, STACK - 4 * PAGE_SIZE), 0); /* what lies below the cut is memory as any other */
    ck_assert_uint_eq(more(), 32 + 4);
    space_clear(s);
    ck_assert_uint_eq(more(), 0);
}
END_TEST

START_TEST(children_and_shared_objects)
{
    struct space *child;
    setup();
    ck_assert_uint_eq(map(s, 0, 100, WRITE), 0);
    ck_assert_uint_eq(machine_map(s, VA + 200 * PAGE_SIZE, 30, WRITE, PAGER_REGION_SHARED), 0);
    ck_assert_uint_eq(more(), 130);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert_uint_eq(more(), 230); /* the object counts once */
    space_destroy(s);
    ck_assert_uint_eq(more(), 130);
    space_destroy(child);
    ck_assert_uint_eq(more(), 0);
}
END_TEST

/* ---- strict ---- */

static uint64_t left(void)
{
    return commit_limit(&pager.commit) - pager.commit.promised;
}

START_TEST(strict_refuses_and_changes_nothing)
{
    struct space *child;
    setup();
    ck_assert(promises_set(true));
    uint64_t refused = promises_refused();
    ck_assert_uint_eq(map(s, 0, left() + 1, WRITE), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(machine_map(s, VA, left() + 1, WRITE, PAGER_REGION_SHARED), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(more(), 0);
    ck_assert_uint_eq(promises_refused(), refused + 2);
    uint64_t n = left() - 10;
    ck_assert_uint_eq(map(s, 0, n, WRITE), 0);
    ck_assert_uint_eq(space_fork(s, &child), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(machine_map_stack(s, STACK, 64 * PAGE_SIZE, 11 * PAGE_SIZE), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(machine_map_stack(s, STACK, 64 * PAGE_SIZE, 10 * PAGE_SIZE), 0);
    ck_assert_uint_eq(range_unmap(s, STACK - 8 * PAGE_SIZE, STACK - 4 * PAGE_SIZE), PAGODA_ERR_NO_MEMORY); /* a cut would leave more than there is */
    ck_assert_uint_eq(range_unmap(s, STACK - 64 * PAGE_SIZE, STACK), 0);
    ck_assert_uint_eq(map(s, n, 20, PAGER_PROT_READ), 0);
    ck_assert_uint_eq(protect(n, 11, WRITE), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(more(), n);
    ck_assert_uint_eq(protect(n, 10, WRITE), 0);
    ck_assert_uint_eq(left(), 0);
    /* What replaces promised memory needs only the rest anew. */
    struct region_plan plan = {.va = VA, .length = n * PAGE_SIZE, .prot = WRITE, .flags = PAGER_MAP_FIXED | PAGER_MAP_REPLACE, .kind = PAGER_REGION_ANONYMOUS};
    uint64_t va;
    ck_assert_uint_eq(range_map(s, &plan, &va), 0);
    ck_assert_uint_eq(left(), 0);
    plan.length += 11 * PAGE_SIZE;
    ck_assert_uint_eq(range_map(s, &plan, &va), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(more(), n + 10);
    space_clear(s);
    ck_assert_uint_eq(more(), 0);
}
END_TEST

START_TEST(strict_is_refused_when_too_much_is_promised)
{
    setup();
    ck_assert_uint_eq(map(s, 0, 1 << 18, WRITE), 0); /* 1 GiB, of 16 MiB */
    ck_assert(!promises_set(true));
    ck_assert_uint_eq(map(s, 1 << 18, 1 << 18, WRITE), 0);
    ck_assert_uint_eq(unmap(0, 1 << 19), 0);
    ck_assert(promises_set(true));
    ck_assert_uint_eq(map(s, 0, 1 << 18, WRITE), PAGODA_ERR_NO_MEMORY);
    ck_assert(promises_set(false));
    ck_assert_uint_eq(map(s, 0, 1 << 18, WRITE), 0);
}
END_TEST

START_TEST(swap_can_be_promised_too)
{
    setup();
    ck_assert(promises_set(true));
    uint64_t before = left();
    fake_disk_reset(4096, 1);
    ck_assert_uint_gt(left(), before + 3900);
    ck_assert_uint_eq(map(s, 0, before + 100, WRITE), 0);
    ck_assert_uint_eq(swap_off(), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(pager.commit.swap, 4095);
    ck_assert_uint_eq(unmap(0, 200), 0);
    ck_assert_uint_eq(swap_off(), 0);
    ck_assert_uint_eq(map(s, 0, 200, WRITE), PAGODA_ERR_NO_MEMORY);
    machine_check();
}
END_TEST

/* All that is promised can be used: pages that do not compress, written by several programs in turns, and none is ended. */
START_TEST(strict_promises_are_kept)
{
    struct space *spaces[4];
    uint64_t n;
    setup();
    if (_i) {
        fake_disk_reset(4096, 1);
    }
    ck_assert(promises_set(true));
    n = left() / 4;
    for (unsigned k = 0; k < 4; k++) {
        spaces[k] = k ? machine_space(0) : s;
        ck_assert_uint_eq(map(spaces[k], 0, n, WRITE), 0);
    }
    for (unsigned round = 0; round < 2; round++) {
        for (uint64_t p = 0; p < 4 * n; p++) {
            uint8_t *page = machine_touch(spaces[p % 4], VA + p / 4 * PAGE_SIZE, ACCESS_WRITE), expected[PAGE_SIZE];
            ck_assert_ptr_nonnull(page);
            machine_fill(expected, p, false);
            ck_assert(round == 0 || memcmp(page, expected, PAGE_SIZE) == 0);
            memcpy(page, expected, PAGE_SIZE);
            serve_after(true);
        }
    }
    ck_assert_uint_eq(machine_event(), 0);
    machine_check();
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("pager_promise");
    TCase *t = tcase_create("pager_promise");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, what_is_or_was_writable_counts);
    tcase_add_test(t, stacks_count_with_their_limit);
    tcase_add_test(t, children_and_shared_objects);
    tcase_add_test(t, strict_refuses_and_changes_nothing);
    tcase_add_test(t, strict_is_refused_when_too_much_is_promised);
    tcase_add_test(t, swap_can_be_promised_too);
    tcase_add_loop_test(t, strict_promises_are_kept, 0, 2);
    suite_add_tcase(suite, t);
    return suite;
}

int main(void)
{
    return check_run(suite());
}
