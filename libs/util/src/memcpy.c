/* SPDX-License-Identifier: BSD-2-Clause */
/* memcpy in 64-byte steps; the last up to 64 bytes are copied as blocks that may overlap what is already there. */
#include <string.h>

#include "util/block.h"

void *memcpy(void *restrict target, const void *restrict source, size_t n)
{
    unsigned char *to = target;
    const unsigned char *from = source;
    if (n <= 16) {
        copy_small(to, from, n);
        return target;
    }
    block_t last = block_load(from + n - 16);
    unsigned char *end = to + n - 16;
    while (end - to > 64) {
        block_t a = block_load(from), b = block_load(from + 16), c = block_load(from + 32), d = block_load(from + 48);
        block_store(to, a);
        block_store(to + 16, b);
        block_store(to + 32, c);
        block_store(to + 48, d);
        from += 64;
        to += 64;
    }
    for (; to < end; to += 16, from += 16)
        block_store(to, block_load(from));
    block_store(end, last);
    return target;
}
