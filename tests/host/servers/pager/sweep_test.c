/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The n-th allocation fails, for every n in a run that maps, touches, grows a stack, forks, shares, evicts to memory and to disk, unmaps and ends. A fault is
 * served all the same; a request is done or refused with NO_MEMORY. No page is ever wrong, and everything comes back.
 */
#include "check_main.h"
#include "fake_disk.h"
#include "fork.h"
#include "frame.h"
#include "inject.h"
#include "machine.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"
#include "state.h"
#include "store.h"
#include "swap.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <string.h>

#define HEAP 0x10000000ull
#define SHARED 0x20000000ull
#define STACK 0x30000000ull
#define PAGES 24u
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)

static unsigned refused; /* requests */

/* done: a request was done; it may be refused only with NO_MEMORY. */
static bool done(uint64_t error)
{
    ck_assert(error == 0 || error == PAGODA_ERR_NO_MEMORY);
    refused += error != 0;
    serve_after(false);
    return error == 0;
}

/* fill: every third page compresses, every third does not, the others are one word. */
static uint64_t word(uint64_t page, unsigned version, unsigned i)
{
    uint64_t x = (page + 1) * 0x9e3779b97f4a7c15ull + version + (page % 3 == 2 ? 0 : page % 3 == 1 ? i * 0xbf58476d1ce4e5b9ull : i / 64);
    return x ^ x >> 29;
}

static void write_page(struct space *s, uint64_t va, unsigned version)
{
    uint64_t *p = (uint64_t *)(void *)machine_touch(s, va, ACCESS_WRITE);
    ck_assert_ptr_nonnull(p);
    for (unsigned i = 0; i < PAGE_SIZE / 8; i++) {
        p[i] = word(va >> 12, version, i);
    }
}

static void check_page(struct space *s, uint64_t va, unsigned version)
{
    const uint64_t *p = (const uint64_t *)(const void *)machine_touch(s, va, ACCESS_READ);
    ck_assert_ptr_nonnull(p);
    for (unsigned i = 0; i < PAGE_SIZE / 8; i++) {
        ck_assert_uint_eq(p[i], word(va >> 12, version, i));
    }
}

static void write_pages(struct space *s, uint64_t va, unsigned version)
{
    for (unsigned i = 0; i < PAGES; i++) {
        write_page(s, va + i * PAGE_SIZE, version);
    }
}

static void check_pages(struct space *s, uint64_t va, unsigned version)
{
    for (unsigned i = 0; i < PAGES; i++) {
        check_page(s, va + i * PAGE_SIZE, version);
    }
}

static void push_out(struct space *s, uint64_t va)
{
    for (unsigned i = 0; i < 4; i++) {
        reclaim_pages(s, va >> 12, (va >> 12) + PAGES);
    }
    serve_after(true);
}

static void with_child(struct space *s)
{
    struct space *child;

    if (!done(space_fork(s, &child))) {
        return;
    }
    write_pages(child, HEAP, 2);
    check_pages(s, HEAP, 1);
    push_out(s, HEAP);
    check_pages(child, HEAP, 2);
    check_pages(s, HEAP, 1);
    space_destroy(child);
}

static void run(void)
{
    struct space *s;

    if (!done(space_create(MANAGER_PROCESS, 0, "sweep", &s))) {
        return;
    }
    if (done(machine_map(s, HEAP, PAGES, WRITE, PAGER_REGION_ANONYMOUS))) {
        write_pages(s, HEAP, 1);
        push_out(s, HEAP);
        check_pages(s, HEAP, 1);
        with_child(s);
        pager.evict = EVICT_ALWAYS_TO_DISK;
        write_pages(s, HEAP, 3);
        push_out(s, HEAP);
        fake_disk_run();
        check_pages(s, HEAP, 3);
        pager.evict = EVICT_WHEN_SHORT;
        done(range_unmap(s, HEAP + 3 * PAGE_SIZE, HEAP + 5 * PAGE_SIZE));
    }
    if (done(machine_map(s, SHARED, PAGES, WRITE, PAGER_REGION_SHARED))) {
        write_pages(s, SHARED, 1);
        check_pages(s, SHARED, 1);
    }
    if (done(machine_map_stack(s, STACK, 64 * PAGE_SIZE, 60 * PAGE_SIZE))) {
        for (unsigned i = 1; i < 50; i++) {
            ck_assert_ptr_nonnull(machine_touch(s, STACK - i * PAGE_SIZE, ACCESS_WRITE));
        }
    }
    done(range_unmap(s, HEAP, HEAP + PAGES * PAGE_SIZE));
    ck_assert_uint_eq(machine_event(), 0); /* no fault was given up */
    space_destroy(s);
}

static void settle(void)
{
    pager.evict = EVICT_WHEN_SHORT;
    serve_after(true);
    fake_disk_run();
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(store_pages(), 0);
}

START_TEST(the_nth_allocation_fails)
{
    uint64_t n = 0, free;

    machine_boot(16 << 20);
    fake_disk_reset(1000, 1);
    pager.check = 0;
    run(); /* what a first run brings in for good */
    settle();
    free = pages_free();
    do {
        inject_nth(++n);
        run();
        settle();
        ck_assert_uint_eq(pages_free(), free);
    } while (inject_left() == 0);
    inject_nth(0);
    ck_assert_uint_gt(n, 150);
    ck_assert_uint_eq(inject_failed(), n - 1);
    ck_assert_uint_gt(refused, 10);
    ck_assert_uint_lt(refused, n / 2);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pager_sweep");
    TCase *t = tcase_create("pager_sweep");
    tcase_set_timeout(t, 600);
    tcase_add_test(t, the_nth_allocation_fails);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
