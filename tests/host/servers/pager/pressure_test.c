/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory pressure in the whole pager, on a model of the kernel: where its signals come from. */
#include "check_main.h"
#include "frame.h"
#include "machine.h"
#include "pressure.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"
#include "stalls.h"
#include "subscribe.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <string.h>

#define RAM (32ull << 20)
#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define SECOND 62500000ull /* ticks */

static struct space *boot_with_space(void)
{
    machine_boot(RAM);
    reclaim_when(EVICT_NEVER); /* what leaves memory, the tests say */
    serve_after(true);
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS), 0);
    return s;
}

static void seconds(unsigned n)
{
    while (n-- > 0) {
        fake_now += SECOND;
        serve_tick();
    }
}

/* write_pages: contents that compress, each page its own. */
static void write_pages(struct space *s, uint64_t n)
{
    for (uint64_t p = 0; p < n; p++) {
        uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(page);
        memcpy(page + 512, &(uint64_t){p + 1}, 8);
    }
}

START_TEST(a_machine_at_rest_has_no_pressure)
{
    boot_with_space();
    seconds(3);
    ck_assert_uint_eq(pager.pressure.level, 0);
    ck_assert_uint_eq(pager.history.n, 3);
}
END_TEST

START_TEST(time_lost_to_waiting_raises_the_level_and_rest_lowers_it)
{
    struct space *s = boot_with_space(), *other = machine_space(0);
    stalls_begin(s);
    seconds(4);
    ck_assert_uint_ge(pager.pressure.levels[PRESSURE_STALL], 2);
    ck_assert_uint_eq(pager.pressure.reason, PRESSURE_STALL);
    ck_assert_uint_eq(pager.pressure.levels[PRESSURE_FREE], 0);
    stalls_end(s);
    ck_assert_uint_eq(s->stall.some.total_ns, 4000000000ull);
    ck_assert_uint_eq(s->stall.full.total_ns, 4000000000ull); /* it has one thread */
    ck_assert_uint_eq(other->stall.some.total_ns, 0);
    ck_assert_uint_eq(pager.stall.some.total_ns, 4000000000ull);
    ck_assert_uint_le(pager.stall.full.total_ns, 1000000000ull); /* until the first tick has counted the clients */
    seconds(60);
    ck_assert_uint_eq(pager.pressure.level, 0);
}
END_TEST

START_TEST(work_for_a_client_counts_as_its_wait)
{
    struct space *s = boot_with_space();
    fake_now += 1000;
    stalls_spent(s, fake_now - 500);
    ck_assert_uint_eq(s->stall.some.total_ns, 500 * 16);
    ck_assert_uint_eq(s->stall.waiting, 0);
    ck_assert_uint_eq(pager.stall.some.total_ns, 500 * 16);
}
END_TEST

START_TEST(pages_that_come_back_raise_the_level)
{
    struct space *s = boot_with_space();
    write_pages(s, 600);
    seconds(1);
    ck_assert_uint_eq(pager.pressure.level, 0);
    ck_assert_uint_gt(reclaim_pages(s, VA >> 12, (VA >> 12) + 600), 500);
    for (uint64_t p = 0; p < 600; p++) {
        ck_assert_ptr_nonnull(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ));
    }
    seconds(1);
    ck_assert_uint_gt(pager.pressure.refaults_per_s, 500);
    ck_assert_uint_eq(pager.pressure.levels[PRESSURE_REFAULT], 2); /* a sixteenth of RAM, but not a quarter */
    ck_assert_uint_eq(pager.pressure.level, 2);
    ck_assert_uint_eq(pager.pressure.reason, PRESSURE_REFAULT);
    seconds(1);
    ck_assert_uint_eq(pager.pressure.level, 0);
}
END_TEST

START_TEST(scattered_free_memory_raises_the_level)
{
    struct space *s = boot_with_space();
    uint64_t n = pages_free() - 200;
    write_pages(s, n);
    for (uint64_t p = 0; p < n; p += 2) {
        ck_assert_uint_eq(range_forget(s, VA + p * PAGE_SIZE, VA + (p + 1) * PAGE_SIZE), 0);
    }
    seconds(10);
    ck_assert_uint_gt(pages_scattered() * 5, pages_free() * 4);
    ck_assert_uint_eq(pager.pressure.levels[PRESSURE_FREE], 0);
    ck_assert_uint_eq(pager.pressure.level, 1);
    ck_assert_uint_eq(pager.pressure.reason, PRESSURE_FRAGMENTATION);
    space_destroy(s);
    seconds(1);
    ck_assert_uint_eq(pager.pressure.level, 0);
    uint64_t scattered = pages_scattered();
    frames_colours(16);
    ck_assert_uint_eq(pages_scattered(), scattered);
    frames_colours(1);
}
END_TEST

START_TEST(free_pages_raise_the_level_at_once)
{
    struct space *s = boot_with_space();
    uint64_t n = pages_free() - pager.ram_pages / 20;
    for (uint64_t p = 0; p < n; p++) {
        ck_assert_ptr_nonnull(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE));
        pressure_moved();
    }
    ck_assert_uint_eq(pager.pressure.level, 2);
    space_destroy(s);
    pressure_moved();
    ck_assert_uint_eq(pager.pressure.level, 0);
    ck_assert_uint_eq(pager.history.n, 0); /* no tick was needed */
}
END_TEST

START_TEST(memory_that_eviction_keeps_full_is_not_critical)
{
    machine_boot(RAM);
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t p = 0; p < 2 * pager.ram_pages; p++) {
        uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(page);
        memcpy(page + 512, &(uint64_t){p + 1}, 8);
        serve_after(true);
        pressure_moved();
    }
    ck_assert_uint_lt(pages_free(), pager.ram_pages / 32);
    ck_assert_uint_eq(pager.pressure.levels[PRESSURE_FREE], 2);
    ck_assert_uint_eq(pager.pressure.entered[3], 0);
    reclaim_when(EVICT_NEVER); /* what is free now is all that there will be */
    pressure_moved();
    ck_assert_uint_eq(pager.pressure.levels[PRESSURE_FREE], 3);
    reclaim_when(EVICT_WHEN_SHORT);
    pressure_moved();
    ck_assert_uint_eq(pager.pressure.levels[PRESSURE_FREE], 2);
}
END_TEST

/* ---- subscribers ---- */

START_TEST(subscribers_hear_of_their_level_when_it_comes_and_goes)
{
    struct space *hog = boot_with_space(), *low = machine_space(0), *critical = machine_space(0);
    ck_assert_uint_eq(subscribe(low, 1), PAGODA_ERR_INVALID_ARGUMENT); /* said to come, did not: the pager's own endpoint does so */
    machine_check();
    fake_receive();
    ck_assert_uint_eq(subscribe(low, 1), 0);
    fake_receive();
    ck_assert_uint_eq(subscribe(critical, 3), 0);
    fake_receive();
    ck_assert_uint_eq(subscribe(low, 2), PAGODA_ERR_TOO_MANY);
    kernel_drop_received();
    machine_check();
    fake_signals = 0;
    uint64_t n = pages_free() - pager.ram_pages / 20;
    for (uint64_t p = 0; p < n; p++) {
        ck_assert_ptr_nonnull(machine_touch(hog, VA + p * PAGE_SIZE, ACCESS_WRITE));
        pressure_moved();
    }
    ck_assert_uint_eq(pager.pressure.level, 2);
    ck_assert_uint_eq(fake_signals, 1); /* one level is entered once, and level 2 is news to nobody */
    space_destroy(hog);
    pressure_moved();
    ck_assert_uint_eq(fake_signals, 2);
    machine_check();
}
END_TEST

START_TEST(subscription_ends_with_the_program_and_with_the_space)
{
    struct space *hog = boot_with_space(), *s[3] = {machine_space(0), machine_space(0), machine_space(0)};
    for (unsigned i = 0; i < 3; i++) {
        fake_receive();
        ck_assert_uint_eq(subscribe(s[i], 1), 0);
    }
    unsubscribe(s[1]);
    unsubscribe(s[1]);
    space_clear(s[0]);
    machine_check();
    fake_signals = 0;
    stalls_begin(hog);
    seconds(3);
    ck_assert_uint_eq(fake_signals, 1);
    space_destroy(s[2]);
    stalls_end(hog);
    seconds(60);
    ck_assert_uint_eq(pager.pressure.level, 0);
    ck_assert_uint_eq(fake_signals, 1);
    fake_receive();
    ck_assert_uint_eq(subscribe(s[0], 1), 0); /* another program in the same space */
    machine_check();
}
END_TEST

START_TEST(what_is_wanted_is_divided_by_what_each_has_beyond_its_minimum)
{
    struct space *large = boot_with_space(), *small = machine_space(0), *tiny = machine_space(0);
    ck_assert_uint_eq(machine_map(small, VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS), 0);
    write_pages(large, 3000);
    write_pages(small, 1000);
    uint64_t excess[2] = {space_pages(large) - large->min_pages, space_pages(small) - small->min_pages};
    uint64_t sum = excess[0] + excess[1];
    ck_assert_uint_eq(pages_wanted_of(tiny, 1000), 0);
    ck_assert_uint_eq(pages_wanted_of(large, 0), 0);
    ck_assert_uint_eq(pages_wanted_of(large, 1000), (1000 * excess[0] + sum - 1) / sum);
    ck_assert_uint_eq(pages_wanted_of(small, 1000), (1000 * excess[1] + sum - 1) / sum);
    ck_assert_uint_eq(pages_wanted_of(small, 1 << 30), excess[1]); /* never below its minimum */
    large->weight = 4;
    ck_assert_uint_gt(pages_wanted_of(small, 1000), pages_wanted_of(large, 1000));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pager_pressure_signals");
    TCase *t = tcase_create("pager_pressure_signals");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, a_machine_at_rest_has_no_pressure);
    tcase_add_test(t, time_lost_to_waiting_raises_the_level_and_rest_lowers_it);
    tcase_add_test(t, work_for_a_client_counts_as_its_wait);
    tcase_add_test(t, pages_that_come_back_raise_the_level);
    tcase_add_test(t, scattered_free_memory_raises_the_level);
    tcase_add_test(t, free_pages_raise_the_level_at_once);
    tcase_add_test(t, memory_that_eviction_keeps_full_is_not_critical);
    tcase_add_test(t, subscribers_hear_of_their_level_when_it_comes_and_goes);
    tcase_add_test(t, subscription_ends_with_the_program_and_with_the_space);
    tcase_add_test(t, what_is_wanted_is_divided_by_what_each_has_beyond_its_minimum);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
