/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes through the pages of a space goes through a bounded number of page-map leaves between two messages. */
#include "check_main.h"
#include "ending.h"
#include "fork.h"
#include "frame.h"
#include "leaving.h"
#include "machine.h"
#include "range.h"
#include "reclaim.h"
#include "requests.h"
#include "retire.h"
#include "serve.h"
#include "state.h"

#include <generated/errors.h>
#include <generated/pager_server.h>
#include <pagoda/layout.h>
#include <server/server.h>
#include <string.h>

#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define LEAF_BYTES (PAGEMAP_FANOUT * PAGE_SIZE)
#define LEAVES 50u

static struct space *s;

static void setup(void)
{
    machine_boot(64 << 20);
    pager.predict = 0; /* no page but those that are touched */
    s = machine_space(0);
    ck_assert_uint_eq(machine_map(s, VA, LEAVES * PAGEMAP_FANOUT, WRITE, PAGER_REGION_ANONYMOUS), 0);
}

/* touch: a page of zeros in each leaf, a private one in every third. */
static void touch(void)
{
    for (uint64_t i = 0; i < LEAVES; i++) {
        ck_assert_ptr_nonnull(machine_touch(s, VA + i * LEAF_BYTES, ACCESS_READ));
        if (i % 3 == 0) {
            uint8_t *bytes = machine_touch(s, VA + i * LEAF_BYTES + 7 * PAGE_SIZE, ACCESS_WRITE);
            ck_assert_ptr_nonnull(bytes);
            machine_fill(bytes, i, true);
        }
    }
}

static uint64_t touched(const struct range_counts *counts)
{
    uint64_t n = 0;

    for (unsigned state = PAGE_NONE + 1; state < PAGE_STATES; state++) {
        n += counts->states[state];
    }
    return n;
}

/* sum: of all pieces; *pieces: how many there were. */
static struct range_counts sum(uint64_t start, uint64_t end, unsigned *pieces)
{
    struct range_counts all = {0}, piece;

    for (*pieces = 0; start < end; ++*pieces) {
        uint64_t next = range_count(s, start, end, &piece);
        ck_assert_uint_gt(next, start);
        ck_assert_uint_le(next, end);
        ck_assert_uint_le(touched(&piece), 2 * PAGEMAP_LOOKED);
        start = next;
        for (unsigned state = 0; state < PAGE_STATES; state++) {
            all.states[state] += piece.states[state];
        }
        all.on_disk += piece.on_disk;
    }
    return all;
}

START_TEST(a_piece_has_eight_leaves_and_ends_where_the_next_one_begins)
{
    setup();
    touch();
    uint64_t first = VA >> PAGE_BITS, page = first, end = first + LEAVES * PAGEMAP_FANOUT;

    for (unsigned n = 0; n < LEAVES / PAGEMAP_LOOKED; n++) {
        ck_assert_uint_eq(page, first + n * PAGEMAP_LOOKED * PAGEMAP_FANOUT);
        page = pagemap_piece(&s->map, page, end, PAGEMAP_LOOKED);
    }
    ck_assert_uint_eq(pagemap_piece(&s->map, page, end, PAGEMAP_LOOKED), end);
    ck_assert_uint_eq(pagemap_piece(&s->map, first, first + PAGEMAP_LOOKED * PAGEMAP_FANOUT, PAGEMAP_LOOKED), first + PAGEMAP_LOOKED * PAGEMAP_FANOUT);
    ck_assert_uint_eq(pagemap_piece(&s->map, end, end, PAGEMAP_LOOKED), end);
    ck_assert_uint_eq(pagemap_piece(&s->map, end, PAGEMAP_PAGES, PAGEMAP_LOOKED), PAGEMAP_PAGES);
    ck_assert_uint_le(pagemap_piece(&s->map, 0, PAGEMAP_PAGES, PAGEMAP_LOOKED), first + PAGEMAP_LOOKED * PAGEMAP_FANOUT);
}
END_TEST

START_TEST(pieces_sum_up_to_what_the_space_has)
{
    unsigned pieces;

    setup();
    touch();
    struct range_counts all = sum(0, LAYOUT_USER_TOP, &pieces);
    for (unsigned state = PAGE_NONE + 1; state < PAGE_STATES; state++) {
        ck_assert_uint_eq(all.states[state], s->states[state]);
    }
    ck_assert_uint_eq(pieces, LEAVES / PAGEMAP_LOOKED + 1);
    all = sum(VA + 3 * LEAF_BYTES + PAGE_SIZE, VA + 40 * LEAF_BYTES + PAGE_SIZE, &pieces);
    ck_assert_uint_eq(all.states[PAGE_PRIVATE], 13); /* of the leaves 3, 6, ... 39 */
    ck_assert_uint_eq(all.states[PAGE_ZERO], 37);    /* of 4 to 40 */
}
END_TEST

START_TEST(stored_pages_are_counted_and_those_on_disk_of_them)
{
    unsigned pieces;

    setup();
    touch();
    reclaim_pages(s, VA >> PAGE_BITS, (VA + LEAVES * LEAF_BYTES) >> PAGE_BITS);
    struct range_counts all = sum(VA, VA + LEAVES * LEAF_BYTES, &pieces);
    ck_assert_uint_eq(all.states[PAGE_STORED], s->states[PAGE_STORED]);
    ck_assert_uint_gt(all.states[PAGE_STORED], 0);
    ck_assert_uint_eq(all.on_disk, 0); /* there is none */
}
END_TEST

START_TEST(a_count_goes_on_when_pages_change_between_its_pieces)
{
    struct range_counts piece;
    uint64_t end = VA + LEAVES * LEAF_BYTES, n = 0, error;

    setup();
    touch();
    for (uint64_t va = VA; va < end;) {
        va = range_count(s, va, end, &piece);
        n += touched(&piece);
        if (va < end) { /* those just counted go, and what comes next is touched */
            while ((error = range_forget(s, VA, va)) != 0) {
                ck_assert_uint_eq(error, PAGODA_ERR_UNFINISHED);
            }
            ck_assert_ptr_nonnull(machine_touch(s, va + PAGE_SIZE, ACCESS_WRITE));
        }
        machine_check();
    }
    ck_assert_uint_eq(n, LEAVES + (LEAVES + 2) / 3 + LEAVES / PAGEMAP_LOOKED);
    while (range_unmap(s, VA, end) != 0) {
    }
    ck_assert_uint_eq(range_count(s, 0, LAYOUT_USER_TOP, &piece), LAYOUT_USER_TOP);
    machine_check();
}
END_TEST

/* in_steps: `step` until it has finished, with the books right after each; returns how many it took. After `at` of them `between` is called. */
static unsigned in_steps(uint64_t (*step)(struct space *s, uint64_t start, uint64_t end), uint64_t start, uint64_t end, unsigned at, void (*between)(void))
{
    unsigned n = 1;

    for (uint64_t error; (error = step(s, start, end)) != 0; n++) {
        ck_assert_uint_eq(error, PAGODA_ERR_UNFINISHED);
        machine_check();
        if (n == at) {
            between();
        }
    }
    machine_check();
    return n;
}

static void nothing(void)
{
}

/* dense: pages 0 to 99 of each leaf are of zeros, the others up to 199 private. */
static void dense(void)
{
    for (uint64_t i = 0; i < LEAVES * 200; i++) {
        ck_assert_ptr_nonnull(machine_touch(s, VA + (i / 200 * PAGEMAP_FANOUT + i % 200) * PAGE_SIZE, i % 200 < 100 ? ACCESS_READ : ACCESS_WRITE));
    }
}

START_TEST(a_large_range_is_unmapped_in_steps_of_four_leaves)
{
    setup();
    uint64_t before = pages_free();
    dense();
    ck_assert_uint_eq(range_unmap(s, VA, VA + LEAVES * LEAF_BYTES), PAGODA_ERR_UNFINISHED);
    ck_assert_uint_eq(s->states[PAGE_ZERO], (LEAVES - PAGEMAP_DROPPED) * 100);
    ck_assert_uint_eq(s->states[PAGE_PRIVATE], (LEAVES - PAGEMAP_DROPPED) * 100 + 1); /* and the IPC buffer */
    ck_assert_ptr_nonnull(region_find(&s->regions, VA));
    ck_assert_uint_eq(in_steps(range_unmap, VA, VA + LEAVES * LEAF_BYTES, 0, nothing), LEAVES / PAGEMAP_DROPPED);
    ck_assert_ptr_null(region_find(&s->regions, VA));
    ck_assert_uint_ge(pages_free() + 1, before); /* a leaf of slots may stay */
}
END_TEST

START_TEST(a_part_is_unmapped_in_steps_and_the_rest_stays)
{
    setup();
    dense();
    uint64_t start = VA + 3 * LEAF_BYTES + 50 * PAGE_SIZE, end = VA + 40 * LEAF_BYTES + 150 * PAGE_SIZE;
    ck_assert_uint_ge(in_steps(range_unmap, start, end, 0, nothing), 9);
    ck_assert_uint_eq(s->states[PAGE_ZERO], 13 * 100 - 50);
    ck_assert_uint_eq(s->states[PAGE_PRIVATE], 12 * 100 + 50 + 1);
    ck_assert_uint_eq(region_find(&s->regions, VA)->end, start);
    ck_assert_uint_eq(region_from(&s->regions, start)->start, end);
}
END_TEST

START_TEST(pages_are_given_back_in_steps_and_the_region_stays)
{
    setup();
    dense();
    ck_assert_uint_eq(in_steps(range_forget, VA, VA + LEAVES * LEAF_BYTES, 0, nothing), LEAVES / PAGEMAP_DROPPED + 1);
    ck_assert_uint_eq(s->states[PAGE_ZERO], 0);
    ck_assert_uint_eq(region_find(&s->regions, VA)->end, VA + LEAVES * LEAF_BYTES);
    ck_assert_uint_eq(*machine_touch(s, VA, ACCESS_READ), 0);
}
END_TEST

START_TEST(what_is_refused_has_given_nothing_back)
{
    setup();
    dense();
    ck_assert_uint_eq(range_forget(s, VA, VA + (LEAVES + 1) * LEAF_BYTES), PAGODA_ERR_NOT_MAPPED);
    ck_assert_uint_eq(s->states[PAGE_ZERO], LEAVES * 100);
}
END_TEST

static struct space *child;

static void fork_between(void)
{
    ck_assert_uint_eq(space_fork(s, &child), 0);
}

static void touch_between(void)
{
    ck_assert_ptr_nonnull(machine_touch(s, VA, ACCESS_WRITE));
    ck_assert_ptr_nonnull(machine_touch(s, VA + 30 * LEAF_BYTES, ACCESS_WRITE));
}

static void end_between(void)
{
    space_destroy(s);
    s = machine_space(0);
}

START_TEST(forks_and_faults_between_the_steps_do_no_harm)
{
    setup();
    dense();
    in_steps(range_unmap, VA, VA + LEAVES * LEAF_BYTES, 3, fork_between);
    ck_assert_uint_eq(child->states[PAGE_ZERO], (LEAVES - 3 * PAGEMAP_DROPPED) * 100);
    ck_assert_ptr_nonnull(machine_touch(child, VA + 40 * LEAF_BYTES, ACCESS_WRITE));
    space_destroy(child);
    machine_check();
    setup();
    dense();
    ck_assert_uint_eq(space_fork(s, &child), 0);
    in_steps(range_unmap, VA, VA + LEAVES * LEAF_BYTES, 5, touch_between);
    ck_assert_uint_eq(child->states[PAGE_ZERO], LEAVES * 100);
    ck_assert_uint_eq(s->states[PAGE_PRIVATE], 1);
}
END_TEST

START_TEST(a_space_may_end_between_the_steps)
{
    setup();
    dense();
    in_steps(range_unmap, VA, VA + LEAVES * LEAF_BYTES, 4, end_between);
    ck_assert_uint_eq(s->states[PAGE_PRIVATE], 1);
}
END_TEST

START_TEST(a_mapping_that_replaces_much_is_made_in_steps)
{
    const struct region_plan plan = {.va = VA, .length = LEAVES * LEAF_BYTES, .prot = PAGER_PROT_READ, .kind = PAGER_REGION_ANONYMOUS,
                                     .flags = PAGER_MAP_FIXED | PAGER_MAP_REPLACE};
    uint64_t va = 0, error;
    unsigned n = 1;

    setup();
    dense();
    for (; (error = range_map(s, &plan, &va)) != 0; n++) {
        ck_assert_uint_eq(error, PAGODA_ERR_UNFINISHED);
        machine_check();
    }
    ck_assert_uint_eq(va, VA);
    ck_assert_uint_eq(n, LEAVES / PAGEMAP_DROPPED + 1);
    ck_assert_uint_eq(s->states[PAGE_ZERO], 0);
    ck_assert_uint_eq(region_find(&s->regions, VA)->prot, PAGER_PROT_READ);
}
END_TEST

/* mapped: pages of the range that the space has mapped for such an access. */
static unsigned mapped(uint64_t first, uint64_t n, bool write)
{
    unsigned found = 0;

    for (uint64_t page = first; page < first + n; page++) {
        found += fake_translate(s->vspace, VA + page * PAGE_SIZE, write, false) != NULL;
    }
    return found;
}

/* narrow_rest: in pieces, from the end of the first one on; returns how many there were with that. */
static unsigned narrow_rest(uint64_t start, uint64_t end)
{
    unsigned n = 1;

    for (start = range_piece(s, start, end); start < end; n++) {
        uint64_t stop = range_piece(s, start, end);
        range_narrow(s, start, stop);
        machine_check();
        start = stop;
    }
    return n;
}

#define ALL (LEAVES * PAGEMAP_FANOUT)

START_TEST(rights_of_a_large_range_are_taken_in_pieces_of_four_leaves)
{
    setup();
    dense();
    ck_assert_uint_eq(mapped(0, ALL, true), LEAVES * 100);
    ck_assert_uint_eq(range_protect(s, VA, VA + LEAVES * LEAF_BYTES, PAGER_PROT_READ), 0);
    machine_check();
    ck_assert_uint_eq(mapped(0, ALL, true), (LEAVES - PAGEMAP_DROPPED) * 100); /* those that it has not come to */
    ck_assert_uint_eq(mapped(0, ALL, false), LEAVES * 200);
    ck_assert_uint_eq(region_find(&s->regions, VA + LEAVES * LEAF_BYTES - 1)->prot, PAGER_PROT_READ);
    ck_assert_uint_eq(s->regions.count, 2); /* and the one round the IPC buffer */
    ck_assert_uint_eq(narrow_rest(VA, VA + LEAVES * LEAF_BYTES), (LEAVES + PAGEMAP_DROPPED - 1) / PAGEMAP_DROPPED);
    ck_assert_uint_eq(mapped(0, ALL, true), 0);
    ck_assert_uint_eq(mapped(0, ALL, false), LEAVES * 200);
    ck_assert_uint_eq(range_protect(s, VA + PAGE_SIZE, VA + LEAVES * LEAF_BYTES, 0), 0);
    narrow_rest(VA + PAGE_SIZE, VA + LEAVES * LEAF_BYTES);
    ck_assert_uint_eq(mapped(0, ALL, false), 1);
}
END_TEST

START_TEST(rights_that_are_refused_have_changed_nothing)
{
    setup();
    dense();
    ck_assert_uint_eq(range_protect(s, VA, VA + (LEAVES + 1) * LEAF_BYTES, 0), PAGODA_ERR_NOT_MAPPED);
    ck_assert_uint_eq(mapped(0, ALL, true), LEAVES * 100);
    ck_assert_uint_eq(region_find(&s->regions, VA)->prot, WRITE);
}
END_TEST

/* Page 150 of a leaf is private, 50 of zeros, 300 untouched. */
#define AT(leaf, page) (VA + (leaf) * LEAF_BYTES + (page) * PAGE_SIZE)

START_TEST(a_fault_between_the_pieces_gets_what_the_region_gives)
{
    setup();
    dense();
    ck_assert_uint_eq(range_protect(s, VA, VA + LEAVES * LEAF_BYTES, PAGER_PROT_READ | PAGER_PROT_EXEC), 0);
    ck_assert_ptr_nonnull(fake_translate(s->vspace, AT(40, 150), true, false));
    ck_assert_ptr_nonnull(machine_touch(s, AT(40, 150), ACCESS_EXECUTE)); /* it gets that, and loses the other */
    ck_assert_ptr_null(fake_translate(s->vspace, AT(40, 150), true, false));
    ck_assert_ptr_nonnull(machine_touch(s, AT(40, 300), ACCESS_READ));
    ck_assert_ptr_null(machine_touch(s, AT(40, 300), ACCESS_WRITE));
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_PROTECTION);
    ck_assert_ptr_null(machine_touch(s, AT(40, 50), ACCESS_WRITE));
    machine_check();
    narrow_rest(VA, VA + LEAVES * LEAF_BYTES);
    ck_assert_uint_eq(mapped(0, ALL, true), 0);
    ck_assert_ptr_nonnull(machine_touch(s, AT(45, 150), ACCESS_EXECUTE));
    machine_check();
}
END_TEST

START_TEST(the_last_holder_of_a_page_gets_no_right_that_the_region_has_lost)
{
    setup();
    ck_assert_uint_eq(range_protect(s, VA, VA + LEAVES * LEAF_BYTES, WRITE | PAGER_PROT_EXEC), 0);
    dense();
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert_ptr_nonnull(machine_touch(s, AT(40, 151), ACCESS_WRITE)); /* the leaf is its own again */
    ck_assert_ptr_nonnull(machine_touch(s, AT(40, 150), ACCESS_EXECUTE));
    space_destroy(child);
    ck_assert_uint_eq(range_protect(s, VA, VA + LEAVES * LEAF_BYTES, WRITE), 0);
    unsigned quick = machine_quick;
    ck_assert_ptr_nonnull(machine_touch(s, AT(40, 150), ACCESS_WRITE));
    ck_assert_uint_eq(machine_quick, quick + 1);
    ck_assert_ptr_null(fake_translate(s->vspace, AT(40, 150), false, true));
    narrow_rest(VA, VA + LEAVES * LEAF_BYTES);
    machine_check();
}
END_TEST

START_TEST(rights_that_come_back_between_the_pieces_stay)
{
    setup();
    dense();
    ck_assert_uint_eq(range_protect(s, VA, VA + LEAVES * LEAF_BYTES, PAGER_PROT_READ), 0);
    ck_assert_uint_eq(range_protect(s, AT(20, 0), AT(30, 0), WRITE), 0);
    narrow_rest(VA, VA + LEAVES * LEAF_BYTES);
    ck_assert_uint_eq(mapped(0, ALL, true), 10 * 100);
    ck_assert_ptr_nonnull(machine_touch(s, AT(25, 300), ACCESS_WRITE));
    ck_assert_ptr_null(machine_touch(s, AT(35, 300), ACCESS_WRITE));
}
END_TEST

START_TEST(forks_unmaps_and_the_end_between_the_pieces_of_a_protection_do_no_harm)
{
    setup();
    dense();
    ck_assert_uint_eq(range_protect(s, VA, VA + LEAVES * LEAF_BYTES, PAGER_PROT_READ), 0);
    ck_assert_uint_eq(space_fork(s, &child), 0);
    ck_assert_uint_eq(range_unmap(s, AT(20, 100), AT(21, 100)), 0);
    narrow_rest(VA, VA + LEAVES * LEAF_BYTES);
    ck_assert_uint_eq(mapped(0, ALL, true), 0);
    ck_assert_ptr_null(machine_touch(child, AT(40, 150), ACCESS_WRITE));
    space_destroy(s);
    machine_check();
    ck_assert_ptr_nonnull(machine_touch(child, AT(40, 150), ACCESS_READ));
}
END_TEST

START_TEST(cold_pages_leave_a_block_at_a_time)
{
    uint64_t gone, page = VA >> PAGE_BITS, end = page + ALL, sum = 0;

    setup();
    dense();
    while (page < end) {
        uint64_t next = reclaim_cold(s, page, end, &gone);
        ck_assert_uint_gt(next, page);
        ck_assert_uint_le(next - page, PAGEMAP_DROPPED * PAGEMAP_FANOUT);
        ck_assert_uint_le(gone, 64);
        sum += gone;
        page = next;
        machine_check();
    }
    ck_assert_uint_eq(sum, LEAVES * 100);
    ck_assert_uint_eq(reclaim_cold(s, end - ALL, end, &gone), end - ALL + PAGEMAP_DROPPED * PAGEMAP_FANOUT); /* there is nothing left */
}
END_TEST

/* Pages of zeros and private ones in so many leaves that the space does not end at once; with a child that shares half of them. */
#define MANY (LEAVING_PAGES + 20)

static void many(bool with_child)
{
    setup();
    ck_assert_uint_eq(machine_map(s, VA + LEAVES * LEAF_BYTES, (MANY - LEAVES) * PAGEMAP_FANOUT, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t i = 0; i < MANY * 40; i++) {
        if (with_child && i == MANY * 20) {
            ck_assert_uint_eq(space_fork(s, &child), 0); /* it is not large yet */
        }
        ck_assert_ptr_nonnull(machine_touch(s, VA + (i / 40 * PAGEMAP_FANOUT + i % 40) * PAGE_SIZE, i % 40 < 20 ? ACCESS_READ : ACCESS_WRITE));
    }
}

/* gone: so many messages are served until nothing of a space that leaves is left. */
static unsigned gone(void)
{
    unsigned n = 0;

    for (; leaving_any(); n++) {
        ck_assert(serve_pending());
        serve_after(false);
        machine_check();
    }
    return n;
}

START_TEST(a_large_space_leaves_in_steps_and_counts_as_free)
{
    setup();
    space_destroy(s);
    uint64_t before = pages_free();
    s = machine_space(0);
    uint32_t id = s->id;
    space_destroy(s);
    many(false);
    ck_assert(!space_retire(s));
    ck_assert(leaving_any() && s->ended);
    machine_check();
    ck_assert_uint_ge(pages_free() + 2, before);
    ck_assert_ptr_ne(machine_space(0), s); /* its number is in use */
    ck_assert_uint_eq(gone(), (MANY + PAGEMAP_DROPPED - 1) / PAGEMAP_DROPPED);
    ck_assert_ptr_null(space_at(id));
    ck_assert_uint_eq(machine_space(0)->id, id);
}
END_TEST

START_TEST(what_was_kept_for_a_space_that_leaves_is_free_at_once)
{
    many(false);
    struct space *other = machine_space(0);
    uint64_t third = pager.general_pages / 3;
    ck_assert(space_set_share(s, third, 1));
    ck_assert(!space_set_share(other, third, 1));
    ck_assert(!space_retire(s));
    ck_assert(leaving_any());
    ck_assert(space_set_share(other, third, 1));
    gone();
    machine_check();
}
END_TEST

START_TEST(a_space_that_leaves_shares_leaves_with_its_child)
{
    many(true);
    ck_assert(!space_retire(s));
    gone();
    for (uint64_t i = 0; i < MANY * 20; i++) {
        ck_assert_ptr_nonnull(machine_touch(child, VA + (i / 40 * PAGEMAP_FANOUT + i % 40) * PAGE_SIZE, ACCESS_WRITE));
    }
    space_destroy(child);
    machine_check();
}
END_TEST

START_TEST(a_small_space_ends_at_once)
{
    setup();
    touch();
    space_retire(s);
    ck_assert(!leaving_any());
    machine_check();
}
END_TEST

START_TEST(memory_of_a_space_that_leaves_is_had_before_anything_is_evicted)
{
    many(false);
    uint64_t evicted = reclaim_counters.evicted, free = pages_free();
    ck_assert(!space_retire(s));
    struct space *other = machine_space(0);
    uint64_t wanted = free + MANY * 10; /* more than is free without it */
    ck_assert_uint_eq(machine_map(other, VA, wanted, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t i = 0; i < wanted; i++) {
        ck_assert_ptr_nonnull(machine_touch(other, VA + i * PAGE_SIZE, ACCESS_WRITE));
    }
    ck_assert_uint_eq(reclaim_counters.evicted, evicted);
    machine_check();
}
END_TEST

START_TEST(requests_do_not_find_a_space_that_leaves)
{
    struct space *found;
    struct server_call call = {.badge = BADGE(BADGE_MANAGER, MANAGER_PROCESS)};

    many(false);
    ck_assert(!space_retire(s));
    ck_assert_ptr_nonnull(space_at(s->id));
    ck_assert(!machine_fault(s, VA, ACCESS_READ));
    ck_assert_uint_eq(request_target(&call, s->id, true, &found), PAGODA_ERR_NO_SUCH_SPACE);
    leaving_tick();
    gone();
}
END_TEST

/* fork_parts: requests until there is a child; after the first, `between` is called. */
static unsigned fork_parts(void (*between)(void))
{
    unsigned n = 1;

    for (uint64_t error; (error = space_fork(s, &child)) != 0; n++) {
        ck_assert_uint_eq(error, PAGODA_ERR_WOULD_BLOCK);
        machine_check();
        if (n == 1) {
            between();
        }
    }
    machine_check();
    return n;
}

START_TEST(a_large_space_is_made_ready_for_a_fork_in_parts)
{
    many(false);
    ck_assert_uint_eq(space_fork(s, &child), PAGODA_ERR_WOULD_BLOCK);
    ck_assert_uint_eq(s->states[PAGE_COW], PAGEMAP_DROPPED * 20);
    ck_assert_uint_eq(s->states[PAGE_PRIVATE], (MANY - PAGEMAP_DROPPED) * 20 + 1);
    ck_assert_uint_eq(space_count(), 1);
    ck_assert_uint_eq(fork_parts(nothing), MANY / PAGEMAP_DROPPED - 1);
    ck_assert_uint_eq(child->states[PAGE_COW], MANY * 20);
    space_destroy(child);
    ck_assert_uint_eq(fork_parts(nothing), 1); /* nothing was written since */
}
END_TEST

static void write_between(void)
{
    unsigned faults = machine_faults;
    uint8_t *bytes = machine_touch(s, VA + 30 * PAGE_SIZE, ACCESS_WRITE); /* in a leaf that is frozen already, and in one that is not */

    ck_assert_uint_le(machine_faults - faults, 2);
    *bytes = 77;
    *machine_touch(s, AT(30, 30), ACCESS_WRITE) = 78;
    ck_assert_uint_eq(range_unmap(s, AT(40, 0), AT(41, 0)), 0);
}

START_TEST(a_fork_in_parts_is_a_copy_of_its_last_moment)
{
    many(false);
    fork_parts(write_between);
    *machine_touch(s, VA + 30 * PAGE_SIZE, ACCESS_WRITE) = 1;
    ck_assert_uint_eq(*machine_touch(child, VA + 30 * PAGE_SIZE, ACCESS_READ), 77);
    ck_assert_uint_eq(*machine_touch(child, AT(30, 30), ACCESS_READ), 78);
    ck_assert_ptr_null(machine_touch(child, AT(40, 30), ACCESS_READ));
    machine_check();
}
END_TEST

/* end: the pager ends the space, which holds most. */
static void end(void)
{
    ck_assert_ptr_eq(ending_choose(s), s);
    ending_carry_out(s, &(struct space_event){.reason = PAGER_EVENT_NO_MEMORY});
    machine_check();
}

/* claim: its manager has heard of it. */
static void claim(void)
{
    struct server_call call = {.badge = BADGE(BADGE_MANAGER, MANAGER_PROCESS)};
    struct pager_space_retire_reply reply;

    ck_assert_uint_eq(machine_event(), PAGER_EVENT_NO_MEMORY);
    ck_assert_uint_eq(pager_on_space_retire(&call, &(struct pager_space_retire_args){.space = s->id}, &reply), 0);
    ck_assert_uint_eq(reply.kept, 0);
    machine_check();
}

START_TEST(a_large_space_that_the_pager_ends_is_emptied_in_steps)
{
    struct space *found;
    struct server_call call = {.badge = BADGE(BADGE_CLIENT, 0)};

    setup();
    uint64_t before = pages_free();
    space_destroy(s);
    many(false);
    uint32_t id = s->id;
    call.badge = BADGE(BADGE_CLIENT, id);
    end();
    ck_assert(leaving_any());
    ck_assert_ptr_null(fake_translate(s->vspace, VA, false, false)); /* the lowest went at once */
    ck_assert_ptr_nonnull(fake_translate(s->vspace, VA + MANY / 2 * LEAF_BYTES, false, false));
    ck_assert_ptr_null(machine_touch(s, VA, ACCESS_READ));
    ck_assert_uint_eq(request_target(&call, 0, false, &found), PAGODA_ERR_NO_SUCH_SPACE);
    ck_assert_uint_ge(pages_free() + 8, before);
    ck_assert_uint_eq(gone(), (MANY + PAGEMAP_DROPPED - 1) / PAGEMAP_DROPPED - 1);
    ck_assert_ptr_eq(space_at(id), s); /* it waits for its manager */
    ck_assert_uint_eq(s->states[PAGE_ZERO], 0);
    ck_assert_uint_eq(s->states[PAGE_PRIVATE], 1);
    claim();
    ck_assert_ptr_null(space_at(id));
}
END_TEST

START_TEST(its_manager_may_destroy_it_before_it_is_empty)
{
    many(true);
    uint32_t id = s->id;
    end();
    serve_after(false);
    machine_check();
    claim();
    ck_assert(leaving_any());
    gone();
    ck_assert_ptr_null(space_at(id));
    for (uint64_t i = 0; i < MANY * 20; i++) {
        ck_assert_ptr_nonnull(machine_touch(child, VA + (i / 40 * PAGEMAP_FANOUT + i % 40) * PAGE_SIZE, ACCESS_WRITE));
    }
    machine_check();
}
END_TEST

START_TEST(a_small_space_that_the_pager_ends_is_empty_at_once)
{
    setup();
    touch();
    end();
    ck_assert(!leaving_any());
    ck_assert_uint_eq(s->states[PAGE_PRIVATE], 1);
    claim();
}
END_TEST

START_TEST(what_one_ended_space_held_is_used_up_before_another_ends)
{
    many(false);
    struct space *other = machine_space(0), *third = machine_space(0);
    pager.evict = EVICT_NEVER;
    ck_assert_uint_eq(machine_map(third, VA, 20000, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_uint_eq(machine_map(other, VA, 20000, WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint64_t i = 0; i < 1000; i++) {
        ck_assert_ptr_nonnull(machine_touch(third, VA + i * PAGE_SIZE, ACCESS_WRITE));
    }
    uint64_t room = pages_free() + MANY * 20 - 600;
    space_set_share(other, SPACE_MIN_PAGES, 60000); /* what it takes hardly counts, so the largest of the others ends first */
    for (uint64_t i = 0; i < room; i++) {
        ck_assert_ptr_nonnull(machine_touch(other, VA + i * PAGE_SIZE, ACCESS_WRITE));
    }
    ck_assert(s->ended && !third->ended);
    machine_check();
}
END_TEST

static Suite *suite(void)
{
    Suite *all = suite_create("pager_pieces");
    TCase *t = tcase_create("pieces");

    tcase_set_timeout(t, 100);
    tcase_add_test(t, a_piece_has_eight_leaves_and_ends_where_the_next_one_begins);
    tcase_add_test(t, pieces_sum_up_to_what_the_space_has);
    tcase_add_test(t, stored_pages_are_counted_and_those_on_disk_of_them);
    tcase_add_test(t, a_count_goes_on_when_pages_change_between_its_pieces);
    tcase_add_test(t, a_large_range_is_unmapped_in_steps_of_four_leaves);
    tcase_add_test(t, a_part_is_unmapped_in_steps_and_the_rest_stays);
    tcase_add_test(t, pages_are_given_back_in_steps_and_the_region_stays);
    tcase_add_test(t, what_is_refused_has_given_nothing_back);
    tcase_add_test(t, forks_and_faults_between_the_steps_do_no_harm);
    tcase_add_test(t, a_space_may_end_between_the_steps);
    tcase_add_test(t, a_large_space_leaves_in_steps_and_counts_as_free);
    tcase_add_test(t, what_was_kept_for_a_space_that_leaves_is_free_at_once);
    tcase_add_test(t, a_space_that_leaves_shares_leaves_with_its_child);
    tcase_add_test(t, a_small_space_ends_at_once);
    tcase_add_test(t, memory_of_a_space_that_leaves_is_had_before_anything_is_evicted);
    tcase_add_test(t, requests_do_not_find_a_space_that_leaves);
    tcase_add_test(t, a_mapping_that_replaces_much_is_made_in_steps);
    tcase_add_test(t, rights_of_a_large_range_are_taken_in_pieces_of_four_leaves);
    tcase_add_test(t, rights_that_are_refused_have_changed_nothing);
    tcase_add_test(t, a_fault_between_the_pieces_gets_what_the_region_gives);
    tcase_add_test(t, the_last_holder_of_a_page_gets_no_right_that_the_region_has_lost);
    tcase_add_test(t, rights_that_come_back_between_the_pieces_stay);
    tcase_add_test(t, forks_unmaps_and_the_end_between_the_pieces_of_a_protection_do_no_harm);
    tcase_add_test(t, a_large_space_is_made_ready_for_a_fork_in_parts);
    tcase_add_test(t, a_fork_in_parts_is_a_copy_of_its_last_moment);
    tcase_add_test(t, a_large_space_that_the_pager_ends_is_emptied_in_steps);
    tcase_add_test(t, its_manager_may_destroy_it_before_it_is_empty);
    tcase_add_test(t, a_small_space_that_the_pager_ends_is_empty_at_once);
    tcase_add_test(t, what_one_ended_space_held_is_used_up_before_another_ends);
    tcase_add_test(t, cold_pages_leave_a_block_at_a_time);
    suite_add_tcase(all, t);
    return all;
}

int main(void)
{
    return check_run(suite());
}
