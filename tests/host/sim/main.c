/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator: faults of a trace under every policy and memory size, as lines of
 *     trace accesses pages frames policy faults evicted scanned cleared
 * where the policy may also be optimum, lru, random (bounds.c), or switching (from one policy to the next, 20 times).
 * usage: evict_sim FRAMES[,FRAMES...] (NAME | FILE)...     FRAMES a number, or a share of the trace's pages like 50%
 */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    const char *trace;
    const struct trace *t;
    uint32_t frames;
};

static void print_bound(const struct row *row, const char *policy, uint32_t faults)
{
    printf("%s %u %u %u %s %u 0 0 0\n", row->trace, row->t->length, row->t->pages, row->frames, policy, faults);
}

/* print_policy: `switches` times while the trace runs to the next policy. */
static void print_policy(const struct row *row, enum evict_kind kind, uint32_t switches)
{
    struct replay_setup setup = replay_defaults(kind, row->frames);

    setup.period = switches > 0 ? row->t->length / (switches + 1) + 1 : 0;
    struct replay_result r = replay_policy(row->t, &setup);
    const char *name = switches > 0 ? "switching" : evict_name(kind);

    printf("%s %u %u %u %s %u %u %llu %llu\n", row->trace, row->t->length, row->t->pages, row->frames, name, r.faults, r.evicted,
           (unsigned long long)r.scanned, (unsigned long long)r.cleared);
}

static void simulate(const char *name, const struct trace *t, const uint32_t *next, uint32_t frames)
{
    struct row row = {name, t, frames};

    print_bound(&row, "optimum", replay_optimum(t, next, frames));
    print_bound(&row, "lru", replay_lru(t, frames));
    print_bound(&row, "random", replay_random(t, frames));
    for (unsigned kind = 0; kind < EVICT_KINDS; kind++) {
        print_policy(&row, (enum evict_kind)kind, 0);
    }
    print_policy(&row, EVICT_GENERATIONS, 20);
}

/* parse_frames: one size of the list; moves on to the next. 0: none left. */
static uint32_t parse_frames(const char **list, uint32_t pages)
{
    char *end;
    unsigned long n;

    if (**list == '\0') {
        return 0;
    }
    n = strtoul(*list, &end, 10);
    if (*end == '%') {
        n = n * pages / 100;
        end++;
    }
    if (end == *list || (*end != '\0' && *end != ',') || n == 0 || n > UINT32_MAX) {
        die("'%s' is no list of memory sizes", *list);
    }
    *list = *end == ',' ? end + 1 : end;
    return (uint32_t)n;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        die("usage: evict_sim FRAMES[,FRAMES...] (NAME | FILE)...");
    }
    for (int i = 2; i < argc; i++) {
        struct trace t;
        if (!trace_generate(&t, argv[i]) && !trace_read(&t, argv[i])) {
            return 2;
        }
        uint32_t *next = trace_next(&t);
        const char *list = argv[1];
        for (uint32_t frames; (frames = parse_frames(&list, t.pages)) > 0;) {
            simulate(base_name(argv[i]), &t, next, frames);
        }
        free(next);
        trace_free(&t);
    }
    return 0;
}
