/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4). Pure; the caller owns the state. */
#ifndef SHELL_PROGRAMS_SHA256_H
#define SHELL_PROGRAMS_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BLOCK 64
#define SHA256_BYTES 32

struct sha256 {
    uint32_t state[8];
    uint64_t length;             /* bytes so far */
    uint8_t block[SHA256_BLOCK]; /* the last length % SHA256_BLOCK bytes */
};

void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t length);
void sha256_finish(struct sha256 *s, uint8_t digest[SHA256_BYTES]);

#endif
