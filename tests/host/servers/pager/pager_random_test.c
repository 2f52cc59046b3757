/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random sequences of mapping, unmapping, protection, access, fork and exit on several spaces, compared with a naive model that
 * knows the contents of every page: a page is a few words at fixed places, forked by copying. The whole state is checked on the
 * way, and at the end every page must have come back.
 */
#include "check_main.h"
#include "compact.h"
#include "event.h"
#include "fake_disk.h"
#include "fault.h"
#include "file.h"
#include "fork.h"
#include "frame.h"
#include "idle.h"
#include "machine.h"
#include "migrate.h"
#include "prezero.h"
#include "range.h"
#include "reclaim.h"
#include "retire.h"
#include "serve.h"
#include "swap.h"

#include <pagoda/layout.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACES 7
#define WINDOWS 5
#define WINDOW_PAGES 48u
#define PAGES (WINDOWS * WINDOW_PAGES)
#define WORDS 4
#define OBJECTS 512

/* Windows that cross the edges of leaves and of larger tables. */
static const uint64_t window_va[WINDOWS] = {0x1000, 0x101f0000, 0x3ffe0000, 0x100000000 - 24 * PAGE_SIZE, LAYOUT_USER_TOP - WINDOW_PAGES * PAGE_SIZE};
static const unsigned word_place[WORDS] = {0, 8, 2048, 4088};

struct model_page {
    bool mapped;
    uint8_t prot;
    int16_t object;       /* shared object; -1: the page is the space's own */
    uint16_t object_page;
    uint64_t words[WORDS];
};

struct model_space {
    struct space *real;
    struct model_page pages[PAGES];
};

static struct model_space spaces[SPACES];
static uint64_t objects[OBJECTS][WINDOW_PAGES][WORDS];
static unsigned n_objects;
static uint64_t free_before;
static uint64_t state;
static uint64_t evict = EVICT_WHEN_SHORT; /* pager.evict of random_sequences */
static bool stirring;                     /* pages are moved to other frames after every step */

/* RANDOM_SEED in the environment: sequences that no earlier run had. */
static unsigned other_seeds(void)
{
    const char *seed = getenv("RANDOM_SEED");
    return seed ? (unsigned)strtoul(seed, NULL, 0) * 1000 : 0;
}

static unsigned number(unsigned n)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(state >> 33) % n;
}

static uint64_t page_va(unsigned page)
{
    return window_va[page / WINDOW_PAGES] + page % WINDOW_PAGES * PAGE_SIZE;
}

static uint64_t *contents(struct model_page *p)
{
    return p->object >= 0 ? objects[p->object][p->object_page] : p->words;
}

/* differs: tell where, so that the sequence can be repeated from its seed. */
static void differs(const char *what, unsigned space, unsigned page)
{
    ck_abort_msg("%s (space %u, page %u)", what, space, page);
}

/* ---- operations ---- */

struct range {
    unsigned first, n;
};

static struct range random_range(void)
{
    struct range r;
    unsigned window = number(WINDOWS);
    r.n = 1 + number(number(3) ? 6 : WINDOW_PAGES);
    r.first = window * WINDOW_PAGES + number(WINDOW_PAGES - r.n + 1);
    return r;
}

static uint8_t random_prot(void)
{
    static const uint8_t prots[] = {PAGER_PROT_READ, PAGER_PROT_READ | PAGER_PROT_WRITE, PAGER_PROT_READ | PAGER_PROT_WRITE,
                                    PAGER_PROT_READ | PAGER_PROT_EXEC, PAGER_PROT_READ | PAGER_PROT_WRITE | PAGER_PROT_EXEC, 0};
    return prots[number(6)];
}

static bool covered(const struct model_space *m, struct range r)
{
    for (unsigned i = r.first; i < r.first + r.n; i++) {
        if (!m->pages[i].mapped) {
            return false;
        }
    }
    return true;
}

static bool overlaps(const struct model_space *m, struct range r)
{
    for (unsigned i = r.first; i < r.first + r.n; i++) {
        if (m->pages[i].mapped) {
            return true;
        }
    }
    return false;
}

static void file_words(struct model_page *p, unsigned file, uint64_t at, uint64_t end)
{
    for (unsigned w = 0; w < WORDS; w++) {
        uint8_t bytes[8];
        for (unsigned k = 0; k < 8; k++) {
            bytes[k] = at + word_place[w] + k < end ? machine_file_byte(file, at + word_place[w] + k) : 0;
        }
        memcpy(&p->words[w], bytes, 8);
    }
}

static void do_map(unsigned which)
{
    struct model_space *m = &spaces[which];
    struct range r = random_range();
    unsigned kind = number(4), file = number(FILES);
    uint64_t file_pages = machine_file_size(file) / PAGE_SIZE;
    uint64_t first = file_pages ? number((unsigned)file_pages) : 0, length = machine_file_size(file) - first * PAGE_SIZE;
    if (kind == 2 && n_objects == OBJECTS) {
        kind = 0;
    }
    length = kind == 3 && number(3) == 0 ? length / 2 : length;
    struct region_plan plan = {
        .va = page_va(r.first), .length = r.n * PAGE_SIZE, .prot = random_prot(), .flags = PAGER_MAP_FIXED | (number(2) ? PAGER_MAP_REPLACE : 0),
        .kind = kind == 2 ? PAGER_REGION_SHARED : kind == 3 ? PAGER_REGION_FILE : PAGER_REGION_ANONYMOUS,
    };
    if (kind == 3) {
        plan.file_number = file;
        plan.file_offset = file_at(file)->offset + first * PAGE_SIZE;
        plan.file_length = length;
    }
    uint64_t va;
    uint64_t error = range_map(m->real, &plan, &va);
    bool expected = !(plan.flags & PAGER_MAP_REPLACE) && overlaps(m, r);
    if ((error != 0) != expected) {
        differs("map: wrong result", which, r.first);
    }
    for (unsigned i = 0; !error && i < r.n; i++) {
        struct model_page *p = &m->pages[r.first + i];
        *p = (struct model_page){.mapped = true, .prot = (uint8_t)plan.prot, .object = -1};
        if (kind == 2) {
            p->object = (int16_t)n_objects;
            p->object_page = (uint16_t)i;
        } else if (kind == 3) {
            file_words(p, file, (first + i) * PAGE_SIZE, first * PAGE_SIZE + length);
        }
    }
    if (!error && kind == 2) {
        memset(objects[n_objects++], 0, sizeof objects[0]);
    }
}

static void do_unmap(unsigned which)
{
    struct range r = random_range();
    if (range_unmap(spaces[which].real, page_va(r.first), page_va(r.first) + r.n * PAGE_SIZE) != 0) {
        differs("unmap", which, r.first);
    }
    memset(&spaces[which].pages[r.first], 0, r.n * sizeof(struct model_page));
}

static void do_protect(unsigned which)
{
    struct model_space *m = &spaces[which];
    struct range r = random_range();
    uint8_t prot = random_prot();
    bool ok = range_protect(m->real, page_va(r.first), page_va(r.first) + r.n * PAGE_SIZE, prot) == 0;
    if (ok != covered(m, r)) {
        differs("protect", which, r.first);
    }
    for (unsigned i = r.first; ok && i < r.first + r.n; i++) {
        m->pages[i].prot = prot;
    }
}

static void check_word(unsigned which, unsigned page, unsigned w, const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, 8);
    if (word != contents(&spaces[which].pages[page])[w]) {
        differs("wrong contents", which, page);
    }
}

static void do_access(unsigned which)
{
    struct model_space *m = &spaces[which];
    unsigned page = number(PAGES), w = number(WORDS);
    enum access access = (enum access)number(3);
    struct model_page *p = &m->pages[page];
    static const uint8_t need[] = {PAGER_PROT_READ, PAGER_PROT_WRITE, PAGER_PROT_EXEC};
    uint8_t *real = machine_touch(m->real, page_va(page) + word_place[w], access);
    bool may = p->mapped && (p->prot & need[access]);

    if (!real != !may) {
        differs(may ? "access refused" : "access allowed", which, page);
    }
    if (!may) {
        if (machine_event() != (p->mapped ? PAGER_EVENT_PROTECTION : PAGER_EVENT_BAD_ADDRESS)) {
            differs("wrong event", which, page);
        }
        return;
    }
    check_word(which, page, w, real);
    if (access == ACCESS_WRITE) {
        uint64_t word = state;
        contents(p)[w] = word;
        memcpy(real, &word, 8);
    }
}

static void do_space_write(unsigned which)
{
    struct model_page *p;
    unsigned page = number(PAGES), w = number(WORDS);
    uint64_t word = state;
    p = &spaces[which].pages[page];
    /* A request cannot wait for the disk: have the page brought first. */
    if (evict == EVICT_ALWAYS_TO_DISK && !machine_touch(spaces[which].real, page_va(page), ACCESS_WRITE)) {
        machine_event();
    }
    bool ok = space_write(spaces[which].real, page_va(page) + word_place[w], &word, 8) == 0;
    if (ok != (p->mapped && (p->prot & PAGER_PROT_WRITE))) {
        differs("space_write", which, page);
    }
    if (ok) {
        contents(p)[w] = word;
    }
}

static void do_destroy(unsigned which)
{
    if (number(2)) {
        space_retire(spaces[which].real);
    } else {
        space_destroy(spaces[which].real);
    }
    memset(&spaces[which], 0, sizeof spaces[which]);
}

static void do_fork(unsigned which)
{
    unsigned child = number(SPACES);
    if (child == which) {
        return;
    }
    if (spaces[child].real) {
        do_destroy(child);
    }
    if (space_fork(spaces[which].real, &spaces[child].real) != 0) {
        differs("fork", which, 0);
    }
    memcpy(spaces[child].pages, spaces[which].pages, sizeof spaces[child].pages);
}

/* check_mappings: the model of the kernel maps nothing that the model of the space forbids. */
static void check_mappings(unsigned which)
{
    struct model_space *m = &spaces[which];
    for (unsigned i = 0; i < PAGES; i++) {
        const struct model_page *p = &m->pages[i];
        uint8_t *r = fake_translate(m->real->vspace, page_va(i), false, false);
        if (r && !(p->mapped && (p->prot & PAGER_PROT_READ))) {
            differs("mapped without right", which, i);
        }
        if (fake_translate(m->real->vspace, page_va(i), true, false) && !(p->prot & PAGER_PROT_WRITE)) {
            differs("writable without right", which, i);
        }
        for (unsigned w = 0; r && w < WORDS; w++) {
            check_word(which, i, w, r + word_place[w]);
        }
    }
}

static void step(void)
{
    unsigned which = number(SPACES), what = number(100);
    if (!spaces[which].real) {
        spaces[which].real = machine_space(0);
        return;
    }
    if (what < 10) {
        do_map(which);
    } else if (what < 14) {
        do_unmap(which);
    } else if (what < 20) {
        do_protect(which);
    } else if (what < 23) {
        do_fork(which);
    } else if (what < 24) {
        do_destroy(which);
    } else if (what < 28) {
        do_space_write(which);
    } else if (what < 29) {
        check_mappings(which);
    } else {
        do_access(which);
    }
    serve_after(true);
    if (stirring) {
        compact_stir(8);
    }
    if (number(64) == 0) { /* the clock ticks; any message may be followed by idle time */
        fake_idle_entries++;
        idle_tick();
        prezero_tick();
    }
    serve_idle();
    if (evict == EVICT_ALWAYS_TO_DISK && number(4) == 0) {
        fake_disk_faults.error_writes = 50;
        fake_disk_faults.shorts = 0;
        fake_disk_complete(1 + number(3));
        swap_completions();
    }
}

static void end_all(void)
{
    for (unsigned i = 0; i < SPACES; i++) {
        if (spaces[i].real) {
            check_mappings(i);
            do_destroy(i);
        }
    }
    retired_give_up();
    serve_after(true);
    fake_disk_run();
    serve_after(true);
    n_objects = 0;
    machine_check();
    ck_assert_uint_eq(pages_free(), free_before);
}


static void random_sequences(unsigned seed, unsigned steps)
{
    state = (uint64_t)(seed + other_seeds()) * 0x9e3779b97f4a7c15ull + 12345;
    printf("seed %llu\n", (unsigned long long)state);
    machine_boot(32 << 20);
    serve_after(true);
    free_before = pages_free();
    pager.zero_sharing = seed % 2;
    pager.check = 1;
    if (evict == EVICT_ALWAYS_TO_DISK) {
        fake_disk_reset(4096, seed + 1);
        serve_after(true);
        free_before = pages_free();
    }
    pager.evict = evict;
    for (unsigned i = 1; i <= steps; i++) {
        step();
        if (i % 500 == 0) {
            machine_check();
        }
        if (i % 20000 == 0 || n_objects == OBJECTS) {
            end_all();
        }
    }
    end_all();
}

START_TEST(random_sequences_agree_with_the_model)
{
    random_sequences((unsigned)_i, 100000);
}
END_TEST

/* The same while pages are taken away after every step, used or not, and come back. */
START_TEST(random_sequences_with_eviction_always)
{
    evict = EVICT_ALWAYS;
    random_sequences((unsigned)_i + 100, 100000);
    evict = EVICT_WHEN_SHORT;
    ck_assert_uint_gt(reclaim_counters.evicted, 1000);
    ck_assert_uint_gt(reclaim_counters.clean, 100);
    ck_assert(pager.zero_sharing || reclaim_counters.zero > 100);
}
END_TEST

/* The same while every page moves again and again, and then while they leave memory and move. */
START_TEST(random_sequences_with_migration_always)
{
    evict = _i % 2 ? EVICT_ALWAYS : EVICT_WHEN_SHORT;
    stirring = true;
    random_sequences((unsigned)_i + 300, 40000);
    stirring = false;
    evict = EVICT_WHEN_SHORT;
    ck_assert_uint_gt(migrate_counters.in_place, 2000);
    ck_assert_uint_gt(migrate_counters.moved[MIGRATE_COW], 500);
    ck_assert_uint_gt(migrate_counters.moved[MIGRATE_SHARED], 10000);
    ck_assert(_i % 2 == 0 || migrate_counters.moved[MIGRATE_STORE] > 3000);
}
END_TEST

/* The same with a disk that answers late and in any order, and sometimes fails to write. */
START_TEST(random_sequences_with_everything_on_disk)
{
    evict = EVICT_ALWAYS_TO_DISK;
    random_sequences((unsigned)_i + 200, 60000);
    evict = EVICT_WHEN_SHORT;
    struct swap_info info;
    swap_tell(&info);
    ck_assert_uint_gt(info.written, 500);
    ck_assert_uint_gt(info.read, 100);
    ck_assert_uint_gt(info.bad, 10);
}
END_TEST

/* Little memory: without eviction, spaces are ended by the pager now and then. Nobody may see wrong contents, and everything comes back. */
static unsigned little_memory(unsigned seed, uint64_t eviction)
{
    state = (uint64_t)(seed + other_seeds()) + 99;
    printf("seed %llu\n", (unsigned long long)state);
    machine_boot(16 << 20);
    pager.evict = eviction;
    serve_after(true);
    free_before = pages_free();
    struct space *s[6] = {0};
    static uint64_t model[6][2048];
    unsigned ended = 0;
    for (unsigned i = 0; i < 60000; i++) {
        unsigned k = number(6), page = number(2048);
        if (!s[k]) {
            unsigned parent = number(6);
            uint64_t error = s[parent] && !s[parent]->ended ? space_fork(s[parent], &s[k]) : space_create(MANAGER_PROCESS, 0, "s", &s[k]);
            if (error) {
                s[k] = NULL;
            } else if (s[parent] && s[parent] != s[k] && !s[parent]->ended) {
                memcpy(model[k], model[parent], sizeof model[0]);
            } else {
                memset(model[k], 0, sizeof model[0]);
                if (machine_map(s[k], 0x10000000, 2048, PAGER_PROT_READ | PAGER_PROT_WRITE, PAGER_REGION_ANONYMOUS) != 0) {
                    space_destroy(s[k]);
                    s[k] = NULL;
                }
            }
        } else if (s[k]->ended || number(3000) == 0) {
            ended += s[k]->ended;
            space_retire(s[k]);
            s[k] = NULL;
        } else {
            uint64_t *p = (uint64_t *)(void *)machine_touch(s[k], 0x10000000 + page * PAGE_SIZE, number(4) ? ACCESS_WRITE : ACCESS_READ);
            ck_assert(p || s[k]->ended);
            if (p && *p != model[k][page]) {
                differs("wrong contents", k, page);
            }
            if (p && fake_translate(s[k]->vspace, 0x10000000 + page * PAGE_SIZE, true, false)) {
                *p = model[k][page] = state;
            }
        }
        serve_after(true);
        if (i % 500 == 0) {
            machine_check();
        }
    }
    for (unsigned k = 0; k < 6; k++) {
        if (s[k]) {
            space_destroy(s[k]);
        }
    }
    retired_give_up();
    serve_after(true);
    machine_check();
    ck_assert_uint_eq(pages_free(), free_before);
    return ended;
}

START_TEST(random_sequences_with_memory_exhausted)
{
    ck_assert_uint_gt(little_memory((unsigned)_i, 0), 0);
}
END_TEST

/* With eviction the same spaces have room: their pages compress well. */
START_TEST(random_sequences_larger_than_memory)
{
    ck_assert_uint_eq(little_memory((unsigned)_i, 1), 0);
    ck_assert_uint_gt(reclaim_counters.evicted, 1000);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pager_random");
    TCase *t = tcase_create("pager_random");
    tcase_set_timeout(t, 600);
    tcase_add_loop_test(t, random_sequences_agree_with_the_model, 0, 10);
    tcase_add_loop_test(t, random_sequences_with_eviction_always, 0, 10);
    tcase_add_loop_test(t, random_sequences_with_migration_always, 0, 2);
    tcase_add_loop_test(t, random_sequences_with_everything_on_disk, 0, 5);
    tcase_add_loop_test(t, random_sequences_with_memory_exhausted, 0, 3);
    tcase_add_loop_test(t, random_sequences_larger_than_memory, 0, 3);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
