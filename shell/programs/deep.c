/* SPDX-License-Identifier: BSD-2-Clause */
/* Recursion: each frame holds a pattern of its own and checks it after the deeper ones have returned. */
#include "program.h"
#include "text.h"

#include <stdio.h>

#define WORDS 24 /* of pattern in a frame */
#define MOST 100000000

static uintptr_t lowest;
static uint64_t wrong;

static uint64_t pattern(uint64_t depth, unsigned word)
{
    return (depth + 1) * 0x9e3779b97f4a7c15ull + word;
}

/* Returns the sum of all depths below and here: the caller knows what it must be. */
static __attribute__((noinline)) uint64_t descend(uint64_t depth, uint64_t n)
{
    volatile uint64_t words[WORDS];
    for (unsigned i = 0; i < WORDS; i++)
        words[i] = pattern(depth, i);
    if ((uintptr_t)words < lowest)
        lowest = (uintptr_t)words;
    uint64_t sum = depth + 1 < n ? descend(depth + 1, n) : 0;
    for (unsigned i = 0; i < WORDS; i++)
        wrong += words[i] != pattern(depth, i);
    return sum + depth;
}

int main(int argc, char **argv)
{
    char here;
    if (argc != 2)
        program_usage("deep", argc < 2 ? "the depth is missing" : "one depth is enough");
    uint64_t n = program_number("deep", argv[1], 1, MOST);
    lowest = (uintptr_t)&here;
    uint64_t sum = descend(0, n);
    if (sum != n * (n - 1) / 2)
        wrong++;
    printf("deep %llu: frames checked, %llu wrong; %s of stack used\n", (unsigned long long)n, (unsigned long long)wrong,
           text_size((uintptr_t)&here - lowest).s);
    return wrong == 0 ? 0 : 1;
}
