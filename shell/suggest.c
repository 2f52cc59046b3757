/* SPDX-License-Identifier: BSD-2-Clause */
/* Edit distance by rows: row i holds the distances of the first i bytes of a to every prefix of b. */
#include "suggest.h"

#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned suggest_distance(const char *a, const char *b)
{
    unsigned rows[3][SUGGEST_WORD_MAX + 1];
    size_t length_a = strlen(a), length_b = strlen(b);
    if (length_a > SUGGEST_WORD_MAX || length_b > SUGGEST_WORD_MAX)
        return SUGGEST_WORD_MAX + 1;
    for (size_t j = 0; j <= length_b; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= length_a; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= length_b; j++) {
            unsigned replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], above2[j - 2] + 1);
        }
    }
    return rows[length_a % 3][length_b];
}

void suggest_consider(struct suggestion *best, const char *typed, const char *candidate)
{
    size_t length = strlen(typed);
    unsigned allowed = length <= 1 ? 0 : length <= 4 ? 1 : 2;
    unsigned distance = suggest_distance(typed, candidate);
    if (distance > allowed || (best->word != NULL && distance >= best->distance))
        return;
    best->word = candidate;
    best->distance = distance;
}
