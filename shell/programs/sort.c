/* SPDX-License-Identifier: BSD-2-Clause */
/* Sort lines by their bytes, as `LC_ALL=C sort` does. All input is read first. */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    const uint8_t *bytes;
    size_t length; /* without the newline */
};

static struct line *lines;
static size_t n_lines, room;

static int compare(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = memcmp(x->bytes, y->bytes, x->length < y->length ? x->length : y->length);
    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

static int compare_reversed(const void *a, const void *b)
{
    return compare(b, a);
}

static bool add_line(const uint8_t *bytes, size_t length)
{
    if (n_lines == room) {
        size_t larger = room == 0 ? 1024 : room * 2;
        struct line *moved = realloc(lines, larger * sizeof(*lines));
        if (moved == NULL)
            return false;
        lines = moved;
        room = larger;
    }
    lines[n_lines++] = (struct line){bytes, length};
    return true;
}

static bool split(const uint8_t *data, size_t length)
{
    while (length > 0) {
        const uint8_t *newline = memchr(data, '\n', length);
        size_t n = newline == NULL ? length : (size_t)(newline - data);
        if (!add_line(data, n))
            return false;
        n += newline != NULL;
        data += n;
        length -= n;
    }
    return true;
}

static int add_file(const char *path)
{
    uint8_t *data;
    size_t length;
    if (!program_read(path, &data, &length) || !split(data, length))
        return program_error("sort", path == NULL ? "-" : path);
    return 0;
}

static void print_lines(void)
{
    for (size_t i = 0; i < n_lines; i++) {
        fwrite(lines[i].bytes, 1, lines[i].length, stdout);
        putchar('\n');
    }
}

int main(int argc, char **argv)
{
    int first = 1;
    bool reversed = argc > 1 && strcmp(argv[1], "-r") == 0;
    if (reversed)
        first = 2;
    else if (argc > 1 && argv[1][0] == '-')
        program_usage("sort", "there is no option '%s'", argv[1]);
    if (first == argc && add_file(NULL) != 0)
        return 2;
    for (int i = first; i < argc; i++)
        if (add_file(argv[i]) != 0)
            return 2;
    if (n_lines > 0)
        qsort(lines, n_lines, sizeof(*lines), reversed ? compare_reversed : compare);
    print_lines();
    return 0;
}
