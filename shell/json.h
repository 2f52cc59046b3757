/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON, written as it comes. Commas, quotes, escapes and nesting are done here. Objects and arrays down to JSON_LINES levels stand on
 * lines of their own; what is deeper is written in one line. Pure but for the stream.
 *
 *     json_begin(&j, stdout);
 *     json_object(&j, "memory"); json_number(&j, "free", 12); json_end(&j);
 *     json_finish(&j);
 *
 * `key` is NULL inside an array, and only there.
 */
#ifndef SHELL_JSON_H
#define SHELL_JSON_H

#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 16
#define JSON_LINES 2

struct json {
    FILE *out;
    unsigned depth;                /* of what is open; the document's object is 1 */
    char close[JSON_DEPTH_MAX];    /* how each is closed: } or ] */
    unsigned count[JSON_DEPTH_MAX]; /* members of each so far */
};

/* json_begin, json_finish: the document, one object; a newline at the end. */
void json_begin(struct json *j, FILE *out);
void json_finish(struct json *j);

/* json_object, json_array: open one, at most JSON_DEPTH_MAX deep. json_end closes the innermost. */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j);

void json_number(struct json *j, const char *key, uint64_t value);
void json_null(struct json *j, const char *key);

/* json_string: any bytes. What is not printable ASCII is written as the code point of that byte, so that the document is valid whatever a
 * name holds. */
void json_string(struct json *j, const char *key, const char *text);

#endif
