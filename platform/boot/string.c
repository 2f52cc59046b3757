/* SPDX-License-Identifier: BSD-2-Clause */
/* memcpy and its relatives, for libfdt and for what the compiler makes of assignments. Large copies are main.c's own. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

typedef uint64_t __attribute__((may_alias, aligned(1))) any_word;

/* Copies upwards, each word read before the next is written: right also when `d` overlaps `s` from below. */
static inline void copy_up(uint8_t *d, const uint8_t *s, size_t n)
{
    for (; n >= 8; n -= 8, d += 8, s += 8)
        *(any_word *)d = *(const any_word *)s;
    while (n--)
        *d++ = *s++;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    copy_up(to, from, n);
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    uint8_t *d = to;
    const uint8_t *s = from;
    if (d <= s)
        copy_up(d, s, n);
    else
        while (n--)
            d[n] = s[n];
    return to;
}

void *memset(void *to, int c, size_t n)
{
    uint8_t *d = to;
    uint64_t pattern = (uint8_t)c * 0x0101010101010101ull;
    for (; n >= 8; n -= 8, d += 8)
        *(any_word *)d = pattern;
    while (n--)
        *d++ = (uint8_t)c;
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *p = a, *q = b;
    for (; n; n--, p++, q++)
        if (*p != *q)
            return *p - *q;
    return 0;
}
