/* SPDX-License-Identifier: BSD-2-Clause */
/* Uses the processor: something to interrupt, kill, wait for and put in the background. */
#include "program.h"

#include <stdio.h>

#define MOST_SECONDS 1000000

int main(int argc, char **argv)
{
    if (argc > 2)
        program_usage("spin", "one number of seconds is enough");
    if (argc == 1)
        for (;;)
            program_ns();
    uint64_t end = program_ns() + program_number("spin", argv[1], 0, MOST_SECONDS) * 1000000000u;
    while (program_ns() < end)
        ;
    return 0;
}
