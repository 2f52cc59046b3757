/* SPDX-License-Identifier: BSD-2-Clause */
#include "cspace.h"

#define MAX_ROOT_BITS 16 /* 64 GiB of RAM; slot ids are 24 bits (slots.h) */

static uint64_t used[(1u << MAX_ROOT_BITS) / 64];
static uint32_t n_leaves, n_left, n_aside; /* n_left: those set aside among them */
static uint32_t hint; /* no word of `used` before this one has a free bit */

void cspace_init(uint32_t next_leaf, uint32_t root_bits)
{
    n_leaves = 1u << (root_bits < MAX_ROOT_BITS ? root_bits : MAX_ROOT_BITS);
    n_left = n_leaves - next_leaf;
    n_aside = 0;
    hint = 0;
    for (uint32_t i = 0; i < n_leaves / 64; i++) {
        used[i] = 0;
    }
    for (uint32_t i = 0; i < next_leaf; i++) {
        used[i / 64] |= 1ull << i % 64;
    }
}

static uint32_t take(void)
{
    while (hint < n_leaves / 64) {
        if (used[hint] != UINT64_MAX) {
            uint32_t bit = (uint32_t)__builtin_ctzll(~used[hint]);
            used[hint] |= 1ull << bit;
            n_left--;
            return hint * 64 + bit;
        }
        hint++;
    }
    return CSPACE_NO_LEAF;
}

uint32_t cspace_leaf_take(void)
{
    return cspace_leaves_left() > 0 ? take() : CSPACE_NO_LEAF;
}

void cspace_set_aside(uint32_t n)
{
    n_aside = n;
}

uint32_t cspace_leaf_take_aside(void)
{
    n_aside -= n_aside > 0;
    return cspace_leaf_take();
}

void cspace_leaf_put(uint32_t leaf)
{
    used[leaf / 64] &= ~(1ull << leaf % 64);
    n_left++;
    if (leaf / 64 < hint) {
        hint = leaf / 64;
    }
}

uint32_t cspace_leaves(void)
{
    return n_leaves;
}

uint32_t cspace_leaves_left(void)
{
    return n_left > n_aside ? n_left - n_aside : 0;
}
