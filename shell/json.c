/* SPDX-License-Identifier: BSD-2-Clause */
#include "json.h"

#include <inttypes.h>

static void new_line(struct json *j)
{
    fprintf(j->out, "\n%*s", (int)(2 * j->depth), "");
}

static void write_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < 0x20 || byte >= 0x7f)
            fprintf(out, "\\u%04x", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

/* What stands before every value: comma, line, key. */
static void lead(struct json *j, const char *key)
{
    if (j->count[j->depth - 1]++ > 0)
        fputs(j->depth > JSON_LINES ? ", " : ",", j->out);
    if (j->depth <= JSON_LINES)
        new_line(j);
    if (key == NULL)
        return;
    write_string(j->out, key);
    fputs(": ", j->out);
}

static void open(struct json *j, char opening, char closing)
{
    fputc(opening, j->out);
    j->close[j->depth] = closing;
    j->count[j->depth] = 0;
    j->depth++;
}

void json_begin(struct json *j, FILE *out)
{
    *j = (struct json){.out = out};
    open(j, '{', '}');
}

void json_end(struct json *j)
{
    j->depth--;
    if (j->depth < JSON_LINES && j->count[j->depth] > 0)
        new_line(j);
    fputc(j->close[j->depth], j->out);
}

void json_finish(struct json *j)
{
    json_end(j);
    fputc('\n', j->out);
}

void json_object(struct json *j, const char *key)
{
    lead(j, key);
    open(j, '{', '}');
}

void json_array(struct json *j, const char *key)
{
    lead(j, key);
    open(j, '[', ']');
}

void json_number(struct json *j, const char *key, uint64_t value)
{
    lead(j, key);
    fprintf(j->out, "%" PRIu64, value);
}

void json_null(struct json *j, const char *key)
{
    lead(j, key);
    fputs("null", j->out);
}

void json_string(struct json *j, const char *key, const char *text)
{
    lead(j, key);
    write_string(j->out, text);
}
