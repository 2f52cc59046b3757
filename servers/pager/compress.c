/* SPDX-License-Identifier: BSD-2-Clause */
#include "compress.h"

#include "page_ops.h"

#include <stdbool.h>
#include <string.h>

#define PAGE_BYTES 4096u
/* Of the format: no match begins in the last 12 bytes, or reaches into the last 5. */
#define MATCH_START_END (PAGE_BYTES - 12)
#define MATCH_END (PAGE_BYTES - 5)
#define MATCH_MIN 4u
#define LENGTH_IN_TOKEN 15u

/* After so many bytes in a row where nothing was found, the step to the next place grows with their number: by one for each so many. */
#define PATIENCE_BITS 5
#define HASH_BITS 11

/*
 * Where strings of five bytes were seen last, by their hash: `base` + place; base is a multiple of the page size. What is below base comes from earlier pages and
 * counts for nothing, so the table has to be cleared once in 15 pages only.
 */
static uint16_t table[1u << HASH_BITS];
static uint32_t base;

struct output {
    uint8_t *at, *end;
};

static inline uint64_t load64(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline uint32_t load32(const uint8_t *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline uint32_t hash(uint64_t bytes)
{
    return (uint32_t)((bytes << 24) * 0x9e3779b185ebca87ull >> (64 - HASH_BITS));
}

static void begin_page(void)
{
    base += PAGE_BYTES;
    if (base > UINT16_MAX + 1 - PAGE_BYTES) {
        memset(table, 0, sizeof table);
        base = PAGE_BYTES;
    }
}

/* probe: the place is in the table from now on; true: it can be matched, with what begins at *from. */
static inline bool probe(const uint8_t *page, uint32_t first, uint32_t at, uint32_t *from)
{
    uint64_t bytes = load64(page + at);
    uint16_t *entry = &table[hash(bytes)];
    uint32_t candidate = *entry;

    *entry = (uint16_t)(first + at);
    *from = candidate - first;
    return __builtin_expect(candidate >= first, 0) && load32(page + *from) == (uint32_t)bytes;
}

/* find: a place from `at` on, and before `end`, that can be matched; `end`: none. *from: with what. Four places a turn; the last three may be passed over. */
static uint32_t find(const uint8_t *page, uint32_t at, uint32_t end, uint32_t *from)
{
    const uint32_t first = base;
    uint32_t patience = 1u << PATIENCE_BITS, step = 1;

    for (; at + 3 * step < end; at += step, patience += 4 * step, step = patience >> PATIENCE_BITS) {
        if (probe(page, first, at, from) || probe(page, first, at += step, from) || probe(page, first, at += step, from) || probe(page, first, at += step, from)) {
            return at;
        }
    }
    return end;
}

/* put_length: what of a length does not fit the token. */
static inline void put_length(struct output *out, uint32_t length)
{
    if (length < LENGTH_IN_TOKEN) {
        return;
    }
    for (length -= LENGTH_IN_TOKEN; length >= 255; length -= 255) {
        *out->at++ = 255;
    }
    *out->at++ = (uint8_t)length;
}

static inline uint8_t token(uint32_t literals, uint32_t match_length)
{
    return (uint8_t)((literals < LENGTH_IN_TOKEN ? literals : LENGTH_IN_TOKEN) << 4 | (match_length < LENGTH_IN_TOKEN ? match_length : LENGTH_IN_TOKEN));
}

/* put_sequence: n bytes as they are, then a match; false: no room, or hardly. Copies up to 8 bytes more than n: a match begins farther than that from the end of the
 * page. */
static inline bool put_sequence(struct output *out, const uint8_t *bytes, uint32_t n, uint32_t distance, uint32_t match_length)
{
    /* Token, distance, and of each length one byte and one for each 255 of it; 128 are easier to divide by. */
    if (out->end - out->at < n + n / 128 + match_length / 128 + 5) {
        return false;
    }
    *out->at++ = token(n, match_length);
    put_length(out, n);
    memcpy(out->at, bytes, 8);
    for (uint32_t i = 8; i < n; i += 8) {
        memcpy(out->at + i, bytes + i, 8);
    }
    out->at += n;
    out->at[0] = (uint8_t)distance;
    out->at[1] = (uint8_t)(distance >> 8);
    out->at += 2;
    put_length(out, match_length);
    return true;
}

/* put_end: the last n bytes of the page. */
static bool put_end(struct output *out, const uint8_t *bytes, uint32_t n)
{
    if (out->end - out->at < n + n / 128 + 2) {
        return false;
    }
    *out->at++ = token(n, 0);
    put_length(out, n);
    memcpy(out->at, bytes, n);
    out->at += n;
    return true;
}

uint32_t compress_page(const void *bytes, uint8_t *out, uint32_t room)
{
    const uint8_t *page = bytes;
    struct output o = {out, out + room};
    uint32_t anchor = 0; /* first byte that is not in the output */

    begin_page();
    for (uint32_t at = 0;;) {
        /* Without a match before this, what is left is too long. */
        uint32_t left = (uint32_t)(o.end - o.at), hopeless = anchor + left < MATCH_START_END ? anchor + left : MATCH_START_END, from;
        at = find(page, at, hopeless, &from);
        if (at >= hopeless) {
            break;
        }
        uint32_t end = (uint32_t)(page_common(page + at + MATCH_MIN, page + from + MATCH_MIN, page + MATCH_END) - page);
        while (at > anchor && from > 0 && page[at - 1] == page[from - 1]) {
            at--;
            from--;
        }
        if (!put_sequence(&o, page + anchor, at - anchor, at - from, end - at - MATCH_MIN)) {
            return 0;
        }
        if (end < MATCH_START_END) {
            table[hash(load64(page + end - 2))] = (uint16_t)(base + end - 2);
        }
        anchor = at = end;
    }
    if (!put_end(&o, page + anchor, PAGE_BYTES - anchor)) {
        return 0;
    }
    return (uint32_t)(o.at - out);
}

/* ---- and back ---- */

struct input {
    const uint8_t *at, *end;
};

/* whole_length: with the bytes that follow the token, if any do; at least 4096 when it is beyond all that a page can have, or they end too early. */
static inline uint32_t whole_length(struct input *in, uint32_t in_token)
{
    uint32_t length = in_token, byte = 255;

    if (length < LENGTH_IN_TOKEN) {
        return length;
    }
    while (byte == 255) {
        if (in->at == in->end || length > PAGE_BYTES) {
            return PAGE_BYTES + 1;
        }
        byte = *in->at++;
        length += byte;
    }
    return length;
}

static inline void copy_16(uint8_t *to, const uint8_t *from)
{
    uint64_t low = load64(from), high = load64(from + 8);

    memcpy(to, &low, 8);
    memcpy(to + 8, &high, 8);
}

/* repeat: n bytes again of those `distance` before. Where they overlap, what was written is copied too: twice as much each time. */
static inline void repeat(uint8_t *to, uint32_t distance, uint32_t n)
{
    const uint8_t *from = to - distance;

    for (; n > distance; distance *= 2) {
        memcpy(to, from, distance);
        to += distance;
        n -= distance;
    }
    memcpy(to, from, n);
}

bool expand_page(const void *bytes, uint32_t length, void *page)
{
    uint8_t *to = page, *const page_end = to + PAGE_BYTES;
    struct input in = {bytes, (const uint8_t *)bytes + length};

    while (in.at < in.end) {
        uint32_t token = *in.at++, literals = whole_length(&in, token >> 4);
        if (literals <= 16 && in.end - in.at >= 16 + 2 && page_end - to >= 16) {
            copy_16(to, in.at);
        } else if (literals <= in.end - in.at && literals <= page_end - to) {
            memcpy(to, in.at, literals);
        } else {
            return false;
        }
        in.at += literals;
        to += literals;
        if (in.at == in.end) {
            return to == page_end; /* the last one has no match */
        }
        if (in.end - in.at < 2) {
            return false;
        }
        uint32_t distance = in.at[0] | (uint32_t)in.at[1] << 8;
        in.at += 2;
        uint32_t match_length = whole_length(&in, token & LENGTH_IN_TOKEN) + MATCH_MIN;
        if (distance - 1 >= to - (uint8_t *)page || match_length > page_end - to) {
            return false;
        }
        repeat(to, distance, match_length);
        to += match_length;
    }
    return false;
}
