/* SPDX-License-Identifier: BSD-2-Clause */
/* memset in 64-byte steps, the end by a block that overlaps them. */
#include <string.h>

#include "util/block.h"

void *memset(void *target, int value, size_t n)
{
    unsigned char *to = target;
    uint64_t word = (unsigned char)value * 0x0101010101010101ull;
    if (n < 16) {
        if (n >= 8) {
            word_store(to, word);
            word_store(to + n - 8, word);
        } else {
            for (size_t i = 0; i < n; i++)
                to[i] = (unsigned char)value;
        }
        return target;
    }
    block_t block = {{word, word}};
    unsigned char *end = to + n - 16;
    while (end - to > 64) {
        block_store(to, block);
        block_store(to + 16, block);
        block_store(to + 32, block);
        block_store(to + 48, block);
        to += 64;
    }
    for (; to < end; to += 16)
        block_store(to, block);
    block_store(end, block);
    return target;
}
