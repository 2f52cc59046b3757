/* SPDX-License-Identifier: BSD-2-Clause */
/* Sieve of Eratosthenes over the odd numbers, one bit each. */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST 2000000000ull /* 120 MiB of bits */

static bool is_marked(const uint8_t *sieve, uint64_t odd)
{
    return sieve[odd / 16] >> (odd / 2 % 8) & 1;
}

static void mark_multiples(uint8_t *sieve, uint64_t prime, uint64_t n)
{
    for (uint64_t multiple = prime * prime; multiple <= n; multiple += 2 * prime)
        sieve[multiple / 16] |= (uint8_t)(1u << (multiple / 2 % 8));
}

int main(int argc, char **argv)
{
    if (argc != 2)
        program_usage("primes", argc < 2 ? "the number is missing" : "one number is enough");
    uint64_t n = program_number("primes", argv[1], 0, MOST);
    uint64_t count = n >= 2, last = n >= 2 ? 2 : 0;
    uint8_t *sieve = program_map("primes", n / 16 + 1);
    for (uint64_t odd = 3; odd * odd <= n; odd += 2)
        if (!is_marked(sieve, odd))
            mark_multiples(sieve, odd, n);
    for (uint64_t odd = 3; odd <= n; odd += 2) {
        if (is_marked(sieve, odd))
            continue;
        count++;
        last = odd;
    }
    if (count == 0)
        printf("0 primes up to %llu\n", (unsigned long long)n);
    else
        printf("%llu primes up to %llu, the last is %llu\n", (unsigned long long)count, (unsigned long long)n, (unsigned long long)last);
    return 0;
}
