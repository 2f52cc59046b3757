/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages on disk: each situation by name, on a disk that answers late, in any order, wrongly or not at all. */
#include "boot.h"
#include "check_main.h"
#include "event.h"
#include "fake_disk.h"
#include "fault.h"
#include "fork.h"
#include "frame.h"

#include "machine.h"
#include "mapping.h"
#include "park.h"
#include "pool.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"
#include "swap.h"
#include "trail.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <stdio.h>
#include <string.h>

#define RAM (16ull << 20)
#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define BLOCKS 16384u

static uint64_t free_before;

static struct space *boot_with_space(void)
{
    machine_boot(RAM);
    pager.evict = EVICT_NEVER; /* what leaves memory, the tests say */
    fake_disk_reset(BLOCKS, 1);
    serve_after(true);
    free_before = pages_free();
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, 1 << 18, WRITE, PAGER_REGION_ANONYMOUS), 0);
    return s;
}

static struct swap_info info(void)
{
    struct swap_info i;
    swap_tell(&i);
    return i;
}

static void settle(void)
{
    fake_disk_run();
    serve_after(true);
    fake_disk_run();
    machine_check();
}

static void destroyed_returns_everything(struct space *s)
{
    space_destroy(s);
    settle();
    ck_assert_uint_eq(store_pages(), 0);
    ck_assert_uint_eq(info().used, 0);
    ck_assert_uint_eq(info().io_pages_free, info().io_pages);
    ck_assert_uint_eq(park_waiting(), 0);
    ck_assert_uint_eq(pages_free(), free_before);
}

static uint8_t *touch(struct space *s, uint64_t p, enum access access)
{
    return machine_touch(s, VA + p * PAGE_SIZE, access);
}

static void write_page(struct space *s, uint64_t p, uint64_t seed)
{
    uint8_t *page = touch(s, p, ACCESS_WRITE);
    ck_assert_ptr_nonnull(page);
    machine_fill(page, seed, false);
}

static bool holds(struct space *s, uint64_t p, uint64_t seed)
{
    uint8_t expected[PAGE_SIZE];
    const uint8_t *page = touch(s, p, ACCESS_READ);
    machine_fill(expected, seed, false);
    return page && memcmp(page, expected, PAGE_SIZE) == 0;
}

/* out: the pages leave memory; the disk has not answered yet. */
static void out(struct space *s, uint64_t first, uint64_t n)
{
    ck_assert_uint_eq(reclaim_pages(s, (VA >> 12) + first, (VA >> 12) + first + n), n);
}

/* out_and_written: the same, and the disk is done with it. */
static void out_and_written(struct space *s, uint64_t first, uint64_t n)
{
    for (uint64_t p = first; p < first + n; p++) {
        out(s, p, 1);
        settle();
    }
}

static struct space *with_pages_on_disk(uint64_t n)
{
    struct space *s = boot_with_space();
    for (uint64_t p = 0; p < n; p++) {
        write_page(s, p, p);
    }
    out_and_written(s, 0, n);
    ck_assert_uint_eq(info().used, n);
    machine_waits = 0;
    return s;
}

START_TEST(incompressible_pages_go_to_disk_and_come_back)
{
    struct space *s = with_pages_on_disk(40);
    pager.predict = 0; /* each by a fault of its own */
    for (uint64_t p = 0; p < 40; p++) {
        ck_assert(holds(s, p, p));
    }
    ck_assert_uint_eq(machine_waits, 40);
    ck_assert_uint_eq(info().read, 40);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(a_walk_over_pages_on_disk_waits_seldom)
{
    struct space *s = with_pages_on_disk(400);
    for (uint64_t p = 0; p < 400; p++) {
        ck_assert(holds(s, p, p));
    }
    ck_assert_uint_lt(machine_waits, 60);
    ck_assert_uint_eq(info().read, 400); /* each once */
    ck_assert_uint_eq(s->refaults, 400);
    ck_assert_uint_eq(store_pages(), 400); /* they were only read */
    settle();
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(pages_read_ahead_are_awaited_and_unmapped_like_others)
{
    struct space *s = with_pages_on_disk(400);
    range_advise(s, VA, VA + 400 * PAGE_SIZE, PREDICT_SEQUENTIAL);
    for (uint64_t p = 0; p < 3; p++) {
        ck_assert(holds(s, p, p));
    }
    uint64_t next;
    ck_assert_uint_eq(range_bring(s, VA + 200 * PAGE_SIZE, VA + 260 * PAGE_SIZE, &next), 0);
    ck_assert_uint_gt(next, VA + 205 * PAGE_SIZE);
    ck_assert(holds(s, 203, 203)); /* its read is under way */
    ck_assert_uint_eq(range_bring(s, VA + 300 * PAGE_SIZE, VA + 360 * PAGE_SIZE, &next), 0);
    ck_assert_uint_eq(range_unmap(s, VA + 300 * PAGE_SIZE, VA + 360 * PAGE_SIZE), 0);
    settle();
    machine_check();
    ck_assert(holds(s, 201, 201));
    ck_assert(holds(s, 399, 399));
    destroyed_returns_everything(s);
}
END_TEST

static const struct record *record_of(struct space *s, uint64_t p)
{
    bool shared;
    return record_at(entry_handle(*pagemap_find(&s->map, (VA >> 12) + p, &shared)));
}

START_TEST(page_tells_the_slot_that_it_went_to)
{
    struct page_event event;
    struct space *s = with_pages_on_disk(3);
    ck_assert_uint_eq(trail_read(s->id, (VA >> 12) + 2, s->trail_start, &event, 1), 1);
    ck_assert_uint_eq(event.kind, PAGER_PAGE_EVENT_DISK);
    ck_assert_uint_eq(event.detail, 3); /* the first is the header's */
    ck_assert_uint_eq(swap_slot(record_of(s, 2)), 3);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(compressed_page_that_moves_to_the_disk_tells_so)
{
    struct page_event event;
    struct space *s = boot_with_space();
    memset(touch(s, 0, ACCESS_WRITE), 7, PAGE_SIZE / 2);
    pager.evict = EVICT_ALWAYS_COMPRESSED;
    out(s, 0, 1);
    ck_assert_uint_eq(record_of(s, 0)->kind, RECORD_COMPRESSED);
    pager.evict = EVICT_ALWAYS_WRITEBACK;
    reclaim_step();
    pager.evict = EVICT_NEVER;
    settle();
    ck_assert_uint_eq(record_of(s, 0)->kind, RECORD_DISK);
    ck_assert_uint_eq(trail_read(s->id, VA >> 12, s->trail_start, &event, 1), 1);
    ck_assert_uint_eq(event.kind, PAGER_PAGE_EVENT_MOVED);
    ck_assert_uint_eq(event.detail, swap_slot(record_of(s, 0)));
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(unmodified_page_keeps_its_slot)
{
    struct space *s = with_pages_on_disk(1);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert(holds(s, 0, 0));
        out(s, 0, 1);
        ck_assert_uint_eq(fake_disk_pending(), 0);
    }
    ck_assert_uint_eq(info().written, 1);
    write_page(s, 0, 7);
    ck_assert_uint_eq(info().used, 0);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(page_is_served_while_it_is_being_written)
{
    struct space *s = boot_with_space();
    for (uint64_t p = 0; p < 8; p++) {
        write_page(s, p, p);
    }
    out(s, 0, 8);
    ck_assert_uint_eq(fake_disk_pending(), 1); /* one request for all */
    machine_waits = 0;
    ck_assert(holds(s, 3, 3));
    write_page(s, 4, 44);
    ck_assert_uint_eq(machine_waits, 0);
    ck_assert_uint_eq(info().served_in_flight, 2);
    machine_check();
    settle();
    ck_assert_uint_eq(info().used, 7); /* the slot of the page that was written is free again */
    for (uint64_t p = 0; p < 8; p++) {
        ck_assert(holds(s, p, p == 4 ? 44 : p));
    }
    destroyed_returns_everything(s);
}
END_TEST

/* park_fault: a thread faults and waits. */
static cptr_t park_fault(struct space *s, uint64_t p, enum access access)
{
    uint64_t words[4] = {0x1234, VA + p * PAGE_SIZE, 0, 0x92000000ull | 7 | (access == ACCESS_WRITE ? 1u << 6 : 0)};
    cptr_t reply = pager_reply;
    ck_assert(!serve_fault(s->id, FAULT_MESSAGE_VM, words, 4));
    mapping_deferred();
    ck_assert_uint_ne(pager_reply, reply);
    ck_assert(park_holds(reply));
    return reply;
}

START_TEST(others_are_served_while_one_waits)
{
    struct space *s = with_pages_on_disk(4), *other = machine_space(0);
    machine_map(other, VA, 100, WRITE, PAGER_REGION_ANONYMOUS);
    cptr_t reply = park_fault(s, 2, ACCESS_READ);
    machine_waits = 0;
    for (uint64_t p = 0; p < 100; p++) {
        write_page(other, p, p);
    }
    ck_assert_uint_eq(machine_waits, 0);
    ck_assert(park_holds(reply));
    settle();
    ck_assert(!park_holds(reply));
    ck_assert_uint_eq(fake_replied, reply);
    ck_assert_ptr_nonnull(fake_translate(s->vspace, VA + 2 * PAGE_SIZE, false, false));
    ck_assert_uint_gt(fake_disk_requests, 0);
    space_destroy(other);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(all_who_wait_for_a_page_are_answered_by_one_read)
{
    struct space *s = with_pages_on_disk(1);
    uint64_t before = fake_disk_requests;
    for (unsigned i = 0; i < 32; i++) {
        park_fault(s, 0, i % 2 ? ACCESS_WRITE : ACCESS_READ);
    }
    ck_assert_uint_eq(park_waiting(), 32);
    settle();
    ck_assert_uint_eq(park_waiting(), 0);
    ck_assert_uint_eq(fake_disk_requests, before + 1);
    ck_assert(holds(s, 0, 0));
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(more_reads_wanted_than_io_pages)
{
    struct space *s = with_pages_on_disk(100);
    for (uint64_t p = 0; p < 100; p++) {
        park_fault(s, p, ACCESS_READ);
    }
    ck_assert_uint_eq(info().io_pages_free, 0);
    machine_check();
    settle();
    ck_assert_uint_eq(park_waiting(), 0);
    for (uint64_t p = 0; p < 100; p++) {
        ck_assert(holds(s, p, p));
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(space_is_destroyed_while_a_thread_waits)
{
    struct space *s = with_pages_on_disk(4);
    park_fault(s, 2, ACCESS_READ);
    fake_replied = 0;
    destroyed_returns_everything(s);
    ck_assert_uint_eq(fake_replied, 0);
}
END_TEST

START_TEST(page_is_unmapped_and_mapped_anew_while_a_thread_waits)
{
    struct space *s = with_pages_on_disk(4);
    cptr_t reply = park_fault(s, 2, ACCESS_READ);
    ck_assert_uint_eq(range_unmap(s, VA, VA + 4 * PAGE_SIZE), 0);
    ck_assert_uint_eq(machine_map(s, VA, 4, WRITE, PAGER_REGION_ANONYMOUS), 0);
    settle();
    ck_assert_uint_eq(fake_replied, reply);
    ck_assert_uint_eq(*fake_translate(s->vspace, VA + 2 * PAGE_SIZE, false, false), 0); /* the new page, not the old one */
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(region_vanishes_while_a_thread_waits)
{
    struct space *s = with_pages_on_disk(4);
    park_fault(s, 2, ACCESS_READ);
    ck_assert_uint_eq(range_unmap(s, VA, VA + 4 * PAGE_SIZE), 0);
    settle();
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_BAD_ADDRESS);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(fork_while_pages_are_on_their_way)
{
    struct space *s = boot_with_space(), *child;
    for (uint64_t p = 0; p < 12; p++) {
        write_page(s, p, p);
    }
    out_and_written(s, 0, 6);
    out(s, 6, 6);
    park_fault(s, 1, ACCESS_WRITE);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    machine_check();
    settle();
    for (uint64_t p = 0; p < 12; p++) {
        ck_assert(holds(child, p, p));
        ck_assert(holds(s, p, p));
    }
    write_page(child, 1, 91);
    write_page(s, 7, 97);
    ck_assert(holds(s, 1, 1) && holds(child, 7, 7));
    space_destroy(s);
    destroyed_returns_everything(child);
}
END_TEST

/* ---- faults of the disk ---- */

START_TEST(failed_writes_lose_nothing)
{
    struct space *s = boot_with_space();
    for (uint64_t p = 0; p < 200; p++) {
        write_page(s, p, p);
    }
    fake_disk_faults.error_writes = 2;
    fake_disk_faults.shorts = 3;
    for (uint64_t p = 0; p < 200; p += 8) {
        out(s, p, 8);
        settle();
    }
    ck_assert_uint_gt(info().bad, 20);
    ck_assert_uint_gt(info().write_errors, 20);
    fake_disk_faults = (struct fake_disk_faults){0};
    for (uint64_t p = 0; p < 200; p++) {
        ck_assert(holds(s, p, p));
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(disk_that_fails_every_write_gives_pages_back_to_memory)
{
    struct space *s = boot_with_space();
    for (uint64_t p = 0; p < 40; p++) {
        write_page(s, p, p);
    }
    fake_disk_faults.error_writes = 1;
    out(s, 0, 20);
    ck_assert(holds(s, 3, 3)); /* from the I/O page */
    settle();
    ck_assert_uint_eq(info().io_pages_free, info().io_pages);
    for (uint64_t p = 0; p < 40; p++) {
        ck_assert(holds(s, p, p));
    }
    destroyed_returns_everything(s);
}
END_TEST

static void lost(struct space *s, struct space *other, uint64_t p, uint64_t detail)
{
    struct space_event event = {0};
    ck_assert_ptr_null(touch(s, p, ACCESS_READ));
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), s);
    ck_assert_uint_eq(event.reason, PAGER_EVENT_STORE_DAMAGED);
    ck_assert_uint_eq(event.detail, detail);
    fake_disk_faults = (struct fake_disk_faults){0};
    ck_assert(holds(other, 0, 77));
    space_destroy(other);
    destroyed_returns_everything(s);
}

START_TEST(failed_read_ends_only_the_owner)
{
    struct space *s = with_pages_on_disk(10), *other = machine_space(0);
    machine_map(other, VA, 4, WRITE, PAGER_REGION_ANONYMOUS);
    write_page(other, 0, 77);
    out_and_written(other, 0, 1);
    fake_disk_faults.error_reads = _i == 0;
    fake_disk_faults.timeouts = _i == 1;
    fake_disk_faults.shorts = _i == 2;
    lost(s, other, 5, PAGER_STORE_DAMAGE_DISK);
}
END_TEST

START_TEST(read_that_fails_once_is_tried_again)
{
    struct space *s = with_pages_on_disk(10);
    fake_disk_faults.nth = fake_disk_requests + 1;
    ck_assert(holds(s, 5, 5));
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(flipped_bit_ends_only_the_owner)
{
    struct space *s = with_pages_on_disk(10), *other = machine_space(0);
    machine_map(other, VA, 4, WRITE, PAGER_REGION_ANONYMOUS);
    write_page(other, 0, 77);
    out_and_written(other, 0, 1);
    fake_disk_faults.flips = 1;
    lost(s, other, 5, PAGER_STORE_DAMAGE_CHECKSUM);
}
END_TEST

START_TEST(server_dies)
{
    struct space *s = boot_with_space(), *other = machine_space(0);
    machine_map(other, VA, 4, WRITE, PAGER_REGION_ANONYMOUS);
    for (uint64_t p = 0; p < 12; p++) {
        write_page(s, p, p);
    }
    write_page(other, 0, 77);
    out_and_written(s, 0, 4);
    out(s, 4, 4);
    park_fault(s, 1, ACCESS_READ);
    fake_disk_die();
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(park_waiting(), 0);
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_STORE_DAMAGED);
    for (uint64_t p = 4; p < 12; p++) {
        ck_assert(holds(s, p, p)); /* those being written are in memory again */
    }
    ck_assert_ptr_null(touch(s, 0, ACCESS_READ));
    ck_assert_uint_eq(reclaim_pages(s, (VA >> 12) + 8, (VA >> 12) + 12), 0);
    ck_assert(holds(other, 0, 77));
    space_destroy(other);
    space_destroy(s);
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(store_pages(), 0);
}
END_TEST

/* Nothing is lost and nobody ends: what is in flight is done again, what is new waits. */
START_TEST(server_is_started_again)
{
    struct space *s = boot_with_space();
    for (uint64_t p = 0; p < 12; p++) {
        write_page(s, p, p);
    }
    out_and_written(s, 0, 4);
    out(s, 4, 4);
    park_fault(s, 1, ACCESS_READ);
    ck_assert_uint_gt(fake_disk_pending(), 1);
    fake_disk_start();
    ck_assert_uint_eq(info().repeated, fake_disk_pending());
    out(s, 8, 2);
    fake_disk_start();
    fake_disk_run();
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(park_waiting(), 0);
    ck_assert_uint_eq(machine_event(), 0);
    for (uint64_t p = 0; p < 12; p++) {
        ck_assert(holds(s, p, p));
    }
    destroyed_returns_everything(s);
}
END_TEST

/* ---- on, off, full ---- */

START_TEST(volume_that_is_no_swap_is_refused)
{
    struct space *s = boot_with_space();
    ck_assert_uint_eq(swap_on(0, BLOCKS), PAGODA_ERR_BUSY);
    ck_assert_uint_eq(swap_off(), 0);
    serve_after(true);
    ck_assert_int_eq(info().state, SWAP_OFF);
    ck_assert_uint_eq(swap_off(), PAGODA_ERR_INVALID_ARGUMENT);
    ck_assert_uint_eq(swap_on(0, 1), PAGODA_ERR_INVALID_ARGUMENT);
    ck_assert_uint_eq(swap_on(0, BLOCKS - 1), 0); /* not the size in the header */
    fake_disk_run();
    ck_assert_int_eq(info().state, SWAP_REFUSED);
    ck_assert_uint_eq(info().reason, 4);
    fake_disk_faults.error_reads = 1;
    ck_assert_uint_eq(swap_on(0, BLOCKS), 0);
    fake_disk_run();
    ck_assert_int_eq(info().state, SWAP_REFUSED);
    ck_assert_uint_eq(info().reason, 17);
    fake_disk_faults.error_reads = 0;
    ck_assert_uint_eq(swap_on(0, BLOCKS), 0);
    fake_disk_run();
    ck_assert_int_eq(info().state, SWAP_ON);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(off_brings_everything_back)
{
    struct space *s = with_pages_on_disk(100);
    ck_assert_uint_eq(swap_off(), 0);
    for (unsigned i = 0; i < 100 && info().state != SWAP_OFF; i++) {
        serve_after(true);
        fake_disk_run();
        machine_check();
    }
    ck_assert_int_eq(info().state, SWAP_OFF);
    machine_waits = 0;
    for (uint64_t p = 0; p < 100; p++) {
        ck_assert(holds(s, p, p));
    }
    ck_assert_uint_eq(machine_waits, 0);
    space_destroy(s);
    serve_after(true);
    machine_check();
}
END_TEST

START_TEST(program_larger_than_memory)
{
    struct space *s = boot_with_space();
    const uint64_t pages = 2 * RAM / PAGE_SIZE;
    pager.evict = EVICT_WHEN_SHORT;
    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t p = 0; p < pages; p++) {
            ck_assert(round == 0 || holds(s, p, p + round - 1));
            write_page(s, p, p + round);
        }
        machine_check();
    }
    ck_assert_uint_eq(machine_event(), 0);
    ck_assert_uint_gt(info().read, pages);
    destroyed_returns_everything(s);
}
END_TEST

/* Two spaces write and read in turn an object twice as large as memory; a third ends in the middle. */
START_TEST(shared_memory_larger_than_memory)
{
    struct space *s = boot_with_space(), *others[2];
    const uint64_t pages = 2 * RAM / PAGE_SIZE, first = 1u << 19;
    ck_assert_uint_eq(machine_map(s, VA + first * PAGE_SIZE, pages, WRITE, PAGER_REGION_SHARED), 0);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_uint_eq(space_fork(s, &others[i]), 0);
    }
    /* Their translation tables, and a page of slots in use, are there before memory is full. */
    ck_assert(touch(s, 0, ACCESS_READ) && touch(others[0], 0, ACCESS_READ) && touch(others[1], 0, ACCESS_READ));
    for (uint64_t p = 0; p < pages; p += PAGEMAP_FANOUT) {
        ck_assert(touch(s, first + p, ACCESS_READ) && touch(others[0], first + p, ACCESS_READ) && touch(others[1], first + p, ACCESS_READ));
    }
    pager.evict = EVICT_WHEN_SHORT;
    for (unsigned round = 0; round < 3; round++) {
        struct space *writer = round == 1 ? others[0] : s, *reader = round == 1 ? s : others[0];
        for (uint64_t p = 0; p < pages; p++) {
            ck_assert(round == 0 || holds(reader, first + p, p + round - 1));
            write_page(writer, first + p, p + round);
            ck_assert(p % 16 || round == 2 || holds(others[1], first + p, p + round));
        }
        machine_check();
        if (round == 1) {
            space_destroy(others[1]);
        }
    }
    ck_assert_uint_eq(machine_event(), 0);
    ck_assert_uint_gt(info().read, pages);
    space_destroy(others[0]);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(program_larger_than_memory_whose_server_is_started_again_and_again)
{
    struct space *s = boot_with_space();
    const uint64_t pages = 2 * RAM / PAGE_SIZE;
    pager.evict = EVICT_WHEN_SHORT;
    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t p = 0; p < pages; p++) {
            if (p % 37 == 0) {
                fake_disk_start();
            }
            ck_assert(round == 0 || holds(s, p, p + round - 1));
            write_page(s, p, p + round);
        }
        machine_check();
    }
    ck_assert_uint_eq(machine_event(), 0);
    ck_assert_uint_gt(info().repeated, 100);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(memory_and_swap_full_end_the_hog)
{
    struct space *hog = boot_with_space(), *other = machine_space(0);
    machine_map(other, VA, 400, WRITE, PAGER_REGION_ANONYMOUS);
    for (uint64_t p = 0; p < 300; p++) {
        write_page(other, p, p);
    }
    /* Its translation tables and page map are there before memory is full, so that pages alone decide. */
    for (uint64_t q = 0; q < BLOCKS + RAM / PAGE_SIZE; q += PAGEMAP_FANOUT) {
        ck_assert_ptr_nonnull(touch(hog, q, ACCESS_READ));
    }
    pager.evict = EVICT_WHEN_SHORT;
    uint64_t p = 0;
    uint8_t *page;
    while ((page = touch(hog, p, ACCESS_WRITE)) != NULL) {
        machine_fill(page, p++, false);
        ck_assert_uint_lt(p, BLOCKS + RAM / PAGE_SIZE);
    }
    ck_assert_uint_gt(p, BLOCKS);
    ck_assert(hog->ended && !other->ended);
    for (uint64_t q = 0; q < 300; q++) {
        ck_assert(holds(other, q, q));
    }
    space_destroy(other);
    destroyed_returns_everything(hog);
}
END_TEST

/* ---- the n-th request, for every n ---- */

/* damaged: the page of s that holds() did not find; its owner was told why. */
static void damaged(struct space *s)
{
    struct space_event event = {0};
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), s);
    ck_assert_uint_eq(event.reason, PAGER_EVENT_STORE_DAMAGED);
    ck_assert_uint_eq(event.detail, PAGER_STORE_DAMAGE_CHECKSUM);
}

/* write_and_check: rounds in which pages go out and come back; false: one of them came back damaged, which may happen only to flipped bits. */
static bool write_and_check(struct space *s)
{
    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t p = 0; p < 40; p++) {
            if (round > 0 && !holds(s, p, p + round - 1)) {
                ck_assert_uint_eq(fake_disk_faults.trouble, FAKE_DISK_FLIP);
                damaged(s);
                return false;
            }
            write_page(s, p, p + round);
            serve_after(true);
            fake_disk_complete(1);
            swap_completions();
        }
    }
    return true;
}

/* Every trouble but a flipped bit is mended by trying again; that one ends the owner of the page. Nobody else's page is wrong and everything comes back. */
START_TEST(the_nth_request_has_trouble)
{
    uint64_t n_requests = 0;
    unsigned n_damaged = 0;
    for (uint64_t n = 0; n <= n_requests; n++) { /* 0: none of them, to count them */
        struct space *s = boot_with_space(), *other = machine_space(0);
        machine_map(other, VA, 4, WRITE, PAGER_REGION_ANONYMOUS);
        write_page(other, 0, 77);
        out_and_written(other, 0, 1);
        fake_disk_faults.trouble = (enum fake_disk_trouble)_i;
        fake_disk_faults.nth = n ? fake_disk_requests + n : 0;
        uint64_t start = fake_disk_requests;
        pager.evict = EVICT_ALWAYS_TO_DISK;
        if (write_and_check(s)) {
            n_requests = n ? n_requests : fake_disk_requests - start;
        } else {
            n_damaged++;
        }
        ck_assert_uint_eq(machine_event(), 0);
        pager.evict = EVICT_NEVER;
        settle();
        fake_disk_faults = (struct fake_disk_faults){0};
        ck_assert(holds(other, 0, 77));
        space_destroy(other);
        destroyed_returns_everything(s);
    }
    ck_assert_uint_gt(n_requests, 20); /* several pages each */
    ck_assert((n_damaged > 8) == (_i == FAKE_DISK_FLIP));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pager_swap");
    TCase *t = tcase_create("pager_swap");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, incompressible_pages_go_to_disk_and_come_back);
    tcase_add_test(t, a_walk_over_pages_on_disk_waits_seldom);
    tcase_add_test(t, pages_read_ahead_are_awaited_and_unmapped_like_others);
    tcase_add_test(t, page_tells_the_slot_that_it_went_to);
    tcase_add_test(t, compressed_page_that_moves_to_the_disk_tells_so);
    tcase_add_test(t, unmodified_page_keeps_its_slot);
    tcase_add_test(t, page_is_served_while_it_is_being_written);
    tcase_add_test(t, others_are_served_while_one_waits);
    tcase_add_test(t, all_who_wait_for_a_page_are_answered_by_one_read);
    tcase_add_test(t, more_reads_wanted_than_io_pages);
    tcase_add_test(t, space_is_destroyed_while_a_thread_waits);
    tcase_add_test(t, page_is_unmapped_and_mapped_anew_while_a_thread_waits);
    tcase_add_test(t, region_vanishes_while_a_thread_waits);
    tcase_add_test(t, fork_while_pages_are_on_their_way);
    tcase_add_test(t, failed_writes_lose_nothing);
    tcase_add_test(t, disk_that_fails_every_write_gives_pages_back_to_memory);
    tcase_add_loop_test(t, failed_read_ends_only_the_owner, 0, 3);
    tcase_add_test(t, read_that_fails_once_is_tried_again);
    tcase_add_test(t, flipped_bit_ends_only_the_owner);
    tcase_add_test(t, server_dies);
    tcase_add_test(t, server_is_started_again);
    tcase_add_test(t, volume_that_is_no_swap_is_refused);
    tcase_add_test(t, off_brings_everything_back);
    tcase_add_test(t, program_larger_than_memory);
    tcase_add_test(t, shared_memory_larger_than_memory);
    tcase_add_test(t, program_larger_than_memory_whose_server_is_started_again_and_again);
    tcase_add_test(t, memory_and_swap_full_end_the_hog);
    tcase_add_loop_test(t, the_nth_request_has_trouble, 0, FAKE_DISK_TROUBLES);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
