/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages brought in ahead: what faults they save, what they must never take. */
#include "ahead.h"
#include "check_main.h"
#include "event.h"
#include "fork.h"
#include "frame.h"
#include "machine.h"
#include "mapping.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"

#include <generated/errors.h>
#include <stdlib.h>
#include <string.h>

#define RAM (64ull << 20)
#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define PAGES 4096u

static uint64_t free_before;

static struct space *boot(uint64_t max_pages)
{
    machine_boot(RAM);
    pager.large = 0;
    serve_after(true);
    free_before = pages_free();
    struct space *s = machine_space(max_pages);
    ck_assert_uint_eq(machine_map(s, VA, PAGES, WRITE, PAGER_REGION_ANONYMOUS), 0);
    return s;
}

static void destroyed_returns_everything(struct space *s)
{
    machine_check();
    space_destroy(s);
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(pages_free(), free_before);
}

/* touch: write a page, which was untouched and holds zeros. Returns the faults that it took. */
static unsigned touch(struct space *s, uint64_t p)
{
    static const uint8_t zeros[PAGE_SIZE];
    uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE);
    ck_assert_ptr_nonnull(page);
    ck_assert_mem_eq(page, zeros, PAGE_SIZE);
    memset(page, (int)p | 1, PAGE_SIZE);
    return machine_faults;
}

/* walk: n pages from `first` on, `step` apart; their faults. */
static unsigned walk(struct space *s, uint64_t first, int64_t step, uint64_t n)
{
    unsigned faults = 0;
    for (uint64_t i = 0; i < n; i++) {
        faults += touch(s, first + (uint64_t)(step * (int64_t)i));
    }
    return faults;
}

static const struct predict *predictor(struct space *s)
{
    return &region_find(&s->regions, VA)->predict;
}

START_TEST(walks_up_and_down_need_few_faults)
{
    struct space *s = boot(0);
    ck_assert_uint_lt(walk(s, 0, 1, 1500), 1500 / 8);
    ck_assert_int_eq(predict_pattern(predictor(s)), PREDICT_IS_SEQUENTIAL);
    ck_assert_uint_lt(walk(s, 4000, -1, 1500), 1500 / 8);
    ck_assert_int_eq(predict_pattern(predictor(s)), PREDICT_IS_REVERSE);
    ck_assert_uint_ge(ahead_counters.used, 2600);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(zero_pages_are_replaced_ahead)
{
    struct space *s = boot(0);
    pager.predict = 0;
    for (uint64_t p = 0; p < 60; p++) { /* below the sample after which reads get frames */
        ck_assert_ptr_nonnull(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ));
    }
    pager.predict = 1;
    uint32_t slots = s->slots.used;
    unsigned faults = walk(s, 0, 1, 60);
    ck_assert_uint_lt(faults, 30);
    ck_assert_uint_lt(s->slots.used, slots);
    ck_assert_uint_eq(s->states[PAGE_ZERO], 0);
    destroyed_returns_everything(s);
}
END_TEST

/* A read gets a frame where zeros are not shared; where the region may not be written, nor may the pages that are brought in ahead. */
START_TEST(pages_ahead_have_the_rights_of_their_region)
{
    struct space *s = boot(0);
    uint64_t read_only = VA + (1ull << 32);
    pager.zero_sharing = 0;
    ck_assert_uint_eq(machine_map(s, read_only, PAGES, PAGER_PROT_READ, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t p = 0; p < 100; p++) {
        ck_assert_ptr_nonnull(machine_touch(s, read_only + p * PAGE_SIZE, ACCESS_READ));
    }
    ck_assert_uint_gt(s->states[PAGE_PRIVATE], 101); /* some are ahead */
    for (uint64_t p = 0; p < PAGES; p++) {
        ck_assert_ptr_null(fake_translate(s->vspace, read_only + p * PAGE_SIZE, true, false));
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(random_touches_bring_in_nearly_nothing)
{
    struct space *s = boot(0);
    static bool touched[PAGES];
    unsigned faults = 0, n = 0;
    srand(3);
    memset(touched, 0, sizeof touched);
    for (unsigned i = 0; i < 2000; i++) {
        unsigned p = (unsigned)rand() % PAGES;
        if (!touched[p]) {
            touched[p] = true;
            faults += touch(s, p);
            n++;
        }
    }
    ck_assert_uint_le(ahead_counters.brought, 4);
    ck_assert_uint_ge(faults + 4, n);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(a_region_is_not_left)
{
    struct space *s = boot(0);
    ck_assert_uint_eq(range_unmap(s, VA + 200 * PAGE_SIZE, VA + 300 * PAGE_SIZE), 0);
    walk(s, 0, 1, 200);
    ck_assert_uint_eq(s->states[PAGE_PRIVATE], 201); /* with the IPC buffer's */
    walk(s, 400, -1, 101);
    ck_assert_uint_eq(s->states[PAGE_PRIVATE], 302);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(a_maximum_is_used_to_the_last_page_and_not_passed)
{
    struct space *s = boot(300);
    pager.evict = EVICT_NEVER;
    uint64_t p = 0;
    while (machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE)) {
        ck_assert_uint_le(space_pages(s), 300);
        p++;
    }
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_OVER_LIMIT);
    ck_assert_uint_eq(space_pages(s), 300);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(nothing_is_guessed_under_pressure_or_when_switched_off_or_advised_against)
{
    struct space *s = boot(0);
    pager.predict = 0;
    ck_assert_uint_eq(walk(s, 0, 1, 100), 100);
    pager.predict = 1;
    ck_assert_uint_eq(range_advise(s, VA + 1000 * PAGE_SIZE, VA + 1100 * PAGE_SIZE, PREDICT_RANDOM), 0);
    ck_assert_uint_eq(walk(s, 1000, 1, 100), 100);
    pager.pressure.level = 2;
    uint64_t before = ahead_counters.brought;
    touch(s, 2000), touch(s, 2001), touch(s, 2002), touch(s, 2003);
    ck_assert_uint_eq(ahead_counters.brought, before);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(sequential_advice_opens_at_the_first_page)
{
    struct space *s = boot(0);
    ck_assert_uint_eq(range_advise(s, VA + 512 * PAGE_SIZE, VA + 1024 * PAGE_SIZE, PREDICT_SEQUENTIAL), 0);
    touch(s, 512);
    ck_assert_uint_eq(ahead_counters.brought, PREDICT_START_ADVISED);
    ck_assert_uint_eq(range_advise(s, VA, VA + (PAGES + 1) * PAGE_SIZE, PREDICT_SEQUENTIAL), PAGODA_ERR_NOT_MAPPED);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(what_was_brought_in_is_forked_protected_and_given_back_like_any_page)
{
    struct space *s = boot(0), *child;
    walk(s, 0, 1, 100);
    ck_assert_uint_gt(predictor(s)->ahead, 0);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    child->started = true;
    machine_check();
    for (uint64_t p = 0; p < 200; p++) {
        uint8_t *page = machine_touch(child, VA + p * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_uint_eq(page[5], p < 100 ? (uint8_t)(p | 1) : 0);
        page[5] = 0xee;
    }
    ck_assert_uint_eq(range_protect(s, VA, VA + 300 * PAGE_SIZE, PAGER_PROT_READ), 0);
    ck_assert_uint_eq(range_forget(s, VA, VA + 300 * PAGE_SIZE), 0);
    machine_check();
    space_destroy(child);
    destroyed_returns_everything(s);
}
END_TEST

/* ---- pages of files ---- */

#define FILE_VA 0x20000000ull
#define WHOLE 9u /* pages of the file; part of one more comes behind them */

static void map_file(struct space *s, uint64_t va, uint32_t prot)
{
    ck_assert_uint_eq(machine_map_file(s, va, WHOLE + 1, prot, FILE_LARGE, 0, machine_file_size(FILE_LARGE)), 0);
}

/* read_file: page p is what it should be. Returns the faults that it took. */
static unsigned read_file(struct space *s, uint64_t va, uint64_t p)
{
    const uint8_t *page = machine_touch(s, va + p * PAGE_SIZE, ACCESS_READ);
    ck_assert_ptr_nonnull(page);
    unsigned faults = machine_faults;
    for (unsigned i = 0; i < PAGE_SIZE; i += 100) {
        uint64_t at = p * PAGE_SIZE + i;
        ck_assert_uint_eq(page[i], at < machine_file_size(FILE_LARGE) ? machine_file_byte(FILE_LARGE, at) : 0);
    }
    return faults;
}

static unsigned read_whole(struct space *s, uint64_t va)
{
    unsigned faults = 0;
    for (uint64_t p = 0; p <= WHOLE; p++) {
        faults += read_file(s, va, p);
    }
    return faults;
}

START_TEST(whole_pages_of_a_file_come_with_the_first)
{
    struct space *s = boot(0);
    map_file(s, FILE_VA, PAGER_PROT_READ);
    ck_assert_uint_eq(read_file(s, FILE_VA, 0), 1);
    ck_assert_uint_eq(s->states[PAGE_FILE], WHOLE);
    machine_check();
    ck_assert_uint_eq(read_whole(s, FILE_VA), 1); /* the last page is partly of the file: it gets a frame, by its own fault */
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(slots_of_file_pages_serve_again)
{
    struct space *s = boot(0);
    for (unsigned round = 0; round < 40; round++) {
        uint64_t va = FILE_VA + (round % 3) * 64 * PAGE_SIZE;
        map_file(s, va, PAGER_PROT_READ);
        ck_assert_uint_le(read_whole(s, va), 3);
        machine_check();
        ck_assert_uint_eq(range_unmap(s, va, va + (WHOLE + 1) * PAGE_SIZE), 0);
    }
    ck_assert_uint_le(s->slots.leaves, 1);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(file_pages_stop_at_what_was_touched_and_come_singly_when_asked)
{
    struct space *s = boot(0);
    map_file(s, FILE_VA, WRITE);
    uint8_t *own = machine_touch(s, FILE_VA + 4 * PAGE_SIZE, ACCESS_WRITE);
    *own = 0xaa;
    read_file(s, FILE_VA, 1);
    ck_assert_uint_eq(s->states[PAGE_FILE], 3);
    ck_assert_uint_eq(*machine_touch(s, FILE_VA + 4 * PAGE_SIZE, ACCESS_READ), 0xaa);

    map_file(s, FILE_VA + 64 * PAGE_SIZE, PAGER_PROT_READ);
    ck_assert_uint_eq(range_advise(s, FILE_VA + 64 * PAGE_SIZE, FILE_VA + (64 + WHOLE) * PAGE_SIZE, PREDICT_RANDOM), 0);
    ck_assert_uint_eq(read_whole(s, FILE_VA + 64 * PAGE_SIZE), WHOLE + 1);

    map_file(s, FILE_VA + 128 * PAGE_SIZE, PAGER_PROT_READ);
    pager.pressure.level = 2;
    ck_assert_uint_eq(read_whole(s, FILE_VA + 128 * PAGE_SIZE), WHOLE + 1);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(file_pages_written_and_forked_after_they_came)
{
    struct space *s = boot(0), *child;
    map_file(s, FILE_VA, WRITE);
    read_file(s, FILE_VA, 0);
    *machine_touch(s, FILE_VA + 5 * PAGE_SIZE, ACCESS_WRITE) = 0x55;
    ck_assert_uint_eq(space_fork(s, &child), 0);
    child->started = true;
    ck_assert_uint_eq(*machine_touch(child, FILE_VA + 5 * PAGE_SIZE, ACCESS_READ), 0x55);
    ck_assert_uint_eq(*machine_touch(child, FILE_VA + 6 * PAGE_SIZE, ACCESS_READ), machine_file_byte(FILE_LARGE, 6 * PAGE_SIZE));
    machine_check();
    space_destroy(child);
    destroyed_returns_everything(s);
}
END_TEST

/* ---- the zero page ---- */

/* look: read a page that has no contents. Returns the faults that it took. */
static unsigned look(struct space *s, uint64_t p)
{
    static const uint8_t zeros[PAGE_SIZE];
    const uint8_t *page = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ);
    ck_assert_ptr_nonnull(page);
    ck_assert_mem_eq(page, zeros, PAGE_SIZE);
    return machine_faults;
}

static unsigned look_along(struct space *s, uint64_t first, int64_t step, uint64_t n)
{
    unsigned faults = 0;
    for (uint64_t i = 0; i < n; i++) {
        faults += look(s, first + (uint64_t)(step * (int64_t)i));
    }
    return faults;
}

static const struct predict *reads(struct space *s)
{
    return &region_find(&s->regions, VA)->anonymous.reads;
}

START_TEST(reads_in_order_map_the_zero_page_ahead_and_take_no_frames)
{
    struct space *s = boot(0);
    uint64_t free_frames = frame_counts[FRAME_ANON];
    ck_assert_uint_lt(look_along(s, 0, 1, 1500), 1500 / 8);
    ck_assert_int_eq(predict_pattern(reads(s)), PREDICT_IS_SEQUENTIAL);
    machine_check();
    ck_assert_uint_lt(look_along(s, 4000, -1, 1500), 1500 / 8);
    ck_assert_int_eq(predict_pattern(reads(s)), PREDICT_IS_REVERSE);
    machine_check();
    ck_assert_uint_ge(s->states[PAGE_ZERO], 3000);
    ck_assert_uint_eq(frame_counts[FRAME_ANON], free_frames);
    ck_assert_uint_eq(predictor(s)->run, 0); /* reads are not taken for writes */
    for (uint64_t p = 0; p < PAGES; p++) {
        ck_assert_ptr_null(fake_translate(s->vspace, VA + p * PAGE_SIZE, true, false));
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(reads_in_any_order_never_overdraw_the_account)
{
    struct space *s = boot(0);
    unsigned faults = 0;
    for (unsigned i = 0, p = 1; i < 2000; i++, p = (p * 5 + 3) % PAGES) { /* no page twice */
        faults += look(s, p);
        ck_assert_uint_le(ahead_counters.brought * AHEAD_ZERO_COST, faults * PREDICT_MARGIN + ahead_counters.used * PREDICT_FAULT);
    }
    ck_assert_uint_ge(faults, 1500);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(pages_that_eviction_made_zero_come_back_with_their_neighbours)
{
    struct space *s = boot(0);
    for (uint64_t p = 0; p < 512; p++) {
        ck_assert_ptr_nonnull(machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE));
    }
    look(s, 600); /* untouched ones are not as those */
    ck_assert_uint_eq(reclaim_pages(s, VA >> PAGE_BITS, (VA >> PAGE_BITS) + 512), 512);
    ck_assert_uint_eq(s->states[PAGE_ZERO], 513);
    machine_check();
    ck_assert_uint_lt(look_along(s, 0, 1, 512), 512 / 8);
    ck_assert_uint_eq(s->states[PAGE_ZERO], 513);
    machine_check();
    memset(machine_touch(s, VA + 100 * PAGE_SIZE, ACCESS_WRITE), 7, PAGE_SIZE); /* one of them gets contents again */
    ck_assert_uint_eq(look(s, 101), 0);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(zero_pages_ahead_are_written_forked_and_split_like_any)
{
    struct space *s = boot(0), *child;
    look_along(s, 0, 1, 300);
    memset(machine_touch(s, VA + 310 * PAGE_SIZE, ACCESS_WRITE), 7, PAGE_SIZE);
    ck_assert_uint_gt(reads(s)->ahead, 0);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    child->started = true;
    ck_assert_uint_eq(reads(child)->ahead, 0);
    machine_check();
    ck_assert_uint_eq(*(uint8_t *)machine_touch(child, VA + 310 * PAGE_SIZE, ACCESS_READ), 7);
    for (uint64_t p = 0; p < 310; p++) {
        look(child, p);
        touch(child, p);
        look(s, p);
    }
    machine_check();
    ck_assert_uint_eq(range_protect(s, VA + 100 * PAGE_SIZE, VA + 200 * PAGE_SIZE, PAGER_PROT_READ), 0);
    ck_assert_ptr_null(machine_touch(s, VA + 150 * PAGE_SIZE, ACCESS_WRITE));
    ck_assert_uint_eq(range_forget(s, VA + 50 * PAGE_SIZE, VA + 250 * PAGE_SIZE), 0);
    machine_check();
    look_along(s, 0, 1, 310);
    machine_check();
    space_destroy(child);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(zero_pages_come_singly_when_asked_or_under_pressure_or_to_be_executed)
{
    struct space *s = boot(0);
    uint64_t code = VA + (1ull << 32);
    ck_assert_uint_eq(range_advise(s, VA + 1000 * PAGE_SIZE, VA + 1100 * PAGE_SIZE, PREDICT_RANDOM), 0);
    ck_assert_uint_eq(look_along(s, 1000, 1, 60), 60);
    pager.predict = 0;
    ck_assert_uint_eq(look_along(s, 0, 1, 60), 60);
    pager.predict = 1;
    pager.pressure.level = 2;
    ck_assert_uint_eq(look_along(s, 100, 1, 60), 60);
    pager.pressure.level = 0;
    ck_assert_uint_eq(machine_map(s, code, PAGES, PAGER_PROT_READ | PAGER_PROT_EXEC, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t p = 0; p < 60; p++) {
        ck_assert_ptr_nonnull(machine_touch(s, code + p * PAGE_SIZE, ACCESS_READ));
        ck_assert_uint_eq(machine_faults, 1);
    }
    ck_assert_uint_eq(ahead_counters.brought, 0);
    destroyed_returns_everything(s);
}
END_TEST

/* Each page is read and then written, in order: the zero pages ahead are replaced, by the predictor of writes or one by one, and reads soon get frames at once. */
START_TEST(pages_read_and_then_written_in_order_need_fewer_faults_than_pages)
{
    struct space *s = boot(0);
    unsigned faults = 0;
    for (uint64_t p = 0; p < 1500; p++) {
        faults += look(s, p);
        faults += touch(s, p);
    }
    ck_assert_uint_lt(faults, 1500 / 4);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(pages_a_program_will_need_come_in_bounded_steps)
{
    struct space *s = boot(0);
    uint64_t next = VA, steps = 0;
    while (next < VA + 700 * PAGE_SIZE) {
        uint64_t from = next;
        ck_assert_uint_eq(range_bring(s, from, VA + 700 * PAGE_SIZE, &next), 0);
        ck_assert_uint_gt(next, from);
        ck_assert_uint_le(next - from, AHEAD_BATCH * PAGE_SIZE);
        serve_after(false);
        machine_check();
        steps++;
    }
    ck_assert_uint_le(steps, 700 / 16);
    ck_assert_uint_eq(walk(s, 0, 1, 700), 0);
    ck_assert_uint_eq(range_bring(s, VA + 4000 * PAGE_SIZE, VA + 5000 * PAGE_SIZE, &next), PAGODA_ERR_NOT_MAPPED);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(no_more_comes_than_memory_is_plenty)
{
    struct space *s = boot(0);
    ck_assert_uint_eq(machine_map(s, VA + PAGES * PAGE_SIZE, 1 << 16, WRITE, PAGER_REGION_ANONYMOUS), 0);
    uint64_t next = VA, from;
    do {
        from = next;
        ck_assert_uint_eq(range_bring(s, from, VA + ((PAGES + (1 << 16)) * (uint64_t)PAGE_SIZE), &next), 0);
        serve_after(false);
    } while (next > from);
    ck_assert_uint_ge(frames_obtainable(), reclaim_low());
    ck_assert_uint_eq(reclaim_counters.evicted, 0);
    destroyed_returns_everything(s);
}
END_TEST

/* ---- the hint: sixteen pages that a TLB may hold as one entry ---- */

static struct space *boot_walked(uint64_t pages)
{
    struct space *s = boot(0);
    fake_groups_mapped = fake_groups_broken = 0;
    walk(s, 0, 1, pages);
    return s;
}

START_TEST(a_walk_is_mapped_in_groups)
{
    struct space *s = boot_walked(2048);
    ck_assert_uint_ge(fake_groups_mapped, 2048 / HINT_PAGES * 3 / 4);
    ck_assert_uint_eq(fake_groups_broken, 0);
    destroyed_returns_everything(s);
    ck_assert_uint_eq(fake_groups_broken, 0);
}
END_TEST

START_TEST(no_page_is_in_a_group_when_the_hint_is_off)
{
    struct space *s = boot(0);
    pager.hint = 0;
    fake_groups_mapped = 0;
    walk(s, 0, 1, 1000);
    ck_assert_uint_eq(fake_groups_mapped, 0);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(what_a_program_will_need_comes_in_groups)
{
    struct space *s = boot(0);
    uint64_t next = VA;
    fake_groups_mapped = 0;
    for (unsigned i = 0; i < 200 && next < VA + 512 * PAGE_SIZE; i++) {
        ck_assert_uint_eq(range_bring(s, next, VA + 512 * PAGE_SIZE, &next), 0);
        serve_after(false);
    }
    ck_assert_uint_eq(next, VA + 512 * PAGE_SIZE);
    ck_assert_uint_ge(fake_groups_mapped, 512 / HINT_PAGES / 2);
    ck_assert_uint_eq(walk(s, 0, 1, 512), 0);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(pages_of_a_group_go_their_own_ways)
{
    struct space *s = boot_walked(1024), *child;
    uint64_t mapped = fake_groups_mapped;
    ck_assert_uint_eq(range_forget(s, VA + 500 * PAGE_SIZE, VA + 501 * PAGE_SIZE), 0);
    machine_check();
    ck_assert_uint_eq(touch(s, 500), 1);
    ck_assert_uint_eq(range_protect(s, VA + 600 * PAGE_SIZE, VA + 601 * PAGE_SIZE, PAGER_PROT_READ), 0);
    ck_assert_ptr_null(machine_touch(s, VA + 600 * PAGE_SIZE, ACCESS_WRITE));
    machine_check();
    ck_assert_uint_ge(fake_groups_broken, 1);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    child->started = true;
    uint64_t broken = fake_groups_broken;
    uint8_t *page = machine_touch(s, VA + 700 * PAGE_SIZE, ACCESS_WRITE);
    page[7] = 0x77;
    ck_assert_uint_le(fake_groups_broken, broken + 1);
    for (uint64_t p = 0; p < 1024; p++) {
        page = machine_touch(child, VA + p * PAGE_SIZE, ACCESS_READ);
        ck_assert_ptr_nonnull(page);
        ck_assert_uint_eq(page[7], (uint8_t)(p | 1));
    }
    machine_check();
    ck_assert_uint_le(fake_groups_broken, mapped);
    space_destroy(child);
    destroyed_returns_everything(s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ahead");
    TCase *t = tcase_create("ahead");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, walks_up_and_down_need_few_faults);
    tcase_add_test(t, zero_pages_are_replaced_ahead);
    tcase_add_test(t, pages_ahead_have_the_rights_of_their_region);
    tcase_add_test(t, random_touches_bring_in_nearly_nothing);
    tcase_add_test(t, a_region_is_not_left);
    tcase_add_test(t, a_maximum_is_used_to_the_last_page_and_not_passed);
    tcase_add_test(t, nothing_is_guessed_under_pressure_or_when_switched_off_or_advised_against);
    tcase_add_test(t, sequential_advice_opens_at_the_first_page);
    tcase_add_test(t, what_was_brought_in_is_forked_protected_and_given_back_like_any_page);
    tcase_add_test(t, whole_pages_of_a_file_come_with_the_first);
    tcase_add_test(t, slots_of_file_pages_serve_again);
    tcase_add_test(t, file_pages_stop_at_what_was_touched_and_come_singly_when_asked);
    tcase_add_test(t, file_pages_written_and_forked_after_they_came);
    tcase_add_test(t, reads_in_order_map_the_zero_page_ahead_and_take_no_frames);
    tcase_add_test(t, reads_in_any_order_never_overdraw_the_account);
    tcase_add_test(t, pages_that_eviction_made_zero_come_back_with_their_neighbours);
    tcase_add_test(t, zero_pages_ahead_are_written_forked_and_split_like_any);
    tcase_add_test(t, zero_pages_come_singly_when_asked_or_under_pressure_or_to_be_executed);
    tcase_add_test(t, pages_read_and_then_written_in_order_need_fewer_faults_than_pages);
    tcase_add_test(t, pages_a_program_will_need_come_in_bounded_steps);
    tcase_add_test(t, no_more_comes_than_memory_is_plenty);
    tcase_add_test(t, a_walk_is_mapped_in_groups);
    tcase_add_test(t, no_page_is_in_a_group_when_the_hint_is_off);
    tcase_add_test(t, what_a_program_will_need_comes_in_groups);
    tcase_add_test(t, pages_of_a_group_go_their_own_ways);
    suite_add_tcase(s, t);
    return check_run(s);
}
