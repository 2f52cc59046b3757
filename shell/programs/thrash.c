/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A working set of some size, used in a known pattern: each access reads a whole page and compares its checksum, a share of them change it too.
 * With more MiB than there is memory, pages have to leave and come back all the time; none may come back other than it left.
 */
#include "program.h"
#include "text.h"
#include "working_set.h"

#include <stdio.h>
#include <string.h>

#define MOST_MIB 65536
#define MOST_SECONDS 1000000

static struct {
    uint64_t mib, n_accesses, ns, write_percent, seed;
    enum pattern_kind pattern;
    enum contents contents;
} plan;

static struct working_set set;
static struct pattern pattern;

struct result {
    uint64_t n_accesses, wrong, ns;
};

static struct result run(void)
{
    struct result r = {0};
    uint64_t start = program_ns();
    while (r.n_accesses < plan.n_accesses && r.ns < plan.ns) {
        uint64_t p = pattern_next(&pattern);
        bool right = working_set_access(&set, p, plan.write_percent);
        r.wrong += !right;
        if (!right && r.wrong == 1)
            printf("thrash: page %llu at %p is wrong at access %llu\n", (unsigned long long)p, (void *)working_set_page(&set, p),
                (unsigned long long)r.n_accesses);
        r.n_accesses++;
        r.ns = program_ns() - start;
    }
    return r;
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
        plan.contents = CONTENTS_TEXT;
    else if (strcmp(value, "random") == 0)
        plan.contents = CONTENTS_RANDOM;
    else if (strcmp(value, "zero") == 0)
        plan.contents = CONTENTS_ZERO;
    else
        program_usage("thrash", "'%s' is not text, random or zero", value);
}

static void read_option(const char *argument)
{
    const char *value;
    if (option(argument, "n=", &value))
        plan.n_accesses = program_number("thrash", value, 0, 1ull << 40);
    else if (option(argument, "seconds=", &value))
        plan.ns = program_number("thrash", value, 1, MOST_SECONDS) * 1000000000u;
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
    if (!pattern_by_name(argv[2], &plan.pattern))
        program_usage("thrash", "'%s' is not seq, uniform or zipf", argv[2]);
    plan.n_accesses = plan.ns = UINT64_MAX;
    plan.write_percent = 50;
    plan.seed = 1;
    for (int i = 3; i < argc; i++)
        read_option(argv[i]);
    if (plan.n_accesses == UINT64_MAX && plan.ns == UINT64_MAX)
        plan.n_accesses = 2 * plan.mib * MIB / PAGE;
}

int main(int argc, char **argv)
{
    read_arguments(argc, argv);
    uint64_t n_pages = plan.mib * MIB / PAGE;
    working_set_init(&set, "thrash", n_pages, plan.contents, plan.seed);
    pattern_init(&pattern, plan.pattern, n_pages, plan.seed, plan.pattern == PATTERN_ZIPF ? program_map("thrash", n_pages * sizeof(uint32_t)) : NULL);
    working_set_fill(&set);
    struct result r = run();
    r.wrong += working_set_check(&set);
    printf("thrash %llu MiB %s: %llu accesses, %llu wrong; %s, %llu ns per access\n", (unsigned long long)plan.mib, argv[2], (unsigned long long)r.n_accesses,
        (unsigned long long)r.wrong, text_time(r.ns).s, (unsigned long long)(r.n_accesses == 0 ? 0 : r.ns / r.n_accesses));
    return r.wrong == 0 ? 0 : 1;
}
