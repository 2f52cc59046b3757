/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sort lines by their bytes, as `LC_ALL=C sort` does. All input is read first.
 * Or make random numbers in memory, larger than RAM if one likes, sort them in place and check the result.
 */
#include "program.h"
#include "text.h"

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

/* ---- sort --random ---- */

#define MOST_MIB 65536
#define SMALL 32 /* numbers; fewer are sorted by insertion */

/* next_random: splitmix64. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void swap(uint64_t *a, uint64_t *b)
{
    uint64_t old = *a;
    *a = *b;
    *b = old;
}

static void insertion_sort(uint64_t *a, uint64_t n)
{
    for (uint64_t i = 1; i < n; i++)
        for (uint64_t k = i; k > 0 && a[k - 1] > a[k]; k--)
            swap(&a[k - 1], &a[k]);
}

/* partition: numbers up to the returned index are not above those behind it. The middle one of three as the pivot. */
static uint64_t partition(uint64_t *a, uint64_t n)
{
    if (a[n / 2] < a[0])
        swap(&a[n / 2], &a[0]);
    if (a[n - 1] < a[0])
        swap(&a[n - 1], &a[0]);
    if (a[n - 1] < a[n / 2])
        swap(&a[n - 1], &a[n / 2]);
    uint64_t pivot = a[n / 2], i = 0, k = n - 1;
    for (;;) {
        while (a[i] < pivot)
            i++;
        while (a[k] > pivot)
            k--;
        if (i >= k)
            return k;
        swap(&a[i++], &a[k--]);
    }
}

/* quicksort: it goes through memory from both ends of a range, and through ranges one after the other: few pages are in use at a time.
 * The smaller part by recursion, so that the stack stays short. */
static void quicksort(uint64_t *a, uint64_t n)
{
    while (n > SMALL) {
        uint64_t left = partition(a, n) + 1;
        if (left < n - left) {
            quicksort(a, left);
            a += left;
            n -= left;
        } else {
            quicksort(a + left, n - left);
            n = left;
        }
    }
    insertion_sort(a, n);
}

/* The numbers, whatever their order. */
struct digest {
    uint64_t sum, squares;
};

static void digest_add(struct digest *d, uint64_t number)
{
    d->sum += number;
    d->squares += (number >> 32 ^ number) * number;
}

static int sort_random(uint64_t mib, uint64_t seed)
{
    uint64_t n = mib * MIB / 8, *numbers = program_map("sort", mib * MIB), state = seed, wrong = 0;
    struct digest before = {0}, after = {0};
    uint64_t start = program_ns();
    for (uint64_t i = 0; i < n; i++) {
        numbers[i] = next_random(&state);
        digest_add(&before, numbers[i]);
    }
    uint64_t made = program_ns();
    quicksort(numbers, n);
    uint64_t sorted = program_ns();
    for (uint64_t i = 0; i < n; i++) {
        digest_add(&after, numbers[i]);
        wrong += i > 0 && numbers[i - 1] > numbers[i];
    }
    wrong += before.sum != after.sum || before.squares != after.squares;
    printf("sort %llu MiB: %llu numbers from %016llx to %016llx, made in %s, sorted in %s, %llu wrong\n", (unsigned long long)mib, (unsigned long long)n,
           (unsigned long long)numbers[0], (unsigned long long)numbers[n - 1], text_time(made - start).s, text_time(sorted - made).s, (unsigned long long)wrong);
    return wrong == 0 ? 0 : 1;
}

static int main_random(int argc, char **argv)
{
    if (argc < 3 || argc > 4)
        program_usage("sort", argc < 3 ? "--random: the size is missing" : "--random: too many arguments");
    return sort_random(program_number("sort", argv[2], 1, MOST_MIB), argc > 3 ? program_number("sort", argv[3], 0, UINT64_MAX) : 1);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--random") == 0)
        return main_random(argc, argv);
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
