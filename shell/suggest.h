/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean ...": how far two words are from each other. Pure. */
#ifndef SHELL_SUGGEST_H
#define SHELL_SUGGEST_H

#include <stddef.h>

#define SUGGEST_WORD_MAX 31 /* longer words have no suggestion */

/* suggest_distance: the least number of insertions, deletions, replacements and swaps of neighbours that turn a into b.
 * SUGGEST_WORD_MAX + 1 when either is longer than SUGGEST_WORD_MAX. O(length a * length b). */
unsigned suggest_distance(const char *a, const char *b);

/* The best candidate so far; start with {0}. */
struct suggestion {
    const char *word;  /* NULL: none near enough; borrowed from the caller of suggest_consider */
    unsigned distance;
};

/* suggest_consider: look at one more candidate. Near enough means: no edit for one byte, at most 1 for words up to 4 bytes, 2 for
 * longer ones. */
void suggest_consider(struct suggestion *best, const char *typed, const char *candidate);

#endif
