/* SPDX-License-Identifier: BSD-2-Clause */
/* memmove: forwards when the target lies below the source, backwards when above; the block at the far end is loaded first. */
#include <string.h>

#include "util/block.h"

static void forwards(unsigned char *to, const unsigned char *from, size_t n)
{
    block_t last = block_load(from + n - 16);
    unsigned char *end = to + n - 16;
    for (; to < end; to += 16, from += 16)
        block_store(to, block_load(from));
    block_store(end, last);
}

static void backwards(unsigned char *to, const unsigned char *from, size_t n)
{
    block_t first = block_load(from);
    size_t left = n;
    for (; left > 16; left -= 16)
        block_store(to + left - 16, block_load(from + left - 16));
    block_store(to, first);
}

void *memmove(void *target, const void *source, size_t n)
{
    unsigned char *to = target;
    const unsigned char *from = source;
    if (n <= 16)
        copy_small(to, from, n);
    else if ((uintptr_t)to - (uintptr_t)from < n)
        backwards(to, from, n);
    else
        forwards(to, from, n);
    return target;
}
