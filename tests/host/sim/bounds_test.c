/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounds against slow and obvious versions of themselves. */
#include "check_main.h"
#include "replay.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LENGTH 600u
#define PAGES 24u

static struct access accesses[LENGTH];
static struct trace t = {.accesses = accesses, .length = LENGTH};

static uint32_t next_use(uint32_t page, uint32_t from)
{
    while (from < LENGTH && accesses[from].page != page) {
        from++;
    }
    return from;
}

static uint32_t last_use(uint32_t page, uint32_t before)
{
    while (accesses[--before].page != page) {
    }
    return before;
}

/* replay: evict the page that is used again last, or was used longest ago, searching through the trace for each. */
static uint32_t replay(uint32_t frames, bool optimum)
{
    bool resident[PAGES] = {false};
    uint32_t n = 0, faults = 0;
    for (uint32_t i = 0; i < LENGTH; i++) {
        if (resident[accesses[i].page]) {
            continue;
        }
        faults++;
        if (n == frames) {
            uint32_t victim = PAGES, best = 0;
            for (uint32_t page = 0; page < PAGES; page++) {
                uint32_t value = !resident[page] ? 0 : optimum ? next_use(page, i) : LENGTH - last_use(page, i);
                if (resident[page] && (victim == PAGES || value > best)) {
                    victim = page;
                    best = value;
                }
            }
            resident[victim] = false;
            n--;
        }
        resident[accesses[i].page] = true;
        n++;
    }
    return faults;
}

START_TEST(optimum_and_lru_agree_with_slow_versions)
{
    struct random r = {7};
    for (unsigned round = 0; round < 200; round++) {
        for (uint32_t i = 0; i < LENGTH; i++) {
            uint32_t near = random_below(&r, 3) && i > 5 ? accesses[i - 1 - random_below(&r, 5)].page : random_below(&r, PAGES);
            accesses[i].page = near;
        }
        trace_count(&t);
        uint32_t *next = trace_next(&t);
        for (uint32_t frames = 1; frames < PAGES; frames += 3) {
            uint32_t optimum = replay_optimum(&t, next, frames), lru = replay_lru(&t, frames), any = replay_random(&t, frames);
            ck_assert_uint_eq(optimum, replay(frames, true));
            ck_assert_uint_eq(lru, replay(frames, false));
            ck_assert_uint_ge(lru, optimum);
            ck_assert_uint_ge(any, optimum);
        }
        free(next);
    }
}
END_TEST

START_TEST(all_pages_resident_fault_once)
{
    for (uint32_t i = 0; i < LENGTH; i++) {
        accesses[i].page = i * 7 % PAGES;
    }
    trace_count(&t);
    uint32_t *next = trace_next(&t);
    ck_assert_uint_eq(t.pages, PAGES);
    ck_assert_uint_eq(replay_optimum(&t, next, PAGES), PAGES);
    ck_assert_uint_eq(replay_lru(&t, PAGES), PAGES);
    ck_assert_uint_eq(replay_random(&t, PAGES), PAGES);
    free(next);
}
END_TEST

/* read: a trace file with these bytes. */
static bool read_bytes(struct trace *read, const uint8_t *bytes, size_t n)
{
    char path[] = "/tmp/trace_XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
    close(fd);
    bool ok = trace_read(read, path);
    unlink(path);
    return ok;
}

START_TEST(trace_files_are_read_and_damaged_ones_refused)
{
    struct trace read;
    /* page 100 read: zigzag 200, twice is 400; page 99 written: zigzag of -1 is 1: 3 */
    static const uint8_t good[] = {0x90, 0x03, 3}, cut[] = {0x90}, below_zero[] = {3}, endless[] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    ck_assert(read_bytes(&read, good, sizeof good));
    ck_assert_uint_eq(read.length, 2);
    ck_assert_uint_eq(read.accesses[0].page, 100);
    ck_assert_uint_eq(read.accesses[1].page, 99);
    ck_assert(!read.accesses[0].write && read.accesses[1].write);
    ck_assert_uint_eq(read.pages, 2);
    trace_free(&read);
    ck_assert(!read_bytes(&read, cut, sizeof cut));
    ck_assert(!read_bytes(&read, below_zero, sizeof below_zero));
    ck_assert(!read_bytes(&read, endless, sizeof endless));
    ck_assert(!read_bytes(&read, good, 0));
    ck_assert(!trace_read(&read, "/nonexistent/trace"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("evict_sim_bounds");
    TCase *c = tcase_create("evict_sim_bounds");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, optimum_and_lru_agree_with_slow_versions);
    tcase_add_test(c, all_pages_resident_fault_once);
    tcase_add_test(c, trace_files_are_read_and_damaged_ones_refused);
    suite_add_tcase(s, c);
    return check_run(s);
}
