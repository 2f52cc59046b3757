/* SPDX-License-Identifier: BSD-2-Clause */
/* Generated traces. Each has one property that policies differ on. */
#include "pattern.h"
#include "trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 2048u /* that most of them use */
#define LENGTH 200000u

struct writer {
    struct trace *t;
    struct random random;
};

static void put(struct writer *w, uint32_t page)
{
    w->t->accesses[w->t->length++] = (struct access){.page = page, .write = random_below(&w->random, 2)};
}

/* Zipf by inverse of the cumulated distribution; ranks are scattered over the pages, as hot pages are not neighbours. */
struct zipf {
    double cumulated[PAGES];
    uint32_t page[PAGES];
    uint32_t n;
};

static void shuffle(struct random *r, uint32_t *array, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        array[i] = i;
    }
    for (uint32_t i = n; i > 1; i--) {
        uint32_t k = random_below(r, i), swap = array[i - 1];
        array[i - 1] = array[k];
        array[k] = swap;
    }
}

static void zipf_init(struct zipf *z, struct random *r, uint32_t n, double exponent)
{
    double sum = 0;

    z->n = n;
    for (uint32_t i = 0; i < n; i++) {
        sum += pow(i + 1, -exponent);
        z->cumulated[i] = sum;
    }
    shuffle(r, z->page, n);
}

static uint32_t zipf_page(const struct zipf *z, struct random *r)
{
    double at = random_unit(r) * z->cumulated[z->n - 1];
    uint32_t low = 0, high = z->n - 1;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (z->cumulated[middle] > at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return z->page[low];
}

static void cyclic(struct writer *w)
{
    for (uint32_t i = 0; i < LENGTH; i++) {
        put(w, i % PAGES);
    }
}

static void uniform(struct writer *w)
{
    for (uint32_t i = 0; i < LENGTH; i++) {
        put(w, random_below(&w->random, PAGES));
    }
}

static void zipf(struct writer *w)
{
    struct zipf z;

    zipf_init(&z, &w->random, PAGES, 0.99);
    for (uint32_t i = 0; i < LENGTH; i++) {
        put(w, zipf_page(&z, &w->random));
    }
}

/* Eight phases, each zipf over a window of a quarter of the pages, which overlaps half of the one before. */
static void phases(struct writer *w)
{
    const uint32_t window = PAGES / 4;
    struct zipf z;

    for (uint32_t phase = 0; phase < 8; phase++) {
        zipf_init(&z, &w->random, window, 0.7);
        for (uint32_t i = 0; i < LENGTH / 8; i++) {
            put(w, (phase * window / 2 + zipf_page(&z, &w->random)) % PAGES);
        }
    }
}

/* A hot set of an eighth of the pages in use all the time, and scans over all others. */
static void scan_hot(struct writer *w)
{
    const uint32_t hot = PAGES / 8;

    for (uint32_t i = 0, at = 0; i < LENGTH; i++) {
        if (random_below(&w->random, 4) > 0) {
            put(w, random_below(&w->random, hot));
        } else {
            put(w, hot + at++ % (PAGES - hot));
        }
    }
}

/* Pages chosen by their place in the LRU stack, small depths likely: the kind that LRU is best for. */
static void stack(struct writer *w)
{
    uint32_t order[PAGES];

    shuffle(&w->random, order, PAGES);
    for (uint32_t i = 0; i < LENGTH; i++) {
        uint32_t depth = (uint32_t)(PAGES * pow(random_unit(&w->random), 6.0));
        uint32_t page = order[depth < PAGES ? depth : PAGES - 1];
        memmove(order + 1, order, depth * sizeof *order);
        order[0] = page;
        put(w, page);
    }
}

/* Two programs in one space: zipf on half of the pages, a cyclic scan over the other half. */
static void mixture(struct writer *w)
{
    struct zipf z;

    zipf_init(&z, &w->random, PAGES / 2, 0.99);
    for (uint32_t i = 0, at = 0; i < LENGTH; i++) {
        put(w, random_below(&w->random, 2) ? zipf_page(&z, &w->random) : PAGES / 2 + at++ % (PAGES / 2));
    }
}

/* First cyclic, then zipf: what was learnt from the scan has to be given up. */
static void turn(struct writer *w)
{
    struct zipf z;

    zipf_init(&z, &w->random, PAGES, 0.99);
    for (uint32_t i = 0; i < LENGTH; i++) {
        put(w, i < LENGTH / 2 ? i % PAGES : zipf_page(&z, &w->random));
    }
}

static const struct generator {
    const char *name;
    void (*run)(struct writer *);
} generators[] = {
    {"cyclic", cyclic}, {"zipf", zipf}, {"uniform", uniform}, {"phases", phases}, {"scan-hot", scan_hot}, {"stack", stack}, {"mixture", mixture}, {"turn", turn},
};

const char *const trace_generated[] = {"cyclic", "zipf", "uniform", "phases", "scan-hot", "stack", "mixture", "turn", NULL};

/* used: the program thrash (shell/programs): all pages once, and then in the pattern with this seed. */
static bool used(struct trace *t, const char *name)
{
    enum pattern_kind kind;
    char pattern_name[16];
    unsigned pages, accesses;
    int end = 0;

    if (sscanf(name, "thrash:%15[a-z]:%u:%u%n", pattern_name, &pages, &accesses, &end) != 3 || name[end] != '\0' || pages == 0 ||
        !pattern_by_name(pattern_name, &kind)) {
        return false;
    }
    uint32_t *room = allocate(pages, sizeof *room);
    struct pattern p;
    pattern_init(&p, kind, pages, 1, room);
    *t = (struct trace){.accesses = allocate((uint64_t)pages + accesses, sizeof *t->accesses), .length = pages + accesses};
    for (uint32_t i = 0; i < t->length; i++) {
        t->accesses[i].page = (i < pages ? i : (uint32_t)pattern_next(&p)) & INT32_MAX;
    }
    free(room);
    trace_count(t);
    return true;
}

bool trace_generate(struct trace *t, const char *name)
{
    for (unsigned i = 0; i < sizeof generators / sizeof *generators; i++) {
        if (strcmp(generators[i].name, name) == 0) {
            struct writer w = {.t = t, .random = {i + 1}};
            *t = (struct trace){.accesses = allocate(LENGTH, sizeof *t->accesses)};
            generators[i].run(&w);
            trace_count(t);
            return true;
        }
    }
    return used(t, name);
}
