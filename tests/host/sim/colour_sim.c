/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What page colours are worth: the pager (all of it, on the model of the kernel) gives frames to programs, and their accesses run through a model of the cache at
 * the physical addresses that they got. Prints a table and checks that colouring does what it is for and, unless it has an argument, that docs/cache.md has this table.
 *
 * Memory is used ("aged"): a program has filled it and given every other page back at random, so that free frames are single ones of all colours.
 */
#include "boot.h"
#include "cache_model.h"
#include "frame.h"
#include "machine.h"
#include "range.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM (64ull << 20)
#define VA 0x10000000ull
#define VA_PAGE (VA >> PAGE_BITS)
#define LINES_PER_PAGE (4096u / CACHE_LINE)
#define HOG_PAGES 9000u

static __attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

/* Random numbers of our own: the table is the same everywhere. */
struct random {
    uint64_t state;
};

static uint32_t random_below(struct random *r, uint32_t n)
{
    r->state = r->state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((r->state >> 33) % n);
}

/* ---- programs: accesses to lines of their memory ---- */

struct program {
    const char *name;
    unsigned pages, accesses;
    uint64_t (*next)(unsigned i, struct random *r); /* byte of its memory that access i touches */
    bool worse; /* what it is for: colours by address do harm here */
};

static uint64_t sweep_half(unsigned i, struct random *r)
{
    (void)r;
    return (uint64_t)i * CACHE_LINE % (512u << 10);
}

static uint64_t sweep_three_quarters(unsigned i, struct random *r)
{
    (void)r;
    return (uint64_t)i * CACHE_LINE % (768u << 10);
}

static uint64_t sweep_all(unsigned i, struct random *r)
{
    (void)r;
    return (uint64_t)i * CACHE_LINE % (1024u << 10);
}

/* A table of 3 MiB: nine of ten accesses go to 160 hot pages of it, which lie anywhere, or are every fourth one. */
static uint64_t in_table(struct random *r, uint32_t hot_page)
{
    uint32_t page = random_below(r, 10) < 9 ? hot_page : random_below(r, 768);
    return page * 4096ull + random_below(r, LINES_PER_PAGE) * CACHE_LINE;
}

static uint64_t hot_anywhere(unsigned i, struct random *r)
{
    (void)i;
    struct random place = {random_below(r, 160) * 7919ull + 5};
    random_below(&place, 2);
    return in_table(r, random_below(&place, 768));
}

static uint64_t hot_every_fourth(unsigned i, struct random *r)
{
    (void)i;
    return in_table(r, random_below(r, 160) * 4);
}

static const struct program programs[] = {
    {"array of 512 KiB, over and over", 128, 150000, sweep_half, false},
    {"array of 768 KiB", 192, 150000, sweep_three_quarters, false},
    {"array of 1 MiB", 256, 150000, sweep_all, false},
    {"table of 3 MiB, 160 hot pages anywhere", 768, 300000, hot_anywhere, false},
    {"the same, every fourth page hot", 768, 300000, hot_every_fourth, true},
};
#define PROGRAMS (sizeof programs / sizeof *programs)

/* ---- memory ---- */

static struct space *space_with(unsigned pages)
{
    struct space *s = machine_space(0);
    if (machine_map(s, VA, pages, 3, PAGER_REGION_ANONYMOUS) != 0) {
        die("no region of %u pages", pages);
    }
    return s;
}

static void touch(struct space *s, uint64_t page)
{
    if (!machine_touch(s, VA + page * PAGE_SIZE, ACCESS_WRITE)) {
        die("page %llu was refused", (unsigned long long)page);
    }
}

static uint64_t paddr(struct space *s, uint64_t at)
{
    bool shared;
    uint32_t frame = entry_frame(*pagemap_entry(&s->map, VA_PAGE + at / PAGE_SIZE, &shared));
    return chunk_at(frame / CHUNK_PAGES)->paddr + (uint64_t)(frame % CHUNK_PAGES) * PAGE_SIZE + at % PAGE_SIZE;
}

static void boot_aged(bool colouring)
{
    struct random r = {7};
    machine_boot(RAM);
    pager_colours(CACHE_COLOURS);
    frames_colours(colouring ? CACHE_COLOURS : 1);
    struct space *hog = space_with(HOG_PAGES);
    for (uint64_t p = 0; p < HOG_PAGES; p++) {
        touch(hog, p);
    }
    for (uint32_t n = 0; n < HOG_PAGES; n++) {
        uint64_t page = random_below(&r, HOG_PAGES);
        range_forget(hog, VA + page * PAGE_SIZE, VA + (page + 1) * PAGE_SIZE);
    }
}

/* ---- runs ---- */

static struct cache_counts run_alone(const struct program *p, bool colouring)
{
    struct random r = {11};
    struct cache_model *c = cache_new();
    boot_aged(colouring);
    struct space *s = space_with(p->pages);
    for (uint64_t page = 0; page < p->pages; page++) {
        touch(s, page);
    }
    for (unsigned i = 0; i < 2 * p->accesses; i++) {
        if (i == p->accesses) {
            cache_forget_counts(c); /* the first half only fills it */
        }
        cache_access(c, paddr(s, p->next(i, &r)));
    }
    struct cache_counts n = cache_counts(c);
    cache_free(c);
    return n;
}

/* A program that works on 192 KiB beside one that streams through 8 MiB, in turns of 3000 and 9000 accesses; misses of the first. */
static struct cache_counts run_beside_stream(uint32_t small_set, uint32_t stream_set)
{
    enum { SMALL = 48, STREAM = 2048, ROUNDS = 100 };
    struct cache_model *c = cache_new();
    struct cache_counts n = {0};
    uint64_t at = 0, small_at = 0;
    boot_aged(true);
    struct space *small = space_with(SMALL), *stream = space_with(STREAM);
    space_set_colours(small, small_set);
    space_set_colours(stream, stream_set);
    for (uint64_t p = 0; p < STREAM; p++) {
        touch(stream, p);
        if (p < SMALL) {
            touch(small, p);
        }
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < 9000; i++, at = (at + CACHE_LINE) % (STREAM * 4096ull)) {
            cache_access(c, paddr(stream, at));
        }
        for (unsigned i = 0; i < 3000; i++, small_at = (small_at + CACHE_LINE) % (SMALL * 4096ull)) {
            n.misses += !cache_access(c, paddr(small, small_at));
            n.accesses++;
        }
    }
    cache_free(c);
    return n;
}

/* ---- the table ---- */

static char text[8192];
static size_t length;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    length += (size_t)vsnprintf(text + length, sizeof text - length, format, arguments);
    va_end(arguments);
}

static double percent(uint64_t part, uint64_t whole)
{
    return 100.0 * (double)part / (double)whole;
}

/* say_program: one row; false: colouring is not worth it. */
static bool say_program(const struct program *p)
{
    struct cache_counts off = run_alone(p, false), on = run_alone(p, true);

    say("| %s | %.1f %% | %.1f %% | %.1f %% | %.1f %% |\n", p->name, percent(off.misses, off.accesses), percent(off.conflicts, off.accesses),
        percent(on.misses, on.accesses), percent(on.conflicts, on.accesses));
    return p->worse || on.misses * 10 <= off.misses * 11;
}

static bool make_table(void)
{
    bool good = true;

    say("| program | misses, off | of these conflicts | misses, by colour | of these conflicts |\n|---|---:|---:|---:|---:|\n");
    for (unsigned i = 0; i < PROGRAMS; i++) {
        good = say_program(&programs[i]) && good;
    }
    struct cache_counts together = run_beside_stream(0xffff, 0xffff), apart = run_beside_stream(0x00ff, 0xff00);
    say("\n| 192 KiB in use beside a stream of 8 MiB | misses of the first |\n|---|---:|\n| both have all colours | %.1f %% |\n| each has half of them | %.1f %% |\n",
        percent(together.misses, together.accesses), percent(apart.misses, apart.accesses));
    return good && apart.misses * 2 < together.misses;
}

static bool page_contains(const char *path)
{
    static char page[1 << 16];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(page, 1, sizeof page - 1, f) : 0;

    page[n] = '\0';
    if (f) {
        fclose(f);
    }
    return strstr(page, text) != NULL;
}

int main(int argc, char **argv)
{
    (void)argv;
    bool good = make_table();

    fputs(text, stdout);
    if (!good) {
        die("colouring does not do what it is for");
    }
    if (argc == 1 && !page_contains(DOCS_PAGE)) {
        die("%s has another table than the one above", DOCS_PAGE);
    }
    return 0;
}
