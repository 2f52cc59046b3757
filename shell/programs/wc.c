/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines, words and bytes, in the columns of coreutils' wc in the C locale. */
#include "program.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define INPUT_WIDTH 7 /* of the columns when the size of the input is not known beforehand */

struct counts {
    uint64_t lines, words, bytes;
};

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* A word is a run without white space that has at least one printable character. */
static void count_bytes(struct counts *c, const uint8_t *data, size_t n, bool *in_word)
{
    c->bytes += n;
    for (size_t i = 0; i < n; i++) {
        c->lines += data[i] == '\n';
        if (is_space(data[i])) {
            *in_word = false;
        } else if (!*in_word && data[i] > ' ' && data[i] < 0x7f) {
            *in_word = true;
            c->words++;
        }
    }
}

static bool count_file(int fd, struct counts *c)
{
    static uint8_t buffer[16384];
    bool in_word = false;
    ssize_t n;
    while ((n = read(fd, buffer, sizeof(buffer))) > 0)
        count_bytes(c, buffer, (size_t)n, &in_word);
    return n == 0;
}

static void print_counts(const struct counts *c, int width, const char *name)
{
    printf("%*llu %*llu %*llu%s%s\n", width, (unsigned long long)c->lines, width, (unsigned long long)c->words, width,
           (unsigned long long)c->bytes, name == NULL ? "" : " ", name == NULL ? "" : name);
}

/* Columns are as wide as the number of all bytes. */
static int column_width(int n_files, char **files)
{
    uint64_t total = 0;
    int width = 1;
    for (int i = 0; i < n_files; i++) {
        int fd = open(files[i], O_RDONLY);
        off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
        total += size > 0 ? (uint64_t)size : 0;
        if (fd >= 0)
            close(fd);
    }
    for (; total >= 10; total /= 10)
        width++;
    return width;
}

static int count_and_print(const char *path, int width, struct counts *total)
{
    struct counts c = {0};
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return program_error("wc", path);
    bool complete = count_file(fd, &c);
    int status = complete ? 0 : program_error("wc", path);
    close(fd);
    print_counts(&c, width, path);
    total->lines += c.lines;
    total->words += c.words;
    total->bytes += c.bytes;
    return status;
}

static int count_input(void)
{
    struct counts c = {0};
    if (!count_file(STDIN_FILENO, &c))
        return program_error("wc", "-");
    print_counts(&c, INPUT_WIDTH, NULL);
    return 0;
}

int main(int argc, char **argv)
{
    struct counts total = {0};
    int status = 0;
    if (argc == 1)
        return count_input();
    int width = column_width(argc - 1, argv + 1);
    for (int i = 1; i < argc; i++)
        if (count_and_print(argv[i], width, &total) != 0)
            status = 1;
    if (argc > 2)
        print_counts(&total, width, "total");
    return status;
}
