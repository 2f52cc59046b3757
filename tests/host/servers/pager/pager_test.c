/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole pager on a model of the kernel: each situation by name. Random sequences are in pager_random_test.c. */
#include "check_main.h"
#include "ending.h"
#include "event.h"
#include "fault.h"
#include "fork.h"
#include "frame.h"
#include "machine.h"
#include "mapping.h"
#include "range.h"
#include "serve.h"
#include "shared.h"

#include <pagoda/layout.h>
#include <string.h>

#define RAM (32ull << 20)
#define VA 0x10000000ull
#define READ PAGER_PROT_READ
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define EXEC (PAGER_PROT_READ | PAGER_PROT_EXEC)

static uint64_t free_before;

static void boot(void)
{
    machine_boot(RAM);
    pager.evict = 0; /* what happens when memory is full and nothing can leave it; reclaim_test.c has the rest */
    serve_after(true);
    free_before = pages_free();
}

static void destroyed_returns_everything(struct space *s)
{
    space_destroy(s);
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(pages_free(), free_before);
}

static uint64_t word_at(struct space *s, uint64_t va)
{
    uint64_t word;
    uint8_t *p = machine_touch(s, va, ACCESS_READ);
    ck_assert_ptr_nonnull(p);
    memcpy(&word, p, sizeof word);
    return word;
}

static void write_word(struct space *s, uint64_t va, uint64_t word)
{
    uint8_t *p = machine_touch(s, va, ACCESS_WRITE);
    ck_assert_ptr_nonnull(p);
    memcpy(p, &word, sizeof word);
}

START_TEST(boot_accounts_for_every_page)
{
    for (uint64_t ram = 16ull << 20; ram <= 256ull << 20; ram += 13ull << 20) {
        machine_boot(ram);
        uint64_t sum = pages_free() + pager.kernel_pages + pager.init_pages + pager.archive_pages + pager.own_pages + pages_in(FRAME_META) + pages_in(FRAME_SLOTS);
        ck_assert_uint_eq(sum, pager.ram_pages);
    }
}
END_TEST

START_TEST(metadata_stays_below_three_percent)
{
    for (uint64_t ram = 32ull << 20; ram <= 2048ull << 20; ram *= 4) {
        machine_boot(ram);
        ck_assert_uint_le((pager.own_pages - 60 + pages_in(FRAME_META) + pages_in(FRAME_ARMED)) * 100, 3 * pager.ram_pages);
    }
}
END_TEST

START_TEST(read_of_untouched_page_maps_the_zero_page)
{
    struct space *s = machine_space(0);
    uint64_t held = space_pages(s);
    ck_assert_uint_eq(machine_map(s, VA, 8, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_uint_eq(word_at(s, VA + 8), 0);
    ck_assert_uint_eq(s->states[PAGE_ZERO], 1);
    ck_assert_uint_eq(s->faults[PAGER_FAULT_READ_ZERO], 1);
    ck_assert_ptr_null(fake_translate(s->vspace, VA, true, false));
    ck_assert_uint_le(space_pages(s), held + 4);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(write_of_untouched_page_gets_a_zeroed_frame)
{
    struct space *s = machine_space(0);
    machine_map(s, VA, 8, WRITE, PAGER_REGION_ANONYMOUS);
    write_word(s, VA + 16, 77);
    ck_assert_uint_eq(machine_faults, 1);
    ck_assert_uint_eq(word_at(s, VA), 0);
    ck_assert_uint_eq(word_at(s, VA + 16), 77);
    ck_assert_uint_eq(s->faults[PAGER_FAULT_WRITE_FIRST], 1);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(write_breaks_the_zero_page)
{
    struct space *s = machine_space(0);
    machine_map(s, VA, 8, WRITE, PAGER_REGION_ANONYMOUS);
    word_at(s, VA);
    word_at(s, VA + PAGE_SIZE);
    write_word(s, VA, 5);
    ck_assert_uint_eq(word_at(s, VA + PAGE_SIZE), 0);
    ck_assert_uint_eq(s->faults[PAGER_FAULT_WRITE_ZERO], 1);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

/* Two slots whose zero pages were replaced are used again in the other order: the second one still seems to serve the page that the
 * first one serves now, so the kernel refuses to take it for another page. */
START_TEST(slot_that_seems_in_use_costs_a_fault_and_no_page)
{
    struct space *s = machine_space(0);
    const uint64_t b = VA + PAGE_SIZE;
    unsigned refused = machine_refused;

    machine_map(s, VA, 8, WRITE, PAGER_REGION_ANONYMOUS);
    word_at(s, VA);
    word_at(s, b);
    write_word(s, VA, 1);
    write_word(s, b, 2);
    ck_assert_uint_eq(range_forget(s, VA, b + PAGE_SIZE), 0);
    ck_assert_uint_eq(word_at(s, b), 0);
    ck_assert_uint_eq(word_at(s, VA), 0);
    ck_assert_uint_eq(machine_refused, refused + 1);
    ck_assert_uint_eq(word_at(s, b), 0);
    ck_assert_uint_eq(word_at(s, VA), 0);
    write_word(s, VA, 3);
    ck_assert_uint_eq(word_at(s, b), 0);
    ck_assert_uint_eq(word_at(s, VA), 3);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

/* The reply was refused, and the slot still has another frame's capability: widening the page's rights must not map that one. */
START_TEST(write_after_a_refused_mapping_never_shows_another_frame)
{
    struct space *s = machine_space(0);
    struct space *child;
    uint64_t words[4] = {0, VA, 0, 0x92000007};

    machine_map(s, VA, 8, WRITE, PAGER_REGION_ANONYMOUS);
    write_word(s, VA, 7);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    word_at(child, VA + PAGE_SIZE);                     /* the zero page, by the first slot */
    write_word(child, VA + PAGE_SIZE, 9);               /* which is free again and still has it */
    ck_assert(serve_fault(child->id, FAULT_MESSAGE_VM, words, 4)); /* read of VA: a reply that does not map */
    ck_assert(mapping_deferred()->wanted && mapping_deferred()->copy);
    serve_after(true);
    space_destroy(s);
    write_word(child, VA + 8, 8); /* the last holder: the frame is taken, by the same slot */
    ck_assert_uint_eq(word_at(child, VA), 7);
    ck_assert_uint_eq(word_at(child, VA + 8), 8);
    ck_assert_uint_eq(word_at(child, VA + PAGE_SIZE), 9);
    machine_check();
    destroyed_returns_everything(child);
}
END_TEST

/* was_quick: the access took one fault, served in this way. */
static bool was_quick(struct space *s, uint64_t va, enum access access)
{
    unsigned before = machine_quick;

    ck_assert_ptr_nonnull(machine_touch(s, va, access));
    ck_assert_uint_eq(machine_faults, 1);
    return machine_quick == before + 1;
}

START_TEST(faults_with_everything_at_hand_are_served_quickly)
{
    struct space *s = machine_space(0), *child;
    const uint64_t file = VA + 64 * PAGE_SIZE;

    machine_map(s, VA, 32, WRITE, PAGER_REGION_ANONYMOUS);
    machine_map_file(s, file, 2, PAGER_PROT_READ, FILE_EXACT, 0, machine_file_size(FILE_EXACT));
    ck_assert_uint_eq(range_advise(s, file, file + 2 * PAGE_SIZE, PREDICT_RANDOM), 0);
    ck_assert(!was_quick(s, VA, ACCESS_WRITE)); /* the leaf has to be made */
    ck_assert(was_quick(s, VA + PAGE_SIZE, ACCESS_WRITE));
    ck_assert(!was_quick(s, VA + 2 * PAGE_SIZE, ACCESS_READ)); /* the first slot has to be made */
    ck_assert(was_quick(s, VA + 3 * PAGE_SIZE, ACCESS_READ));
    ck_assert(was_quick(s, VA + 3 * PAGE_SIZE, ACCESS_WRITE));
    ck_assert(!was_quick(s, file, ACCESS_READ)); /* another region than last time */
    ck_assert(was_quick(s, file + PAGE_SIZE, ACCESS_READ));
    ck_assert_uint_eq(*machine_touch(s, file + PAGE_SIZE, ACCESS_READ), machine_file_byte(FILE_EXACT, PAGE_SIZE));
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert(!was_quick(s, VA, ACCESS_WRITE)); /* the leaf has to be copied */
    ck_assert(was_quick(s, VA + PAGE_SIZE, ACCESS_WRITE));
    space_destroy(child);
    ck_assert(was_quick(s, VA + 3 * PAGE_SIZE, ACCESS_WRITE)); /* the last holder */
    machine_check();
    ck_assert_uint_eq(s->faults[PAGER_FAULT_WRITE_FIRST], 2);
    ck_assert_uint_eq(s->faults[PAGER_FAULT_READ_ZERO], 2);
    ck_assert_uint_eq(s->faults[PAGER_FAULT_WRITE_ZERO], 1);
    ck_assert_uint_eq(s->faults[PAGER_FAULT_FILE_READ], 2);
    ck_assert_uint_eq(s->faults[PAGER_FAULT_COW_COPY], 2);
    ck_assert_uint_eq(s->faults[PAGER_FAULT_COW_LAST], 1);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(faults_that_may_be_refused_are_not_served_quickly)
{
    struct space *s = machine_space(0);

    machine_map(s, VA, 32, WRITE, PAGER_REGION_ANONYMOUS);
    machine_touch(s, VA, ACCESS_WRITE);
    space_set_limit(s, 1000);
    ck_assert(!was_quick(s, VA + PAGE_SIZE, ACCESS_WRITE));
    space_set_limit(s, 0);
    ck_assert(was_quick(s, VA + 2 * PAGE_SIZE, ACCESS_WRITE));
    machine_map_stack(s, VA + 256 * PAGE_SIZE, 64 * PAGE_SIZE, 32 * PAGE_SIZE);
    machine_touch(s, VA + 256 * PAGE_SIZE - 1, ACCESS_WRITE);
    ck_assert(!was_quick(s, VA + 251 * PAGE_SIZE, ACCESS_WRITE)); /* it grows */
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(counts_of_faults_outlive_their_space)
{
    struct space *s = machine_space(0), *other = machine_space(0);
    uint64_t counts[PAGER_FAULT_KINDS];

    machine_map(s, VA, 8, WRITE, PAGER_REGION_ANONYMOUS);
    machine_map(other, VA, 8, WRITE, PAGER_REGION_ANONYMOUS);
    word_at(s, VA);
    word_at(other, VA);
    space_destroy(s);
    word_at(other, VA + PAGE_SIZE);
    spaces_count_faults(counts);
    ck_assert_uint_eq(counts[PAGER_FAULT_READ_ZERO], 3);
    destroyed_returns_everything(other);
}
END_TEST

START_TEST(zero_sharing_off_gives_frames_on_read)
{
    struct space *s = machine_space(0);
    pager.zero_sharing = 0;
    machine_map(s, VA, 8, WRITE, PAGER_REGION_ANONYMOUS);
    ck_assert_uint_eq(word_at(s, VA), 0);
    ck_assert_uint_eq(s->states[PAGE_PRIVATE], 2); /* and the IPC buffer */
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(reused_frame_reads_as_zeros)
{
    for (unsigned round = 0; round < 3; round++) {
        struct space *s = machine_space(0);
        machine_map(s, VA, 2048, WRITE, PAGER_REGION_ANONYMOUS);
        for (unsigned i = 0; i < 2048; i++) {
            ck_assert_uint_eq(*machine_touch(s, VA + i * PAGE_SIZE + 100, ACCESS_WRITE), 0);
            memset(machine_touch(s, VA + i * PAGE_SIZE, ACCESS_WRITE), 0xee, PAGE_SIZE);
        }
        destroyed_returns_everything(s);
    }
}
END_TEST

START_TEST(file_pages_are_shared_from_the_archive)
{
    struct space *a = machine_space(0), *b = machine_space(0);
    uint64_t size = machine_file_size(FILE_LARGE);
    machine_map_file(a, VA, 10, EXEC, FILE_LARGE, 0, size);
    machine_map_file(b, VA, 10, EXEC, FILE_LARGE, 0, size);
    uint64_t anon = pages_in(FRAME_ANON);
    for (uint64_t at = 0; at < 9 * PAGE_SIZE; at += 1000) {
        ck_assert_uint_eq(*machine_touch(a, VA + at, ACCESS_EXECUTE), machine_file_byte(FILE_LARGE, at));
        ck_assert_ptr_eq(machine_touch(b, VA + at, ACCESS_READ), machine_touch(a, VA + at, ACCESS_READ));
    }
    ck_assert_uint_eq(pages_in(FRAME_ANON), anon);
    machine_check();
    space_destroy(a);
    destroyed_returns_everything(b);
}
END_TEST

START_TEST(last_file_page_is_zero_behind_the_end)
{
    struct space *s = machine_space(0);
    uint64_t size = machine_file_size(FILE_LARGE);
    machine_map_file(s, VA, 12, WRITE, FILE_LARGE, PAGE_SIZE, size - PAGE_SIZE);
    for (uint64_t at = 8 * PAGE_SIZE; at < 11 * PAGE_SIZE; at += 50) {
        ck_assert_uint_eq(*machine_touch(s, VA + at, ACCESS_READ), at + PAGE_SIZE < size ? machine_file_byte(FILE_LARGE, at + PAGE_SIZE) : 0);
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(writing_a_file_page_leaves_the_file_alone)
{
    struct space *a = machine_space(0), *b = machine_space(0);
    machine_map_file(a, VA, 2, WRITE, FILE_EXACT, 0, 2 * PAGE_SIZE);
    machine_map_file(b, VA, 2, READ, FILE_EXACT, 0, 2 * PAGE_SIZE);
    write_word(a, VA, 1);              /* untouched page */
    word_at(a, VA + PAGE_SIZE);
    write_word(a, VA + PAGE_SIZE, 2);  /* mapped page */
    ck_assert_uint_eq(*machine_touch(a, VA + 8, ACCESS_READ), machine_file_byte(FILE_EXACT, 8));
    ck_assert_uint_eq(*machine_touch(a, VA + PAGE_SIZE + 8, ACCESS_READ), machine_file_byte(FILE_EXACT, PAGE_SIZE + 8));
    ck_assert_uint_eq(*machine_touch(b, VA, ACCESS_READ), machine_file_byte(FILE_EXACT, 0));
    ck_assert_uint_eq(*machine_touch(b, VA + PAGE_SIZE, ACCESS_READ), machine_file_byte(FILE_EXACT, PAGE_SIZE));
    machine_check();
    space_destroy(b);
    destroyed_returns_everything(a);
}
END_TEST

START_TEST(unaligned_file_is_copied)
{
    struct space *s = machine_space(0);
    uint64_t size = machine_file_size(FILE_UNALIGNED);
    machine_map_file(s, VA, 3, READ, FILE_UNALIGNED, 0, size);
    for (uint64_t at = 0; at < 3 * PAGE_SIZE; at += 7) {
        ck_assert_uint_eq(*machine_touch(s, VA + at, ACCESS_READ), at < size ? machine_file_byte(FILE_UNALIGNED, at) : 0);
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(access_outside_regions_is_refused)
{
    struct space *s = machine_space(0);
    machine_map(s, VA, 1, READ, PAGER_REGION_ANONYMOUS);
    static const uint64_t bad[] = {0, 8, VA - 1, VA + PAGE_SIZE, LAYOUT_USER_TOP - 1, LAYOUT_USER_TOP, UINT64_MAX, LAYOUT_IPC_BUFFER_VA + PAGE_SIZE};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_ptr_null(machine_touch(s, bad[i], ACCESS_READ));
        ck_assert_uint_eq(machine_event(), PAGER_EVENT_BAD_ADDRESS);
    }
    ck_assert_ptr_null(machine_touch(s, VA, ACCESS_WRITE));
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_PROTECTION);
    ck_assert_ptr_null(machine_touch(s, VA, ACCESS_EXECUTE));
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_PROTECTION);
    ck_assert_uint_eq(machine_event(), 0);
    ck_assert_uint_gt(fake_signals, 0);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(event_of_destroyed_space_is_forgotten)
{
    struct space *a = machine_space(0), *b = machine_space(0), *c = machine_space(0);
    machine_touch(a, 0, ACCESS_READ);
    machine_touch(b, 0, ACCESS_READ);
    machine_touch(c, 0, ACCESS_READ);
    struct space_event event;
    space_destroy(b);
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), a);
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), c);
    ck_assert_ptr_null(event_take(MANAGER_PROCESS, &event));
    ck_assert_ptr_null(event_take(MANAGER_INIT, &event));
}
END_TEST

/* ---- stacks ---- */

#define TOP LAYOUT_STACK_TOP

START_TEST(stack_grows_down_to_its_limit)
{
    struct space *s = machine_space(0);
    ck_assert_uint_eq(machine_map_stack(s, TOP, 1 << 20, 64 * PAGE_SIZE), 0);
    unsigned faults = 0;
    for (uint64_t page = 1; page <= 64; page++) {
        write_word(s, TOP - page * PAGE_SIZE, page);
        faults += machine_faults;
    }
    ck_assert_uint_lt(faults, 20); /* the step grows */
    ck_assert_ptr_null(machine_touch(s, TOP - 65 * PAGE_SIZE, ACCESS_WRITE));
    struct space_event event;
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), s);
    ck_assert_uint_eq(event.reason, PAGER_EVENT_STACK_OVERFLOW);
    ck_assert_uint_eq(event.limit, 64 * PAGE_SIZE);
    ck_assert_uint_eq(event.used, 64 * PAGE_SIZE);
    for (uint64_t page = 1; page <= 64; page++) {
        ck_assert_uint_eq(word_at(s, TOP - page * PAGE_SIZE), page);
    }
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(stack_never_grows_into_its_guard_page)
{
    struct space *s = machine_space(0);
    machine_map_stack(s, TOP, 8 * PAGE_SIZE, 1 << 30);
    ck_assert_ptr_nonnull(machine_touch(s, TOP - 7 * PAGE_SIZE, ACCESS_WRITE));
    ck_assert_ptr_null(machine_touch(s, TOP - 8 * PAGE_SIZE, ACCESS_WRITE));
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_STACK_OVERFLOW);
    ck_assert_ptr_null(machine_touch(s, TOP - 8 * PAGE_SIZE - 1, ACCESS_WRITE));
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_BAD_ADDRESS);
    destroyed_returns_everything(s);
}
END_TEST

/* ---- fork ---- */

START_TEST(fork_copies_on_write_both_ways)
{
    struct space *a = machine_space(0), *b;
    machine_map(a, VA, 16, WRITE, PAGER_REGION_ANONYMOUS);
    write_word(a, VA, 1);
    write_word(a, VA + PAGE_SIZE, 2);
    ck_assert_uint_eq(space_fork(a, &b), 0);
    machine_check();
    write_word(a, VA, 11);
    write_word(b, VA + PAGE_SIZE, 22);
    ck_assert_uint_eq(word_at(a, VA), 11);
    ck_assert_uint_eq(word_at(b, VA), 1);
    ck_assert_uint_eq(word_at(a, VA + PAGE_SIZE), 2);
    ck_assert_uint_eq(word_at(b, VA + PAGE_SIZE), 22);
    ck_assert_uint_eq(a->faults[PAGER_FAULT_COW_COPY], 1);
    machine_check();
    space_destroy(a);
    machine_check();
    ck_assert_uint_eq(word_at(b, VA), 1);
    write_word(b, VA, 111); /* last holder */
    ck_assert_uint_eq(b->faults[PAGER_FAULT_COW_LAST], 1);
    destroyed_returns_everything(b);
}
END_TEST

START_TEST(last_holder_keeps_the_frame)
{
    struct space *a = machine_space(0), *b;
    machine_map(a, VA, 1, WRITE, PAGER_REGION_ANONYMOUS);
    write_word(a, VA, 1);
    uint8_t *frame = machine_touch(a, VA, ACCESS_READ);
    space_fork(a, &b);
    space_destroy(b);
    ck_assert_ptr_eq(machine_touch(a, VA, ACCESS_WRITE), frame);
    ck_assert_uint_eq(a->faults[PAGER_FAULT_COW_LAST], 1);
    destroyed_returns_everything(a);
}
END_TEST

START_TEST(fork_chain_exits_in_any_order)
{
    enum { DEPTH = 9 };
    for (unsigned order = 0; order < 3; order++) {
        struct space *s[DEPTH] = {machine_space(0)};
        machine_map(s[0], VA, DEPTH * 2, WRITE, PAGER_REGION_ANONYMOUS);
        for (uint64_t p = 0; p < DEPTH * 2; p++) {
            write_word(s[0], VA + p * PAGE_SIZE, p);
        }
        for (unsigned i = 1; i < DEPTH; i++) {
            ck_assert_uint_eq(space_fork(s[i - 1], &s[i]), 0);
            write_word(s[i], VA + i * PAGE_SIZE, 1000 + i);
        }
        for (unsigned k = 0; k < DEPTH; k++) {
            unsigned i = order == 0 ? k : order == 1 ? DEPTH - 1 - k : (k * 5 + 4) % DEPTH;
            for (uint64_t p = 0; p < DEPTH * 2; p++) {
                ck_assert_uint_eq(word_at(s[i], VA + p * PAGE_SIZE), p >= 1 && p <= i ? 1000 + p : p);
            }
            space_destroy(s[i]);
            machine_check();
        }
        ck_assert_uint_eq(pages_free(), free_before);
    }
}
END_TEST

START_TEST(fork_copies_the_ipc_buffer)
{
    struct space *a = machine_space(0), *b;
    write_word(a, LAYOUT_IPC_BUFFER_VA + 8, 42);
    space_fork(a, &b);
    ck_assert_uint_eq(word_at(b, LAYOUT_IPC_BUFFER_VA + 8), 42);
    write_word(a, LAYOUT_IPC_BUFFER_VA + 8, 43);
    ck_assert_uint_eq(word_at(b, LAYOUT_IPC_BUFFER_VA + 8), 42);
    ck_assert_uint_eq(machine_faults, 0);
    space_destroy(a);
    destroyed_returns_everything(b);
}
END_TEST

START_TEST(fork_of_a_sparse_space_costs_by_its_pages)
{
    struct space *a = machine_space(0), *b;
    machine_map(a, VA, 1 << 22, WRITE, PAGER_REGION_ANONYMOUS);
    write_word(a, VA, 1);
    write_word(a, VA + (10ull << 30), 2);
    uint64_t calls = fake_calls;
    ck_assert_uint_eq(space_fork(a, &b), 0);
    ck_assert_uint_lt(fake_calls - calls, 100);
    ck_assert_uint_eq(word_at(b, VA + (10ull << 30)), 2);
    space_destroy(a);
    destroyed_returns_everything(b);
}
END_TEST

START_TEST(shared_memory_stays_shared_across_fork)
{
    struct space *a = machine_space(0), *b, *c;
    machine_map(a, VA, 4, WRITE, PAGER_REGION_SHARED);
    write_word(a, VA, 1);
    space_fork(a, &b);
    space_fork(b, &c);
    write_word(b, VA, 2);
    write_word(c, VA + PAGE_SIZE, 3); /* touched first after the fork */
    ck_assert_uint_eq(word_at(a, VA), 2);
    ck_assert_uint_eq(word_at(a, VA + PAGE_SIZE), 3);
    ck_assert_uint_eq(word_at(b, VA + PAGE_SIZE), 3);
    machine_check();
    range_unmap(b, VA, VA + PAGE_SIZE);
    machine_check();
    ck_assert_uint_eq(word_at(b, VA + PAGE_SIZE), 3);
    space_destroy(a);
    space_destroy(b);
    ck_assert_uint_eq(word_at(c, VA), 2);
    destroyed_returns_everything(c);
    ck_assert_ptr_null(shared_first());
}
END_TEST

/* ---- ranges ---- */

START_TEST(unmap_of_parts_keeps_the_rest)
{
    struct space *s = machine_space(0);
    machine_map(s, VA, 37, WRITE, PAGER_REGION_ANONYMOUS);
    for (uint64_t p = 0; p < 37; p++) {
        write_word(s, VA + p * PAGE_SIZE, p);
    }
    ck_assert_uint_eq(range_unmap(s, VA + 5 * PAGE_SIZE, VA + 12 * PAGE_SIZE), 0);
    ck_assert_uint_eq(range_unmap(s, VA + 30 * PAGE_SIZE, VA + 100 * PAGE_SIZE), 0);
    machine_check();
    for (uint64_t p = 0; p < 37; p++) {
        bool gone = (p >= 5 && p < 12) || p >= 30;
        ck_assert(gone == !machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ));
        ck_assert(gone || word_at(s, VA + p * PAGE_SIZE) == p);
        machine_event();
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(dontneed_gives_pages_back_and_zeros_after)
{
    struct space *s = machine_space(0);
    machine_map(s, VA, 600, WRITE, PAGER_REGION_ANONYMOUS);
    serve_after(true);
    uint64_t before = pages_free();
    for (uint64_t p = 0; p < 600; p++) {
        write_word(s, VA + p * PAGE_SIZE, p + 1);
    }
    ck_assert_uint_eq(range_forget(s, VA, VA + 600 * PAGE_SIZE), 0);
    ck_assert_uint_le(before - pages_free(), 4); /* tables of partly covered leaves may stay */
    ck_assert_uint_eq(word_at(s, VA + 5 * PAGE_SIZE), 0);
    ck_assert_uint_eq(range_forget(s, VA, VA + 601 * PAGE_SIZE), PAGODA_ERR_NOT_MAPPED);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(protect_narrows_at_once_and_widens_on_fault)
{
    struct space *s = machine_space(0);
    machine_map(s, VA, 4, WRITE, PAGER_REGION_ANONYMOUS);
    write_word(s, VA + PAGE_SIZE, 9);
    ck_assert_uint_eq(range_protect(s, VA + PAGE_SIZE, VA + 2 * PAGE_SIZE, READ), 0);
    ck_assert_ptr_null(machine_touch(s, VA + PAGE_SIZE, ACCESS_WRITE));
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_PROTECTION);
    ck_assert_uint_eq(word_at(s, VA + PAGE_SIZE), 9);
    ck_assert_uint_eq(range_protect(s, VA, VA + 4 * PAGE_SIZE, 0), 0);
    ck_assert_ptr_null(machine_touch(s, VA + PAGE_SIZE, ACCESS_READ));
    ck_assert_uint_eq(range_protect(s, VA, VA + 4 * PAGE_SIZE, WRITE), 0);
    write_word(s, VA + PAGE_SIZE + 8, 10);
    ck_assert_uint_eq(s->faults[PAGER_FAULT_REMAP], 1);
    ck_assert_uint_eq(word_at(s, VA + PAGE_SIZE), 9);
    ck_assert_uint_eq(range_protect(s, VA, VA + 5 * PAGE_SIZE, READ), PAGODA_ERR_NOT_MAPPED);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(unmap_in_a_loop_uses_no_more_memory)
{
    struct space *s = machine_space(0);
    uint64_t held = 0;
    for (unsigned i = 0; i < 3000; i++) {
        struct region_plan plan = {.length = PAGE_SIZE, .prot = WRITE, .kind = PAGER_REGION_ANONYMOUS};
        uint64_t va = 0;
        ck_assert_uint_eq(range_map(s, &plan, &va), 0);
        write_word(s, va, i);
        ck_assert_uint_eq(range_unmap(s, va, va + PAGE_SIZE), 0);
        held = i == 10 ? space_pages(s) : held;
    }
    ck_assert_uint_eq(space_pages(s), held);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(ten_thousand_regions)
{
    struct space *s = machine_space(0);
    for (uint64_t i = 0; i < 10000; i++) {
        ck_assert_uint_eq(machine_map(s, VA + i * 2 * PAGE_SIZE, 1, i % 2 ? WRITE : READ, PAGER_REGION_ANONYMOUS), 0);
    }
    machine_check();
    uint64_t error = 0;
    for (uint64_t i = 10000; !error && i < 20000; i++) {
        error = machine_map(s, VA + i * 2 * PAGE_SIZE, 1, READ, PAGER_REGION_ANONYMOUS);
    }
    ck_assert_uint_eq(error, PAGODA_ERR_TOO_MANY);
    ck_assert_ptr_nonnull(machine_touch(s, VA + 9999 * 2 * PAGE_SIZE, ACCESS_WRITE));
    ck_assert_ptr_null(machine_touch(s, VA + 9998 * 2 * PAGE_SIZE, ACCESS_WRITE));
    destroyed_returns_everything(s);
}
END_TEST

/* fill_regions: one-page regions, every other page, until the table is full; how many there are. */
static uint64_t fill_regions(struct space *s)
{
    uint64_t n = 0;
    while (machine_map(s, VA + n * 2 * PAGE_SIZE, 1, WRITE, PAGER_REGION_ANONYMOUS) == 0) {
        n++;
    }
    return n;
}

START_TEST(full_region_table_still_unmaps_whole_regions)
{
    struct space *s = machine_space(0);
    uint64_t far = VA + (1ull << 32);
    ck_assert_uint_eq(machine_map(s, far, 3, WRITE, PAGER_REGION_ANONYMOUS), 0);
    uint64_t n = fill_regions(s);
    ck_assert_uint_eq(range_unmap(s, far + PAGE_SIZE, far + 2 * PAGE_SIZE), PAGODA_ERR_TOO_MANY);
    write_word(s, far + PAGE_SIZE, 7);
    for (uint64_t i = 0; i < n; i += 100) {
        ck_assert_uint_eq(range_protect(s, VA + i * 2 * PAGE_SIZE, VA + (i * 2 + 1) * PAGE_SIZE, READ), 0);
        struct region_plan plan = {.va = VA + i * 2 * PAGE_SIZE, .length = PAGE_SIZE, .prot = WRITE, .flags = PAGER_MAP_FIXED | PAGER_MAP_REPLACE,
                                   .kind = PAGER_REGION_ANONYMOUS};
        uint64_t va;
        ck_assert_uint_eq(range_map(s, &plan, &va), 0);
        ck_assert_uint_eq(range_unmap(s, va, va + PAGE_SIZE), 0);
        ck_assert_uint_eq(machine_map(s, va, 1, WRITE, PAGER_REGION_ANONYMOUS), 0);
    }
    machine_check();
    space_clear(s);
    ck_assert_uint_eq(s->regions.count, 1);
    ck_assert_uint_eq(s->regions.n_pages, 1);
    machine_check();
    ck_assert_uint_eq(machine_map(s, VA, 5, WRITE, PAGER_REGION_ANONYMOUS), 0);
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(half_an_unmap_needs_one_region_only)
{
    struct space *s = machine_space(0);
    fill_regions(s);
    ck_assert_uint_eq(range_unmap(s, VA, VA + PAGE_SIZE), 0);
    ck_assert_uint_eq(range_unmap(s, VA + 2 * PAGE_SIZE, VA + 5 * PAGE_SIZE), 0);
    ck_assert_uint_eq(machine_map(s, VA + (1ull << 32), 4, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_uint_eq(range_unmap(s, VA + (1ull << 32) + PAGE_SIZE, VA + (1ull << 32) + 2 * PAGE_SIZE), 0);
    ck_assert_uint_eq(range_unmap(s, VA + (1ull << 32) + 3 * PAGE_SIZE, VA + (1ull << 32) + 9 * PAGE_SIZE), 0);
    ck_assert_uint_eq(range_protect(s, VA + (1ull << 32) + 2 * PAGE_SIZE, VA + (1ull << 32) + 3 * PAGE_SIZE, READ), 0);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(victim_with_full_region_pages_gives_everything_back)
{
    struct space *hog = machine_space(0), *other = machine_space(0);
    const uint64_t per_page = PAGE_SIZE / sizeof(struct region);
    machine_map(hog, VA, 1 << 20, WRITE, PAGER_REGION_ANONYMOUS);
    for (uint64_t i = 0; hog->regions.count < per_page; i++) {
        ck_assert_uint_eq(machine_map(hog, VA + (1ull << 33) + i * 2 * PAGE_SIZE, 1, READ, PAGER_REGION_ANONYMOUS), 0);
        word_at(hog, VA + (1ull << 33) + i * 2 * PAGE_SIZE);
    }
    machine_map(other, VA, 1 << 20, WRITE, PAGER_REGION_ANONYMOUS);
    uint64_t p = 0;
    while (frames_available() > 0) {
        write_word(hog, VA + p++ * PAGE_SIZE, 1);
    }
    for (uint64_t k = 0; k < RAM / PAGE_SIZE / 2; k++) {
        write_word(other, VA + k * PAGE_SIZE, k);
    }
    ck_assert(hog->ended && !other->ended);
    ck_assert_uint_le(space_pages(hog), 16);
    ck_assert_uint_eq(hog->slots.leaves, 0);
    machine_check();
    space_destroy(other);
    destroyed_returns_everything(hog);
}
END_TEST

START_TEST(clear_keeps_only_the_ipc_buffer)
{
    struct space *s = machine_space(0);
    machine_map(s, VA, 700, WRITE, PAGER_REGION_ANONYMOUS);
    machine_map(s, PAGE_SIZE, 2, WRITE, PAGER_REGION_ANONYMOUS);
    machine_map(s, LAYOUT_USER_TOP - 2 * PAGE_SIZE, 2, WRITE, PAGER_REGION_ANONYMOUS);
    write_word(s, VA, 1);
    write_word(s, PAGE_SIZE, 1);
    write_word(s, LAYOUT_USER_TOP - 8, 1);
    write_word(s, LAYOUT_IPC_BUFFER_VA, 7);
    space_clear(s);
    machine_check();
    ck_assert_uint_eq(fake_mappings(s->vspace), 1);
    ck_assert_uint_eq(word_at(s, LAYOUT_IPC_BUFFER_VA), 7);
    destroyed_returns_everything(s);
}
END_TEST

/* ---- capabilities ---- */

START_TEST(capabilities_handed_out_die_with_the_space)
{
    struct space *s = machine_space(0);
    for (uint64_t kind = 0; kind <= PAGER_SPACE_CAP_OBSERVER; kind++) {
        cptr_t cap = 0;
        ck_assert_uint_eq(space_cap(s, kind, &cap), 0);
        fake_hand_out(cap);
    }
    cptr_t cap;
    ck_assert_uint_eq(space_cap(s, PAGER_SPACE_CAP_OBJECTS, &cap), PAGODA_ERR_TOO_MANY);
    ck_assert_uint_eq(fake_handed_out(), 6);
    machine_check();
    destroyed_returns_everything(s);
    ck_assert_uint_eq(fake_handed_out(), 0);
}
END_TEST

/* ---- limits and exhaustion ---- */

START_TEST(own_limit_ends_the_client)
{
    struct space *s = machine_space(60);
    machine_map(s, VA, 1000, WRITE, PAGER_REGION_ANONYMOUS);
    uint64_t p = 0;
    while (machine_touch(s, VA + p * PAGE_SIZE, ACCESS_WRITE)) {
        p++;
    }
    ck_assert_uint_gt(p, 30);
    ck_assert_uint_le(space_pages(s), 60);
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_OVER_LIMIT);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

/* touch_all: accesses with this stride until the thread is stopped, which its maximum must do. */
static void touch_all(struct space *s, uint64_t stride, enum access access)
{
    for (uint64_t n = 0; machine_touch(s, VA + n * stride, access); n++) {
        ck_assert_uint_le(space_pages(s), s->max_pages);
        ck_assert_uint_lt(n, 1000);
    }
    struct space_event event;
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), s);
    ck_assert_uint_eq(event.reason, PAGER_EVENT_OVER_LIMIT);
    ck_assert_uint_eq(event.limit, s->max_pages * PAGE_SIZE);
    ck_assert_uint_eq(event.used, space_pages(s) * PAGE_SIZE);
    ck_assert_uint_ge(space_pages(s) + 8, s->max_pages);
    machine_check();
}

START_TEST(own_limit_counts_every_kind_of_page)
{
    for (unsigned kind = 0; kind < 5; kind++) {
        struct space *s = machine_space(100);
        uint64_t stride = kind == 1 ? PAGE_SIZE : 512 * PAGE_SIZE; /* sparse: what grows is page map and tables */
        if (kind == 2) {
            for (uint64_t i = 0; i < 60; i++) {
                machine_map_file(s, VA + i * stride, 1, EXEC, FILE_LARGE, 0, PAGE_SIZE);
            }
        } else {
            machine_map(s, VA, 512u * 2000, WRITE, kind == 3 ? PAGER_REGION_SHARED : PAGER_REGION_ANONYMOUS);
        }
        touch_all(s, stride, kind == 0 || kind == 2 ? ACCESS_READ : ACCESS_WRITE);
        destroyed_returns_everything(s);
    }
}
END_TEST

START_TEST(own_limit_counts_stack_and_regions)
{
    struct space *s = machine_space(60);
    machine_map_stack(s, VA, 4096 * PAGE_SIZE, 4000 * PAGE_SIZE);
    for (uint64_t p = 1; machine_touch(s, VA - p * PAGE_SIZE, ACCESS_WRITE); p++) {
        ck_assert_uint_le(space_pages(s), 60);
    }
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_OVER_LIMIT);
    destroyed_returns_everything(s);
    s = machine_space(30);
    uint64_t error = 0;
    for (uint64_t i = 0; !error; i++) {
        error = machine_map(s, VA + i * 2 * PAGE_SIZE, 1, READ, PAGER_REGION_ANONYMOUS);
    }
    ck_assert_uint_eq(error, PAGODA_ERR_OVER_LIMIT);
    ck_assert_uint_eq(space_pages(s), 30);
    ck_assert_uint_eq(range_unmap(s, VA, VA + PAGE_SIZE), 0);
    machine_check();
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(limit_below_use_only_shrinks_and_is_inherited)
{
    struct space *s = machine_space(0), *child;
    machine_map(s, VA, 1000, WRITE, PAGER_REGION_ANONYMOUS);
    for (uint64_t p = 0; p < 200; p++) {
        write_word(s, VA + p * PAGE_SIZE, p);
    }
    space_set_limit(s, 100);
    machine_check();
    ck_assert_uint_eq(word_at(s, VA + 7 * PAGE_SIZE), 7);
    ck_assert_uint_eq(space_fork(s, &child), PAGODA_ERR_OVER_LIMIT);
    ck_assert_uint_eq(word_at(s, VA + 7 * PAGE_SIZE), 7);
    write_word(s, VA + 7 * PAGE_SIZE, 8);
    ck_assert_ptr_null(machine_touch(s, VA + 900 * PAGE_SIZE, ACCESS_WRITE));
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_OVER_LIMIT);
    ck_assert_uint_eq(range_forget(s, VA, VA + 150 * PAGE_SIZE), 0);
    write_word(s, VA + 900 * PAGE_SIZE, 9);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert_uint_eq(child->max_pages, 100);
    touch_all(child, PAGE_SIZE, ACCESS_WRITE);
    space_destroy(child);
    space_set_limit(s, 0);
    for (uint64_t p = 0; p < 400; p++) {
        write_word(s, VA + p * PAGE_SIZE, p);
    }
    destroyed_returns_everything(s);
}
END_TEST

START_TEST(a_new_space_inherits_what_its_parent_may_hold_and_keep)
{
    struct space *parent = machine_space(0), *s;
    space_set_limit(parent, 100);
    ck_assert(space_set_share(parent, SPACE_MIN_PAGES + 10, 7));
    ck_assert_uint_eq(space_create(MANAGER_PROCESS, 0, "x", &s), 0);
    ck_assert(space_inherit(s, parent));
    ck_assert_uint_eq(s->max_pages, 100);
    ck_assert_uint_eq(s->min_pages, SPACE_MIN_PAGES + 10);
    ck_assert_uint_eq(s->weight, 7);
    space_destroy(s);

    ck_assert(space_set_share(parent, pager.general_pages / 2 - 1, 7)); /* that much can be kept once only */
    space_set_limit(parent, 4);
    ck_assert_uint_eq(space_create(MANAGER_PROCESS, 0, "x", &s), 0);
    ck_assert(!space_inherit(s, parent)); /* it has more than four pages already */
    ck_assert_uint_eq(s->min_pages, SPACE_MIN_PAGES);
    ck_assert_uint_eq(s->weight, 7);
    space_destroy(s);
    destroyed_returns_everything(parent);
    ck_assert_uint_eq(pager.kept, 0);
}
END_TEST

START_TEST(a_limit_too_small_for_a_space_makes_none)
{
    struct space *s;
    ck_assert_uint_eq(space_create(MANAGER_PROCESS, 4, "x", &s), PAGODA_ERR_OVER_LIMIT);
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(pages_free(), free_before);
}
END_TEST

START_TEST(out_of_memory_ends_the_hog_and_nobody_else)
{
    struct space *hog = machine_space(0), *small[4];
    for (unsigned i = 0; i < 4; i++) {
        small[i] = machine_space(0);
        machine_map(small[i], VA, 1000, WRITE, PAGER_REGION_ANONYMOUS);
        for (uint64_t p = 0; p < 40; p++) {
            write_word(small[i], VA + p * PAGE_SIZE, i * 100 + p);
        }
    }
    machine_map(hog, VA, 1 << 20, WRITE, PAGER_REGION_ANONYMOUS);
    uint64_t p = 0;
    while (machine_touch(hog, VA + p * PAGE_SIZE, ACCESS_WRITE)) {
        p++;
    }
    struct space_event event;
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), hog);
    ck_assert_uint_eq(event.reason, PAGER_EVENT_NO_MEMORY);
    ck_assert_uint_gt(event.used, RAM * 8 / 10);
    ck_assert_ptr_null(event_take(MANAGER_PROCESS, &event));
    struct victim_row rows[VICTIM_TABLE_ROWS];
    ck_assert_uint_eq(ending_table(small[0]->id, rows), 0);
    ck_assert_uint_eq(ending_table(hog->id, rows), 5);
    ck_assert_uint_eq(rows[0].space, hog->id);
    ck_assert_uint_eq(rows[0].resident << PAGE_BITS, event.used);
    ck_assert_uint_eq(rows[0].share, rows[0].held - SPACE_MIN_PAGES);
    ck_assert_str_eq(rows[0].label, "test");
    ck_assert_uint_eq(rows[4].share, 0); /* at its minimum: comes last */
    machine_check();
    for (unsigned i = 0; i < 4; i++) {
        for (uint64_t k = 0; k < 40; k++) {
            ck_assert_uint_eq(word_at(small[i], VA + k * PAGE_SIZE), i * 100 + k);
        }
        write_word(small[i], VA + 50 * PAGE_SIZE, 1);
        space_destroy(small[i]);
    }
    destroyed_returns_everything(hog);
}
END_TEST

START_TEST(a_bystander_that_faults_survives_the_hog)
{
    struct space *hog = machine_space(0), *other = machine_space(0);
    machine_map(hog, VA, 1 << 20, WRITE, PAGER_REGION_ANONYMOUS);
    machine_map(other, VA, 1 << 20, WRITE, PAGER_REGION_ANONYMOUS);
    uint64_t p = 0;
    while (frames_available() > 0) {
        p++;
        write_word(hog, VA + (p - 1) * PAGE_SIZE, p);
    }
    write_word(other, VA, 5); /* takes the last reserve, or ends the hog */
    for (uint64_t k = 0; k < 100; k++) {
        write_word(other, VA + k * PAGE_SIZE, k);
    }
    struct space_event event;
    ck_assert_ptr_eq(event_take(MANAGER_PROCESS, &event), hog);
    ck_assert(hog->ended && !other->ended);
    ck_assert_ptr_null(machine_touch(hog, VA, ACCESS_READ));
    machine_check();
    space_destroy(other);
    destroyed_returns_everything(hog);
}
END_TEST

START_TEST(creation_and_fork_without_memory_change_nothing)
{
    struct space *hog = machine_space(0), *s;
    machine_map(hog, VA, 1 << 20, WRITE, PAGER_REGION_ANONYMOUS);
    uint64_t p = 0;
    while (frames_available() > 4) {
        p++;
        write_word(hog, VA + (p - 1) * PAGE_SIZE, p);
    }
    uint64_t before = pages_free();
    ck_assert_uint_eq(space_fork(hog, &s), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(space_create(MANAGER_PROCESS, 0, "x", &s), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(pages_free(), before);
    machine_check();
    for (uint64_t k = 0; k < p; k++) {
        ck_assert_uint_eq(word_at(hog, VA + k * PAGE_SIZE), k + 1);
    }
    destroyed_returns_everything(hog);
}
END_TEST

#define LEAF_BYTES (512ull * PAGE_SIZE)
#define NODE_BYTES (512 * LEAF_BYTES)

START_TEST(fork_that_runs_out_halfway_leaves_the_parent_whole)
{
    struct space *a = machine_space(0), *hog = machine_space(0), *s;
    machine_map(a, VA, 100 * NODE_BYTES / PAGE_SIZE, WRITE, PAGER_REGION_ANONYMOUS);
    machine_map(hog, VA, 1 << 20, WRITE, PAGER_REGION_ANONYMOUS);
    for (uint64_t k = 0; k < 100; k++) {
        write_word(a, VA + k * NODE_BYTES, k + 1); /* a frame of the child's page map each */
    }
    uint64_t p = 0;
    while (pages_free() > 100) {
        p++;
        write_word(hog, VA + (p - 1) * PAGE_SIZE, p);
    }
    uint64_t error;
    while ((error = space_fork(a, &s)) == PAGODA_ERR_WOULD_BLOCK) { /* in parts */
    }
    ck_assert_uint_eq(error, PAGODA_ERR_NO_MEMORY);
    machine_check();
    for (uint64_t k = 0; k < 100; k++) {
        ck_assert_uint_eq(word_at(a, VA + k * NODE_BYTES), k + 1);
    }
    space_destroy(hog);
    write_word(a, VA, 1);
    ck_assert_uint_eq(a->faults[PAGER_FAULT_COW_LAST], 1);
    destroyed_returns_everything(a);
}
END_TEST

/* A parent and its child hold a leaf of 512 written pages together, the parent's pages being mapped. */
static struct space *leaf_shared_by(struct space *parent)
{
    struct space *child;
    const uint64_t va = VA + LEAF_BYTES;
    machine_map(parent, va, 512, WRITE, PAGER_REGION_ANONYMOUS);
    for (uint64_t k = 0; k < 512; k++) {
        write_word(parent, va + k * PAGE_SIZE, k + 1);
    }
    uint64_t free_pages = pages_free();
    ck_assert_uint_eq(space_fork(parent, &child), 0);
    ck_assert_uint_ge(pages_free() + 20, free_pages); /* no leaf, no page */
    ck_assert_uint_eq(child->states[PAGE_COW], 512);
    machine_check();
    return child;
}

static void expect_leaf(struct space *s, uint64_t from, uint64_t to)
{
    for (uint64_t k = from; k < to; k++) {
        ck_assert_uint_eq(word_at(s, VA + LEAF_BYTES + k * PAGE_SIZE), k + 1);
    }
    machine_check();
}

START_TEST(shared_leaf_survives_either_holder)
{
    for (unsigned parent_first = 0; parent_first < 2; parent_first++) {
        struct space *parent = machine_space(0), *child = leaf_shared_by(parent);
        space_destroy(parent_first ? parent : child);
        machine_check();
        expect_leaf(parent_first ? child : parent, 0, 512);
        write_word(parent_first ? child : parent, VA + LEAF_BYTES, 1);
        destroyed_returns_everything(parent_first ? child : parent);
    }
}
END_TEST

START_TEST(unmap_of_a_shared_leaf_leaves_the_other_holder_alone)
{
    const uint64_t starts[] = {0, 100, 0}, ends[] = {512, 300, 10}; /* all of it; parts */
    for (unsigned k = 0; k < 6; k++) {
        struct space *parent = machine_space(0), *child = leaf_shared_by(parent);
        struct space *one = k % 2 ? child : parent, *other = k % 2 ? parent : child;
        uint64_t at = VA + LEAF_BYTES, start = starts[k / 2], end = ends[k / 2];
        ck_assert_uint_eq(range_unmap(one, at + start * PAGE_SIZE, at + end * PAGE_SIZE), 0);
        machine_check();
        ck_assert_ptr_null(fake_translate(one->vspace, at + start * PAGE_SIZE, false, false));
        expect_leaf(other, 0, 512);
        expect_leaf(one, 0, start);
        expect_leaf(one, end, 512);
        space_destroy(one);
        destroyed_returns_everything(other);
    }
}
END_TEST

START_TEST(protect_and_forget_in_a_shared_leaf_are_the_holders_own)
{
    for (unsigned k = 0; k < 2; k++) {
        struct space *parent = machine_space(0), *child = leaf_shared_by(parent);
        struct space *one = k ? child : parent, *other = k ? parent : child;
        uint64_t at = VA + LEAF_BYTES;
        ck_assert_uint_eq(range_protect(one, at, at + 4 * PAGE_SIZE, 0), 0);
        machine_check();
        ck_assert_ptr_null(machine_touch(one, at, ACCESS_READ));
        ck_assert_uint_eq(machine_event(), PAGER_EVENT_PROTECTION);
        ck_assert_uint_eq(range_forget(one, at + 8 * PAGE_SIZE, at + 12 * PAGE_SIZE), 0);
        machine_check();
        ck_assert_uint_eq(word_at(one, at + 8 * PAGE_SIZE), 0);
        expect_leaf(other, 0, 512);
        space_destroy(one);
        destroyed_returns_everything(other);
    }
}
END_TEST

START_TEST(second_fork_of_an_unchanged_leaf_goes_through_no_page)
{
    struct space *parent = machine_space(0), *child = leaf_shared_by(parent), *second;
    space_destroy(child);
    uint64_t calls = fake_calls;
    ck_assert_uint_eq(space_fork(parent, &second), 0);
    ck_assert_uint_le(fake_calls, calls + 30);
    write_word(parent, VA + LEAF_BYTES, 77); /* takes a copy of the leaf, and of the page */
    ck_assert_uint_eq(parent->faults[PAGER_FAULT_COW_COPY], 1);
    expect_leaf(second, 0, 512);
    expect_leaf(parent, 1, 512);
    space_destroy(parent);
    destroyed_returns_everything(second);
}
END_TEST

START_TEST(three_generations_hold_one_leaf)
{
    struct space *a = machine_space(0), *b = leaf_shared_by(a), *c;
    ck_assert_uint_eq(space_fork(b, &c), 0);
    machine_check();
    write_word(b, VA + LEAF_BYTES, 5);
    expect_leaf(a, 0, 512);
    expect_leaf(c, 0, 512);
    space_destroy(b);
    write_word(a, VA + LEAF_BYTES, 6);
    expect_leaf(c, 0, 512);
    space_destroy(a);
    expect_leaf(c, 0, 512);
    destroyed_returns_everything(c);
}
END_TEST

START_TEST(unmap_in_a_shared_leaf_without_memory_changes_nothing)
{
    struct space *a = machine_space(0), *b = leaf_shared_by(a);
    uint64_t at = VA + LEAF_BYTES;
    while (frame_take(FRAME_META, false, true) != BUDDY_NONE || frames_refill()) {
    }
    ck_assert_uint_eq(range_unmap(b, at, at + PAGE_SIZE), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(range_forget(a, at, at + PAGE_SIZE), PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(a->states[PAGE_COW], 512);
    ck_assert_uint_eq(b->states[PAGE_COW], 512);
    space_clear(b); /* as a whole it can be unmapped all the same */
    ck_assert_uint_eq(b->states[PAGE_COW], 0);
    ck_assert_ptr_nonnull(fake_translate(a->vspace, at, false, false));
}
END_TEST

START_TEST(windows_to_frames_in_a_row_take_few_calls)
{
    enum { N = 64 };
    uint32_t pages[N];
    machine_boot(64ull << 20);
    uint64_t calls = 0, check = pager.check;
    pager.check = 0; /* the frames belong to nobody for a while */
    for (unsigned i = 0; i < N; i++) {
        serve_after(true);
        pages[i] = frame_take_quick(false, 0);
        ck_assert_uint_ne(pages[i], BUDDY_NONE);
        uint64_t before = fake_calls;
        memset(frame_window(pages[i]), (int)i, PAGE_SIZE);
        calls += fake_calls - before;
    }
    ck_assert_uint_gt(calls, 0);
    ck_assert_uint_lt(calls, N / 4);
    for (unsigned i = 0; i < N; i++) {
        ck_assert_uint_eq(*(uint8_t *)frame_window(pages[i]), i);
        frame_at(pages[i])->flags &= (uint8_t)~FRAME_MAPPED;
        frame_put(pages[i]);
    }
    pager.check = check;
    machine_check();
}
END_TEST

START_TEST(space_write_acts_like_the_space)
{
    struct space *a = machine_space(0), *b;
    char text[600], back[600];
    machine_map(a, VA, 2, WRITE, PAGER_REGION_ANONYMOUS);
    machine_map(a, VA + 2 * PAGE_SIZE, 1, READ, PAGER_REGION_ANONYMOUS);
    memset(text, 'x', sizeof text);
    ck_assert_uint_eq(space_write(a, VA + PAGE_SIZE - 300, text, sizeof text), 0);
    space_fork(a, &b);
    ck_assert_uint_eq(space_write(a, VA + PAGE_SIZE - 300, "yy", 2), 0);
    for (unsigned i = 0; i < sizeof back; i++) {
        back[i] = (char)*machine_touch(b, VA + PAGE_SIZE - 300 + i, ACCESS_READ);
    }
    ck_assert_mem_eq(back, text, sizeof text);
    ck_assert_uint_eq(*machine_touch(a, VA + PAGE_SIZE - 299, ACCESS_READ), 'y');
    ck_assert_uint_eq(space_write(a, VA + 2 * PAGE_SIZE, text, 1), PAGODA_ERR_NOT_MAPPED);
    ck_assert_uint_eq(space_write(a, VA - 1, text, 1), PAGODA_ERR_NOT_MAPPED);
    ck_assert_uint_eq(machine_event(), 0);
    machine_check();
    space_destroy(a);
    destroyed_returns_everything(b);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pager");
    TCase *t = tcase_create("pager");
    tcase_set_timeout(t, 300);
    tcase_add_checked_fixture(t, boot, NULL);
    tcase_add_test(t, boot_accounts_for_every_page);
    tcase_add_test(t, metadata_stays_below_three_percent);
    tcase_add_test(t, read_of_untouched_page_maps_the_zero_page);
    tcase_add_test(t, write_of_untouched_page_gets_a_zeroed_frame);
    tcase_add_test(t, write_breaks_the_zero_page);
    tcase_add_test(t, slot_that_seems_in_use_costs_a_fault_and_no_page);
    tcase_add_test(t, write_after_a_refused_mapping_never_shows_another_frame);
    tcase_add_test(t, faults_with_everything_at_hand_are_served_quickly);
    tcase_add_test(t, faults_that_may_be_refused_are_not_served_quickly);
    tcase_add_test(t, counts_of_faults_outlive_their_space);
    tcase_add_test(t, zero_sharing_off_gives_frames_on_read);
    tcase_add_test(t, reused_frame_reads_as_zeros);
    tcase_add_test(t, file_pages_are_shared_from_the_archive);
    tcase_add_test(t, last_file_page_is_zero_behind_the_end);
    tcase_add_test(t, writing_a_file_page_leaves_the_file_alone);
    tcase_add_test(t, unaligned_file_is_copied);
    tcase_add_test(t, access_outside_regions_is_refused);
    tcase_add_test(t, event_of_destroyed_space_is_forgotten);
    tcase_add_test(t, stack_grows_down_to_its_limit);
    tcase_add_test(t, stack_never_grows_into_its_guard_page);
    tcase_add_test(t, fork_copies_on_write_both_ways);
    tcase_add_test(t, last_holder_keeps_the_frame);
    tcase_add_test(t, fork_chain_exits_in_any_order);
    tcase_add_test(t, fork_copies_the_ipc_buffer);
    tcase_add_test(t, fork_of_a_sparse_space_costs_by_its_pages);
    tcase_add_test(t, shared_memory_stays_shared_across_fork);
    tcase_add_test(t, unmap_of_parts_keeps_the_rest);
    tcase_add_test(t, dontneed_gives_pages_back_and_zeros_after);
    tcase_add_test(t, protect_narrows_at_once_and_widens_on_fault);
    tcase_add_test(t, unmap_in_a_loop_uses_no_more_memory);
    tcase_add_test(t, ten_thousand_regions);
    tcase_add_test(t, full_region_table_still_unmaps_whole_regions);
    tcase_add_test(t, half_an_unmap_needs_one_region_only);
    tcase_add_test(t, victim_with_full_region_pages_gives_everything_back);
    tcase_add_test(t, clear_keeps_only_the_ipc_buffer);
    tcase_add_test(t, capabilities_handed_out_die_with_the_space);
    tcase_add_test(t, own_limit_ends_the_client);
    tcase_add_test(t, own_limit_counts_every_kind_of_page);
    tcase_add_test(t, own_limit_counts_stack_and_regions);
    tcase_add_test(t, limit_below_use_only_shrinks_and_is_inherited);
    tcase_add_test(t, a_new_space_inherits_what_its_parent_may_hold_and_keep);
    tcase_add_test(t, a_limit_too_small_for_a_space_makes_none);
    tcase_add_test(t, out_of_memory_ends_the_hog_and_nobody_else);
    tcase_add_test(t, a_bystander_that_faults_survives_the_hog);
    tcase_add_test(t, creation_and_fork_without_memory_change_nothing);
    tcase_add_test(t, fork_that_runs_out_halfway_leaves_the_parent_whole);
    tcase_add_test(t, shared_leaf_survives_either_holder);
    tcase_add_test(t, unmap_of_a_shared_leaf_leaves_the_other_holder_alone);
    tcase_add_test(t, protect_and_forget_in_a_shared_leaf_are_the_holders_own);
    tcase_add_test(t, second_fork_of_an_unchanged_leaf_goes_through_no_page);
    tcase_add_test(t, three_generations_hold_one_leaf);
    tcase_add_test(t, unmap_in_a_shared_leaf_without_memory_changes_nothing);
    tcase_add_test(t, windows_to_frames_in_a_row_take_few_calls);
    tcase_add_test(t, space_write_acts_like_the_space);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
