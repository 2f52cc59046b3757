/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing many blocks with several requests in flight, and comparing: see block.check, block.pattern_write, block.pattern_check. */
#ifndef BLOCK_SELF_TEST_H
#define BLOCK_SELF_TEST_H

#include "server.h"

struct self_test {
    /* What to do. */
    struct volume *volume;
    uint64_t first, count; /* blocks */
    bool writes;
    uint64_t seed;         /* of the pattern that is written or compared with */

    /* What came out. */
    enum block_status status; /* of the first request that failed */
    uint64_t done;            /* blocks that were read or written */
    uint64_t checksum;
    uint64_t wrong, first_wrong;
};

void self_test_run(struct self_test *test);

/* self_test_word: word i of block b of the pattern. */
uint64_t self_test_word(uint64_t seed, uint64_t block, unsigned i);

#endif
