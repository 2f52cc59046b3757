/* SPDX-License-Identifier: BSD-2-Clause */
#include "phrases.h"

#include <stdbool.h>
#include <string.h>

/* A part of a string that is not NUL-terminated. */
struct span {
    const char *start, *end;
};

/* Takes the next word off the front; empty at the end. */
static struct span take_word(struct span *text)
{
    while (text->start < text->end && *text->start == ' ')
        text->start++;
    struct span word = {text->start, text->start};
    while (word.end < text->end && *word.end != ' ')
        word.end++;
    text->start = word.end;
    return word;
}

static size_t length_of(struct span word)
{
    return (size_t)(word.end - word.start);
}

static bool same(struct span a, struct span b)
{
    return length_of(a) == length_of(b) && memcmp(a.start, b.start, length_of(a)) == 0;
}

static bool stands_for_any(struct span word)
{
    return length_of(word) > 0 && *word.start >= 'A' && *word.start <= 'Z';
}

/* The word of the phrase that follows these words; empty when they do not lead there. */
static struct span follower(struct span phrase, struct span before)
{
    for (;;) {
        struct span expected = take_word(&phrase), word = take_word(&before);
        if (length_of(word) == 0)
            return expected;
        if (length_of(expected) == 0 || (!stands_for_any(expected) && !same(expected, word)))
            return (struct span){0};
    }
}

static struct span take_phrase(const char **phrases)
{
    size_t n = strcspn(*phrases, "|");
    struct span phrase = {*phrases, *phrases + n};
    *phrases += n + ((*phrases)[n] == '|');
    return phrase;
}

static bool offered_before(const char *phrases, struct span phrase, struct span before, struct span word)
{
    while (phrases < phrase.start)
        if (same(follower(take_phrase(&phrases), before), word))
            return true;
    return false;
}

const char *phrases_next(const char *phrases, const char *before_text, size_t before_length, const char *typed, size_t length, unsigned index)
{
    static char found[PHRASES_WORD_MAX + 1];
    struct span before = {before_text, before_text + before_length};
    for (const char *rest = phrases; *rest != '\0';) {
        struct span phrase = take_phrase(&rest), word = follower(phrase, before);
        size_t n = length_of(word);
        if (n == 0 || n > PHRASES_WORD_MAX || n < length || stands_for_any(word) || memcmp(word.start, typed, length) != 0)
            continue;
        if (offered_before(phrases, phrase, before, word) || index-- > 0)
            continue;
        memcpy(found, word.start, n);
        found[n] = '\0';
        return found;
    }
    return NULL;
}
