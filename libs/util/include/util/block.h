/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unaligned loads and stores of a word and of 16 bytes, as the memory functions (util/src/mem*.c) need them. Each is one instruction.
 */
#ifndef UTIL_BLOCK_H
#define UTIL_BLOCK_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t w[2];
} block_t;

static inline block_t block_load(const void *p)
{
    block_t b;
    __builtin_memcpy(&b, p, sizeof b);
    return b;
}
static inline void block_store(void *p, block_t b) { __builtin_memcpy(p, &b, sizeof b); }
static inline uint64_t word_load(const void *p)
{
    uint64_t w;
    __builtin_memcpy(&w, p, sizeof w);
    return w;
}
static inline void word_store(void *p, uint64_t w) { __builtin_memcpy(p, &w, sizeof w); }
static inline uint32_t half_load(const void *p)
{
    uint32_t h;
    __builtin_memcpy(&h, p, sizeof h);
    return h;
}
static inline void half_store(void *p, uint32_t h) { __builtin_memcpy(p, &h, sizeof h); }

/* copy_small: at most 16 bytes; everything is loaded before anything is stored, so the areas may overlap. */
static inline void copy_small(unsigned char *to, const unsigned char *from, size_t n)
{
    if (n >= 8) {
        uint64_t first = word_load(from), last = word_load(from + n - 8);
        word_store(to, first);
        word_store(to + n - 8, last);
    } else if (n >= 4) {
        uint32_t first = half_load(from), last = half_load(from + n - 4);
        half_store(to, first);
        half_store(to + n - 4, last);
    } else if (n) {
        unsigned char first = from[0], middle = from[n / 2], last = from[n - 1];
        to[0] = first;
        to[n / 2] = middle;
        to[n - 1] = last;
    }
}

#endif
