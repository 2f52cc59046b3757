/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that find no frame: room is made and they are handled again, from the beginning; or refused, if that is not the reason or there is no room to be made. */
#include "check_main.h"
#include "fork.h"
#include "frame.h"
#include "inject.h"
#include "machine.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <server/server.h>
#include <string.h>

#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define LEAF_BYTES (PAGEMAP_FANOUT * PAGE_SIZE)

static uint64_t buffer[120];
static unsigned handled;
static struct space *parent, *child;
static uint64_t page;

static uint64_t ask(void (*dispatch)(struct server_call *), unsigned length)
{
    struct server_call call = {.words = buffer, .length = length};

    handled = 0;
    serve_request(&call, dispatch);
    return call.reply_label;
}

static void fork_handler(struct server_call *call)
{
    handled++;
    call->reply_label = space_fork(parent, &child);
}

static void write_handler(struct server_call *call)
{
    handled++;
    call->reply_label = space_write(parent, VA + page * PAGE_SIZE, &page, sizeof page);
}

static void objects_handler(struct server_call *call)
{
    cptr_t cap;

    handled++;
    call->reply_label = space_cap(child, PAGER_SPACE_CAP_OBJECTS, &cap);
}

static void map_handler(struct server_call *call)
{
    handled++;
    call->reply_label = machine_map(parent, call->words[0], call->words[1], WRITE, PAGER_REGION_ANONYMOUS);
    memset(buffer, 0xee, sizeof buffer); /* as a call of the kernel does */
}

static void refusing_handler(struct server_call *call)
{
    handled++;
    call->reply_label = PAGODA_ERR_NO_MEMORY;
}

static void always_short_handler(struct server_call *call)
{
    handled++;
    frames_were_short = true;
    call->reply_label = PAGODA_ERR_NO_MEMORY;
}

static void setup(uint64_t ram)
{
    machine_boot(ram);
    serve_after(true);
    parent = machine_space(0);
}

/* fill: pages that do compress, one in each of `leaves` tables, and `pages` that lie together. */
static void fill(uint64_t leaves, uint64_t pages)
{
    ck_assert_uint_eq(machine_map(parent, VA, leaves * PAGEMAP_FANOUT, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t i = 0; i < leaves; i++) {
        uint8_t *bytes = machine_touch(parent, VA + i * LEAF_BYTES, ACCESS_WRITE);
        ck_assert_ptr_nonnull(bytes);
        machine_fill(bytes, i, true);
    }
    for (uint64_t i = 1; i <= pages; i++) {
        uint8_t *bytes = machine_touch(parent, VA + i * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(bytes);
        machine_fill(bytes, leaves + i, true);
    }
}

static void verify(struct space *s, uint64_t leaves, uint64_t pages)
{
    uint8_t wanted[PAGE_SIZE];

    for (uint64_t i = 0; i < leaves + pages; i++) {
        const uint8_t *bytes = machine_touch(s, i < leaves ? VA + i * LEAF_BYTES : VA + (i - leaves + 1) * PAGE_SIZE, ACCESS_READ);
        machine_fill(wanted, i < leaves ? i : i + 1, true); /* as fill has them */
        ck_assert_ptr_nonnull(bytes);
        ck_assert_mem_eq(bytes, wanted, PAGE_SIZE);
    }
}

START_TEST(a_fork_survives_the_failure_of_any_one_allocation)
{
    unsigned failed = 0;

    for (uint64_t n = 1; n < 1000; n++) {
        setup(16 << 20);
        fill(20, 100);
        inject_nth(n);
        ck_assert_uint_eq(ask(fork_handler, 0), 0);
        bool hit = inject_left() == 0;
        inject_nth(0);
        ck_assert_uint_eq(handled, hit && handled == 2 ? 2 : 1); /* what need not succeed may fail without a second try */
        failed += handled == 2;
        machine_check();
        verify(child, 20, 100);
        verify(parent, 20, 100);
        space_destroy(child);
        machine_check();
        if (!hit) {
            break;
        }
        ck_assert_uint_lt(n, 999);
    }
    ck_assert_uint_gt(failed, 4);
}
END_TEST

START_TEST(a_request_that_meets_full_memory_makes_room)
{
    struct space *others[60];
    unsigned tries = 0;

    setup(16 << 20);
    for (unsigned i = 0; i < 60; i++) {
        others[i] = machine_space(0);
    }
    ck_assert_uint_eq(machine_map(parent, VA, 8192, WRITE, PAGER_REGION_ANONYMOUS), 0);
    pager.evict = EVICT_NEVER;
    for (page = 0; frames_obtainable() > FRAMES_RESERVE + 20; page++) {
        uint8_t *bytes = machine_touch(parent, VA + page * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(bytes);
        machine_fill(bytes, page, true);
    }
    pager.evict = EVICT_WHEN_SHORT;
    for (unsigned i = 0; i < 60; i++) {
        child = others[i];
        ck_assert_uint_eq(ask(objects_handler, 0), 0);
        tries += handled;
    }
    ck_assert_uint_gt(tries, 60); /* or the test is none */
    uint64_t full = page;
    for (; page < full + 60; page++) { /* more than are left */
        ck_assert_uint_eq(ask(write_handler, 0), 0);
    }
    machine_check();
    for (page = 0; page < full + 60; page++) {
        uint8_t wanted[PAGE_SIZE] = {0};
        const uint8_t *bytes = machine_touch(parent, VA + page * PAGE_SIZE, ACCESS_READ);
        if (page < full) {
            machine_fill(wanted, page, true);
        } else {
            memcpy(wanted, &page, sizeof page);
        }
        ck_assert_ptr_nonnull(bytes);
        ck_assert_mem_eq(bytes, wanted, PAGE_SIZE);
    }
}
END_TEST

START_TEST(as_many_frames_are_made_ready_as_are_asked_for)
{
    setup(16 << 20);
    fill(1, 400);
    for (uint32_t n = 1; n <= 1024; n *= 4) {
        ck_assert(memory_ready(n));
        ck_assert_uint_ge(frames_available(), n);
    }
    ck_assert(!memory_ready(4096)); /* all there is */
    machine_check();
    verify(parent, 1, 400);
}
END_TEST

START_TEST(the_words_are_those_of_the_request_each_time)
{
    setup(16 << 20);
    for (uint64_t n = 1; n <= 3; n++) {
        buffer[0] = VA + n * (1 << 20);
        buffer[1] = 7;
        inject_nth(n);
        ck_assert_uint_eq(ask(map_handler, 2), 0);
        inject_nth(0);
        ck_assert_ptr_nonnull(region_find(&parent->regions, VA + n * (1 << 20) + 6 * PAGE_SIZE));
        ck_assert_ptr_null(region_find(&parent->regions, VA + n * (1 << 20) + 7 * PAGE_SIZE));
    }
    machine_check();
}
END_TEST

START_TEST(what_is_refused_for_another_reason_is_not_tried_again)
{
    setup(16 << 20);
    fill(1, 50);
    uint64_t evicted = reclaim_counters.evicted;
    ck_assert_uint_eq(ask(refusing_handler, 0), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(handled, 1);
    ck_assert_uint_eq(reclaim_counters.evicted, evicted);
}
END_TEST

START_TEST(tries_are_bounded)
{
    setup(16 << 20);
    fill(1, 50);
    ck_assert_uint_eq(ask(always_short_handler, 0), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_gt(handled, 1);
    ck_assert_uint_lt(handled, 10);
    machine_check();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pager_request");
    TCase *t = tcase_create("request");

    tcase_set_timeout(t, 100);
    tcase_add_test(t, a_fork_survives_the_failure_of_any_one_allocation);
    tcase_add_test(t, a_request_that_meets_full_memory_makes_room);
    tcase_add_test(t, as_many_frames_are_made_ready_as_are_asked_for);
    tcase_add_test(t, the_words_are_those_of_the_request_each_time);
    tcase_add_test(t, what_is_refused_for_another_reason_is_not_tried_again);
    tcase_add_test(t, tries_are_bounded);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
