/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_LIMIT (1u << 24) /* page numbers are array indices here */

void die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(2);
}

void *allocate(uint64_t count, uint64_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);

    if (!memory) {
        die("out of memory");
    }
    return memory;
}

uint32_t random_below(struct random *r, uint32_t n)
{
    /* splitmix64 */
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (uint32_t)(((z >> 32) * n) >> 32);
}

double random_unit(struct random *r)
{
    return random_below(r, UINT32_MAX) / (double)UINT32_MAX;
}

void trace_count(struct trace *t)
{
    t->end = 0;
    for (uint32_t i = 0; i < t->length; i++) {
        uint32_t page = t->accesses[i].page;
        t->end = page >= t->end ? page + 1 : t->end;
    }
    bool *seen = allocate(t->end, sizeof *seen);
    t->pages = 0;
    for (uint32_t i = 0; i < t->length; i++) {
        t->pages += !seen[t->accesses[i].page];
        seen[t->accesses[i].page] = true;
    }
    free(seen);
}

/* read_number: one LEB128 number; 1 read, 0 at the end of the file, -1 damaged. */
static int read_number(FILE *file, uint64_t *value)
{
    int byte = getc(file);

    *value = 0;
    if (byte == EOF) {
        return 0;
    }
    for (unsigned shift = 0; shift < 63; shift += 7) {
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            return 1;
        }
        byte = getc(file);
        if (byte == EOF) {
            return -1;
        }
    }
    return -1;
}

static int64_t unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

bool trace_read(struct trace *t, const char *path)
{
    FILE *file = fopen(path, "rb");
    uint32_t room = 1u << 16;
    uint64_t value;
    int64_t page = 0;
    int result;

    if (!file) {
        perror(path);
        return false;
    }
    *t = (struct trace){.accesses = allocate(room, sizeof *t->accesses)};
    while ((result = read_number(file, &value)) > 0) {
        page += unzigzag(value >> 1);
        if (page < 0 || page >= PAGE_LIMIT || t->length == UINT32_MAX / 8) {
            result = -1;
            break;
        }
        if (t->length == room) {
            room *= 2;
            t->accesses = realloc(t->accesses, room * sizeof *t->accesses);
            if (!t->accesses) {
                die("out of memory");
            }
        }
        t->accesses[t->length++] = (struct access){.page = (uint32_t)page, .write = value & 1};
    }
    fclose(file);
    if (result < 0 || t->length == 0) {
        fprintf(stderr, "%s: not a page trace, or damaged after %u records\n", path, t->length);
        trace_free(t);
        return false;
    }
    trace_count(t);
    return true;
}

void trace_free(struct trace *t)
{
    free(t->accesses);
    *t = (struct trace){0};
}

uint32_t *trace_next(const struct trace *t)
{
    uint32_t *next = allocate(t->length, sizeof *next);
    uint32_t *coming = allocate(t->end, sizeof *coming);

    for (uint32_t page = 0; page < t->end; page++) {
        coming[page] = t->length;
    }
    for (uint32_t i = t->length; i-- > 0;) {
        next[i] = coming[t->accesses[i].page];
        coming[t->accesses[i].page] = i;
    }
    free(coming);
    return next;
}
