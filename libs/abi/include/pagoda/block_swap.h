/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of a volume of ours: its block 0. Only a volume that carries a sound one is ever written to. Little-endian. Pure.
 *  - swap: `block.format` writes it. Blocks 1 .. n_blocks - 1 are the pager's. What they hold means nothing after a restart.
 *  - trace: `block.trace_format` writes it. Blocks 1 .. n_blocks - 1 are a recorded trace's (trace_file.h).
 */
#ifndef PAGODA_BLOCK_SWAP_H
#define PAGODA_BLOCK_SWAP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BLOCK_SWAP_MAGIC "Pagoda swap v1\r\n" /* 16 bytes, no NUL. CR LF: damage by a text-mode copy shows */
#define BLOCK_TRACE_MAGIC "Pagoda trace 1\r\n" /* the same of a trace volume */
#define BLOCK_SWAP_VERSION 1
#define BLOCK_SWAP_MIN_BLOCKS 2 /* header and one block */

struct block_swap {
    uint8_t magic[16];
    uint32_t version;     /* BLOCK_SWAP_VERSION */
    uint32_t block_bytes; /* 4096 */
    uint64_t n_blocks;    /* of the volume, this header included */
    uint64_t id[2];       /* given by whoever formats; tells volumes apart */
    uint64_t checksum;    /* block_swap_checksum of all before */
};

_Static_assert(sizeof(struct block_swap) == 56, "on-disk format");

enum block_swap_status {
    BLOCK_SWAP_OK,
    BLOCK_SWAP_ABSENT,       /* no magic: something else, or nothing */
    BLOCK_SWAP_BAD_VERSION,  /* of another version of Pagoda */
    BLOCK_SWAP_BAD_CHECKSUM, /* damaged */
    BLOCK_SWAP_BAD_SIZE,     /* made for a volume of another size (or other blocks) */
};

/* block_swap_checksum: FNV-1a, 64 bits, over everything before the checksum. */
static inline uint64_t block_swap_checksum(const struct block_swap *header)
{
    const uint8_t *bytes = (const uint8_t *)header;
    uint64_t hash = 0xcbf29ce484222325ull;
    for (unsigned i = 0; i < sizeof(*header) - sizeof(header->checksum); i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3ull;
    }
    return hash;
}

/* block_header_make: fill a block (4096 bytes) with the header, with this magic, of a volume of n_blocks (at least BLOCK_SWAP_MIN_BLOCKS). */
static inline void block_header_make(void *block, const char *magic, uint64_t n_blocks, uint64_t id0, uint64_t id1)
{
    struct block_swap header = {.version = BLOCK_SWAP_VERSION, .block_bytes = 4096, .n_blocks = n_blocks, .id = {id0, id1}};
    memcpy(header.magic, magic, sizeof(header.magic));
    header.checksum = block_swap_checksum(&header);
    memset(block, 0, 4096);
    memcpy(block, &header, sizeof(header));
}

static inline void block_swap_make(void *block, uint64_t n_blocks, uint64_t id0, uint64_t id1)
{
    block_header_make(block, BLOCK_SWAP_MAGIC, n_blocks, id0, id1);
}

/*
 * block_header_check: what a volume's block 0 (4096 bytes) says.
 *   magic     of the header that is looked for
 *   n_blocks  the volume's size
 *   out       the header, when its magic is there; may be NULL
 */
static inline enum block_swap_status block_header_check(const void *block, const char *magic, uint64_t n_blocks, struct block_swap *out)
{
    struct block_swap header;
    memcpy(&header, block, sizeof(header));
    if (memcmp(header.magic, magic, sizeof(header.magic)) != 0) {
        return BLOCK_SWAP_ABSENT;
    }
    if (out) {
        *out = header;
    }
    if (header.version != BLOCK_SWAP_VERSION) {
        return BLOCK_SWAP_BAD_VERSION;
    }
    if (header.checksum != block_swap_checksum(&header)) {
        return BLOCK_SWAP_BAD_CHECKSUM;
    }
    return header.block_bytes == 4096 && header.n_blocks == n_blocks && n_blocks >= BLOCK_SWAP_MIN_BLOCKS ? BLOCK_SWAP_OK : BLOCK_SWAP_BAD_SIZE;
}

static inline enum block_swap_status block_swap_check(const void *block, uint64_t n_blocks, struct block_swap *out)
{
    return block_header_check(block, BLOCK_SWAP_MAGIC, n_blocks, out);
}

#endif
