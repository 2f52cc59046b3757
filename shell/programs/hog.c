/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes memory and keeps it, MiB by MiB, until it is refused or the pager ends the process; or up to a size, then gives it back. What it writes cannot be
 * compressed, so what it holds is what it takes.
 */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define REPORT_MIB 16
#define MOST_MIB 65536

static bool take_one_mib(uint64_t number)
{
    volatile uint64_t *memory = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    for (uint64_t i = 0, word = number + 1; i < MIB / 8; i++) {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        memory[i] = word;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (argc > 2)
        program_usage("hog", "one size is enough");
    uint64_t most = argc > 1 ? program_number("hog", argv[1], 1, MOST_MIB) : MOST_MIB;
    for (uint64_t n = 0; n < most; n++) {
        if (!take_one_mib(n))
            return program_error("hog", "refused");
        if ((n + 1) % REPORT_MIB == 0 || n + 1 == most) {
            printf("hog: holds %llu MiB\n", (unsigned long long)(n + 1));
            fflush(stdout);
        }
    }
    return 0;
}
