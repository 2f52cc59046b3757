/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A steady program: a small working set, used all the time for some seconds. It says how much it has got done, which is less when others take the processor
 * from it, and how long it was kept from going on at most.
 */
#include "program.h"
#include "working_set.h"

#include <stdio.h>

#define MOST_SECONDS 1000000
#define PAGES 64
#define WRITE_PERCENT 50

int main(int argc, char **argv)
{
    if (argc != 2)
        program_usage("pace", argc < 2 ? "the number of seconds is missing" : "one number of seconds is enough");
    static struct working_set set;
    uint64_t seconds = program_number("pace", argv[1], 1, MOST_SECONDS), wrong = 0, rounds = 0, longest = 0;
    working_set_init(&set, "pace", PAGES, CONTENTS_TEXT, 1);
    working_set_fill(&set);
    uint64_t start = program_ns(), end = start + seconds * 1000000000u, before = start, now;
    for (; (now = program_ns()) < end; before = now) {
        longest = now - before > longest ? now - before : longest;
        for (uint64_t p = 0; p < PAGES; p++)
            wrong += !working_set_access(&set, p, WRITE_PERCENT);
        rounds++;
    }
    printf("pace: %llu rounds in %llu ms, %llu rounds/s, %llu wrong\n", (unsigned long long)rounds, (unsigned long long)((now - start) / 1000000),
        (unsigned long long)(rounds * 1000000000u / (now - start)), (unsigned long long)wrong);
    printf("pace: the longest round took %llu us\n", (unsigned long long)(longest / 1000));
    return wrong == 0 ? 0 : 1;
}
