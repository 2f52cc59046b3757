/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability slots run short: mappings go, pages stay. */
#include "check_main.h"
#include "chunk.h"
#include "event.h"
#include "fork.h"
#include "machine.h"
#include "reclaim.h"
#include "serve.h"
#include "trace.h"
#include "unmap.h"

#include <pagoda/layout.h>
#include <string.h>

#define RAM (32ull << 20)
#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define REGION_PAGES (1u << 18)

static uint64_t free_before, count_before;

static struct space *boot_with_space(void)
{
    machine_boot(RAM);
    serve_after(true);
    free_before = pages_free();
    count_before = unmap_count;
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, REGION_PAGES, WRITE, PAGER_REGION_ANONYMOUS), 0);
    return s;
}

static void destroyed_returns_everything(struct space *s)
{
    space_destroy(s);
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(pages_free(), free_before);
}

/* all_slots: how many pages could be mapped by slots if nothing else took any. */
static uint64_t all_slots(void)
{
    return (uint64_t)cspace_leaves() * SLOT_LEAF_SLOTS;
}

static bool reads_zero(struct space *s, uint64_t p)
{
    static const uint8_t zeros[PAGE_SIZE];
    const uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ);
    return page && memcmp(page, zeros, PAGE_SIZE) == 0;
}

static void write_page(struct space *s, uint64_t p, uint64_t seed)
{
    uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE);
    ck_assert_ptr_nonnull(page);
    machine_fill(page, seed, true);
}

static bool holds(struct space *s, uint64_t p, uint64_t seed)
{
    uint8_t expected[PAGE_SIZE];
    const uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ);
    machine_fill(expected, seed, true);
    return page && memcmp(page, expected, PAGE_SIZE) == 0;
}

/* order: 0: upwards; 1: downwards; 2: all over the place, so that the pages of one leaf of slots lie far apart. */
START_TEST(more_untouched_pages_are_read_than_there_are_slots)
{
    struct space *s = boot_with_space();
    uint64_t n = all_slots() + all_slots() / 8;
    ck_assert_uint_lt(n, REGION_PAGES);
    pager.predict = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t p = _i == 0 ? i : _i == 1 ? n - 1 - i : i * 40503 % REGION_PAGES;
        ck_assert_msg(reads_zero(s, p), "page %lu", (unsigned long)p);
        serve_after(true);
    }
    ck_assert_uint_ge(unmap_count - count_before, n - all_slots());
    ck_assert_uint_eq(machine_event(), 0);
    ck_assert_uint_eq(s->faults[PAGER_FAULT_BRING_IN], 0);
    machine_check();
    for (uint64_t p = 0; p < 100; p++) { /* what was unmapped is mapped again */
        ck_assert(reads_zero(s, p));
    }
    write_page(s, 3, 3);
    ck_assert(holds(s, 3, 3));
    destroyed_returns_everything(s);
}
END_TEST

/* When no work is done after faults, the fault that finds no slot makes room itself. */
START_TEST(fault_that_finds_no_slot_makes_room)
{
    struct space *s = boot_with_space();
    pager.predict = 0;
    for (uint64_t p = 0; p < all_slots() + 1000; p++) {
        ck_assert(reads_zero(s, p));
        reserve_fill();
    }
    ck_assert_uint_gt(unmap_count, count_before);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

static unsigned unused_chunks(void)
{
    unsigned n = 0;
    for (uint32_t c = 0; c < chunk_count(); c++) {
        n += chunk_at(c)->untyped != 0 && chunk_at(c)->leaf == CSPACE_NO_LEAF;
    }
    return n;
}

/* What memory needs that has not been in use yet is not taken by slots for mappings. */
START_TEST(memory_can_be_used_when_no_leaf_is_left)
{
    struct space *s = boot_with_space();
    uint32_t leaves[4096], n = 0;
    ck_assert_uint_gt(unused_chunks(), 2);
    for (uint32_t leaf; n < 4096 && (leaf = cspace_leaf_take()) != CSPACE_NO_LEAF;) {
        leaves[n++] = leaf;
    }
    ck_assert_uint_lt(n, 4096);
    ck_assert_uint_eq(cspace_leaves_left(), 0);
    for (uint64_t p = 0; unused_chunks() > 0; p++) {
        write_page(s, p, p);
        reserve_fill();
    }
    ck_assert_uint_eq(s->evictions, 0);
    while (n > 0) {
        cspace_leaf_put(leaves[--n]);
    }
    machine_check();
}
END_TEST

START_TEST(pages_that_a_fork_shares_stay_as_they_are)
{
    struct space *s = boot_with_space(), *child;
    const uint64_t n = 2 * PAGEMAP_FANOUT;

    for (uint64_t p = 0; p < n; p++) {
        write_page(s, p, p);
    }
    ck_assert_uint_eq(space_fork(s, &child), 0);
    for (uint64_t p = 0; p < n; p++) {
        ck_assert(holds(child, p, p));
    }
    write_page(child, 5, 105);
    while (unmap_now()) {
        machine_check();
    }
    ck_assert_uint_ge(unmap_count - count_before, n - 1);
    for (uint64_t p = 0; p < n; p++) {
        ck_assert(holds(s, p, p));
        ck_assert(holds(child, p, p == 5 ? 105 : p));
    }
    machine_check();
    space_destroy(s);
    destroyed_returns_everything(child);
}
END_TEST

START_TEST(mappings_of_servers_and_those_without_a_slot_stay)
{
    struct space *s = boot_with_space(), *server;

    ck_assert_uint_eq(space_create(MANAGER_INIT, 0, "server", &server), 0);
    ck_assert_uint_eq(machine_map(server, VA, 4096, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t p = 0; p < 1000; p++) {
        ck_assert(reads_zero(server, p));
        write_page(s, p, p);
    }
    while (unmap_now()) {
    }
    ck_assert_uint_eq(unmap_count, count_before);
    space_destroy(server);
    destroyed_returns_everything(s);
}
END_TEST

/* Mappings of the zero page that are not used any more hold slots and tables; the hand of eviction takes them. */
START_TEST(zero_pages_give_slots_and_tables_back_when_memory_is_short)
{
    struct space *s = boot_with_space();

    pager.predict = 0;
    for (uint64_t p = 0; p < 4 * PAGEMAP_FANOUT; p++) {
        ck_assert(reads_zero(s, p));
    }
    uint32_t tables = s->map.table_pages, leaves = s->slots.leaves, meta = s->map.meta_pages;
    for (unsigned i = 0; i < 100 && reclaim_now(s); i++) {
    }
    machine_check();
    ck_assert_uint_eq(s->map.table_pages, tables - 4);
    ck_assert_uint_ge(meta - s->map.meta_pages, 3); /* leaves of the page map; the one made last may stay */
    ck_assert_uint_eq(s->states[PAGE_ZERO], 0);
    ck_assert_uint_le(s->slots.leaves, leaves - 4 * PAGEMAP_FANOUT / SLOT_LEAF_SLOTS);
    ck_assert_uint_eq(unmap_count - count_before, 4 * PAGEMAP_FANOUT);
    for (uint64_t p = 0; p < 4 * PAGEMAP_FANOUT; p++) {
        ck_assert(reads_zero(s, p));
    }
    destroyed_returns_everything(s);
}
END_TEST

/* What is known of pages that only read as zeros takes no more memory than there is. */
static struct space *read_much(bool traced)
{
    const uint64_t va = 1ull << 36, n = RAM / PAGE_SIZE * 2, written = 40;
    struct space *s = boot_with_space();

    ck_assert_uint_eq(machine_map(s, va, n * PAGEMAP_FANOUT, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t p = 0; p < written; p++) {
        write_page(s, p * PAGEMAP_FANOUT, p);
    }
    ck_assert(!traced || trace_start(s, 64) == 0);
    for (uint64_t leaf = 0; leaf < n; leaf++) {
        ck_assert_msg(machine_touch(s, va + leaf * PAGEMAP_FANOUT * PAGE_SIZE, ACCESS_READ) != NULL, "leaf %lu", (unsigned long)leaf);
    }
    machine_check();
    ck_assert(!s->ended && !s->traced);
    for (uint64_t p = 0; p < written; p++) {
        ck_assert(holds(s, p * PAGEMAP_FANOUT, p));
    }
    return s;
}

START_TEST(more_is_read_than_page_map_leaves_fit_in_memory)
{
    destroyed_returns_everything(read_much(false));
}
END_TEST

/* Its trace ends, which goes by pages that were touched; not the program. */
START_TEST(more_is_read_than_fits_in_memory_by_a_program_that_is_recorded)
{
    struct trace_info info;

    read_much(true);
    ck_assert(trace_tell(&info) && !info.recording);
    ck_assert_uint_eq(info.file.end, TRACE_END_MEMORY);
    machine_check();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("unmap");
    TCase *t = tcase_create("unmap");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, more_untouched_pages_are_read_than_there_are_slots, 0, 3);
    tcase_add_test(t, fault_that_finds_no_slot_makes_room);
    tcase_add_test(t, memory_can_be_used_when_no_leaf_is_left);
    tcase_add_test(t, pages_that_a_fork_shares_stay_as_they_are);
    tcase_add_test(t, mappings_of_servers_and_those_without_a_slot_stay);
    tcase_add_test(t, more_is_read_than_page_map_leaves_fit_in_memory);
    tcase_add_test(t, more_is_read_than_fits_in_memory_by_a_program_that_is_recorded);
    tcase_add_test(t, zero_pages_give_slots_and_tables_back_when_memory_is_short);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
