/* SPDX-License-Identifier: BSD-2-Clause */
#include "working_set.h"

#include "program.h"

#include <stdio.h>
#include <string.h>

#define WORDS (PAGE / 8)
#define TEXT_BYTES 1536
#define FIRST_CHANGED 384 /* words from here on (the last quarter) are changed by writes */

/* Not the generator that the pattern has: what is written must not depend on where. */
#define RANDOM_START 0xd1342543de82ef95ull

static uint64_t power[WORDS]; /* how much a change of a word changes the checksum */

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

uint64_t *working_set_page(const struct working_set *w, uint64_t p)
{
    return w->memory + p * WORDS;
}

void working_set_init(struct working_set *w, const char *program, uint64_t n_pages, enum contents contents, uint64_t seed)
{
    *w = (struct working_set){.n_pages = n_pages, .contents = contents, .random = seed * RANDOM_START};
    w->memory = program_map(program, n_pages * PAGE);
    w->sums = program_map(program, n_pages * sizeof(*w->sums));
    make_powers();
}

/* ---- contents ---- */

static void fill_random(struct working_set *w, uint64_t *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        words[i] = random_next(&w->random);
}

/* Numbered lines, the last one cut off where the text ends. */
static void fill_text(char *text, uint64_t p)
{
    char line[128];
    unsigned length = (unsigned)snprintf(line, sizeof(line), "00: line of page %u, which leaves memory when it is not used and comes back when it is touched.\n", (unsigned)p);
    for (unsigned at = 0, n = 1; at < TEXT_BYTES; at += length, n++) {
        line[0] = (char)('0' + n / 10);
        line[1] = (char)('0' + n % 10);
        memcpy(text + at, line, length < TEXT_BYTES - at ? length : TEXT_BYTES - at);
    }
}

static void fill_page(struct working_set *w, uint64_t p)
{
    uint64_t *page = working_set_page(w, p);
    if (w->contents == CONTENTS_RANDOM) {
        fill_random(w, page, WORDS);
        return;
    }
    memset(page, 0, PAGE);
    if (w->contents == CONTENTS_TEXT) {
        fill_text((char *)page, p);
        fill_random(w, page + FIRST_CHANGED, WORDS - FIRST_CHANGED);
    }
}

void working_set_fill(struct working_set *w)
{
    for (uint64_t p = 0; p < w->n_pages; p++) {
        fill_page(w, p);
        w->sums[p] = checksum(working_set_page(w, p));
    }
}

/* ---- accesses ---- */

static void change(struct working_set *w, uint64_t p)
{
    unsigned at = FIRST_CHANGED + (unsigned)random_next_below(&w->random, WORDS - FIRST_CHANGED);
    uint64_t word = w->contents == CONTENTS_ZERO ? 0 : random_next(&w->random), *page = working_set_page(w, p);
    w->sums[p] += (word - page[at]) * power[at];
    page[at] = word;
}

bool working_set_access(struct working_set *w, uint64_t p, uint64_t write_percent)
{
    bool right = checksum(working_set_page(w, p)) == w->sums[p];
    if (write_percent != 0 && random_next_below(&w->random, 100) < write_percent)
        change(w, p);
    return right;
}

uint64_t working_set_check(const struct working_set *w)
{
    uint64_t wrong = 0;
    for (uint64_t p = 0; p < w->n_pages; p++)
        wrong += checksum(working_set_page(w, p)) != w->sums[p];
    return wrong;
}
