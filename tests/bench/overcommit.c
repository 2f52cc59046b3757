/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The overcommit side of the benchmark: what it costs, in instructions, when pages leave memory and come back. One case a boot:
 *     overcommit pages      single pages leave and come back, for pages that compress and for zero pages
 *     overcommit CASE       a working set of twice FREE_PAGES in use, as `cases` says
 *     overcommit CASE free  how many pages are free when that case starts. scripts/bench makes the machine as large as leaves FREE_PAGES.
 */
#include <pagoda/layout.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "counter.h"
#include "generated/pager_client.h"
#include "program.h"
#include "working_set.h"

#define FREE_PAGES 20012ul
#define SET_PAGES (2 * FREE_PAGES)
#define ACCESSES (2 * SET_PAGES)
#define SEED 1

static const struct bench_case {
    const char *name;
    enum pattern_kind pattern;
    enum contents contents;
    uint64_t write_percent;
} cases[] = {
    {"memory_seq", PATTERN_SEQ, CONTENTS_TEXT, 50},         {"memory_uniform", PATTERN_UNIFORM, CONTENTS_TEXT, 50},
    {"memory_zipf", PATTERN_ZIPF, CONTENTS_TEXT, 50},       {"memory_read", PATTERN_UNIFORM, CONTENTS_TEXT, 0},
    {"disk_seq", PATTERN_SEQ, CONTENTS_RANDOM, 50},         {"disk_uniform", PATTERN_UNIFORM, CONTENTS_RANDOM, 50},
    {"disk_zipf", PATTERN_ZIPF, CONTENTS_RANDOM, 50},
};

static void row(const char *name, const char *what, uint64_t value)
{
    printf("row %s%s %llu\n", name, what, (unsigned long long)value);
}

static void fail(const char *what)
{
    printf("overcommit: %s failed\n", what);
    exit(1);
}

static struct working_set set;

/* ---- single pages ---- */

#define PAGES 256ul
#define ROUNDS 4

static void send_out(void)
{
    if (madvise(set.memory, PAGES * PAGE, MADV_COLD) != 0)
        fail("advise");
}

static void touch(bool write)
{
    for (unsigned long p = 0; p < PAGES; p++) {
        volatile uint64_t *page = working_set_page(&set, p);
        uint64_t word = page[0];
        if (write)
            page[0] = word;
    }
}

/* per_page: instructions that `what` takes. */
#define PER_PAGE(what) ({ unsigned start = instructions_read(); what; (instructions_read() - start) / PAGES; })

/* All pages leave, are read and leave again. The first rounds are not counted: memory that is used for the first time costs more. */
static void single_pages(enum contents contents, const char *kind)
{
    working_set_init(&set, "overcommit", PAGES, contents, SEED);
    working_set_fill(&set);
    for (int round = 0; round < ROUNDS; round++) {
        touch(true);
        uint64_t out = PER_PAGE(send_out());
        uint64_t in = PER_PAGE(touch(false));
        uint64_t again = PER_PAGE(send_out());
        if (round == ROUNDS - 1) {
            row("page_out_", kind, out);
            row("page_in_", kind, in);
            row("page_out_again_", kind, again);
        }
    }
    if (working_set_check(&set) != 0)
        fail("a page");
}

/* ---- working sets ---- */

static uint64_t free_pages(void)
{
    struct pager_memory_info_reply info;
    if (pager_memory_info(LAYOUT_CAP_PAGER, &info) != 0)
        fail("memory_info");
    return info.free;
}

static uint64_t faults(void)
{
    struct pager_space_memory_reply memory;
    if (pager_space_memory(LAYOUT_CAP_PAGER, 0, &memory) != 0)
        fail("space_memory");
    return memory.refaults;
}

/* resident: pages of the working set that are in memory, give or take the program's own few. */
static uint64_t resident(void)
{
    struct pager_pages_count_reply piece;
    uint64_t pages = 0, va = (uint64_t)set.memory, end = va + SET_PAGES * PAGE_SIZE;
    for (; va < end; va = piece.next) {
        if (pager_pages_count(LAYOUT_CAP_PAGER, 0, va, end - va, &piece) != 0)
            fail("pages_count");
        pages += piece.states[PAGER_PAGE_STATE_PRIVATE];
    }
    return pages;
}

static void use(const struct bench_case *c, bool only_free)
{
    struct pattern pattern;
    working_set_init(&set, "overcommit", SET_PAGES, c->contents, SEED);
    pattern_init(&pattern, c->pattern, SET_PAGES, SEED, program_map("overcommit", SET_PAGES * sizeof(uint32_t)));
    row(c->name, "_free", free_pages());
    if (only_free)
        return;
    working_set_fill(&set);
    uint64_t total = 0, faults_before = faults();
    for (uint64_t n = 0; n < ACCESSES; n++) {
        uint64_t p = pattern_next(&pattern);
        unsigned start = instructions_read();
        if (!working_set_access(&set, p, c->write_percent))
            fail("a page");
        total += instructions_read() - start;
    }
    row(c->name, "", total / ACCESSES);
    row(c->name, "_faults", faults() - faults_before);
    row(c->name, "_resident", resident());
}

int main(int argc, char **argv)
{
    instructions_start();
    row("counter_check", "", counter_check());
    if (argc == 2 && strcmp(argv[1], "pages") == 0) {
        single_pages(CONTENTS_TEXT, "text");
        single_pages(CONTENTS_ZERO, "zero");
        return 0;
    }
    bool only_free = argc == 3 && strcmp(argv[2], "free") == 0;
    for (unsigned i = 0; (argc == 2 || only_free) && i < sizeof(cases) / sizeof(cases[0]); i++)
        if (strcmp(argv[1], cases[i].name) == 0) {
            use(&cases[i], only_free);
            return 0;
        }
    printf("overcommit: which case?\n");
    return 2;
}
