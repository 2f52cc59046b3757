/* SPDX-License-Identifier: BSD-2-Clause */
#include "request.h"
#include "fake_disk.h"
#include <check_main.h>
#include <stdlib.h>
#include <string.h>

#define N 40

static struct drive drive;
static struct request requests[N];
static struct {
    unsigned calls;
    enum block_status status;
    uint32_t n_done;
} outcome[N];
static uint8_t page[4096];

static void on_finished(struct request *r, enum block_status status, uint32_t n_done)
{
    unsigned i = (unsigned)(r - requests);
    outcome[i].calls++;
    outcome[i].status = status;
    outcome[i].n_done = n_done;
}

static void begin(void)
{
    memset(outcome, 0, sizeof(outcome));
    inject_set(INJECT_NONE, 0, 0, 0);
    fake_start(&drive);
}

/* As many ticks as it takes to look often enough: the clock stands still meanwhile. */
static void tick_patiently(uint64_t now)
{
    for (unsigned looks = 0; looks < REQUEST_TIMEOUT_LOOKS && drive_is_busy(&drive); looks += REQUEST_TICK_LOOKS) {
        drive_tick(&drive, now);
    }
}

static void submit(unsigned i, enum block_request_operation operation, uint32_t n_blocks, uint64_t now)
{
    request_prepare(&requests[i], &drive, operation, 8 * i, n_blocks);
    requests[i].finished = on_finished;
    requests[i].counts_for_inject = true;
    for (uint32_t b = 0; b < n_blocks && operation <= BLOCK_WRITE; b++) {
        request_add(&requests[i], page, 0, 4096);
    }
    request_submit(&requests[i], now);
}

static void expect(unsigned i, enum block_status status, uint32_t n_done)
{
    ck_assert_uint_eq(outcome[i].calls, 1);
    ck_assert_int_eq(outcome[i].status, status);
    ck_assert_uint_eq(outcome[i].n_done, n_done);
}

START_TEST(requests_wait_for_room_and_keep_their_order)
{
    begin();
    for (unsigned i = 0; i < 12; i++) {
        submit(i, BLOCK_READ, 1, 0);
    }
    ck_assert(fake.n == FAKE_ROOM && drive.queued.length == 4 && drive.active.length == FAKE_ROOM);
    fake_answer(3, DISK_OK, 8);
    expect(3, BLOCK_OK, 1);
    drive_poll(&drive, 1000);
    ck_assert_ptr_eq(fake.held[FAKE_ROOM - 1], &requests[8].transfer);
    while (fake.n) {
        fake_answer(0, DISK_OK, 8);
        drive_poll(&drive, 2000);
    }
    for (unsigned i = 0; i < 12; i++) {
        expect(i, BLOCK_OK, 1);
    }
    ck_assert(!drive_is_busy(&drive));
    ck_assert(drive.counters.operations[BLOCK_READ] == 12 && drive.counters.blocks_read == 12 && drive.counters.statuses[BLOCK_OK] == 12);
    ck_assert_uint_eq(drive.counters.most_in_flight, FAKE_ROOM);
}
END_TEST

START_TEST(errors_and_short_transfers_have_their_status)
{
    begin();
    submit(0, BLOCK_READ, 4, 0);
    submit(1, BLOCK_WRITE, 4, 0);
    submit(2, BLOCK_READ, 4, 0);
    fake_answer(0, DISK_OK, 15);
    expect(0, BLOCK_SHORT, 1);
    fake_answer(0, DISK_IO_ERROR, 8);
    expect(1, BLOCK_IO_ERROR, 0);
    fake_answer(0, DISK_OK, 32);
    expect(2, BLOCK_OK, 4);
    ck_assert(drive.counters.blocks_written == 0 && drive.counters.blocks_read == 5);
}
END_TEST

START_TEST(flush_of_a_disk_without_cache_is_done_at_once)
{
    begin();
    submit(0, BLOCK_FLUSH, 0, 0);
    ck_assert_uint_eq(fake.n, 1);
    fake_answer(0, DISK_OK, 0);
    expect(0, BLOCK_OK, 0);
    fake.disk.write_back = false;
    submit(1, BLOCK_FLUSH, 0, 0);
    ck_assert_uint_eq(fake.n, 0);
    expect(1, BLOCK_OK, 0);
}
END_TEST

START_TEST(overdue_request_times_out_and_the_others_are_repeated)
{
    begin();
    submit(0, BLOCK_READ, 1, 0);
    for (unsigned i = 1; i < 12; i++) {
        submit(i, BLOCK_WRITE, 1, 1000);
    }
    tick_patiently(REQUEST_TIMEOUT_NS - 1);
    ck_assert_uint_eq(fake.n_resets, 0);
    drive_tick(&drive, REQUEST_TIMEOUT_NS);
    ck_assert(fake.n_resets == 1 && drive.counters.resets == 1);
    expect(0, BLOCK_TIMEOUT, 0);
    for (unsigned i = 0; i < FAKE_ROOM; i++) {
        ck_assert_ptr_eq(fake.held[i], &requests[i + 1].transfer);
    }
    while (fake.n) {
        fake_answer(0, DISK_OK, 8);
        drive_poll(&drive, REQUEST_TIMEOUT_NS + 5);
    }
    for (unsigned i = 1; i < 12; i++) {
        expect(i, BLOCK_OK, 1);
    }
}
END_TEST

/* An emulator's clock may jump: 5 s in which the device was hardly looked at are no silence. */
START_TEST(clock_that_jumps_makes_no_request_late)
{
    begin();
    submit(0, BLOCK_WRITE, 1, 0);
    fake.answer_at = REQUEST_TIMEOUT_LOOKS - 5;
    for (uint64_t now = 0; outcome[0].calls == 0; now += REQUEST_TIMEOUT_NS) {
        drive_tick(&drive, now);
    }
    expect(0, BLOCK_OK, 1);
    ck_assert_uint_eq(fake.n_resets, 0);
}
END_TEST

START_TEST(ticks_look_once_until_the_device_has_been_silent_for_a_while)
{
    begin();
    submit(0, BLOCK_READ, 1, 0);
    drive_tick(&drive, REQUEST_SILENCE_NS - 1);
    ck_assert_uint_eq(fake.n_polls, 1);
    drive_tick(&drive, REQUEST_SILENCE_NS);
    ck_assert_uint_eq(fake.n_polls, 1 + REQUEST_TICK_LOOKS);
    submit(1, BLOCK_READ, 1, 0);
    fake.answer_at = fake.n_polls + 3; /* what answers is not silent */
    drive_tick(&drive, REQUEST_SILENCE_NS);
    expect(0, BLOCK_OK, 1);
    ck_assert_uint_eq(fake.n_polls, fake.answer_at);
}
END_TEST

START_TEST(disk_that_does_not_come_back_answers_everything)
{
    begin();
    fake.reset_fails = true;
    submit(0, BLOCK_READ, 1, 0);
    for (unsigned i = 1; i < 20; i++) {
        submit(i, BLOCK_READ, 1, 1000);
    }
    tick_patiently(REQUEST_TIMEOUT_NS);
    expect(0, BLOCK_TIMEOUT, 0);
    for (unsigned i = 1; i < 20; i++) {
        expect(i, BLOCK_NO_DEVICE, 0);
    }
    submit(20, BLOCK_READ, 1, 0);
    expect(20, BLOCK_NO_DEVICE, 0);
    submit(21, BLOCK_FLUSH, 0, 0);
    expect(21, BLOCK_NO_DEVICE, 0);
    ck_assert(!drive_is_busy(&drive));
}
END_TEST

START_TEST(injected_faults_meet_the_request_that_was_named)
{
    begin();
    inject_set(INJECT_FAIL, 2, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        submit(i, BLOCK_READ, 2, 0);
        fake_answer(0, DISK_OK, 16);
        expect(i, i == 1 ? BLOCK_IO_ERROR : BLOCK_OK, i == 1 ? 0 : 2);
    }
    inject_set(INJECT_SHORT, 1, 2, 0);
    for (unsigned i = 3; i < 7; i++) {
        submit(i, BLOCK_WRITE, 2, 0);
        fake_answer(0, DISK_OK, 16);
        expect(i, i % 2 ? BLOCK_SHORT : BLOCK_OK, i % 2 ? 1 : 2);
    }
    inject_set(INJECT_FLIP, 1, 0, 0);
    memset(page, 0, sizeof(page));
    submit(7, BLOCK_READ, 1, 0);
    fake_answer(0, DISK_OK, 8);
    unsigned wrong = 0;
    for (unsigned i = 0; i < sizeof(page); i++) {
        wrong += page[i] != 0;
    }
    ck_assert_uint_eq(wrong, 1);
    inject_set(INJECT_LATE, 1, 0, 1000000);
    submit(8, BLOCK_READ, 1, 0);
    fake_answer(0, DISK_OK, 8);
    drive_tick(&drive, 999999);
    ck_assert(outcome[8].calls == 0 && drive_is_busy(&drive));
    drive_tick(&drive, 1000000);
    expect(8, BLOCK_OK, 1);
    inject_set(INJECT_LATE, 1, 0, REQUEST_TIMEOUT_NS * 2);
    submit(9, BLOCK_READ, 1, 0);
    fake_answer(0, DISK_OK, 8);
    tick_patiently(REQUEST_TIMEOUT_NS);
    expect(9, BLOCK_TIMEOUT, 0);
}
END_TEST

/* Whatever happens, in any order: each request is answered once. */
START_TEST(random_events_answer_every_request_once)
{
    srand(4);
    for (unsigned run = 0; run < 60; run++) {
        bool busy[N] = {false};
        uint64_t now = 0;
        begin();
        inject_set((enum inject_fault)(rand() % 5), 1, 3, 100000000);
        for (unsigned step = 0; step < 2000; step++) {
            unsigned i = (unsigned)rand() % N;
            now += (uint64_t)rand() % 20000000;
            fake.reset_fails = rand() % 50 == 0;
            fake.room = (unsigned)rand() % FAKE_ROOM + 1;
            fake.room = fake.room < fake.n ? fake.n : fake.room;
            if (!busy[i]) {
                busy[i] = true;
                submit(i, (enum block_request_operation)(rand() % 4 + 1), (uint32_t)rand() % 3 + 1, now);
            } else if (rand() % 3 == 0 && fake.n) {
                fake_answer((unsigned)rand() % fake.n, rand() % 5 ? DISK_OK : DISK_IO_ERROR, 24);
            } else if (rand() % 2) {
                drive_tick(&drive, now);
            } else {
                drive_poll(&drive, now);
            }
            for (i = 0; i < N; i++) {
                ck_assert_uint_le(outcome[i].calls, busy[i]);
                if (outcome[i].calls) {
                    busy[i] = false;
                    outcome[i].calls = 0;
                }
            }
        }
        fake.reset_fails = true;
        drive_tick(&drive, now + 1);
        tick_patiently(now + 2 * REQUEST_TIMEOUT_NS);
        for (unsigned i = 0; i < N; i++) {
            ck_assert_uint_eq(outcome[i].calls, busy[i]);
        }
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("request");
    TCase *c = tcase_create("request");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, requests_wait_for_room_and_keep_their_order);
    tcase_add_test(c, errors_and_short_transfers_have_their_status);
    tcase_add_test(c, flush_of_a_disk_without_cache_is_done_at_once);
    tcase_add_test(c, overdue_request_times_out_and_the_others_are_repeated);
    tcase_add_test(c, clock_that_jumps_makes_no_request_late);
    tcase_add_test(c, ticks_look_once_until_the_device_has_been_silent_for_a_while);
    tcase_add_test(c, disk_that_does_not_come_back_answers_everything);
    tcase_add_test(c, injected_faults_meet_the_request_that_was_named);
    tcase_add_test(c, random_events_answer_every_request_once);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
