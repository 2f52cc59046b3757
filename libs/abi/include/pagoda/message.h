/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing message words: what the generated stubs and dispatchers are made of (form: protocols/README.md).
 * `words` is the sender's or receiver's message area (120 words); a cursor never leaves it.
 */
#ifndef PAGODA_MESSAGE_H
#define PAGODA_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MESSAGE_WORDS 120

struct message_reader {
    const uint64_t *words;
    unsigned length; /* words in the message */
    unsigned at;     /* next word */
    bool bad;        /* something was missing or too long; everything read since is 0 or empty */
};

static inline struct message_reader message_reader_start(const uint64_t *words, unsigned length)
{
    return (struct message_reader){.words = words, .length = length};
}

/* message_reader_finished: everything was there and nothing is left over. */
static inline bool message_reader_finished(const struct message_reader *r)
{
    return !r->bad && r->at == r->length;
}

static inline uint64_t message_get_word(struct message_reader *r)
{
    if (r->at >= r->length) {
        r->bad = true;
        return 0;
    }
    return r->words[r->at++];
}

/* message_get_bytes: copy a counted byte sequence of at most `max` bytes to `data`; returns its length (0 when bad). */
static inline uint64_t message_get_bytes(struct message_reader *r, void *data, uint64_t max)
{
    uint64_t len = message_get_word(r);
    if (len > max || (len + 7) / 8 > r->length - r->at)
        r->bad = true;
    if (r->bad)
        return 0;
    memcpy(data, r->words + r->at, len);
    r->at += (unsigned)((len + 7) / 8);
    return len;
}

/* message_get_string: the same for text; `text` has max + 1 bytes and ends up NUL-terminated. A NUL inside is bad. */
static inline void message_get_string(struct message_reader *r, char *text, uint64_t max)
{
    uint64_t len = message_get_bytes(r, text, max);
    if (memchr(text, 0, len)) {
        r->bad = true;
        len = 0;
    }
    text[len] = 0;
}

/* message_put_bytes: write count and bytes at word `at`; returns the next free word. The caller has checked that it fits. */
static inline unsigned message_put_bytes(uint64_t *words, unsigned at, const void *data, uint64_t len)
{
    words[at++] = len;
    if (len % 8)
        words[at + len / 8] = 0;
    memcpy(words + at, data, len);
    return at + (unsigned)((len + 7) / 8);
}

#endif
