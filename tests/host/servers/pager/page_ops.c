/* SPDX-License-Identifier: BSD-2-Clause */
#include "page_ops.h"

#include <string.h>

void page_zero(void *page)
{
    memset(page, 0, 4096);
}

void page_copy(void *dest, const void *src)
{
    memcpy(dest, src, 4096);
}

void page_fill(void *page, uint64_t word)
{
    for (unsigned i = 0; i < 512; i++) {
        memcpy((uint8_t *)page + 8 * i, &word, 8);
    }
}

bool page_same(const void *page, uint64_t *word)
{
    memcpy(word, page, 8);
    return memcmp(page, (const uint8_t *)page + 8, 4088) == 0;
}

const uint8_t *page_common(const uint8_t *p, const uint8_t *q, const uint8_t *end)
{
    uint64_t a, b;

    for (; end - p >= 8; p += 8, q += 8) {
        memcpy(&a, p, 8);
        memcpy(&b, q, 8);
        if (a != b) {
            break;
        }
    }
    while (p < end && *p == *q) {
        p++;
        q++;
    }
    return p;
}

uint32_t page_checksum(const void *bytes, uint64_t length, uint32_t seed)
{
    static uint32_t table[256]; /* of each byte */
    const uint8_t *p = bytes;
    uint32_t crc = seed;

    for (unsigned byte = 0; !table[255] && byte < 256; byte++) {
        uint32_t c = byte;
        for (unsigned bit = 0; bit < 8; bit++) {
            c = c >> 1 ^ (c & 1 ? 0x82f63b78u : 0);
        }
        table[byte] = c;
    }
    for (uint64_t i = 0; i < length; i++) {
        crc = crc >> 8 ^ table[(uint8_t)(crc ^ p[i])];
    }
    return crc;
}
