/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes through the pages of a space goes through a bounded number of page-map leaves between two messages. */
#include "check_main.h"
#include "frame.h"
#include "machine.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <string.h>

#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define LEAF_BYTES (PAGEMAP_FANOUT * PAGE_SIZE)
#define LEAVES 50u

static struct space *s;

static void setup(void)
{
    machine_boot(32 << 20);
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
        ck_assert_uint_le(touched(&piece), 2 * PAGEMAP_PIECE);
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

    for (unsigned n = 0; n < LEAVES / PAGEMAP_PIECE; n++) {
        ck_assert_uint_eq(page, first + n * PAGEMAP_PIECE * PAGEMAP_FANOUT);
        page = pagemap_piece(&s->map, page, end);
    }
    ck_assert_uint_eq(pagemap_piece(&s->map, page, end), end);
    ck_assert_uint_eq(pagemap_piece(&s->map, first, first + PAGEMAP_PIECE * PAGEMAP_FANOUT), first + PAGEMAP_PIECE * PAGEMAP_FANOUT);
    ck_assert_uint_eq(pagemap_piece(&s->map, end, end), end);
    ck_assert_uint_eq(pagemap_piece(&s->map, end, PAGEMAP_PAGES), PAGEMAP_PAGES);
    ck_assert_uint_le(pagemap_piece(&s->map, 0, PAGEMAP_PAGES), first + PAGEMAP_PIECE * PAGEMAP_FANOUT);
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
    ck_assert_uint_eq(pieces, LEAVES / PAGEMAP_PIECE + 1);
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
    uint64_t end = VA + LEAVES * LEAF_BYTES, n = 0;

    setup();
    touch();
    for (uint64_t va = VA; va < end;) {
        va = range_count(s, va, end, &piece);
        n += touched(&piece);
        if (va < end) { /* those just counted go, and what comes next is touched */
            ck_assert_uint_eq(range_forget(s, VA, va), 0);
            ck_assert_ptr_nonnull(machine_touch(s, va + PAGE_SIZE, ACCESS_WRITE));
        }
        machine_check();
    }
    ck_assert_uint_eq(n, LEAVES + (LEAVES + 2) / 3 + LEAVES / PAGEMAP_PIECE);
    ck_assert_uint_eq(range_unmap(s, VA, end), 0);
    ck_assert_uint_eq(range_count(s, 0, LAYOUT_USER_TOP, &piece), LAYOUT_USER_TOP);
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
    suite_add_tcase(all, t);
    return all;
}

int main(void)
{
    return check_run(suite());
}
