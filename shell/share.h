/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program may hold, and keep when memory is short, as words of a line: min=SIZE, weight=N, max=SIZE or max=none. */
#ifndef SHELL_SHARE_H
#define SHELL_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#define SHARE_WEIGHT_MAX 65535
#define SHARE_FORMS "min=SIZE, weight=1..65535, max=SIZE or max=none; sizes as 512K, 8M"

struct share {
    uint64_t min_pages, weight, max_pages; /* max_pages 0: none */
    bool share, max;                       /* which were given: minimum or weight, maximum */
};

/* share_is_word: the word means to be one of these, right or wrong. */
bool share_is_word(const char *word);

/* share_parse: put one word into *share. false: it is none of the forms; *share may be changed then. */
bool share_parse(const char *word, struct share *share);

#endif
