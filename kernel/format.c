/* SPDX-License-Identifier: BSD-2-Clause */
#include "format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct field {
    unsigned width;
    bool left;
    char fill; /* ' ' or '0' */
    bool wide; /* 64-bit argument */
};

static void pad(format_sink sink, char fill, unsigned used, unsigned width)
{
    for (; used < width; used++)
        sink(fill);
}

static void put_string(format_sink sink, const struct field *field, const char *text)
{
    unsigned length = 0;
    if (!text)
        text = "(null)";
    while (text[length])
        length++;
    if (!field->left)
        pad(sink, ' ', length, field->width);
    for (unsigned i = 0; i < length; i++)
        sink(text[i]);
    if (field->left)
        pad(sink, ' ', length, field->width);
}

static void put_number(format_sink sink, const struct field *field, uint64_t value, unsigned base, bool negative)
{
    char digits[20];
    unsigned n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    unsigned length = n + negative;
    if (!field->left && field->fill == ' ')
        pad(sink, ' ', length, field->width);
    if (negative)
        sink('-');
    if (!field->left && field->fill == '0')
        pad(sink, '0', length, field->width);
    while (n)
        sink(digits[--n]);
    if (field->left)
        pad(sink, ' ', length, field->width);
}

static const char *parse_field(const char *p, struct field *field)
{
    *field = (struct field){.fill = ' '};
    for (; *p == '0' || *p == '-'; p++) {
        if (*p == '-')
            field->left = true;
        else
            field->fill = '0';
    }
    for (; *p >= '0' && *p <= '9'; p++)
        field->width = field->width * 10 + (unsigned)(*p - '0');
    for (; *p == 'l' || *p == 'z'; p++)
        field->wide = true;
    return p;
}

void format_to(format_sink sink, const char *format, va_list args)
{
    for (const char *p = format; *p; p++) {
        if (*p != '%') {
            sink(*p);
            continue;
        }
        struct field field;
        const char *start = p;
        p = parse_field(p + 1, &field);
        switch (*p) {
        case 'c':
            sink((char)va_arg(args, int));
            break;
        case 's':
            put_string(sink, &field, va_arg(args, const char *));
            break;
        case 'd':
        case 'i': {
            int64_t value = field.wide ? va_arg(args, int64_t) : va_arg(args, int);
            put_number(sink, &field, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0);
            break;
        }
        case 'u':
        case 'x':
            put_number(sink, &field, field.wide ? va_arg(args, uint64_t) : va_arg(args, unsigned), *p == 'u' ? 10 : 16, false);
            break;
        case 'p':
            put_number(sink, &(struct field){.width = 16, .fill = '0'}, (uintptr_t)va_arg(args, void *), 16, false);
            break;
        case '%':
            sink('%');
            break;
        default: /* unknown: show it, so that the mistake is seen */
            sink('%');
            p = start;
            break;
        }
    }
}
