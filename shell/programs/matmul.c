/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C = A * B for N x N matrices of doubles. All values are small multiples of 1/8 and 1/4, so every sum is exact in a double
 * and the checksum is the same in any order of addition, on any machine:
 *   A[i][j] = ((7 i + 3 j) mod 11 - 5) / 8      B[i][j] = ((5 i + 2 j) mod 13 - 6) / 4
 *   checksum = sum over i, j of C[i][j] * ((3 i + j) mod 7 + 1)
 */
#include "program.h"

#include <stdio.h>

#define MOST 2000

static double *a, *b, *c;

static void fill(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = 0; j < n; j++) {
            a[i * n + j] = ((int)((7 * i + 3 * j) % 11) - 5) / 8.0;
            b[i * n + j] = ((int)((5 * i + 2 * j) % 13) - 6) / 4.0;
        }
    }
}

/* Row by row of B, so that the innermost loop walks through memory in order. C starts as zeros. */
static void multiply(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < n; k++)
            for (unsigned j = 0; j < n; j++)
                c[i * n + j] += a[i * n + k] * b[k * n + j];
}

static double checksum(unsigned n)
{
    double sum = 0;
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < n; j++)
            sum += c[i * n + j] * (double)((3 * i + j) % 7 + 1);
    return sum;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        program_usage("matmul", argc < 2 ? "the size is missing" : "one size is enough");
    unsigned n = (unsigned)program_number("matmul", argv[1], 1, MOST);
    uint64_t bytes = (uint64_t)n * n * sizeof(double);
    a = program_map("matmul", bytes);
    b = program_map("matmul", bytes);
    c = program_map("matmul", bytes);
    fill(n);
    multiply(n);
    printf("matmul %u: checksum %.5f\n", n, checksum(n));
    return 0;
}
