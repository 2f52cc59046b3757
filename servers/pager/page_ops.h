/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on whole pages (page aligned). The C library's functions have to care for any size and alignment; these run once a
 * fault or once an eviction and care only for time. page_ops.S for the target; the host tests have them in C.
 */
#ifndef PAGER_PAGE_OPS_H
#define PAGER_PAGE_OPS_H

#include <stdbool.h>
#include <stdint.h>

/* page_zero: fill a page with zeros. */
void page_zero(void *page);

/* page_copy: copy a page. */
void page_copy(void *dest, const void *src);

/* page_fill: fill a page with one word. */
void page_fill(void *page, uint64_t word);

/* page_same: all words of a page are equal to its first, which goes to *word. */
bool page_same(const void *page, uint64_t *word);

/* page_common: where what begins at p stops being the same as what begins at q, which is before it in the same page; at most `end`. Reads nothing from `end` on at p. */
const uint8_t *page_common(const uint8_t *p, const uint8_t *q, const uint8_t *end);

/* page_checksum: CRC-32C of `length` bytes (any alignment), begun with `seed`. Uses the CRC32 instructions, which Armv8.0 cores may lack in theory:
 * the Cortex-A53, A57 and A72 have them, later cores must. */
uint32_t page_checksum(const void *bytes, uint64_t length, uint32_t seed);

#endif
