/* SPDX-License-Identifier: BSD-2-Clause */
/* Recursion: each frame holds a pattern of its own and checks it after the deeper ones have returned. Then, if wanted, idleness until the stack has
 * shrunk or the seconds are over: what is left of it is told, and the recursion is done again. */
#include "pages.h"
#include "program.h"
#include "text.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

#include <stdio.h>
#include <unistd.h>

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

static void recurse(uint64_t n)
{
    char here;
    lowest = (uintptr_t)&here;
    uint64_t sum = descend(0, n);
    if (sum != n * (n - 1) / 2)
        wrong++;
    printf("deep %llu: frames checked, %llu wrong; %s of stack used\n", (unsigned long long)n, (unsigned long long)wrong,
           text_size((uintptr_t)&here - lowest).s);
}

static uint64_t resident(void)
{
    struct pager_stack_list_reply stack = {0};
    struct pages pages = {0};
    if (pager_stack_list(LAYOUT_CAP_PAGER, 0, 0, &stack) == 0)
        pages_count(0, stack.top - stack.reserve, stack.reserve, &pages);
    return pages.of_its_own;
}

static void tell_resident(void)
{
    printf("deep: %llu pages of stack are in memory\n", (unsigned long long)resident());
}

/* idle: until the stack has shrunk, or the time is over. */
static void idle(uint64_t seconds)
{
    for (uint64_t i = 0; i < seconds && resident() > 2; i++)
        sleep(1);
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3)
        program_usage("deep", argc < 2 ? "the depth is missing" : "a depth and seconds are enough");
    uint64_t n = program_number("deep", argv[1], 1, MOST), seconds = argc > 2 ? program_number("deep", argv[2], 0, 3600) : 0;
    recurse(n);
    if (argc > 2) {
        tell_resident();
        idle(seconds);
        tell_resident();
        recurse(n);
    }
    return wrong == 0 ? 0 : 1;
}
