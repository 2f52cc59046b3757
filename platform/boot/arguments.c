/* SPDX-License-Identifier: BSD-2-Clause */
#include "arguments.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/* Does the word start with "key="? Returns the place after it. */
static const char *after_key(const char *word, const char *key)
{
    for (; *key; key++, word++)
        if (*word != *key)
            return NULL;
    return *word == '=' ? word + 1 : NULL;
}

bool argument_find(const char *text, const char *key, struct argument *out)
{
    bool found = false;
    for (const char *p = text; *p;) {
        if (is_blank(*p)) {
            p++;
            continue;
        }
        const char *end = p;
        while (*end && !is_blank(*end))
            end++;
        const char *value = after_key(p, key);
        if (value) {
            *out = (struct argument){value, (size_t)(end - value)};
            found = true;
        }
        p = end;
    }
    return found;
}

bool argument_is(const struct argument *a, const char *text)
{
    for (size_t i = 0; i < a->length; i++)
        if (text[i] != a->value[i])
            return false;
    return text[a->length] == '\0';
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

bool argument_number(const struct argument *a, uint64_t *value)
{
    const char *p = a->value, *end = p + a->length;
    unsigned base = 10;
    uint64_t sum = 0;

    if (a->length > 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
        base = 16;
        p += 2;
    }
    if (p == end)
        return false;
    for (; p < end; p++) {
        unsigned digit = (unsigned)digit_value(*p);
        if (digit >= base || sum > (UINT64_MAX - digit) / base)
            return false;
        sum = sum * base + digit;
    }
    *value = sum;
    return true;
}

bool argument_size(const struct argument *a, uint64_t *bytes)
{
    struct argument number = *a;
    unsigned shift = 0;
    uint64_t value;

    if (a->length) {
        char unit = a->value[a->length - 1] | 0x20;
        shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;
    }
    if (shift)
        number.length--;
    if (!argument_number(&number, &value) || value > UINT64_MAX >> shift)
        return false;
    *bytes = value << shift;
    return true;
}

bool argument_item(const struct argument *a, size_t *position, struct argument *item)
{
    size_t start = *position, end = start;
    if (start >= a->length)
        return false;
    while (end < a->length && a->value[end] != ',')
        end++;
    *item = (struct argument){a->value + start, end - start};
    *position = end + 1;
    return true;
}
