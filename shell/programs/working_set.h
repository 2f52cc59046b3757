/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages with contents whose checksums are known: each access reads a whole page and compares, some change it too. For programs that make
 * pages leave memory and come back.
 */
#ifndef SHELL_PROGRAMS_WORKING_SET_H
#define SHELL_PROGRAMS_WORKING_SET_H

#include "pattern.h"

/* What the pages hold. A page of text is text up to byte 1536, zeros up to 3072, and then a quarter that nothing compresses: LZ4 makes it 3.4 times
 * smaller. */
enum contents {
    CONTENTS_TEXT,
    CONTENTS_RANDOM,
    CONTENTS_ZERO, /* stay zero when they are written */
};

struct working_set {
    uint64_t n_pages;
    uint64_t *memory, *sums;
    enum contents contents;
    uint64_t random;
};

/* working_set_init: map the memory; exits as program_map does. working_set_fill: give each page its contents. */
void working_set_init(struct working_set *w, const char *program, uint64_t n_pages, enum contents contents, uint64_t seed);
void working_set_fill(struct working_set *w);

/* working_set_page: where page p is. */
uint64_t *working_set_page(const struct working_set *w, uint64_t p);

/* working_set_access: read page p; false: it is not as it was left. With a chance of write_percent a word of its last quarter is changed afterwards. */
bool working_set_access(struct working_set *w, uint64_t p, uint64_t write_percent);

/* working_set_check: read all; how many are not as they were left. */
uint64_t working_set_check(const struct working_set *w);

#endif
