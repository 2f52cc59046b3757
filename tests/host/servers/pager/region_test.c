/* SPDX-License-Identifier: BSD-2-Clause */
/* The region tree and the page map against naive models. */
#include "check_main.h"
#include "frame.h"
#include "machine.h"
#include "pagemap.h"
#include "region.h"

#include <pagoda/layout.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 600u /* pages that the model of regions knows */

static uint16_t owner[PLACES]; /* number of the region that covers a page; 0: none */
static struct region_set set;

static uint64_t va(unsigned place)
{
    return (uint64_t)place * PAGE_SIZE;
}

static void compare_regions(void)
{
    for (unsigned i = 0; i < PLACES; i++) {
        const struct region *across = region_across(&set, va(i));
        ck_assert_uint_eq(across ? across->file.number : 0, i > 0 && owner[i] == owner[i - 1] ? owner[i] : 0);
        const struct region *r = region_find(&set, va(i) + (unsigned)rand() % PAGE_SIZE);
        ck_assert_uint_eq(r ? r->file.number : 0, owner[i]);
        const struct region *f = region_from(&set, va(i));
        unsigned k = i;
        while (k < PLACES && !owner[k]) {
            k++;
        }
        ck_assert_uint_eq(f ? f->file.number : 0, k < PLACES ? owner[k] : 0);
    }
    ck_assert_uint_eq(region_set_check(&set), 0);
}

static bool model_fits(unsigned first, unsigned n)
{
    for (unsigned i = first; i < first + n; i++) {
        if (owner[i]) {
            return false;
        }
    }
    return true;
}

static void add_random(uint16_t number)
{
    unsigned first = (unsigned)rand() % PLACES, n = 1 + (unsigned)rand() % 5;
    bool full;

    if (first + n > PLACES) {
        return;
    }
    ck_assert(region_overlaps(&set, va(first), va(first + n)) == !model_fits(first, n));
    if (model_fits(first, n)) {
        ck_assert(region_ready(&set, 1, &full));
        region_insert(&set, va(first), va(first + n))->file.number = number;
        for (unsigned i = 0; i < n; i++) {
            owner[first + i] = number;
        }
    }
}

static void remove_random(void)
{
    struct region *r = region_find(&set, va((unsigned)rand() % PLACES));

    if (r) {
        for (uint64_t a = r->start; a < r->end; a += PAGE_SIZE) {
            owner[a / PAGE_SIZE] = 0;
        }
        region_remove(&set, r);
    }
}

static void gap_random(void)
{
    unsigned from = (unsigned)rand() % PLACES, n = 1 + (unsigned)rand() % 8;
    uint64_t expected = 0;

    for (unsigned i = from; i + n <= PLACES && i > 0; i++) {
        if (model_fits(i, n)) {
            expected = va(i);
            break;
        }
    }
    if (from > 0) {
        ck_assert_uint_eq(region_gap(&set, va(from), va(n), va(PLACES)), expected);
    }
}

START_TEST(random_regions_agree_with_the_model)
{
    machine_boot(32 << 20);
    srand(2);
    memset(owner, 0, sizeof owner);
    set = (struct region_set){0};
    for (unsigned step = 1; step <= 100000; step++) {
        frames_refill();
        if ((unsigned)rand() % 5 < 2 + (step / 1000 % 2)) {
            add_random((uint16_t)(step % 65535 + 1));
        } else {
            remove_random();
        }
        gap_random();
        if (step % 1024 == 0) {
            compare_regions();
        }
    }
    region_set_clear(&set);
}
END_TEST

/* ---- page map ---- */

#define SPOTS 64u

/* Pages at the edges of leaves, nodes and mids, and dense ones. */
static uint64_t spot(unsigned i)
{
    static const uint64_t bases[] = {0, 511, 512 * 512 - 1, 512ull * 512 * 512 - 1, (1ull << 34) + 5, PAGEMAP_PAGES - 8};
    return bases[i % 6] + (i / 6) % 8;
}

START_TEST(random_page_map_agrees_with_the_model)
{
    static struct pagemap map;
    uint64_t model[SPOTS] = {0};

    machine_boot(32 << 20);
    srand(3);
    frames_refill();
    uint64_t before = pages_in(FRAME_META);
    bool shared;
    for (unsigned step = 0; step < 300000; step++) {
        unsigned i = (unsigned)rand() % 48;
        frames_refill();
        if (rand() % 2) {
            page_entry *e = pagemap_make(&map, spot(i));
            ck_assert_ptr_nonnull(e);
            ck_assert_uint_eq(*e, model[i]);
            model[i] = rand() % 4 ? (uint64_t)rand() + 1 : 0;
            pagemap_set(e, model[i]);
        } else {
            const page_entry *e = pagemap_entry(&map, spot(i), &shared);
            ck_assert_uint_eq(e ? *e : 0, model[i]);
        }
        if (step % 64 == 0) {
            uint64_t from = spot((unsigned)rand() % 48), best = UINT64_MAX;
            page_entry *found;
            for (unsigned k = 0; k < 48; k++) {
                best = model[k] && spot(k) >= from && spot(k) < best ? spot(k) : best;
            }
            ck_assert_uint_eq(pagemap_next(&map, from, PAGEMAP_PAGES, &found), best);
        }
        if (step % 1000 == 0) {
            pagemap_trim(&map, 0, PAGEMAP_PAGES);
        }
    }
    for (unsigned k = 0; k < 48; k++) {
        pagemap_set(pagemap_make(&map, spot(k)), 0);
    }
    pagemap_trim(&map, 0, PAGEMAP_PAGES);
    ck_assert_uint_eq(map.meta_pages, 0);
    ck_assert_uint_eq(pages_in(FRAME_META), before);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("region");
    TCase *t = tcase_create("region");
    tcase_set_timeout(t, 100);
    tcase_add_test(t, random_regions_agree_with_the_model);
    tcase_add_test(t, random_page_map_agrees_with_the_model);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
