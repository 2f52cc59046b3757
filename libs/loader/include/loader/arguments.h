/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The argument block at the top of a new program's stack, System V style: from the stack pointer upwards argc, argv[0..argc-1],
 * NULL, envp NULL, auxv (AT_PAGESZ, AT_NULL), then the strings. Pure.
 */
#ifndef LOADER_ARGUMENTS_H
#define LOADER_ARGUMENTS_H

#include <stdint.h>

#define ARGUMENTS_MAX_BYTES 720 /* of the strings, as much as the protocol carries */
#define ARGUMENTS_MAX_COUNT 128
#define ARGUMENTS_BLOCK_WORDS (1 + ARGUMENTS_MAX_COUNT + 1 + 1 + 4 + (ARGUMENTS_MAX_BYTES + 7) / 8 + 1)

struct arguments_block {
    uint64_t sp;       /* address of the block in the new program, 16-byte aligned: its first stack pointer */
    uint64_t length;   /* bytes */
    uint64_t argc;
    union {
        uint64_t words[ARGUMENTS_BLOCK_WORDS];
        uint8_t bytes[ARGUMENTS_BLOCK_WORDS * 8]; /* what to write at sp */
    };
};

enum arguments_status {
    ARGUMENTS_OK = 0,
    ARGUMENTS_TOO_LONG,     /* more than ARGUMENTS_MAX_BYTES or ARGUMENTS_MAX_COUNT */
    ARGUMENTS_UNTERMINATED, /* the last string has no NUL, or there is no string at all */
};

/*
 * arguments_build: lay the block out.
 *   strings  length bytes: NUL-terminated strings one after the other, argv[0] first
 *   top      address where the stack ends (exclusive), 16-byte aligned
 * On success the block ends at top. Nothing is written to out otherwise.
 */
enum arguments_status arguments_build(const uint8_t *strings, uint64_t length, uint64_t top, struct arguments_block *out);

#endif
