/* SPDX-License-Identifier: BSD-2-Clause */
/* Recording what reaches the eviction policy, on the whole pager, and replaying it: the same policy must come to the same misses, whatever else happens to the space. */
#include "check_main.h"
#include "fault.h"
#include "fork.h"
#include "frame.h"
#include "machine.h"
#include "range.h"
#include "reclaim.h"
#include "replay/replay.h"
#include "serve.h"
#include "trace.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <stdlib.h>
#include <string.h>

#define RAM (32ull << 20)
#define VA 0x10000000ull
#define FILE_VA 0x40000000ull
#define SHARED_VA 0x50000000ull
#define SHARED_PAGES 64u
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define WORDS_MAX (TRACE_FRAMES_MAX * 512u)

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(random_state >> 33) % n;
}

static struct space *boot_with_space(enum evict_kind policy)
{
    machine_boot(RAM);
    pager.evict_policy = policy;
    serve_after(true);
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, 1 << 16, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_uint_eq(machine_map_file(s, FILE_VA, machine_file_size(FILE_LARGE) / PAGE_SIZE, PAGER_PROT_READ, FILE_LARGE, 0, machine_file_size(FILE_LARGE)), 0);
    ck_assert_uint_eq(machine_map(s, SHARED_VA, SHARED_PAGES, WRITE, PAGER_REGION_SHARED), 0);
    return s;
}

static void access_page(struct space *s, uint64_t p, bool write)
{
    uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, write ? ACCESS_WRITE : ACCESS_READ);
    ck_assert_ptr_nonnull(page);
    if (write) {
        machine_fill(page, p, true);
    }
}

/* work: accesses with a hot part and a loop to more pages than there are frames. */
static void work(struct space *s, uint32_t accesses, uint32_t pages)
{
    for (uint32_t i = 0; i < accesses; i++) {
        access_page(s, below(3) ? below(pages / 8) : i % pages, true);
    }
}

/* busy_work: the same with all that can happen to a space meanwhile. */
static void busy_work(struct space *s, uint32_t accesses, uint32_t pages)
{
    for (uint32_t i = 0; i < accesses; i++) {
        uint64_t p = below(3) ? below(pages / 8) : below(pages), va = VA + p * PAGE_SIZE;
        struct space *child;
        switch (below(400)) {
        case 0:
            reclaim_pages(s, (va >> 12) + 3, (va >> 12) + 3 + below(20));
            break;
        case 1:
            ck_assert_uint_eq(range_forget(s, va, va + (1 + below(4)) * PAGE_SIZE), 0);
            break;
        case 2:
            if (space_fork(s, &child) == 0) {
                machine_touch(child, va, ACCESS_READ);
                access_page(s, p, true);
                space_destroy(child);
            }
            break;
        case 3:
            *machine_touch(s, va, ACCESS_WRITE) = 0;
            memset(machine_touch(s, va, ACCESS_WRITE), 0, PAGE_SIZE); /* to be found full of zeros */
            break;
        case 4:
            ck_assert_uint_eq(range_protect(s, va, va + PAGE_SIZE, PAGER_PROT_READ), 0);
            ck_assert_uint_eq(range_protect(s, va, va + PAGE_SIZE, WRITE), 0);
            break;
        case 5:
            ck_assert_ptr_nonnull(machine_touch(s, FILE_VA + below((uint32_t)(machine_file_size(FILE_LARGE) / PAGE_SIZE)) * PAGE_SIZE, ACCESS_READ));
            break;
        case 6:
            machine_fill(machine_touch(s, SHARED_VA + below(SHARED_PAGES) * PAGE_SIZE, ACCESS_WRITE), i, true);
            break;
        case 7:
            machine_touch(s, va, ACCESS_READ);
            break;
        default:
            access_page(s, p, true);
        }
    }
}

/* recorded: the trace as a header and words, to be freed. */
static uint64_t *recorded(struct trace_file *header)
{
    struct trace_info info;
    ck_assert(trace_tell(&info));
    *header = info.file;
    uint64_t *words = malloc((header->words + 1) * sizeof *words), at = 0, n;
    while ((n = trace_read(at, words + at, 100)) > 0) {
        at += n;
    }
    ck_assert_uint_eq(at, header->words);
    header->records_checksum = trace_checksum(TRACE_CHECKSUM_START, words, header->words);
    header->checksum = trace_file_checksum(header);
    return words;
}

static void check_exact(uint64_t misses)
{
    struct trace_file header, read;
    uint64_t *words = recorded(&header), block[TRACE_FILE_HEADER_BYTES / 8] = {0};
    struct replay replay;
    struct replay_result same, other;

    ck_assert_uint_eq(header.misses, misses);
    memcpy(block, &header, sizeof header);
    ck_assert_int_eq(replay_header(block, header.words, &read), REPLAY_OK);
    ck_assert_int_eq(replay_open(&replay, &read, words), REPLAY_OK);
    replay_run(&replay, (enum evict_kind)header.policy, true, &same);
    ck_assert_msg(same.exact, "another decision after %llu of %llu events", (unsigned long long)same.followed, (unsigned long long)same.events);
    ck_assert_uint_eq(same.misses, misses);
    for (unsigned kind = 0; kind < EVICT_KINDS; kind++) {
        replay_run(&replay, (enum evict_kind)kind, false, &other);
        ck_assert(!other.exact);
        ck_assert_uint_gt(other.misses, misses / 4); /* an estimate, but no nonsense */
        ck_assert_uint_lt(other.misses, misses * 4 + 100);
    }
    replay_close(&replay);
    free(words);
}

START_TEST(same_policy_comes_to_the_same_misses)
{
    for (unsigned kind = 0; kind < EVICT_KINDS; kind++) {
        random_state = kind + 1;
        struct space *s = boot_with_space((enum evict_kind)kind);
        work(s, 30000, 12000);
        ck_assert_uint_eq(trace_start(s, 256), 0);
        uint64_t before = s->refaults;
        work(s, 10000, 12000);
        trace_stop();
        ck_assert_uint_gt(s->refaults - before, 500);
        check_exact(s->refaults - before);
        machine_check();
    }
}
END_TEST

START_TEST(same_policy_comes_to_the_same_misses_whatever_happens_to_the_space)
{
    for (unsigned round = 0; round < 12; round++) {
        random_state = round + 100;
        struct space *s = boot_with_space((enum evict_kind)(round % EVICT_KINDS));
        pager.predict = round < 6;
        work(s, 30000, 12000);
        ck_assert_uint_eq(trace_start(s, 1024), 0);
        uint64_t before = s->refaults;
        busy_work(s, 15000, 12000);
        ck_assert(s->traced);
        trace_stop();
        ck_assert_uint_gt(s->refaults - before, 500);
        check_exact(s->refaults - before);
        machine_check();
    }
}
END_TEST

START_TEST(full_trace_is_exact_up_to_its_end)
{
    struct trace_info info;
    random_state = 7;
    struct space *s = boot_with_space(EVICT_GENERATIONS);
    work(s, 30000, 12000);
    ck_assert_uint_eq(trace_start(s, 24), 0);
    uint64_t before = s->refaults;
    work(s, 60000, 12000);
    ck_assert(trace_tell(&info) && info.recording);
    ck_assert_uint_gt(info.file.misses, 100);
    trace_stop();
    ck_assert(trace_tell(&info) && !info.recording);
    ck_assert_uint_eq(info.file.end, TRACE_END_FULL);
    ck_assert_uint_gt(info.file.lost, 0);
    ck_assert_uint_lt(info.file.misses, s->refaults - before);
    check_exact(info.file.misses);
}
END_TEST

START_TEST(end_of_the_program_and_change_of_its_memory_end_the_trace)
{
    struct trace_info info;
    struct space *s = boot_with_space(EVICT_CLOCK);
    work(s, 100, 50);
    ck_assert_uint_eq(trace_start(s, 8), 0);
    space_clear(s);
    ck_assert(!s->traced && !s->careful);
    ck_assert(trace_tell(&info) && !info.recording);
    ck_assert_uint_eq(info.file.end, TRACE_END_PROGRAM);
    ck_assert_uint_eq(trace_start(s, 8), 0);
    space_destroy(s);
    ck_assert(trace_tell(&info) && !info.recording);
    machine_check(); /* its frames are accounted for */
    trace_drop();
    ck_assert(!trace_tell(&info));
    ck_assert_uint_eq(trace_frames(), 0);
    machine_check();
}
END_TEST

START_TEST(start_that_fails_changes_nothing)
{
    struct trace_info info;
    struct space *s = boot_with_space(EVICT_CLOCK), *other = machine_space(0);
    pager.evict = EVICT_NEVER;
    work(s, 9000, 4000);
    uint64_t free_before = pages_free();
    ck_assert_uint_eq(trace_start(s, 1), PAGODA_ERR_NO_MEMORY); /* what it holds needs more */
    ck_assert(!s->traced && !trace_tell(&info));
    serve_after(true);
    ck_assert_uint_eq(pages_free(), free_before);
    ck_assert_uint_eq(trace_start(s, 8), 0);
    ck_assert_uint_eq(trace_start(other, 8), PAGODA_ERR_BUSY);
    ck_assert(s->traced && !other->traced);
    trace_stop();
    ck_assert_uint_eq(trace_start(other, 8), 0);
    ck_assert_uint_eq(trace_frames(), 8);
    trace_drop();
    serve_after(true);
    ck_assert_uint_eq(pages_free(), free_before);
    machine_check();
}
END_TEST

START_TEST(only_the_recorded_space_takes_the_careful_way)
{
    struct space *s = boot_with_space(EVICT_CLOCK), *other = machine_space(0);
    pager.predict = 0;
    ck_assert_uint_eq(machine_map(other, VA, 1000, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_uint_eq(trace_start(s, 8), 0);
    work(other, 1, 8);
    unsigned quick = machine_quick;
    for (uint64_t p = 10; p < 100; p++) {
        access_page(other, p, true);
    }
    ck_assert_uint_ge(machine_quick, quick + 80);
    quick = machine_quick;
    for (uint64_t p = 10; p < 100; p++) {
        access_page(s, p, true);
    }
    ck_assert_uint_eq(machine_quick, quick);
    trace_stop();
    for (uint64_t p = 100; p < 200; p++) {
        access_page(s, p, true);
    }
    ck_assert_uint_ge(machine_quick, quick + 80);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pager_trace");
    TCase *tests = tcase_create("pager_trace");
    tcase_set_timeout(tests, 0);
    tcase_add_test(tests, same_policy_comes_to_the_same_misses);
    tcase_add_test(tests, same_policy_comes_to_the_same_misses_whatever_happens_to_the_space);
    tcase_add_test(tests, full_trace_is_exact_up_to_its_end);
    tcase_add_test(tests, end_of_the_program_and_change_of_its_memory_end_the_trace);
    tcase_add_test(tests, start_that_fails_changes_nothing);
    tcase_add_test(tests, only_the_recorded_space_takes_the_careful_way);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
