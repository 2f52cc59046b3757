/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A working set of some size, used in a known pattern: each access reads a whole page and compares its checksum, a share of them change it too.
 * With more MiB than there is memory, pages have to leave and come back all the time; none may come back other than it left.
 */
#include "program.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_MIB 65536
#define WORDS (PAGE / 8)
#define FIRST_CHANGED 384 /* words from here on (the last quarter) are changed by writes */
#define ZIPF_EXPONENT 0.99

enum data { DATA_TEXT, DATA_RANDOM, DATA_ZERO };

static struct {
    uint64_t mib, n_pages, n_accesses, write_percent, seed;
    const char *pattern;
    enum data data;
} plan;

static uint64_t *memory, *sums;
static uint64_t power[WORDS]; /* how much a change of a word changes the checksum */
static uint32_t *cumulative;  /* zipf: chance of the ranks up to this one, of 2^32 */
static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Uniform below n, which fits 32 bits. */
static uint64_t below(uint64_t n)
{
    return (next_random() >> 32) * n >> 32;
}

static uint64_t checksum(const uint64_t *page)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < WORDS; i++)
        sum = sum * 3 + page[i];
    return sum;
}

static void make_powers(void)
{
    power[WORDS - 1] = 1;
    for (unsigned i = WORDS - 1; i-- > 0;)
        power[i] = power[i + 1] * 3;
}

/* ---- contents ---- */

static void fill_random(uint64_t *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        words[i] = next_random();
}

static void fill_text(char *text, size_t length)
{
    static const char *const words[] = {"memory ", "page ", "kernel ", "the ", "of ", "frame ", "capability ", "pager ", "a ", "fault ", "is ", "space ",
        "address ", "and ", "table ", "written "};
    for (size_t at = 0; at < length;) {
        const char *word = words[below(16)];
        for (; *word != 0 && at < length; word++)
            text[at++] = *word;
    }
}

/* Text, zeros, and a quarter that nothing can compress: as a whole about a third of its size. */
static void fill_page(uint64_t *page)
{
    if (plan.data == DATA_RANDOM) {
        fill_random(page, WORDS);
    } else if (plan.data == DATA_TEXT) {
        fill_text((char *)page, 1536);
        memset((char *)page + 1536, 0, 1536);
        fill_random(page + FIRST_CHANGED, WORDS - FIRST_CHANGED);
    } else {
        memset(page, 0, PAGE);
    }
}

static void fill_all(void)
{
    for (uint64_t p = 0; p < plan.n_pages; p++) {
        fill_page(memory + p * WORDS);
        sums[p] = checksum(memory + p * WORDS);
    }
}

/* ---- patterns ---- */

static void make_zipf(void)
{
    double sum = 0, so_far = 0;
    cumulative = program_map("thrash", plan.n_pages * sizeof(*cumulative));
    for (uint64_t rank = 1; rank <= plan.n_pages; rank++)
        sum += 1 / pow((double)rank, ZIPF_EXPONENT);
    for (uint64_t rank = 1; rank <= plan.n_pages; rank++) {
        so_far += 1 / pow((double)rank, ZIPF_EXPONENT);
        cumulative[rank - 1] = (uint32_t)(so_far / sum * 4294967295.0);
    }
}

static uint64_t zipf_rank(void)
{
    uint32_t chance = (uint32_t)(next_random() >> 32);
    uint64_t low = 0, high = plan.n_pages - 1;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (cumulative[middle] < chance)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t choose_page(uint64_t n)
{
    switch (plan.pattern[0]) {
    case 's':
        return n % plan.n_pages;
    case 'u':
        return below(plan.n_pages);
    default: /* ranks that follow each other lie far apart */
        return zipf_rank() * 2654435761u % plan.n_pages;
    }
}

/* ---- accesses ---- */

static void change(uint64_t *page, uint64_t *sum)
{
    unsigned at = FIRST_CHANGED + (unsigned)below(WORDS - FIRST_CHANGED);
    uint64_t word = plan.data == DATA_ZERO ? 0 : next_random();
    *sum += (word - page[at]) * power[at];
    page[at] = word;
}

static uint64_t run(void)
{
    uint64_t wrong = 0;
    for (uint64_t n = 0; n < plan.n_accesses; n++) {
        uint64_t p = choose_page(n), *page = memory + p * WORDS;
        bool right = checksum(page) == sums[p];
        wrong += !right;
        if (!right && wrong == 1)
            printf("thrash: page %llu at %p is wrong at access %llu\n", (unsigned long long)p, (void *)page, (unsigned long long)n);
        if (plan.write_percent != 0 && below(100) < plan.write_percent)
            change(page, &sums[p]);
    }
    return wrong;
}

static uint64_t check_all(void)
{
    uint64_t wrong = 0;
    for (uint64_t p = 0; p < plan.n_pages; p++)
        wrong += checksum(memory + p * WORDS) != sums[p];
    return wrong;
}

/* ---- arguments ---- */

static bool option(const char *argument, const char *name, const char **value)
{
    size_t length = strlen(name);
    *value = argument + length;
    return strncmp(argument, name, length) == 0;
}

static void read_data(const char *value)
{
    if (strcmp(value, "text") == 0)
        plan.data = DATA_TEXT;
    else if (strcmp(value, "random") == 0)
        plan.data = DATA_RANDOM;
    else if (strcmp(value, "zero") == 0)
        plan.data = DATA_ZERO;
    else
        program_usage("thrash", "'%s' is not text, random or zero", value);
}

static void read_option(const char *argument)
{
    const char *value;
    if (option(argument, "n=", &value))
        plan.n_accesses = program_number("thrash", value, 0, 1ull << 40);
    else if (option(argument, "write=", &value))
        plan.write_percent = program_number("thrash", value, 0, 100);
    else if (option(argument, "seed=", &value))
        plan.seed = program_number("thrash", value, 1, UINT32_MAX);
    else if (option(argument, "data=", &value))
        read_data(value);
    else
        program_usage("thrash", "'%s' is no option", argument);
}

static void read_arguments(int argc, char **argv)
{
    if (argc < 3)
        program_usage("thrash", argc < 2 ? "the size is missing" : "the pattern is missing");
    plan.mib = program_number("thrash", argv[1], 1, MOST_MIB);
    plan.pattern = argv[2];
    if (strcmp(argv[2], "seq") != 0 && strcmp(argv[2], "uniform") != 0 && strcmp(argv[2], "zipf") != 0)
        program_usage("thrash", "'%s' is not seq, uniform or zipf", argv[2]);
    plan.n_pages = plan.mib * MIB / PAGE;
    plan.n_accesses = 2 * plan.n_pages;
    plan.write_percent = 50;
    plan.seed = 1;
    for (int i = 3; i < argc; i++)
        read_option(argv[i]);
}

int main(int argc, char **argv)
{
    read_arguments(argc, argv);
    random_state = plan.seed * 0x9e3779b97f4a7c15ull;
    memory = program_map("thrash", plan.mib * MIB);
    sums = program_map("thrash", plan.n_pages * sizeof(*sums));
    make_powers();
    if (plan.pattern[0] == 'z')
        make_zipf();
    fill_all();
    uint64_t start = program_ns();
    uint64_t wrong = run();
    uint64_t ns = program_ns() - start;
    wrong += check_all();
    printf("thrash %llu MiB %s: %llu accesses, %llu wrong; %s, %llu ns per access\n", (unsigned long long)plan.mib, plan.pattern,
        (unsigned long long)plan.n_accesses, (unsigned long long)wrong, text_time(ns).s,
        (unsigned long long)(plan.n_accesses == 0 ? 0 : ns / plan.n_accesses));
    return wrong == 0 ? 0 : 1;
}
