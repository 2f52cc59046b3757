/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* Reads digits; returns the first byte after them, NULL when there is no digit or the value does not fit. */
static const char *read_digits(const char *s, uint64_t *value)
{
    int base = 10;
    uint64_t v = 0;
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        base = 16;
        s += 2;
    }
    if (digit_value(*s) >= base)
        return NULL;
    for (; digit_value(*s) < base; s++) {
        uint64_t digit = (uint64_t)digit_value(*s);
        if (__builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, digit, &v))
            return NULL;
    }
    *value = v;
    return s;
}

bool text_parse_number(const char *s, uint64_t *value)
{
    uint64_t v;
    const char *end = read_digits(s, &v);
    if (end == NULL || *end != '\0')
        return false;
    *value = v;
    return true;
}

bool text_parse_size(const char *s, uint64_t *bytes)
{
    static const char units[] = "kmg";
    uint64_t v;
    const char *end = read_digits(s, &v);
    if (end == NULL)
        return false;
    for (unsigned i = 0; i < 3; i++) {
        if ((*end | 0x20) != units[i])
            continue;
        end++;
        if (__builtin_mul_overflow(v, 1ull << (10 * (i + 1)), &v))
            return false;
        if (strcasecmp(end, "ib") == 0)
            end += 2;
        break;
    }
    if (strcasecmp(end, "b") == 0)
        end++;
    if (*end != '\0')
        return false;
    *bytes = v;
    return true;
}

bool text_parse_switch(const char *s, bool *on)
{
    *on = strcmp(s, "on") == 0;
    return *on || strcmp(s, "off") == 0;
}

unsigned text_parse_choice(const char *s, const char *const *names, unsigned n)
{
    unsigned i = 0;
    while (i < n && strcmp(s, names[i]) != 0)
        i++;
    return i;
}

struct text text_ratio(uint64_t numerator, uint64_t denominator, unsigned decimals)
{
    static const unsigned scales[] = {1, 10, 100, 1000};
    struct text t;
    if (denominator == 0) {
        snprintf(t.s, sizeof(t.s), "-");
        return t;
    }
    unsigned scale = scales[decimals];
    uint64_t whole = numerator / denominator;
    uint64_t rest = numerator % denominator;
    /* Scaled down together when the product would not fit: only digits far behind the last printed one are lost. */
    while (rest > UINT64_MAX / 2000) {
        rest >>= 1;
        denominator >>= 1;
    }
    uint64_t part = (rest * scale + denominator / 2) / denominator;
    if (part >= scale) {
        whole++;
        part -= scale;
    }
    if (decimals == 0)
        snprintf(t.s, sizeof(t.s), "%" PRIu64, whole);
    else
        snprintf(t.s, sizeof(t.s), "%" PRIu64 ".%0*u", whole, (int)decimals, (unsigned)part);
    return t;
}

static struct text with_unit(struct text number, const char *unit)
{
    struct text t;
    snprintf(t.s, sizeof(t.s), "%.*s %s", TEXT_NUMBER_MAX - 6, number.s, unit);
    return t;
}

struct text text_size(uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned i = 0;
    uint64_t unit = 1;
    /* What would be rounded to 1024 is one of the next unit. */
    for (; i + 1 < sizeof(units) / sizeof(units[0]) && bytes >= unit * 1024 - unit / 20; i++)
        unit *= 1024;
    return with_unit(text_ratio(bytes, unit, bytes % unit == 0 ? 0 : 1), units[i]);
}

struct text text_time(uint64_t ns)
{
    if (ns < 1000)
        return with_unit(text_ratio(ns, 1, 0), "ns");
    if (ns < 999950) /* the next one would be rounded to 1000.0 */
        return with_unit(text_ratio(ns, 1000, 1), "us");
    if (ns < 999950000)
        return with_unit(text_ratio(ns, 1000000, 1), "ms");
    return with_unit(text_ratio(ns, 1000000000, 2), "s");
}

struct text text_time_short(uint64_t ns)
{
    static const struct {
        const char *name;
        uint64_t ns, decimal_below;
    } units[] = {{"ns", 1, 0}, {"us", 1000, 10}, {"ms", 1000000, 10}, {"s", 1000000000, 100}};
    struct text t;
    unsigned i = 0;
    while (i + 1 < sizeof(units) / sizeof(units[0]) && ns >= units[i + 1].ns)
        i++;
    snprintf(t.s, sizeof(t.s), "%.*s%s", TEXT_NUMBER_MAX - 3, text_ratio(ns, units[i].ns, ns / units[i].ns < units[i].decimal_below ? 1 : 0).s,
             ns == 0 ? "" : units[i].name);
    return t;
}

struct text text_percent(uint64_t part, uint64_t whole)
{
    uint64_t scaled;
    while (__builtin_mul_overflow(part, 100ull, &scaled)) {
        part >>= 1;
        whole >>= 1;
    }
    return whole == 0 ? text_ratio(0, 0, 0) : with_unit(text_ratio(scaled, whole, 1), "%");
}

struct text text_short(uint64_t count)
{
    static const char units[] = {'k', 'M', 'G', 'T', 'P', 'E'};
    struct text t;
    uint64_t unit = 1000;
    if (count < 10000) {
        snprintf(t.s, sizeof(t.s), "%" PRIu64, count);
        return t;
    }
    unsigned i = 0;
    for (; count / unit >= 1000; i++)
        unit *= 1000;
    snprintf(t.s, sizeof(t.s), "%.*s%c", TEXT_NUMBER_MAX - 2, text_ratio(count, unit, count / unit >= 100 ? 0 : 1).s, units[i]);
    return t;
}

struct text text_size_short(uint64_t bytes)
{
    static const char *const units[] = {"", "K", "M", "G", "T", "P", "E"};
    struct text t;
    unsigned i = 0;
    while (i + 1 < sizeof(units) / sizeof(units[0]) && bytes >> (10 * (i + 1)) != 0)
        i++;
    uint64_t unit = 1ull << (10 * i);
    bool whole = bytes % unit == 0 || bytes / unit >= 100;
    snprintf(t.s, sizeof(t.s), "%.*s%s", TEXT_NUMBER_MAX - 2, text_ratio(bytes, unit, whole ? 0 : 1).s, units[i]);
    return t;
}
