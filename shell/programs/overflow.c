/* SPDX-License-Identifier: BSD-2-Clause */
/* Recursion without end: the pager must end it at the stack's limit with a message. */
#include "program.h"

#include <stdio.h>

/* The volatile array and the use of the result keep the compiler from turning the recursion into a loop. */
static __attribute__((noinline)) uint64_t descend(uint64_t depth)
{
    volatile uint64_t frame[64];
    frame[depth % 64] = depth;
    uint64_t below = depth == UINT64_MAX ? 0 : descend(depth + 1);
    return below + frame[depth % 64];
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc != 1)
        program_usage("overflow", "takes no arguments");
    printf("overflow: recursing\n");
    fflush(stdout);
    printf("overflow: the stack never ended (%llu)\n", (unsigned long long)descend(0));
    return 1;
}
