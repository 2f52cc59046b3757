/* SPDX-License-Identifier: BSD-2-Clause */
/* Spaces that are used again, with the whole pager on the model of the kernel. */
#include "retire.h"

#include "fork.h"
#include "large.h"
#include "machine.h"
#include "pressure.h"
#include "range.h"
#include "serve.h"

#include <check_main.h>
#include <pagoda/layout.h>

#define VA 0x10000000ull
#define LARGE_VA 0x20000000ull
#define PROGRAM_VA LAYOUT_PROGRAM_VA
#define STACK_TOP 0x40000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)

static cptr_t objects_of(struct space *s)
{
    cptr_t cap = 0;
    space_cap(s, PAGER_SPACE_CAP_OBJECTS, &cap);
    return cap;
}

static cptr_t cap_of(struct space *s, uint64_t kind)
{
    cptr_t cap;
    ck_assert_uint_eq(space_cap(s, kind, &cap), 0);
    return cap;
}

static void write_pages(struct space *s, uint64_t va, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint8_t *byte = machine_touch(s, va + i * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(byte);
        *byte = (uint8_t)(i + 1);
    }
}

/* A program as programs are: pages beside the IPC buffer, of a file, shared, of a stack; the space has been given what a thread needs. */
static struct space *program(void)
{
    struct space *s = machine_space(0);
    objects_of(s);
    cap_of(s, PAGER_SPACE_CAP_FAULT);
    cap_of(s, PAGER_SPACE_CAP_CLIENT);
    ck_assert_uint_eq(machine_map_file(s, PROGRAM_VA, 4, PAGER_PROT_READ | PAGER_PROT_EXEC, FILE_LARGE, 0, 4 * PAGE_SIZE), 0);
    ck_assert_uint_eq(machine_map(s, PROGRAM_VA + 4 * PAGE_SIZE, 8, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_uint_eq(machine_map(s, VA, 40, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_uint_eq(machine_map(s, VA + (1 << 30), 4, WRITE, PAGER_REGION_SHARED), 0);
    ck_assert_uint_eq(machine_map_stack(s, STACK_TOP, 1 << 20, 1 << 20), 0);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_ptr_nonnull(machine_touch(s, PROGRAM_VA + i * PAGE_SIZE, ACCESS_EXECUTE));
    }
    write_pages(s, PROGRAM_VA + 4 * PAGE_SIZE, 8);
    write_pages(s, VA, 40);
    write_pages(s, VA + (1 << 30), 4);
    write_pages(s, STACK_TOP - 3 * PAGE_SIZE, 3);
    memset(frame_window(s->ipc_frame), 0x5a, PAGE_SIZE);
    return s;
}

static void expect_nothing_mapped(struct space *s)
{
    static const uint64_t places[] = {PROGRAM_VA, PROGRAM_VA + 4 * PAGE_SIZE, VA, VA + (1 << 30), STACK_TOP - PAGE_SIZE, LARGE_VA};
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        ck_assert_ptr_null(fake_translate(s->vspace, places[i], false, false));
        ck_assert_ptr_null(region_find(&s->regions, places[i]));
    }
}

START_TEST(a_retired_space_is_used_again_and_is_as_new)
{
    machine_boot(32u << 20);
    uint64_t promised = pager.commit.promised;
    struct space *s = program();
    uint32_t id = s->id;
    cptr_t vspace = s->vspace, fault = cap_of(s, PAGER_SPACE_CAP_FAULT), client = cap_of(s, PAGER_SPACE_CAP_CLIENT);
    uint64_t living = space_count();
    ck_assert_uint_gt(pager.commit.promised, promised);
    ck_assert(space_retire(s));
    ck_assert_ptr_null(space_at(id));
    ck_assert_uint_eq(space_count(), living - 1);
    ck_assert_uint_eq(pager.commit.promised, promised);
    machine_check();
    struct space *again = machine_space(0);
    ck_assert_uint_eq(again->id, id);
    ck_assert_ptr_eq(space_at(id), again);
    ck_assert_uint_eq(again->vspace, vspace);
    ck_assert(again->objects_given);
    ck_assert_uint_eq(cap_of(again, PAGER_SPACE_CAP_FAULT), fault);
    ck_assert_uint_eq(cap_of(again, PAGER_SPACE_CAP_CLIENT), client);
    expect_nothing_mapped(again);
    const uint8_t *buffer = frame_window(again->ipc_frame);
    for (unsigned i = 0; i < PAGE_SIZE; i++) {
        ck_assert_uint_eq(buffer[i], 0);
    }
    machine_check();
    ck_assert_uint_eq(machine_map(again, VA, 40, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (unsigned i = 0; i < 40; i++) {
        ck_assert_uint_eq(*machine_touch(again, VA + i * PAGE_SIZE, ACCESS_WRITE), 0);
    }
    machine_check();
}
END_TEST

START_TEST(a_fork_uses_it_and_copies_into_it)
{
    machine_boot(32u << 20);
    struct space *s = program(), *child, *grandchild;
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert(!child->objects_given);
    objects_of(child);
    write_pages(child, VA, 2);
    uint32_t id = child->id;
    for (unsigned i = 0; i < 5; i++) { /* its leaves are shared with the parent each time */
        ck_assert(space_retire(child));
        machine_check();
        *machine_touch(s, VA + 3 * PAGE_SIZE, ACCESS_WRITE) = (uint8_t)(70 + i);
        ck_assert_uint_eq(space_fork(s, &child), 0);
        ck_assert_uint_eq(child->id, id);
        ck_assert(child->objects_given);
        ck_assert_uint_eq(*machine_touch(child, VA + 3 * PAGE_SIZE, ACCESS_READ), 70 + i);
        ck_assert_uint_eq(*machine_touch(child, PROGRAM_VA + 5 * PAGE_SIZE, ACCESS_WRITE), 2);
        ck_assert_uint_eq(*(uint8_t *)frame_window(child->ipc_frame), 0x5a);
        machine_check();
    }
    ck_assert_uint_eq(space_fork(child, &grandchild), 0);
    space_retire(child); /* its parent's and its child's leaves are as they were */
    ck_assert_uint_eq(*machine_touch(grandchild, VA + 3 * PAGE_SIZE, ACCESS_READ), 74);
    ck_assert_uint_eq(*machine_touch(s, VA + 3 * PAGE_SIZE, ACCESS_READ), 74);
    machine_check();
}
END_TEST

static unsigned count_retired(void)
{
    unsigned n = 0;
    for (const struct space *s = retired; s; s = s->next_retired) {
        n++;
    }
    return n;
}

static void give_all_up(void)
{
    while (retired_give_up()) {
    }
    serve_after(true);
    machine_check();
}

START_TEST(those_that_come_and_go_at_once_are_all_used_again)
{
    enum { N = 6 };
    machine_boot(64u << 20);
    struct space *s = program(), *children[N];
    for (unsigned round = 0; round < 3; round++) {
        uint64_t numbers = 0;
        for (unsigned i = 0; i < N; i++) {
            ck_assert_uint_eq(space_fork(s, &children[i]), 0);
            ck_assert_uint_eq(children[i]->objects_given, round > 0);
            objects_of(children[i]);
            *machine_touch(children[i], VA + i * PAGE_SIZE, ACCESS_WRITE) = (uint8_t)(100 + i);
            numbers |= 1ull << children[i]->id;
        }
        ck_assert_int_eq(__builtin_popcountll(numbers), N);
        ck_assert_uint_eq(count_retired(), 0);
        machine_check();
        for (unsigned i = 0; i < N; i++) {
            ck_assert(space_retire(children[i]));
            ck_assert_uint_eq(count_retired(), i + 1);
            machine_check();
        }
        for (unsigned i = 0; i < N; i++) {
            ck_assert_uint_eq(*machine_touch(s, VA + i * PAGE_SIZE, ACCESS_READ), i + 1);
        }
    }
}
END_TEST

START_TEST(a_bounded_number_is_kept_and_every_page_comes_back)
{
    struct space *s[RETIRED_MAX + 1];
    machine_boot(32u << 20);
    for (unsigned i = 0; i <= RETIRED_MAX; i++) {
        s[i] = machine_space(0);
        objects_of(s[i]);
    }
    for (unsigned i = 0; i <= RETIRED_MAX; i++) {
        ck_assert(space_retire(s[i]) == (i < RETIRED_MAX));
    }
    serve_after(true);
    uint64_t with_all = pages_free(), anonymous = pages_in(FRAME_ANON), objects = pages_in(FRAME_OBJECT);
    machine_check();
    give_all_up();
    uint64_t before = pages_free();
    ck_assert_uint_eq(before, with_all); /* their pages count as free, and as nothing else */
    ck_assert_uint_eq(pages_in(FRAME_ANON), anonymous);
    ck_assert_uint_eq(pages_in(FRAME_OBJECT), objects);
    for (unsigned i = 0; i < 10; i++) {
        space_retire(program());
    }
    give_all_up();
    ck_assert_uint_eq(pages_free(), before);
}
END_TEST

/* A number that is kept is not given to another space, whoever asks. */
START_TEST(numbers_of_those_that_wait_are_not_used)
{
    struct space *s[3], *other;
    machine_boot(32u << 20);
    for (unsigned i = 0; i < 3; i++) {
        s[i] = program();
    }
    uint32_t first = s[0]->id;
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(space_retire(s[i]));
    }
    ck_assert_uint_eq(space_create(MANAGER_INIT, 0, "server", &other), 0);
    ck_assert(!other->objects_given);
    ck_assert_uint_eq(other->id, first + 3);
    machine_check();
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_lt(machine_space(0)->id, first + 3);
    }
    ck_assert_ptr_null(retired);
    machine_check();
}
END_TEST

START_TEST(those_that_are_not_needed_go_one_in_a_period_and_one_stays)
{
    struct space *s[4];
    machine_boot(32u << 20);
    for (unsigned i = 0; i < 4; i++) {
        s[i] = program();
    }
    for (unsigned i = 0; i < 4; i++) {
        space_retire(s[i]);
    }
    retire_tick(); /* the fewest in this period were none */
    ck_assert_uint_eq(count_retired(), 4);
    for (unsigned i = 0; i < 3; i++) { /* three are in use for a while in each */
        struct space *again[3] = {machine_space(0), machine_space(0), machine_space(0)};
        for (unsigned j = 0; j < 3; j++) {
            ck_assert(space_retire(again[j]));
        }
        retire_tick();
        ck_assert_uint_eq(count_retired(), 4);
    }
    for (unsigned left = 3; left >= 1; left--) {
        retire_tick();
        ck_assert_uint_eq(count_retired(), left);
        machine_check();
    }
    retire_tick();
    ck_assert_uint_eq(count_retired(), 1);
}
END_TEST

START_TEST(they_go_before_any_page_is_evicted)
{
    machine_boot(32u << 20);
    struct space *hog = machine_space(0), *s[4];
    ck_assert_uint_eq(machine_map(hog, VA, 16384, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (unsigned i = 0; i < 4; i++) {
        s[i] = program();
    }
    for (unsigned i = 0; i < 4; i++) {
        ck_assert(space_retire(s[i]));
    }
    for (unsigned i = 0; i < 16384 && retired; i++) {
        ck_assert_ptr_nonnull(machine_touch(hog, VA + i * PAGE_SIZE, ACCESS_WRITE));
        serve_after(true);
        ck_assert_uint_eq(hog->evictions, 0);
    }
    ck_assert_ptr_null(retired);
    machine_check();
}
END_TEST

START_TEST(a_large_frame_goes_with_the_program)
{
    machine_boot(64u << 20);
    struct space *s = program();
    uint64_t large = large_now();
    ck_assert_uint_eq(machine_map(s, LARGE_VA, 512, WRITE, PAGER_REGION_ANONYMOUS), 0);
    memory_ready(3);
    ck_assert(large_give(s, region_find(&s->regions, LARGE_VA), LARGE_VA >> PAGE_BITS));
    *machine_touch(s, LARGE_VA + 5 * PAGE_SIZE, ACCESS_WRITE) = 9;
    ck_assert(space_retire(s));
    ck_assert_uint_eq(large_now(), large);
    machine_check();
    struct space *again = machine_space(0);
    expect_nothing_mapped(again);
    ck_assert_uint_eq(machine_map(again, LARGE_VA, 512, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_uint_eq(*machine_touch(again, LARGE_VA + 5 * PAGE_SIZE, ACCESS_READ), 0);
    machine_check();
}
END_TEST

START_TEST(it_is_given_up_when_memory_is_short)
{
    machine_boot(32u << 20);
    ck_assert(space_retire(program()));
    struct space *hog = machine_space(0); /* uses it */
    ck_assert_ptr_null(retired);
    struct space *second = program();
    ck_assert(space_retire(program()));
    ck_assert(space_retire(second));
    ck_assert_uint_eq(machine_map(hog, VA, 16384, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (unsigned i = 0; i < 16384 && pager.pressure.level == 0; i++) {
        ck_assert_ptr_nonnull(machine_touch(hog, VA + i * PAGE_SIZE, ACCESS_WRITE));
        pressure_moved();
        serve_after(true);
    }
    ck_assert_uint_gt(pager.pressure.level, 0);
    while (serve_background_due()) {
        serve_background();
    }
    ck_assert_ptr_null(retired);
    machine_check();
    ck_assert(!space_retire(program())); /* nor is one kept then */
    machine_check();
}
END_TEST

START_TEST(a_request_that_finds_no_memory_takes_it)
{
    machine_boot(32u << 20);
    struct space *s[3] = {program(), program(), program()};
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(space_retire(s[i]));
    }
    pager.evict = 0; /* no other place to take some from */
    while (memory_ready(frames_armed() + 64)) { /* arms, until none is left */
        machine_check();
    }
    ck_assert_ptr_null(retired);
    machine_check();
}
END_TEST

START_TEST(a_space_that_is_particular_is_not_kept)
{
    struct space *s;
    machine_boot(32u << 20);
    s = program();
    cap_of(s, PAGER_SPACE_CAP_OBSERVER);
    ck_assert(!space_retire(s));
    s = program();
    s->ended = true;
    ck_assert(!space_retire(s));
    machine_check();
    ck_assert(space_retire(program()));
    ck_assert_uint_eq(space_create(MANAGER_INIT, 0, "server", &s), 0); /* not another manager's */
    ck_assert(!s->objects_given);
    ck_assert_ptr_nonnull(retired);
    machine_check();
}
END_TEST

START_TEST(limits_and_shares_are_not_inherited_from_who_was_there_before)
{
    machine_boot(32u << 20);
    struct space *s = program();
    space_set_limit(s, 4000);
    ck_assert(space_set_share(s, 1000, 7));
    uint64_t kept = pager.kept;
    ck_assert(space_retire(s));
    ck_assert_uint_lt(pager.kept, kept);
    s = machine_space(0);
    ck_assert_uint_eq(s->max_pages, 0);
    ck_assert_uint_eq(s->weight, 1);
    ck_assert_uint_eq(s->min_pages, SPACE_MIN_PAGES);
    ck_assert_uint_eq(s->reserved, 1);
    ck_assert_uint_eq(s->promised, 0);
    objects_of(s);
    ck_assert(space_retire(s));
    ck_assert_uint_eq(space_create(MANAGER_PROCESS, 2, "small", &s), PAGODA_ERR_OVER_LIMIT);
    machine_check();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("retire");
    TCase *t = tcase_create("retire");
    tcase_add_test(t, a_retired_space_is_used_again_and_is_as_new);
    tcase_add_test(t, a_fork_uses_it_and_copies_into_it);
    tcase_add_test(t, those_that_come_and_go_at_once_are_all_used_again);
    tcase_add_test(t, a_bounded_number_is_kept_and_every_page_comes_back);
    tcase_add_test(t, numbers_of_those_that_wait_are_not_used);
    tcase_add_test(t, those_that_are_not_needed_go_one_in_a_period_and_one_stays);
    tcase_add_test(t, they_go_before_any_page_is_evicted);
    tcase_add_test(t, a_large_frame_goes_with_the_program);
    tcase_add_test(t, it_is_given_up_when_memory_is_short);
    tcase_add_test(t, a_request_that_finds_no_memory_takes_it);
    tcase_add_test(t, a_space_that_is_particular_is_not_kept);
    tcase_add_test(t, limits_and_shares_are_not_inherited_from_who_was_there_before);
    suite_add_tcase(suite, t);
    return check_run(suite);
}
