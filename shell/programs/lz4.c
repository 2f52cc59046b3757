/* SPDX-License-Identifier: BSD-2-Clause */
/* Compress a file with liblz4, expand it again, compare. */
#include "program.h"
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int round_trip(const char *path, const uint8_t *data, int length)
{
    int bound = LZ4_compressBound(length);
    char *packed = malloc((size_t)bound);
    char *unpacked = malloc((size_t)length + 1);
    if (packed == NULL || unpacked == NULL)
        return program_error("lz4", path);
    uint64_t start = program_ns();
    int n = LZ4_compress_default((const char *)data, packed, length, bound);
    uint64_t middle = program_ns();
    int m = n <= 0 ? -1 : LZ4_decompress_safe(packed, unpacked, n, length + 1);
    uint64_t end = program_ns();
    bool same = m == length && memcmp(data, unpacked, (size_t)length) == 0;
    printf("%s: %d bytes -> %d bytes (%s), expanded again to %d bytes: %s\n", path, length, n,
           text_percent((uint64_t)n, (uint64_t)length).s, m, same ? "same" : "DIFFERENT");
    printf("%s: compressed in %s, expanded in %s\n", path, text_time(middle - start).s, text_time(end - middle).s);
    free(packed);
    free(unpacked);
    return same ? 0 : 1;
}

int main(int argc, char **argv)
{
    uint8_t *data;
    size_t length;
    if (argc != 2)
        program_usage("lz4", argc < 2 ? "the file is missing" : "one file at a time");
    if (!program_read(argv[1], &data, &length))
        return program_error("lz4", argv[1]);
    if (length > LZ4_MAX_INPUT_SIZE) {
        errno = EFBIG;
        return program_error("lz4", argv[1]);
    }
    return round_trip(argv[1], data, (int)length);
}
